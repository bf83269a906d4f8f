"""Which backups are past their time."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_app.upkeep.about import About, State, WaveThen
from survey_app.upkeep.retention import Kept, WaveNow, judge


def backup(day: int, state: State, *, contacts: bool = True, wave: str = "d25") -> Kept:
    about = About(
        made_at=f"2026-03-{day:02}T00:00:00+00:00",
        program="1",
        schema="0001",
        kind="sqlite",
        pair=str(day),
        waves=(WaveThen(name=wave, state=state, has_contacts=contacts),),
    )
    return Kept(Path(f"{day}.backup"), about)


def now(state: State, *, contacts: bool = True, sealed: bool = False) -> dict[str, WaveNow]:
    return {"d25": WaveNow(state=state, has_contacts=contacts, has_sealed=sealed)}


OPEN, ENDED = backup(1, "open"), backup(9, "closed")


@pytest.mark.parametrize(
    ("waves", "gone"),
    [
        (now("open"), []),
        (now("closed", sealed=True), []),
        (now("closed"), [OPEN]),
        (now("planned"), []),
    ],
    ids=["open", "closed, with sealed ballots", "closed", "the table of another site"],
)
def test_a_backup_of_an_open_wave_goes_when_the_wave_is_closed_and_mixed(waves, gone):
    assert [past.file for past in judge([OPEN, ENDED], waves).past] == [one.file for one in gone]


def test_backups_with_contacts_go_when_the_contacts_are_deleted():
    purged = backup(20, "closed", contacts=False)
    verdict = judge([ENDED, purged], now("closed", contacts=False))
    assert [past.file for past in verdict.past] == [ENDED.file]
    assert "contacts" in verdict.past[0].why


def test_backups_of_a_wave_that_was_taken_away_go():
    other = backup(20, "planned", wave="other")
    waves = {"other": WaveNow(state="planned", has_contacts=True, has_sealed=False)}
    assert [past.file for past in judge([OPEN, other], waves).past] == [OPEN.file]


def test_nothing_goes_before_a_later_backup_is_there_that_stays():
    for kept in ([OPEN], [OPEN, backup(2, "open")], [backup(9, "open"), backup(2, "closed")]):
        verdict = judge(kept, now("closed"))
        assert verdict.past == ()
        assert verdict.needs_newer
    assert not judge([ENDED], now("closed")).needs_newer
