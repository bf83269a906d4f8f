"""The tables that may be published: small cells withheld, and safe against subtraction.

A withheld number is null in publishable.json and a symbol in the CSV tables, the same for a small
cell, for one that protects it, and for one that does not exist but would tell by its absence: the
difference would help whoever wants to work it out. Only not-for-publishing.csv, for the office,
tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.disclosure.cell import Name
from analysis.disclosure.definition import Definition, ScoredCriterion
from analysis.disclosure.pattern import Place, SuppressionPattern
from analysis.disclosure.publication_cells import ALL, Rule
from analysis.io import writing
from analysis.numeric import Bools
from analysis.scoring.score import Scorecard

Row = dict[str, Any]
SYMBOL = "*"
WHY = "few answers, or it would give away a number of few answers"
COUNTS = ("n", "n_blank", "n_nocoef")


@dataclass(frozen=True, kw_only=True)
class PublicationTables:
    """What may be published, and what only the office should know.

    Attributes
    ----------
    tables : mapping from name to rows
        `units`, `fields`, `criteria`, `averages`, `groups` and `counts`. Each row names in
        `withheld` what is withheld of it.
    audit : list of rows
        Why each number is withheld.
    rule : Rule
        What counted as few.
    """

    tables: Mapping[str, list[Row]]
    audit: list[Row]
    rule: Rule


def definition_of(card: Scorecard, fields: Mapping[str, str]) -> Definition:
    """What everybody may know of the index that was scored.

    Parameters
    ----------
    card : Scorecard
        The scores.
    fields : mapping from criterion to field
        As `publication_cells.fields_of` gives it.

    Returns
    -------
    Definition
    """
    data = card.data
    criteria = tuple(
        ScoredCriterion(
            name=criterion.name,
            field=fields.get(criterion.name, ""),
            max_points=criterion.max_points,
            links=tuple(
                (data.groups[link.group], data.questions[link.question].name, link.weight)
                for link in criterion.links
                if link.weight > 0
            ),
            average=criterion.average,
        )
        for criterion in data.criteria
    )
    coefficients = []
    for question in data.questions:
        counted = [coefficient for coefficient in question.coefs if not np.isnan(coefficient)]
        if counted:
            coefficients.append((question.name, tuple(map(float, counted))))
    return Definition(criteria=criteria, coefficients=tuple(coefficients))


def everyone_alike(card: Scorecard) -> Bools:
    """Where everybody said the same.

    Parameters
    ----------
    card : Scorecard
        The scores.

    Returns
    -------
    array of bool, shape (cells, questions)
        Whether all answers with a coefficient are the same option.
    """
    options = ((card.counts.by_code > 0) & card.counts.carries).sum(axis=2)
    return np.asarray(options == 1)


def unanimous_names(card: Scorecard) -> list[Name]:
    """The names of the ratios of which everybody said the same."""
    questions = [question.name for question in card.data.questions]
    names: list[Name] = []
    for cell, question in np.argwhere(everyone_alike(card)).tolist():
        unit, group = divmod(cell, len(card.data.groups))
        place = (card.data.units[unit], card.data.groups[group])
        names.append(("mean", *place, questions[question]))
    return names


def published(card: Scorecard, rule: Rule, pattern: SuppressionPattern) -> PublicationTables:
    """The tables under a given suppression pattern.

    Parameters
    ----------
    card : Scorecard
        The scores.
    rule : Rule
        What counted as few.
    pattern : SuppressionPattern
        What is withheld.

    Returns
    -------
    PublicationTables
    """
    tables = tables_of(pattern, card.data.units, card.data.groups)
    return PublicationTables(tables=tables, audit=_audit(card, pattern), rule=rule)


def tables_of(
    pattern: SuppressionPattern, units: Sequence[str], groups: Sequence[str]
) -> dict[str, list[Row]]:
    """The tables by their names.

    Parameters
    ----------
    pattern : SuppressionPattern
        What is withheld.
    units, groups : sequence of str
        All that there are, in the order of the table of counts.

    Returns
    -------
    dict from name to rows
    """
    return {
        "units": list(_units(pattern)),
        "fields": list(_totals(pattern, "field", ("unit", "field"))),
        "criteria": list(_criteria(pattern)),
        "averages": list(_totals(pattern, "average", ("criterion",))),
        "groups": list(_groups(pattern)),
        "counts": list(_counts(pattern, units, groups)),
    }


def write(
    published: PublicationTables,
    out: Path,
    card: Scorecard,
    read: Mapping[str, str] | None = None,
    scored: Mapping[str, Any] | None = None,
) -> None:
    """Write publishable.json, a CSV a table, what was withheld and why, and a manifest.

    Parameters
    ----------
    published : PublicationTables
        The tables.
    out : Path
        The folder to write to.
    card : Scorecard
        The scores that they are made of.
    read : mapping from name to SHA-256, optional
        Files that were read beside the data set, for the manifest.
    scored : mapping, optional
        The settings of scores.json, for the manifest.
    """
    out.mkdir(parents=True, exist_ok=True)
    known = asdict(card.settings)
    settings = {"scores": known, "disclosure": asdict(published.rule)}
    legend = {"symbol": SYMBOL, "reason": WHY}
    writing.write_json(
        out / "publishable.json",
        {"settings": settings, "withheld": legend, **published.tables},
    )
    for name, rows in published.tables.items():
        writing.write_csv(out / f"{name}.csv", with_symbols(rows))
    writing.write_csv(out / "not-for-publishing.csv", published.audit)
    writing.write_manifest(
        out,
        {**card.data.fingerprints, **(read or {})},
        settings,
        command="publishable",
        arguments={"rules": {n: v for n, v in (scored or {}).items() if n not in known}},
    )


def with_symbols(rows: Sequence[Row]) -> list[Row]:
    """Rows as CSV has them: a symbol for what is withheld, and why."""
    return [_with_symbol(row) for row in rows]


def _without(row: Row, names: Sequence[str]) -> Row:
    """A row with some of its numbers withheld, those that do not exist included."""
    return row | dict.fromkeys(names) | {"withheld": list(names)}


def _with_symbol(row: Row) -> Row:
    withheld = row["withheld"]
    cells = {name: SYMBOL if name in withheld else value for name, value in row.items()}
    return cells | {"withheld": WHY if withheld else ""}


def _audit(card: Scorecard, pattern: SuppressionPattern) -> list[Row]:
    """Why each number is withheld, and who answered alike."""
    reasons = [(name, pattern.withheld[name]) for name in pattern.cells if name in pattern.withheld]
    alike = [(name, "everyone_alike") for name in unanimous_names(card)]
    return [
        {"table": name[0], "unit": name[1], "part": "/".join(name[2:]), "reason": reason}
        for name, reason in [*reasons, *alike]
    ]


def _units(pattern: SuppressionPattern) -> Iterator[Row]:
    """A row a unit."""
    content = pattern.scores.content
    places = {r["unit"]: Place(r["rank"], r["lo"], r["hi"]) for r in content["ranks"]}
    public = pattern.places(places)
    columns = ("unit", "score", "lo", "hi", "max_available", "status")
    for row in content["units"]:
        unit, place = row["unit"], public[row["unit"]]
        ranks = {"rank": place.rank, "rank_lo": place.lo, "rank_hi": place.hi}
        withheld: tuple[str, ...] = ()
        if pattern.is_withheld("unit", unit):
            withheld = (*columns[1:], *ranks)
        elif not pattern.has_public_interval("unit", unit):
            withheld = ("lo", "hi", "status", "rank_lo", "rank_hi")
            withheld += ("rank",) if unit in pattern.unranked else ()
        yield _without({name: row[name] for name in columns} | ranks, withheld)


def _criteria(pattern: SuppressionPattern) -> Iterator[Row]:
    """A row a unit and criterion."""
    columns = ("unit", "criterion", "score", "lo", "hi", "max_points")
    for row in pattern.scores.content["criteria"]:
        name = ("criterion", row["unit"], row["criterion"])
        withheld = () if pattern.has_public_interval(*name) else ("lo", "hi")
        if pattern.is_withheld(*name):
            withheld = ("score", *withheld)
        yield _without({name: row[name] for name in columns}, withheld)


def _totals(pattern: SuppressionPattern, kind: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """A row a unit and field; or a criterion, with how many units its average is over."""
    for name, cell in pattern.cells.items():
        if name[0] != kind:
            continue
        numbers: Row = {"units": len(cell.parts)} if kind == "average" else {}
        numbers["score"] = cell.value
        withheld = tuple(numbers) if pattern.is_withheld(*name) else ()
        yield _without(dict(zip(columns, name[1:], strict=True)) | numbers, withheld)


def _groups(pattern: SuppressionPattern) -> Iterator[Row]:
    """A row a unit, group and question."""
    place, numbers = ("unit", "group", "question"), (*COUNTS, "mean", "lo", "hi")
    for row in pattern.scores.content["estimates"]:
        hidden = pattern.is_withheld("mean", *(row[name] for name in place))
        yield _without({n: row[n] for n in (*place, *numbers)}, numbers if hidden else ())


def _counts(
    pattern: SuppressionPattern, units: Sequence[str], groups: Sequence[str]
) -> Iterator[Row]:
    """A row a unit and group, and the margins (`*`)."""
    columns = ("N", "invited", "responded", "RR1")
    for unit in (*units, ALL):
        for group in (*groups, ALL):
            name = ("count", unit, group)
            cell, line = pattern.cells.get(name), pattern.scores.rates.get((unit, group), {})
            row: Row = {"unit": unit, "group": group, "answered": 0 if cell is None else cell.value}
            row["answered"] = int(row["answered"])
            row |= {column: line.get(column) for column in columns}
            withheld: tuple[str, ...] = ()
            if pattern.is_withheld(*name):
                withheld = ("answered",) if ALL in name else ("answered", *columns)
            yield _without(row, withheld)
