from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy

from survey_app.settings import Settings
from survey_app.upkeep import age, backing_up, restoring
from survey_app.upkeep.age import Key, Lock
from survey_app.upkeep.backing_up import Made, Wanted
from survey_app.upkeep.restoring import Restored, Source
from survey_app.web import House
from tests.support.accounts import PASSWORD_ALONE


@dataclass
class Safe:
    """An office's keys, and the folder where its backups lie."""

    folder: Path
    pair: tuple[str, str] = field(default_factory=age.new_pair)

    @property
    def lock(self) -> Lock:
        return Lock(recipients=(self.pair[1],))

    @property
    def key(self) -> Key:
        return Key(identities=(self.pair[0],))

    def back_up(self, house: House, name: str = "site.backup") -> Made:
        self.folder.mkdir(exist_ok=True)
        return backing_up.make(house, "test", Wanted(file=self.folder / name, lock=self.lock))

    def restore(self, made: Made, settings: Settings, *, keys: bool = True) -> Restored:
        key_file = made.key_file if keys else None
        source = Source(file=made.file, key=self.key, key_file=key_file)
        return restoring.restore(settings, "test", source)


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    """Where backups are kept, and who can open them."""
    return Safe(tmp_path / "safe")


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """An empty place for a site, of the same kind of database."""
    folder = tmp_path / "elsewhere"
    if database_url.startswith("sqlite"):
        url = f"sqlite:///{folder / 'cchc.sqlite3'}"
        yield Settings(folder, url, "e" * 40, sign_in=PASSWORD_ALONE)
        return
    server = request.getfixturevalue("postgres_url")
    name = f"else_{uuid4().hex}"
    engine = sqlalchemy.create_engine(
        server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = server.replace("/postgres?", f"/{name}?")
    yield Settings(folder, url, "e" * 40, sign_in=PASSWORD_ALONE)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
