"""What respondents wrote in their own words, as it may be shown: masked, and never of a few."""

from __future__ import annotations

from dataclasses import dataclass

from survey_app.conduct import closing, standing
from survey_app.quality import remarks as rules
from survey_app.quality.masking import masked
from survey_app.quality.remarks import Remark
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.quality import remarks
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class FreeTexts:
    """The texts of a wave that may be shown; `hidden` were taken off by hand."""

    remarks: tuple[Remark, ...]
    are_some_withheld: bool
    hidden: int


def of_wave(house: House, wave: Wave) -> FreeTexts:
    """The texts of a closed wave.

    Raises
    ------
    WaveState
        When it is not closed, or ballots of it are still sealed: what comes would be watched.
    """
    only_closed(house, wave)
    study = standing.study_of(house, wave)
    with house.database.reading() as connection:
        spared = _unit_names(connection, wave)
        hidden = remarks.hidden(connection, wave)
        texts = [
            Remark(
                name=each.name,
                group=each.group,
                unit=each.unit,
                question=each.question,
                text=masked(each.text, spared),
            )
            for each in remarks.written(connection, wave, study)
        ]
    shown = rules.shown(texts)
    return FreeTexts(
        remarks=tuple(each for each in shown.remarks if each.name not in hidden),
        are_some_withheld=shown.are_some_withheld,
        hidden=len(hidden),
    )


def _unit_names(connection: Connection, wave: Wave) -> tuple[str, ...]:
    """What may stand in a text although it begins like a name: Xã Mường Giàng."""
    names = (unit.name_vi for unit in waves.units(connection, wave.id))
    return tuple(part for name in names for part in (name, _without_kind(name)))


def _without_kind(name: str) -> str:
    """A commune as people call it, without what kind of unit it is."""
    kinds = ("Xã ", "Phường ", "UBND xã ", "UBND phường ", "Ủy ban nhân dân ")
    return next((name.removeprefix(kind) for kind in kinds if name.startswith(kind)), name)


def only_closed(house: House, wave: Wave) -> None:
    """See to it that a wave is closed, and all its ballots mixed.

    Raises
    ------
    WaveState
    """
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "quality is looked at when it is closed")
    if closing.is_unfinished(house, wave):
        message = f"ballots of wave `{wave.name}` are still sealed: finish closing it first"
        raise WaveState("still-sealed", message, wave=wave.name)
