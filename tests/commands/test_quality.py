"""`cchc quality` does what the pages do."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update

from survey_app.store import tables as t
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from tests.office.checked import FAST, checked_wave
from tests.office.scored import house_at

Cchc = Callable[..., Result]


@pytest.fixture
def database(cchc: Cchc, tmp_path: Path) -> Iterator[Database]:
    """A store with a closed wave that commands find."""
    cchc("wave", "list")
    opened = Database(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")
    checked_wave(house_at(opened, tmp_path), tmp_path)
    yield opened
    opened.close()


def stp(cchc: Cchc) -> dict[str, object]:
    """The class of citizens about the second unit."""
    told = json.loads(cchc("quality", "show", "dot-2026", "--json").stdout)
    (line,) = [each for each in told["classes"] if each["unit"] == "STP"]
    return dict(line)


def test_a_wave_is_screened_and_called_back_about(cchc: Cchc, database: Database) -> None:
    assert "Sở" not in cchc("quality", "show", "dot-2026").stdout
    cchc("quality", "screen", "dot-2026")
    line = stp(cchc)
    assert line["flagged"] == {"any": 5, "straight": 0, "fast": 5, "near_identical": 0}
    drawn = cchc("quality", "draw", "dot-2026", "--class", line["class"], "--people", 6).stdout
    labels = drawn.split()
    assert len(labels) == 6
    for label in labels[:5]:
        cchc("quality", "note", "dot-2026", label, "not_asked")
    cchc("quality", "note", "dot-2026", "council-x-1", "not_asked", ok=False)
    line = stp(cchc)
    assert (line["drawn"], line["noted"], line["reached"], line["took_part"]) == (6, 5, 5, 0)
    assert line["chance"] < 0.01  # type: ignore[operator]
    assert "STP" in cchc("quality", "show", "dot-2026").stdout


def test_forms_are_left_out_by_two_in_a_terminal_too(cchc: Cchc, database: Database) -> None:
    cchc("quality", "screen", "dot-2026")
    given = ("--class", stp(cchc)["class"], "--reason", "fast", "--basis", "12/BB")
    cchc("quality", "propose", "dot-2026", *given)
    own = cchc("quality", "decide", "dot-2026", 1, "agree", ok=False)
    assert "one's own proposal" in own.stderr
    with database.writing() as connection:
        connection.execute(update(t.exclusions).values(proposed_by="mai"))
    cchc("quality", "decide", "dot-2026", 1, "agree")
    cchc("merge", "dot-2026")
    told = json.loads(cchc("quality", "show", "dot-2026", "--json").stdout)["exclusions"]
    assert [(each["state"], each["forms"]) for each in told] == [("agreed", FAST)]
    cchc("quality", "decide", "dot-2026", 1, "end", ok=False)
    cchc("quality", "decide", "dot-2026", 1, "end", "--note", "nhầm lớp")
    assert "proposal 1: 6 forms, fast, ended" in cchc("quality", "show", "dot-2026").stdout


@pytest.mark.parametrize("name", ["y-kien.csv", "y-kien.xlsx"])
def test_texts_are_written_masked_for_their_owner_alone_and_never_over_a_file(
    cchc: Cchc, database: Database, tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    said = cchc("quality", "texts", "dot-2026", "--out", out)
    assert "12 texts" in said.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    if out.suffix == ".csv":
        written = out.read_text("utf-8-sig")
        assert "[tên người]" in written
        assert "Hùng" not in written
        assert "'=HYPERLINK" in written
    cchc("quality", "texts", "dot-2026", "--out", out, ok=False)
    with database.reading() as connection:
        actions = [line.action for line in audit.last(connection, 10)]
    assert actions.count("remarks-export") == 1
