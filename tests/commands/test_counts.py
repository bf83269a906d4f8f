"""`cchc db check`: what is kept is what a recount gives, or it is said and mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import Result

from tests.commands.test_fieldwork_commands import SOUND


def test_counts_are_checked_and_mended(
    cchc: Callable[..., Result], wave: str, tmp_path: Path
) -> None:
    listed = tmp_path / "sample.csv"
    listed.write_text(SOUND, encoding="utf-8")
    cchc("sample", "import", wave, listed)
    assert "the counts of 1 waves are those of a recount" in cchc("db", "check").stderr
    with closing(sqlite3.connect(tmp_path / "data" / "cchc.sqlite3")) as store, store:
        store.execute("UPDATE kept_counts SET cases = cases + 1")
    told = cchc("db", "check", ok=False)
    assert f"{wave}: " in told.stdout
    assert "cases is kept as" in told.stdout
    assert "--mend" in told.stderr
    cchc("db", "check", "--mend")
    assert cchc("db", "check").stdout == ""
    cchc("audit", "verify")
