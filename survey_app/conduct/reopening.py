"""A closed wave is opened once more, before anything was published; and what that must not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.lists import subset
from survey_app.fieldwork.protection.anonymity import as_seen
from survey_app.store import reopening as kept
from survey_app.store import scorecards, shown_counts, waves
from survey_app.store.answers import ballot_box
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.reopening import Design
from survey_app.store.waves import Wave, WaveState
from survey_app.waves import plan, reopened
from survey_app.web import House


def reopen(house: House, name: str, by: str, reason: str, closes_at: str | None) -> None:
    """Let respondents in again, under a new key. Links and receipts of before go on to hold.

    Raises
    ------
    WaveState
        When it is not closed, or not wholly; when its results were published; when it would close
        at once; or when the key cannot be kept. Nothing has changed then.
    """
    if not reason.strip():
        raise WaveState("no-reason", "a wave is reopened for a reason that is written down")
    epochs = house.mixer.epochs
    with epochs.keys.changing():
        key = epochs.new_key()
        try:
            with house.database.writing() as connection:
                wave = waves.hold(connection, name)
                _may_be_reopened(house, connection, wave, closes_at)
                _reopen(connection, wave, closes_at, house)
                kept.note(connection, wave, by, reason.strip()[:400], house.stamp())
                ballot_box.add_epoch(connection, wave.id, *key)
                audit.append(connection, by, "wave-reopen", f"{name} {reason.strip()}"[:400],
                             house.stamp())  # fmt: skip
        except Exception:
            epochs.keys.retire(key[0])
            raise


def _reopen(connection: Connection, wave: Wave, closes_at: str | None, house: House) -> None:
    """Go on from what was shown of the closed wave: everything changes by five people from it."""
    waves.reopen(connection, wave, closes_at, house.stamp())
    shown = shown_counts.changes(connection, wave.id, 1)
    shown_counts.show(connection, wave.id, shown, house.today())
    shown_counts.show_closing(connection, wave.id, shown_counts.sent(connection, wave.id), {})


def _may_be_reopened(
    house: House, connection: Connection, wave: Wave, closes_at: str | None
) -> None:
    if wave.state == "closed" and scorecards.current(connection, wave.id):
        message = f"results of wave `{wave.name}` were published"
        raise WaveState("published-before", message, wave=wave.name)
    if ballot_box.count(connection, wave.id):
        message = f"ballots of wave `{wave.name}` are still sealed: finish closing it first"
        raise WaveState("still-sealed", message, wave=wave.name)
    if plan.has_ended(closes_at, house.clock()):
        message = f"wave `{wave.name}` would close at once: its closing time has passed"
        raise WaveState("ends-in-the-past", message, wave=wave.name)


def too_few_to_count(house: House, wave: Wave) -> Mapping[str, str]:
    """The sealed ballots that came after a reopening and would be too few; each with its epoch.

    What was mixed meanwhile is of a class of five at least, which no cell can be short of.
    """
    if wave.reopened_at is None:
        return {}
    with house.database.reading() as connection:
        units = frozenset(unit.unit for unit in waves.units(connection, wave.id))
        since: Counter[Design] = Counter()
        for design, count in kept.sent_since(connection, wave).items():
            since[_as_seen(design, units)] += count
        sealed = ballot_box.of_wave(connection, wave.id)
    short = reopened.too_few(since, {each: _cells(each, units) for each in since})
    return {one.id: one.epoch_id for one in sealed if _design(one.case, units) in short}


def _design(case: Case, units: frozenset[str]) -> Design:
    return _as_seen(Design(case.group, case.unit, case.home_unit, case.asked), units)


def _as_seen(design: Design, units: frozenset[str]) -> Design:
    case = Case(
        label="",
        group=design.group,
        asked=design.asked,
        stratum="",
        weight="1",
        unit=design.unit,
        home_unit=design.home_unit,
    )
    return design._replace(home_unit=as_seen(case, units).home_unit)


def _cells(design: Design, units: frozenset[str]) -> Collection[str]:
    """The units that such a form may say something about, each with the group that says it."""
    return frozenset(f"{design.group} {unit}" for unit in may_rate(design, units))


def may_rate(design: Design, units: frozenset[str]) -> frozenset[str]:
    """The units that a case of this design may be asked about."""
    if design.unit:
        return frozenset({design.unit})
    is_any = design.asked == subset.ALL or subset.how_many(design.asked) is not None
    asked = units if is_any else units & set(design.asked.split())
    return asked - {design.home_unit}
