"""The tables that may be published: small cells withheld, and safe against subtraction.

A withheld number is null in publishable.json and a symbol in the CSV tables, the same for a small
cell and for one that protects it: the difference would help whoever wants to work it out. Only
not-for-publishing.csv, for the office, tells them apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.disclosure.publication_cells import (
    ALL,
    Rule,
    count_cells,
    everyone_alike,
    fields_of,
    point_cells,
)
from analysis.disclosure.suppression import Cell, Name, Protection, protect
from analysis.io import writing
from analysis.problems import Problem, ProblemsFound
from analysis.replication.scorecards import scorecard
from analysis.report import score_tables
from analysis.results import of
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings

Row = dict[str, Any]
SYMBOL = "*"
WHY = "few answers, or it would give away a number of few answers"


@dataclass(frozen=True)
class Tables:
    """What may be published, and what only the office should know."""

    tables: Mapping[str, list[Row]]
    audit: list[Row]
    rule: Rule


def publish_folder(folder: Path, scores: Path, out: Path, rule: Rule) -> None:
    """Read a data set and its scores, and write what may be published. Raises `ProblemsFound`."""
    from analysis.dataset import reader

    found = _read_scores(scores)
    given = found["settings"]
    known = {name: given[name] for name in asdict(Settings()) if name in given}
    card = scorecard(reader.read(folder), Settings(**known))
    told = {row["unit"]: row["score"] for row in found["units"]}
    if told != dict(zip(card.data.units, map(writing.number, card.units.score), strict=True)):
        problem = Problem(
            "scores-of-other-data",
            "these scores do not follow from this data set",
            str(scores / "scores.json"),
            help="score the folder again",
        )
        raise ProblemsFound([problem])
    tables = publishable(card, rule, fields_of(folder, card), found)
    write(tables, out, card, (scores / "scores.json", folder / "index.csv"), given)


def _read_scores(folder: Path) -> Mapping[str, Any]:
    path = folder / "scores.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and {"settings", "units"} <= set(found):
            return found
        message = "these are not the scores of `python -m analysis score`"
    except OSError:
        message = "there is no scores.json here"
    except ValueError:
        message = "this is not JSON"
    raise ProblemsFound([Problem("no-scores", message, str(path), help="run `score` first")])


def publishable(
    card: Scorecard,
    rule: Rule | None = None,
    fields: Mapping[str, str] | None = None,
    results: Mapping[str, Any] | None = None,
) -> Tables:
    """All tables, with what must be withheld taken out; `results` is the content of scores.json."""
    rule, fields = rule or Rule(), fields or {}
    cells = [*point_cells(card, rule, fields), *count_cells(card, rule)]
    found = protect(cells, insiders=rule.insiders)
    return shown(card, rule, cells, found, results or score_tables.results(of(card)))


def shown(
    card: Scorecard,
    rule: Rule,
    cells: Sequence[Cell],
    found: Protection,
    results: Mapping[str, Any],
) -> Tables:
    """The tables under a given protection."""
    veil = _Veil(card, cells, found, results)
    tables = {
        "units": veil.units(),
        "fields": veil.fields(),
        "criteria": veil.criteria(),
        "averages": veil.averages(),
        "groups": veil.groups(),
        "counts": veil.counts(),
    }
    return Tables(tables, _audit(card, cells, found), rule)


def write(
    made: Tables,
    out: Path,
    card: Scorecard,
    read: Sequence[Path] = (),
    scored: Mapping[str, Any] | None = None,
) -> None:
    """publishable.json, a CSV a table, the office's list of what was withheld, a manifest.

    `read` are the files read beside the data set, `scored` the settings of scores.json, for the
    manifest.
    """
    out.mkdir(parents=True, exist_ok=True)
    known = asdict(card.settings)
    settings = {"scores": known, "disclosure": asdict(made.rule)}
    legend = {"symbol": SYMBOL, "reason": WHY}
    writing.write_json(
        out / "publishable.json", {"settings": settings, "withheld": legend} | dict(made.tables)
    )
    for name, rows in made.tables.items():
        writing.write_csv(out / f"{name}.csv", [_with_symbol(row) for row in rows])
    writing.write_csv(out / "not-for-publishing.csv", made.audit)
    writing.write_manifest(
        out,
        {**card.data.fingerprints, **writing.fingerprints(*read)},
        settings,
        command="publishable",
        arguments={"rules": {n: v for n, v in (scored or {}).items() if n not in known}},
    )


def _without(row: Row, *hide: str) -> Row:
    """A row with some of its numbers withheld."""
    gone = [key for key in hide if row[key] is not None]
    return row | dict.fromkeys(gone) | {"withheld": gone}


def _with_symbol(row: Row) -> Row:
    hidden = row["withheld"]
    shown = {name: SYMBOL if name in hidden else value for name, value in row.items()}
    return shown | {"withheld": WHY if hidden else ""}


def _audit(card: Scorecard, cells: Iterable[Cell], found: Protection) -> list[Row]:
    """Why each number is withheld, which small cells stay exposed, and who answered alike."""
    kinds: list[tuple[Name, str]] = []
    for cell in cells:
        if cell.name in found.withheld:
            kinds.append((cell.name, found.withheld[cell.name]))
        if cell.name in found.exposed:
            kinds.append((cell.name, "exposed"))
    names = [question.name for question in card.data.questions]
    for cell_number, question in np.argwhere(everyone_alike(card)).tolist():
        unit, group = divmod(cell_number, len(card.data.groups))
        place = (card.data.units[unit], card.data.groups[group], names[question])
        kinds.append((("mean", *place), "everyone_alike"))
    return [
        {"table": name[0], "unit": name[1], "part": "/".join(name[2:]), "reason": reason}
        for name, reason in kinds
    ]


class _Veil:
    """Rows of every table, each with the names of what is withheld in it."""

    def __init__(
        self,
        card: Scorecard,
        cells: Sequence[Cell],
        found: Protection,
        results: Mapping[str, Any],
    ) -> None:
        self.card, self.found, self.results = card, found, results
        self.cells = {cell.name: cell for cell in cells}
        self.value = self._values(cells)

    def _values(self, cells: Sequence[Cell]) -> dict[Name, float]:
        """What each number is; totals come after their parts."""
        value: dict[Name, float] = {}
        for cell in cells:
            total = sum(weight * value[name] for name, weight in cell.of.items())
            value[cell.name] = total if cell.of else cell.value
        return value

    def hidden(self, name: Name) -> bool:
        """Whether a number is withheld."""
        return name in self.found.withheld

    def units(self) -> list[Row]:
        """A row a unit; the interval goes where a single hidden criterion would follow from it."""
        rows = []
        ranks = {row["unit"]: row for row in self.results["ranks"]}
        for row in self.results["units"]:
            name = ("unit", row["unit"])
            keys = ("unit", "score", "lo", "hi", "max_available", "status")
            kept = {key: row[key] for key in keys}
            place = ranks[row["unit"]]
            kept |= {"rank": place["rank"], "rank_lo": place["lo"], "rank_hi": place["hi"]}
            hide: list[str] = []
            if self.hidden(name):
                hide = ["score", "lo", "hi", "rank", "rank_lo", "rank_hi"]
            elif name in self.cells and len(self.cells[name].of) == 1:
                only = next(iter(self.cells[name].of))
                hide = ["lo", "hi"] if self._touched(only) else []
            rows.append(_without(kept, *hide))
        return rows

    def _touched(self, criterion: Name) -> bool:
        """Whether a criterion has a hidden part: its interval would say how the part varies."""
        return any(self.hidden(name) for name in self.cells[criterion].of)

    def criteria(self) -> list[Row]:
        """A row a unit and criterion."""
        rows = []
        for row in self.results["criteria"]:
            name = ("criterion", row["unit"], row["criterion"])
            keys = ("unit", "criterion", "score", "lo", "hi", "max_points")
            kept = {key: row[key] for key in keys}
            hide: tuple[str, ...] = ()
            if self.hidden(name):
                hide = ("score", "lo", "hi")
            elif name in self.cells and self._touched(name):
                hide = ("lo", "hi")
            rows.append(_without(kept, *hide))
        return rows

    def fields(self) -> list[Row]:
        """A row a unit and field."""
        return [
            _without(
                {"unit": name[1], "field": name[2], "score": self.value[name]},
                *(("score",) if self.hidden(name) else ()),
            )
            for name in self.cells
            if name[0] == "field"
        ]

    def averages(self) -> list[Row]:
        """A row a criterion: the plain average over the units that have it."""
        return [
            _without(
                {"criterion": name[1], "units": len(cell.of), "score": self.value[name]},
                *(("score",) if self.hidden(name) else ()),
            )
            for name, cell in self.cells.items()
            if name[0] == "average"
        ]

    def groups(self) -> list[Row]:
        """A row a unit, group and question that anybody answered."""
        rows = []
        for row in self.results["estimates"]:
            name = ("mean", row["unit"], row["group"], row["question"])
            counts = ("n", "n_blank", "n_nocoef")
            kept = {k: row[k] for k in ("unit", "group", "question", *counts, "mean", "lo", "hi")}
            hide: list[str] = []
            if self.hidden(name):
                hide = [*counts, "mean", "lo", "hi"]
            elif self.hidden(("count", row["unit"], row["group"])):
                hide = list(counts)
            rows.append(_without(kept, *hide))
        return rows

    def counts(self) -> list[Row]:
        """A row a unit and group, and the margins (`*`)."""
        rates = {(row["unit"], row["group"]): row for row in self.results["rates"]}
        rows = []
        for name in self._count_names():
            _, unit, group = name
            row: Row = {"unit": unit, "group": group, "answered": self.value.get(name, 0.0)}
            row["answered"] = int(row["answered"])
            told = rates.get((unit, group), {})
            row |= {key: told.get(key) for key in ("N", "invited", "responded", "RR1")}
            hide = ("answered", "responded", "RR1") if self.hidden(name) else ()
            rows.append(_without(row, *hide))
        return rows

    def _count_names(self) -> list[Name]:
        units, groups = self.card.data.units, self.card.data.groups
        return [("count", unit, group) for unit in (*units, ALL) for group in (*groups, ALL)]
