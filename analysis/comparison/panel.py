"""Who answered in both years, where the analyst declares that labels mean the same in both.

Two data sets do not say that they share respondents. A release numbers its ballots anew and holds
no key that leads to a person, so that `r17` of two years are two people; villages and communes keep
their codes. So an overlap is never read out of equal labels alone: each respondent group is
declared as `none` (independent samples), `psus` (clusters of the same label are the same clusters)
or `persons` (rows of the same resp_id, in the same PSU, are the same person too).

PSUs match within strata of the same label, of the sample of the same label; where a sample has no
label it is the unit × group, and its unit may have been renamed. Where every PSU is one person,
only `persons` links it, and by resp_id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from analysis.dataset.model import Dataset
from analysis.io.plain_csv import read_plain
from analysis.io.table import Table, read_csv
from analysis.numeric import Bools, Ints, group_ids
from analysis.problems import Problem, ProblemsFound, closest

PanelKind = Literal["none", "psus", "persons"]
LABELS = ("resp_id", "stratum", "psu")
EVERY = "*"
PLACE = "--panel"
KINDS = "write none, psus or persons; for some groups only GROUP=psus or GROUP=persons"
Row = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One year of a comparison.

    Attributes
    ----------
    data : Dataset
        Its data set, merged units in their predecessors' place.
    rows : (ratings,) array of int
        The row of respondents.csv (or .parquet) that each rating was.
    names : tuple of str
        What each unit of the data set is called this year; blank where it has no counterpart, or
        is made of several.
    """

    data: Dataset
    rows: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Linked:
    """One year's ratings in the numbers that both years share, -1 where there is none.

    Each is (ratings,): `stratum`, `psu` and `person` of the ratings in a declared group.
    """

    stratum: Ints
    psu: Ints
    person: Ints


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What the two years share.

    Attributes
    ----------
    kinds : mapping from group to kind
        As declared; groups that only one year has are not in it.
    last, this : Linked
        The ratings of each year.
    table : tuple of rows
        By declared group: how many strata, PSUs and persons the years have, and have in common.
    """

    kinds: Mapping[str, PanelKind]
    last: Linked
    this: Linked
    table: tuple[Row, ...]


def panel_kinds(
    last: Dataset, this: Dataset, declared: str | Mapping[str, str]
) -> dict[str, PanelKind]:
    """By group of both years what is declared of it. Raises `ProblemsFound`.

    Parameters
    ----------
    last, this : Dataset
    declared : str or mapping from group to str
        A kind of panel, of every group or by group.

    Returns
    -------
    dict from group to kind
        In the order of this year's groups.
    """
    common = [group for group in this.groups if group in last.groups]
    given = {EVERY: declared} if isinstance(declared, str) else dict(declared)
    problems = [
        Problem("unknown-panel", f"a panel of `{group}` is `{kind}`", PLACE, help=KINDS)
        for group, kind in given.items()
        if kind not in get_args(PanelKind)
    ]
    problems += [
        Problem(
            "unknown-group",
            f"the two years have no group `{group}` in common",
            PLACE,
            help=closest(group, common) or "name a group that both years have",
        )
        for group in given
        if group not in (*common, EVERY)
    ]
    if problems:
        raise ProblemsFound(problems)
    others = given.get(EVERY, "none")
    kinds = {group: _kind(given.get(group, others)) for group in common}
    return {group: kind for group, kind in kinds.items() if kind != "none"}


def _kind(text: str) -> PanelKind:
    return next(kind for kind in get_args(PanelKind) if kind == text)


def find_panel(last: Wave, this: Wave, declared: str | Mapping[str, str]) -> Panel | None:
    """The overlap of two years; None where none is declared.

    Parameters
    ----------
    last, this : Wave
    declared : str or mapping from group to str
        A kind of panel, of every group or by group.

    Returns
    -------
    Panel or None

    Raises
    ------
    ProblemsFound
        When a group or a kind is unknown, when groups that share a sample are declared
        differently, or when a group that is declared by name has nothing in common; where groups
        are declared together, when none of them has.
    """
    kinds = panel_kinds(last.data, this.data, declared)
    if not kinds:
        return None
    problems: list[Problem] = []
    for wave in (last, this):
        problems += _mixed(wave.data, kinds)
    tables = [_labels(wave) for wave in (last, this)]
    if problems:
        raise ProblemsFound(problems)
    linked = _linked((last, this), tables, kinds)
    rows = tuple(_table_row(group, (last, this), linked, kind) for group, kind in kinds.items())
    empty = [row for row in rows if not row["psus_both"]]
    named = () if isinstance(declared, str) else tuple(declared)
    problems += [
        _nothing_common(this.data, row)
        for row in empty
        if len(empty) == len(rows) or row["group"] in named
    ]
    if problems:
        raise ProblemsFound(problems)
    return Panel(kinds=kinds, last=linked[0], this=linked[1], table=rows)


def _nothing_common(data: Dataset, row: Row) -> Problem:
    group, kind = row["group"], row["panel"]
    message = f"`{group}` is declared as a panel ({kind}), but the two years have nothing in common"
    help = (
        "labels of sample, stratum and psu (and of resp_id for persons) must be the same in both "
        f"years; or declare {group}=none"
    )
    return Problem("no-overlap", message, str(data.folder), help=help)


def _mixed(data: Dataset, kinds: Mapping[str, PanelKind]) -> list[Problem]:
    """Groups that share a sample are one panel, or none."""
    for groups in groups_by_sample(data):
        declared = {kinds.get(data.groups[group], "none") for group in groups}
        if len(declared) > 1:
            names = ", ".join(f"`{data.groups[group]}`" for group in groups)
            message = f"{names} share a sample, but are declared as different panels"
            help = "declare them alike"
            return [Problem("mixed-panel", message, str(data.folder), help=help)]
    return []


def groups_by_sample(data: Dataset) -> list[list[int]]:
    """The groups of each sample that serves several."""
    _, first = group_ids(data.design.sample, data.group)
    by_sample: dict[int, list[int]] = {}
    for sample, group in zip(
        data.design.sample[first].tolist(), data.group[first].tolist(), strict=True
    ):
        by_sample.setdefault(sample, []).append(group)
    return [sorted(groups) for groups in by_sample.values() if len(groups) > 1]


def _labels(wave: Wave) -> Table:
    """The labels of the design, read again: a data set keeps only their numbers."""
    folder, problems = wave.data.folder, list[Problem]()
    plain, packed = folder / "respondents.csv", folder / "respondents.parquet"
    if packed.exists() and not plain.exists():
        from analysis.io.parquet import read_parquet  # pyarrow is optional, and slow to import

        table = read_parquet(packed, LABELS, problems)
    else:
        table = read_plain(plain, LABELS) or read_csv(plain, LABELS, problems)
    if table is None:
        raise ProblemsFound(problems)
    if table.rows <= int(wave.rows.max(initial=-1)):
        message = "respondents have fewer rows now than when they were read"
        help = "read the data set again"
        raise ProblemsFound([Problem("changed-file", message, str(folder), help=help)])
    return table


def _linked(
    waves: tuple[Wave, Wave], tables: Sequence[Table], kinds: Mapping[str, PanelKind]
) -> tuple[Linked, Linked]:
    """Each year's ratings in numbers that equal labels share."""
    alone = [_every_psu_is_one_person(wave.data) for wave in waves]
    names = [np.array([kinds.get(g, "none") for g in wave.data.groups]) for wave in waves]
    kind = [names[year][waves[year].data.group] for year in (0, 1)]
    sample = _samples(waves, tables)
    texts = {name: _column(waves, tables, name) for name in LABELS}
    label = [  # odd and even, so that a resp_id is never taken for a PSU's label
        np.where(lone, 2 * resp_id, 2 * psu + 1)
        for lone, resp_id, psu in zip(alone, texts["resp_id"], texts["psu"], strict=True)
    ]
    stratum = _shared(sample, texts["stratum"])
    psu = _shared(stratum, label)
    person = _shared(psu, texts["resp_id"])
    linked = []
    for year in (0, 1):
        used = (kind[year] == "persons") | ((kind[year] == "psus") & ~alone[year])
        used &= sample[year] > 0
        persons = used & (kind[year] == "persons")
        linked.append(
            Linked(
                stratum=np.where(used, stratum[year], -1),
                psu=np.where(used, psu[year], -1),
                person=np.where(persons, person[year], -1),
            )
        )
    return linked[0], linked[1]


