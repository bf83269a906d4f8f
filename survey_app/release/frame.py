"""The frame of a release: how many were to be asked, were asked, and what became of them.

A case and its ballot cannot be joined, so the two are counted apart: forms that were sent by what
the ballots of a sample say, everyone else by what is known of the case.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from survey_app.fieldwork import disposition
from survey_app.fieldwork.disposition import CLASSES
from survey_app.questionnaire.model import Study
from survey_app.release.ballots import CellKey, Returned
from survey_app.store.engine.database import Connection
from survey_app.store.sample import alike, cases, substitutions
from survey_app.store.sample.alike import Alike
from survey_app.store.waves import Wave

_UNKNOWN = ""
_GIVEN_UP = "O"
"""The class of forms that were sent and that nobody can open any more, their key being lost."""


@dataclass
class Cell:
    """One independent sample. `population` is None as long as a stratum's is unknown."""

    population: int | None = None
    cases: Counter[str] = field(default_factory=Counter)
    """By mode; `homes` by mode and home unit, `classes` by mode and AAPOR class."""
    homes: Counter[tuple[str, str]] = field(default_factory=Counter)
    classes: Counter[tuple[str, str]] = field(default_factory=Counter)
    eligible: Counter[str] = field(default_factory=Counter)
    """By stratum: cases that are not known to be ineligible; `listed` has all, `stand_ins` those
    who took the place of another."""
    listed: Counter[str] = field(default_factory=Counter)
    stand_ins: Counter[str] = field(default_factory=Counter)
    spent: int = 0
    """Forms that were sent."""
    takes_some: bool = False


@dataclass
class Frame:
    """frame.csv, the same by mode (frame_modes.csv), and the weights that follow from it."""

    cells: dict[CellKey, Cell]
    sample: Returned
    is_trial: bool = False
    """Of a wave that is still open: what became of each case is left out, because it would tell
    who has answered since the last mixing."""
    rows: list[Sequence[object]] = field(default_factory=list)
    modes: list[Sequence[object]] = field(default_factory=list)

    @property
    def spent(self) -> int:
        """Forms that were sent."""
        return sum(cell.spent for cell in self.cells.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of frame.csv."""
        classes = () if self.is_trial else CLASSES
        return ("unit", "group", "N", "n_invited", "n_responded", *classes)

    @property
    def mode_columns(self) -> tuple[str, ...]:
        """The columns of frame_modes.csv."""
        return *self.columns[:2], "mode", *self.columns[2:]

    def shown(self, counts: Sequence[object]) -> Sequence[object]:
        """n_invited and n_responded; the counts by class too, unless this is a trial."""
        return counts[:2] if self.is_trial else counts

    def weight(self, cell: CellKey, stratum: str, base_weight: str, chance: str) -> Fraction:
        """The weight of a row.

        The base weight, times the eligible cases of its stratum for each valid form (who answers is
        taken as a second random draw within the stratum), times the inverse chance that this unit
        was given to this respondent. Who took another's place makes the random sample larger: n
        drawn and k more of the reserve have the chance (n + k)/N, so each weighs n/(n + k).
        """
        valid, known = self.sample.valid[cell, stratum], self.cells[cell]
        adjusted = Fraction(max(known.eligible[stratum], valid), valid)
        if more := known.stand_ins[stratum]:
            adjusted *= Fraction(known.listed[stratum] - more, known.listed[stratum])
        return Fraction(Decimal(base_weight)) * adjusted / Fraction(chance)


def frame(
    connection: Connection, wave: Wave, study: Study, units: Sequence[str], sample: Returned
) -> Frame:
    """Count the frame of a wave."""
    cells: dict[CellKey, Cell] = {}
    for stratum in cases.frame(connection, wave.id):
        known = cells.setdefault(stratum.cell, Cell(population=0))
        both = stratum.population is not None and known.population is not None
        known.population = known.population + stratum.population if both else None  # type: ignore[operator]  # both are numbers
    counted = Frame(cells, sample, is_trial=wave.state != "closed")
    for them in alike.of_wave(connection, wave.id, is_trial=counted.is_trial):
        _count(cells, them, is_trial=counted.is_trial)
    for (key, place), count in substitutions.counted(connection, wave.id).items():
        cells[key].stand_ins[place] = count
    for key, cell in cells.items():
        outcomes = sample.outcomes.get(key, Counter())
        cell.classes.update(outcomes)
        if not counted.is_trial and cell.spent > outcomes.total():
            cell.classes["", _GIVEN_UP] += cell.spent - outcomes.total()
    answered, by_place = sample.answered, _by_place(cells)
    for unit in units:
        for group in study.index.groups:
            of_unit = [*by_place[group, ""], *by_place[group, unit]]
            population = _sum(cell.population for cell in of_unit)
            modes = sorted({mode for cell in of_unit for mode in cell.cases})
            # the last ballots of a few people do not tell how they were answered
            modes_known = not any(mode == "" for cell in of_unit for mode, _ in cell.classes)
            total = sum(answered[unit, group, mode] for mode in [*modes, ""])
            counts = _counts(of_unit, unit, [*modes, ""], total)
            counted.rows.append((unit, group, population, *counted.shown(counts)))
            for mode in modes if modes_known else ():
                by_mode = _counts(of_unit, unit, [mode], answered[unit, group, mode])
                counted.modes.append((unit, group, mode, "", *counted.shown(by_mode)))
    return counted


def _by_place(cells: Mapping[CellKey, Cell]) -> Mapping[tuple[str, str], Sequence[Cell]]:
    """The cells of each group and unit; of a blank unit those that serve several."""
    places: defaultdict[tuple[str, str], list[Cell]] = defaultdict(list)
    for (group, _, unit), cell in cells.items():
        places[group, unit].append(cell)
    return places


def _count(cells: dict[CellKey, Cell], them: Alike, *, is_trial: bool) -> None:
    """Count some cases; in a trial, whether their forms were sent changes nothing."""
    cell, size = cells.setdefault(them.cell, Cell()), them.size
    cell.cases[them.mode] += size
    cell.listed[them.stratum] += size
    cell.homes[them.mode, them.home_unit] += size
    cell.takes_some |= them.takes_some
    outcome = disposition.of(replace(them.history, spent=False) if is_trial else them.history)
    cell.eligible[them.stratum] += size * (outcome.class_ != "NE")
    if them.history.spent:
        cell.spent += size
    else:
        cell.classes[them.mode, outcome.class_] += size


def _counts(
    own: Sequence[Cell], unit: str, modes: Sequence[str], answered: int
) -> Sequence[object]:
    """n_invited, n_responded and the counts by class, of some modes."""
    classes: Counter[str] = Counter()
    for cell in own:
        for (mode, class_), count in cell.classes.items():
            classes[class_] += count if mode in modes else 0
    return (_invited(own, unit, modes), answered, *(classes[name] for name in CLASSES))


def _sum(sizes: Iterable[int | None]) -> int | str:
    known = list(sizes)
    return (
        _UNKNOWN if None in known or not known else sum(size for size in known if size is not None)
    )


def _invited(own: Sequence[Cell], unit: str, modes: Sequence[str]) -> int | str:
    """Cases asked about a unit; blank where each rates a random few, because which is not kept."""
    if any(cell.takes_some for cell in own):
        return _UNKNOWN
    return sum(cell.cases[mode] - cell.homes[mode, unit] for cell in own for mode in modes)
