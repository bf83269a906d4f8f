"""A wave is made, copied from last year's, changed, taken away; its sample is replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.problems import ProblemsFound
from survey_app.conduct import fielded
from survey_app.conduct.assessment import evidence
from survey_app.fieldwork.case import Case, Contact, Stratum
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import removal, waves
from survey_app.store.answers import ballot_box
from survey_app.store.assessment import evidence as kept_evidence
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.removal import SampleAtStake
from survey_app.store.sample import cases
from survey_app.store.waves import Refused, Wave, WaveState
from survey_app.waves import plan as plans
from survey_app.waves.plan import Plan
from survey_app.web import House


class PlanRefused(Refused):
    """No wave can be planned so; the message says why."""


@dataclass(frozen=True, kw_only=True)
class NewWave:
    """What a wave is made of."""

    name: str
    study: str
    year: int
    units_on: date
    plan: Plan = Plan()  # noqa: RUF009 - it is frozen
    frame_of: str = ""
    """The wave whose frame is taken along; empty: none is."""


def create(house: House, wanted: NewWave, by: str) -> Wave:
    """Make a wave: its texts and its units are fixed from now on, until it is pinned anew.

    Raises
    ------
    ProblemsFound
        When the study has faults, or was reworded since it was in the field.
    Refused
        When the name cannot be an address or is taken, when the year is not the study's own, when
        it would end before it begins, or when no unit exists on the day.
    """
    study = library.study(wanted.study, house.library)
    _check(wanted)
    with house.database.writing() as connection:
        hold_against_the_fielded(connection, study)
        wave = waves.create(
            connection,
            wanted.name,
            study,
            wanted.year,
            wanted.units_on,
            house.stamp(),
            plan=wanted.plan,
        )
        detail = f"{wanted.name} {wanted.study}"
        audit.append(connection, by, "wave-create", detail, house.stamp())
        if wanted.frame_of:
            taken, rows = _copy_frame(connection, waves.find(connection, wanted.frame_of), wave)
            detail = f"{wanted.name} {wanted.frame_of} {taken}/{rows}"
            audit.append(connection, by, "frame-copy", detail, house.stamp())
    return wave


def hold_against_the_fielded(connection: Connection, study: Study) -> None:
    """See that no answer of an earlier wave would come to mean something else.

    Raises
    ------
    ProblemsFound
    """
    held = fielded.held_against(connection, study).compared
    if held.problems:
        raise ProblemsFound(held.problems)


def _check(wanted: NewWave) -> None:
    if not plans.is_name(wanted.name):
        message = f"`{wanted.name}` cannot be an address: small letters, digits and hyphens only"
        raise PlanRefused("not-a-name", message, typed=wanted.name)
    assessed = plans.own_year(wanted.study)
    if assessed is not None and assessed != wanted.year:
        message = f"study `{wanted.study}` assesses {assessed}, not {wanted.year}"
        raise PlanRefused("not-its-year", message, typed=str(wanted.year), wanted=str(assessed))
    check_dates(wanted.plan)


def check_dates(plan: Plan) -> None:
    """See that a wave opens before it closes.

    Raises
    ------
    Refused
    """
    if plan.opens_at and plan.closes_at and plan.opens_at >= plan.closes_at:
        message = "the closing time is not after the opening time"
        raise PlanRefused("closes-before-it-opens", message)


def _copy_frame(connection: Connection, before: Wave, wave: Wave) -> tuple[int, int]:
    """Take the frame of another wave for the units that are still there; how many rows of how many.

    Populations of last year are a beginning: the office goes over them.
    """
    units = {unit.unit for unit in waves.units(connection, wave.id)}
    rows = cases.frame(connection, before.id)
    kept: Sequence[Stratum] = [row for row in rows if not row.unit or row.unit in units]
    cases.import_frame(connection, wave, kept)
    return len(kept), len(rows)


def after(house: House, name: str) -> NewWave:
    """What the wave after another one would be: next year's study where the library has it.

    Raises
    ------
    NoSuchWave
    """
    with house.database.reading() as connection:
        before = waves.find(connection, name)
    next_ = plans.next_study(before.study)
    has_next = next_ != before.study and next_ in library.studies(house.library)
    study, year = (next_, before.year + 1) if has_next else (before.study, before.year)
    day = date.fromisoformat(before.units_on)
    moved = _renamed(before, year)
    return NewWave(
        name=moved,
        study=study,
        year=year,
        units_on=_same_day(day, day.year + year - before.year),
        plan=Plan(
            title_vi=before.title_vi.replace(str(before.year), str(year)),
            title_en=before.title_en.replace(str(before.year), str(year)),
            contact_vi=before.contact_vi,
            contact_en=before.contact_en,
        ),
        frame_of=name,
    )


def _renamed(before: Wave, year: int) -> str:
    name = before.name.replace(str(before.year), str(year))
    return name if name != before.name else f"{before.name}-2"[-plans.LONGEST_NAME :]


def _same_day(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def change(house: House, name: str, plan: Plan, by: str) -> None:
    """Another title, contact line or dates.

    Raises
    ------
    Refused
        When it would end before it begins, or a date is changed that has passed.
    """
    check_dates(plan)
    with house.database.writing() as connection:
        wave = waves.hold(connection, name)
        if plan.closes_at != wave.closes_at and plans.has_ended(plan.closes_at, house.clock()):
            message = f"wave `{name}` would close at once: that time has passed"
            raise WaveState("ends-in-the-past", message, wave=name)
        waves.change(connection, wave, plan)
        detail = " ".join((name, *_changed(wave.plan, plan)))
        audit.append(connection, by, "wave-change", detail, house.stamp())


def _changed(before: Plan, now: Plan) -> Sequence[str]:
    """What was changed; times with their new value, words by their name alone."""
    return [
        f"{key}={it or '-'}" if key.endswith("_at") else key
        for key, it in vars(now).items()
        if vars(before)[key] != it
    ]


def repin(house: House, name: str, by: str) -> None:
    """Take the study's texts and units anew, while the wave is not open.

    Raises
    ------
    ProblemsFound, Refused
    """
    with house.database.writing() as connection:
        wave = waves.hold(connection, name)
        study = library.study(wave.study, house.library)
        hold_against_the_fielded(connection, study)
        waves.repin(connection, wave, study)
        audit.append(connection, by, "wave-repin", name, house.stamp())


def delete(house: House, name: str, typed: str, by: str) -> None:
    """Take a wave away that holds no answer, whole and for good; keys that are left go with it.

    Raises
    ------
    Refused
        When its name was not typed, it is open, or it holds an answer. Nothing has changed then.
    """
    _was_typed(name, typed)
    epochs = house.mixer.epochs
    with epochs.keys.changing():
        with house.database.writing() as connection:
            wave = waves.hold(connection, name, wholly=True)
            keys = [epoch.id for epoch in ballot_box.epochs(connection, wave.id)]
            contents = kept_evidence.of_wave(connection, wave.id)
            removal.delete_wave(connection, wave, by, house.stamp())
            audit.append(connection, by, "wave-delete", name, house.stamp())
        for key in keys:
            epochs.keys.retire(key)
        epochs.destroy_retired()
    evidence.forget(house, contents)


def at_stake(house: House, name: str) -> SampleAtStake:
    """What would go if the sample of a wave were replaced."""
    with house.database.reading() as connection:
        return removal.sample_at_stake(connection, waves.find(connection, name))


def replace_sample(
    house: House,
    name: str,
    typed: str,
    sample: tuple[Sequence[Case], Mapping[str, Contact]],
    by: str,
) -> int:
    """Put another sample in the place of a planned wave's. Returns how many cases it has.

    Raises
    ------
    Refused
        When the wave's name was not typed, or it was opened. Nothing has changed then.
    ProblemsFound
    """
    with house.database.writing() as connection:
        return sample_replaced(connection, name, typed, sample, by=by, at=house.stamp())


def sample_replaced(
    connection: Connection,
    name: str,
    typed: str,
    sample: tuple[Sequence[Case], Mapping[str, Contact]],
    *,
    by: str,
    at: str,
) -> int:
    """The same, in a transaction that has begun."""
    _was_typed(name, typed)
    wave = waves.hold(connection, name, wholly=True)
    gone = removal.sample_at_stake(connection, wave)
    removal.drop_sample(connection, wave)
    count = cases.import_sample(connection, wave, *sample)
    detail = f"{name} {gone.cases} -> {count}, links {gone.links}"
    audit.append(connection, by, "sample-replace", detail, at)
    return count


def _was_typed(name: str, typed: str) -> None:
    if typed.strip() != name:
        message = f"type the name of the wave, `{name}`, to say that you mean it"
        raise WaveState("name-not-typed", message, wave=name)