def _every_psu_is_one_person(data: Dataset) -> Bools:
    """(ratings,): whether the sample of a rating was drawn person by person."""
    design = data.design
    crowd = (design.persons_drawn > 1) | ~np.isnan(design.population_persons)
    clustered = np.zeros(design.samples, dtype=bool)
    clustered[design.sample_of_stratum[design.stratum_of_psu[crowd]]] = True
    return np.asarray(~clustered[design.sample])


def _samples(waves: tuple[Wave, Wave], tables: Sequence[Table]) -> list[Ints]:
    """By year the sample of each rating, from 1; 0 where the other year cannot have it."""
    numbers: dict[tuple[str, str], int] = {}
    samples = []
    for wave, table in zip(waves, tables, strict=True):
        cells = np.array(
            [
                numbers.setdefault((name, group), len(numbers) + 1) if name else 0
                for name in wave.names
                for group in wave.data.groups
            ]
        )
        sample = cells[wave.data.cell]
        if table.has("sample"):
            column = table["sample"]
            by_label = np.array(
                [
                    numbers.setdefault(("", label), len(numbers) + 1) if label else 0
                    for label in column.labels
                ]
                or [0]
            )
            named = by_label[column.codes[wave.rows]]
            sample = np.where(named > 0, named, sample)
        samples.append(sample)
    return samples


def _column(waves: tuple[Wave, Wave], tables: Sequence[Table], name: str) -> list[Ints]:
    """By year a number for each rating's label; equal labels have equal numbers."""
    numbers: dict[str, int] = {}
    columns = []
    for wave, table in zip(waves, tables, strict=True):
        labels = table[name].labels
        by_label = np.array([numbers.setdefault(label, len(numbers)) for label in labels] or [0])
        columns.append(by_label[table[name].codes[wave.rows]])
    return columns


def _shared(outer: Sequence[Ints], inner: Sequence[Ints]) -> list[Ints]:
    """By year a number for each pair of labels, the same for the same pair."""
    ids, _ = group_ids(np.concatenate(list(outer)), np.concatenate(list(inner)))
    return [ids[: len(outer[0])], ids[len(outer[0]) :]]


def _table_row(
    group: str, waves: tuple[Wave, Wave], linked: tuple[Linked, Linked], kind: PanelKind
) -> Row:
    """How much of a group is in both years."""
    row: Row = {"group": group, "panel": kind}
    for name, attribute in (("strata", "stratum"), ("psus", "psu"), ("persons", "person")):
        numbers: list[Ints] = []
        for year, wave, link in zip(("last", "this"), waves, linked, strict=True):
            is_member = wave.data.group == wave.data.groups.index(group)
            drawn = getattr(wave.data.design, attribute)[is_member]
            row[f"{name}_{year}"] = len(np.unique(drawn))
            numbers.append(getattr(link, attribute)[is_member])
        common = np.intersect1d(numbers[0], numbers[1])
        row[f"{name}_both"] = int((common >= 0).sum())
    return row
