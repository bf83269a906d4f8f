from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from survey_app.app import create_app
from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from tests.support.accounts import PASSWORD_ALONE, add_account
from tests.support.server import serving

AT = "2026-01-10T08:00:00+00:00"
PASSWORD = "một mật khẩu dài"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with an empty store and one analyst: where it answers."""
    folder: Path = tmp_path_factory.mktemp("site")
    settings = Settings(
        folder, f"sqlite:///{folder / 'store.sqlite3'}", "k" * 40, sign_in=PASSWORD_ALONE
    )
    database = Database(settings.database_url)
    migrate.upgrade(database)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    with serving(create_app(settings, database)) as address:
        yield address
    database.close()
