"""The rows of open data: ratings of a release as numbers, nothing of a person left to join them by.

Two ratings of one person are two rows that nothing joins: who knows what one delegate said of one
unit must not find there what the same delegate said of the others. Rows stand in an order that
follows from what they show.

However many there are: a release is read some rows at a time and parted by units into files that
are thrown away, then each unit is coded, coarsened, sorted and added to one file of numbers, from
which all formats are written. Memory is that of the largest unit.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.disclosure.pattern import SuppressionPattern
from analysis.numeric import Floats
from analysis.opendata.coarsening import Design, coarsened, shown_of_people
from analysis.opendata.variables import (
    MODES,
    NO_ANSWER,
    NOT_ASKED,
    NOT_SHOWN,
    WITHHELD,
    Layout,
    Variable,
)
from analysis.problems import Problem, ProblemsFound

CHUNK = 50_000
"""Rows of numbers that are held at a time."""
_HELD = 20_000
"""Rows of texts that wait until they are written to the files of their units."""
_BLOCK = 1_000_000
"""Bytes of respondents.csv that are read at a time."""

_DESIGN = ("unit", "group", "stratum", "psu", "weight", "fpc1", "fpc2", "mode")
Told = Callable[[str, int, int], None]
"""Where progress is said: a step, rows done, and of how many."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of open data in a file of numbers (float64, little-endian, row by row).

    `levels` says of each unit and group how much coarser its design is.
    """

    file: Path
    count: int
    columns: int
    levels: Mapping[tuple[str, str], int]

    def chunks(self) -> Iterator[Floats]:
        """The rows, some at a time: arrays of shape (rows, columns)."""
        size = CHUNK * self.columns
        with self.file.open("rb") as opened:
            while len(part := np.fromfile(opened, "<f8", size)):
                yield part.reshape(-1, self.columns)


def rows(
    release: Path,
    layout: Layout,
    pattern: SuppressionPattern,
    work: Path,
    fewest: int,
    told: Told,
) -> Rows:
    """Make the rows of a release's open data.

    Parameters
    ----------
    release : Path
        The folder of a release.
    layout : Layout
        The columns.
    pattern : SuppressionPattern
        What is withheld of the published tables is withheld here too.
    work : Path
        A folder for files that are thrown away.
    fewest : int
        The fewest rows that must look alike.
    told : callable
        Where progress is said.
    """
    total = _parted(release, layout, work, told)
    file, count = work / "rows.f64", 0
    levels: dict[tuple[str, str], int] = {}
    with file.open("wb") as out:
        for at, (unit, *_) in enumerate(layout.units):
            part = work / f"unit-{at}.csv"
            if not part.is_file():
                continue
            texts = pd.read_csv(
                part, header=None, names=_needed(layout), dtype=str, keep_default_na=False
            )
            coded, own = _unit(texts, layout, at, pattern, fewest)
            levels |= {(unit, group): level for group, level in own.items()}
            out.write(coded.astype("<f8").tobytes())
            count += len(coded)
            part.unlink()
            told("code", count, total)
    return Rows(file=file, count=count, columns=len(layout.variables), levels=levels)


def _needed(layout: Layout) -> list[str]:
    return list(dict.fromkeys([*_DESIGN, *(each.source for each in layout.questions)]))


def _parted(release: Path, layout: Layout, work: Path, told: Told) -> int:
    """Write the rows of each unit to a file of its own; gives how many there are."""
    numbers = {unit: at for at, (unit, *_) in enumerate(layout.units)}
    needed, total, held = _needed(layout), 0, 0
    waiting: dict[int, list[tuple[str, ...]]] = {}
    for batch in _batches(release, needed):
        unknown = set(batch["unit"]) - set(numbers)
        if unknown:
            message = f"units.csv has no unit `{min(unknown)}` that is rated here"
            help_ = "give a whole release: units.csv and respondents.csv belong together"
            raise ProblemsFound([Problem("unknown-unit", message, str(release), help=help_)])
        for row in zip(*batch.values(), strict=True):
            waiting.setdefault(numbers[row[0]], []).append(row)
        held += len(batch["unit"])
        total += len(batch["unit"])
        if held >= _HELD:
            _append(waiting, work)
            held = 0
        told("read", total, 0)
    _append(waiting, work)
    return total


def _append(waiting: dict[int, list[tuple[str, ...]]], work: Path) -> None:
    for at, lines in waiting.items():
        with (work / f"unit-{at}.csv").open("a", encoding="utf-8", newline="") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL).writerows(lines)
    waiting.clear()


def _batches(release: Path, needed: Sequence[str]) -> Iterator[dict[str, list[str]]]:
    """The columns that are needed, as texts, some rows at a time; blank where there is none."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    pa.set_memory_pool(pa.system_memory_pool())  # gives back what is let go, others keep it
    plain = release / "respondents.csv"
    if plain.is_file():
        with plain.open(encoding="utf-8-sig", newline="") as opened:
            header = next(csv.reader(opened))
        kinds = dict.fromkeys(header, pa.string())
        reader = arrow_csv.open_csv(
            plain,
            arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            arrow_csv.ParseOptions(newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )
        with closing(reader):
            for batch in reader:
                yield _texts(batch, needed)
        return
    with parquet.ParquetFile(release / "respondents.parquet") as content:
        for batch in content.iter_batches(_HELD):
            yield _texts(batch, needed)


def _texts(batch: Any, needed: Sequence[str]) -> dict[str, list[str]]:
    import pyarrow as pa

    names, size = batch.schema.names, batch.num_rows
    texts = {}
    for name in needed:
        if name not in names:
            texts[name] = [""] * size
            continue
        column = batch.column(name)
        plain = column.cast(pa.string()).fill_null("").to_pylist()
        is_number = pa.types.is_floating(column.type)
        texts[name] = [each.removesuffix(".0") for each in plain] if is_number else plain
    return texts


def _unit(
    texts: pd.DataFrame, layout: Layout, at: int, pattern: SuppressionPattern, fewest: int
) -> tuple[Floats, dict[str, int]]:
    """The rows of one unit, sorted; and how coarse the design of each group is."""
    unit, parts, levels = layout.units[at][0], [], {}
    for number, group in enumerate(layout.groups, 1):
        cell = texts[texts["group"] == group].reset_index(drop=True)
        if len(cell) < fewest or pattern.is_withheld("count", unit, group):
            continue
        coded, level = _cell(cell, layout, (unit, group), pattern, fewest)
        coded[:, 0], coded[:, 1] = at + 1, number
        parts.append(coded[np.lexsort(coded.T[::-1])])
        levels[group] = level
    return np.vstack(parts) if parts else np.empty((0, len(layout.variables))), levels


def _cell(
    cell: pd.DataFrame,
    layout: Layout,
    place: tuple[str, str],
    pattern: SuppressionPattern,
    fewest: int,
) -> tuple[Floats, int]:
    design = coarsened(_design(cell), fewest)
    coded = np.full((len(cell), len(layout.variables)), np.nan)
    coded[:, 2:8] = design.shown
    coded[:, 8] = design.level
    answers = {each.name: _answers(cell, each, place[1]) for each in layout.questions}
    scored, people = _scored(layout, place, pattern)
    shown = set()
    told = [np.column_stack([answers[v.name] for v in columns]) for columns in people.values()]
    for (source, columns), may in zip(
        people.items(), shown_of_people(design.classes, told, fewest), strict=True
    ):
        shown |= {v.name for v in columns} if may else set()
        if not may:
            _forget_conditions(answers, layout, source, place[1])
    shown |= {v.name for v in scored if not _is_hidden(v, place, pattern)}
    for each in layout.questions:
        values = answers[each.name]
        never_asked = place[1] not in each.groups
        is_shown = each.name in shown or never_asked
        coded[:, layout.at(each.name)] = values if is_shown else WITHHELD
    return coded, design.level


def _scored(
    layout: Layout, place: tuple[str, str], pattern: SuppressionPattern
) -> tuple[list[Variable], dict[str, list[Variable]]]:
    """The questions that earn points by a group's answers; the others, by question."""
    links = {link[:2] for each in pattern.scores.definition.criteria for link in each.links}
    scored, people = [], dict[str, list[Variable]]()
    for each in layout.questions:
        if (place[1], each.source) in links:
            scored.append(each)
        elif place[1] in each.groups:
            people.setdefault(each.source, []).append(each)
    return scored, people


def _is_hidden(each: Variable, place: tuple[str, str], pattern: SuppressionPattern) -> bool:
    """Whether the ratio that answers would tell is withheld, or there is none to compare with."""
    name = ("mean", *place, each.source)
    return name not in pattern.cells or pattern.is_withheld(*name)


def _forget_conditions(answers: dict[str, Floats], layout: Layout, source: str, group: str) -> None:
    """What was not shown by the answer to a withheld question would tell that answer."""
    for each in layout.questions:
        if source in each.conditions.get(group, {}):
            values = answers[each.name]
            answers[each.name] = np.where(values == NOT_SHOWN, NO_ANSWER, values)


def _design(cell: pd.DataFrame) -> Design:
    return Design(
        stratum=pd.factorize(cell["stratum"], sort=True)[0],
        psu=pd.factorize(cell["psu"], sort=True)[0],
        weight=_numbers(cell["weight"]),
        fpc1=_numbers(cell["fpc1"]),
        fpc2=_numbers(cell["fpc2"]),
        mode=np.array([MODES.get(mode, 0) for mode in cell["mode"]]),
    )


def _numbers(column: pd.Series[str]) -> Floats:
    return np.array([float(each) if each else np.nan for each in column])


def _answers(cell: pd.DataFrame, each: Variable, group: str) -> Floats:
    """The answers to a question as numbers, and why there is none where there is none."""
    if group not in each.groups:
        return np.full(len(cell), float(NOT_ASKED))
    given = cell[each.source]
    if each.kind == "several":
        chosen = given.str.split().map(lambda codes: float(each.code in codes))
        values = chosen.to_numpy(dtype=float)
    elif each.kind == "choice":
        values = given.map(each.numbers).to_numpy(dtype=float)
    else:
        values = np.array([_number(text) for text in given])
    is_blank = (given == "").to_numpy()
    if np.isnan(values[~is_blank]).any():
        odd = given[~is_blank][np.isnan(values[~is_blank])].iloc[0]
        message = f"`{each.source}` has no option `{odd}` in codebook.csv"
        help_ = "give a whole release: its files belong together"
        raise ProblemsFound([Problem("unknown-option", message, "respondents.csv", help=help_)])
    return np.where(is_blank, _why_blank(cell, each, group), values)


def _why_blank(cell: pd.DataFrame, each: Variable, group: str) -> Floats:
    shown = np.ones(len(cell), dtype=bool)
    for item, codes in each.conditions.get(group, {}).items():
        if item in cell:
            wanted = frozenset(codes)
            shown &= cell[item].str.split().map(lambda c, w=wanted: bool(w & set(c))).to_numpy(bool)
    return np.where(shown, float(NO_ANSWER), float(NOT_SHOWN))


def _number(text: str) -> float:
    """A number; a day as a number that sorts (20261128); NaN where there is neither."""
    plain = text.replace("-", "") if text[4:5] == "-" else text
    try:
        return float(plain)
    except ValueError:
        return float("nan")
