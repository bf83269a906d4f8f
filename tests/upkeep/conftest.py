from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy

from survey_app.settings import Settings
from tests.support.accounts import PASSWORD_ALONE
from tests.support.backups import Safe


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    """Where backups are kept, and who can open them."""
    return Safe(tmp_path / "safe")


@pytest.fixture
def elsewhere(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Settings]:
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
