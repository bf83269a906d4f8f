from __future__ import annotations

import pytest

from tests.mixing.site import Site


@pytest.fixture
def site(database_url, tmp_path):
    """An open wave of forty citizens who rate one unit, and who mixes; on both databases."""
    made = Site(database_url, tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def small_site(tmp_path):
    """The same on SQLite alone."""
    made = Site(f"sqlite:///{tmp_path / 'store.sqlite3'}", tmp_path)
    yield made
    made.database.close()
