"""The numbers of a scorecard that somebody might publish, as cells for suppression.

Ratios are linear in each other: a criterion's points are the sum over its groups of what a ratio
of 1 would earn times the ratio; fields and units are sums of those. Counts of respondents have
margins over groups and over units. Everything is read from the content of scores.json, so that
whoever has it gets the same cells: the command `publishable`, and the public pages.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from analysis.disclosure.cell import Cell, Name
from analysis.disclosure.definition import ScoredCriterion
from analysis.disclosure.scores import Scores
from analysis.io.table import read_csv
from analysis.problems import Problem, ProblemsFound, closest

if TYPE_CHECKING:  # a web server, which withholds too, does not load what scores
    from analysis.scoring.score import Scorecard

ALL = "*"
FEWEST = 5
"""The threshold of an index that declares none (`publish_from`)."""
NO_LIMIT = 1e7
ROOM = 0.1
"""The least range, of a number's whole, that must remain possible for what is withheld."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What counts as few, and how little an intruder may learn.

    Attributes
    ----------
    fewest : int
        The least number of respondents, or of answers, that a published number rests on.
    room : float
        The least range, of a scale from 0 to 1, that must remain possible for a withheld ratio.
    alike : {"flag", "withhold"}
        What becomes of a ratio where everyone answered the same.
    insiders : bool
        Whether the intruder may be all other small groups of a unit, who know their own answers.
    """

    fewest: int = FEWEST
    room: float = ROOM
    alike: Literal["flag", "withhold"] = "flag"
    insiders: bool = True


def threshold(folder: Path) -> int:
    """The threshold that travels with a release, else that of an index that declares none.

    Parameters
    ----------
    folder : Path
        The folder of a data set. The manifest.json of a release has the `publish_from` of its
        index among the settings.

    Returns
    -------
    int
        The least number of people that a published number rests on.

    Raises
    ------
    ProblemsFound
        When there is a manifest whose threshold cannot be read.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        return FEWEST
    try:
        declared = json.loads(path.read_text(encoding="utf-8"))["settings"].get("publish_from")
    except (ValueError, TypeError, KeyError, AttributeError):
        declared = "?"
    if declared is None:
        return FEWEST
    if isinstance(declared, int) and not isinstance(declared, bool) and declared >= 1:
        return declared
    message = "the settings here have no `publish_from` that is a whole number from 1 on"
    help_ = "restore the file of the release, or remove it and say --fewest"
    raise ProblemsFound([Problem("no-threshold", message, str(path), help=help_)])


def fields_of(folder: Path, card: Scorecard) -> dict[str, str]:
    """The field of each criterion.

    Parameters
    ----------
    folder : Path
        The folder of a data set, with an index.csv (`code`, `parent`) if there are fields.
    card : Scorecard
        The scorecard of the data set.

    Returns
    -------
    dict from criterion to field
        Empty without an index.csv.

    Raises
    ------
    ProblemsFound
        When index.csv cannot be read, or lacks a criterion.
    """
    path = folder / "index.csv"
    if not path.is_file():
        return {}
    problems: list[Problem] = []
    table = read_csv(path, ("code", "parent"), problems)
    if table is None or problems:
        raise ProblemsFound(problems)
    parents = dict(zip(table["code"].texts(), table["parent"].texts(), strict=True))
    fields = {}
    for criterion in card.data.criteria:
        code = criterion.name
        if code not in parents:
            help = closest(code, parents) or "add its line"
            raise ProblemsFound(
                [Problem("unknown-criterion", f"index.csv has no `{code}`", str(path), help=help)]
            )
        visited = {code}
        while parents.get(code) and parents[code] not in visited:
            code = parents[code]
            visited.add(code)
        fields[criterion.name] = code
    return fields


def count_cells(scores: Scores, rule: Rule) -> list[Cell]:
    """Respondents by unit and group, with all margins.

    Parameters
    ----------
    scores : Scores
        The content of scores.json.
    rule : Rule
        What counts as few.

    Returns
    -------
    list of Cell
        ``("count", unit, group)`` where anybody answered, and ``"*"`` for all units or groups. A
        margin costs less than any cell: with a cell go all ratios of the group.
    """
    cells: dict[Name, Cell] = {}
    margins: dict[Name, dict[Name, float]] = {}
    for unit, group in scores.respondents:
        cell = _count_cell(scores, rule.fewest, unit, group)
        if cell is None:
            continue
        cells[cell.name] = cell
        for margin in (("count", unit, ALL), ("count", ALL, group), ("count", ALL, ALL)):
            margins.setdefault(margin, {})[cell.name] = 1.0
    for name, parts in margins.items():
        cost = 1.0 if name[1] != ALL else 2.0 if name[2] != ALL else 3.0
        total = sum(cells[part].value for part in parts)
        cells[name] = Cell(name=name, parts=parts, cost=cost, value=total)
    return list(cells.values())


def _count_cell(scores: Scores, fewest: int, unit: str, group: str) -> Cell | None:
    """A count of respondents; small where the frame's own count is. None where nobody came."""
    answered, line = scores.respondents[unit, group], scores.rates.get((unit, group), {})
    known = [count for count in (answered, line.get("responded")) if count]
    if not known:
        return None
    sensitive = min(known) < fewest
    limits = [float(line[key]) for key in ("N", "invited") if line.get(key) is not None]
    if sensitive:  # only small counts are withheld: whoever sees one withheld knows that much
        limits.append(fewest - 1.0)
    return Cell(
        name=("count", unit, group),
        cost=1000.0 * answered,
        sensitive=sensitive,
        respondents=(unit, group),
        value=float(answered),
        lower=float(min(answered, 1 if sensitive else fewest)),
        upper=max(min(limits, default=NO_LIMIT), float(answered)),
        width=max(fewest - 2.0, 1.0),
    )


def mean_cells(
    scores: Scores, unit: str, rule: Rule, small: Collection[Name] = ()
) -> dict[Name, Cell]:
    """The ratios of a unit by group and question.

    Parameters
    ----------
    scores : Scores
        The content of scores.json.
    unit : str
        The unit.
    rule : Rule
        What counts as few.
    small : collection of names
        Counts of respondents that are withheld: every ratio of such a group is small. Further
        ratios that are taken for small.

    Returns
    -------
    dict from name to Cell
        ``("mean", unit, group, question)`` where anybody answered, or nobody may know.
    """
    cells: dict[Name, Cell] = {}
    for (group, question), row in scores.estimates[unit].items():
        name: Name = ("mean", unit, group, question)
        hidden = ("count", unit, group) in small or name in small
        if not row["n"] and not hidden:
            continue  # nobody answered, as everybody may know
        lower, upper = scores.definition.limits(question)
        cells[name] = Cell(
            name=name,
            cost=float(row["n"]),
            sensitive=hidden or row["n"] < rule.fewest,
            respondents=(unit, group),
            value=(lower + upper) / 2 if row["mean"] is None else row["mean"],
            lower=lower,
            upper=upper,
            width=rule.room,
            attainable=(
                scores.definition.attainable(question, row["n"]) if row["n"] < rule.fewest else ()
            ),
        )
    return cells


def total_cells(
    scores: Scores, unit: str, means: Mapping[Name, Cell], *, lenient: bool = False
) -> list[Cell]:
    """The points of a unit by criterion and field, and its score.

    Parameters
    ----------
    scores : Scores
        The content of scores.json.
    unit : str
        The unit.
    means : mapping from name to Cell
        The ratios of the unit.
    lenient : bool
        Whether a small group that is set aside for its few answers (or none) is taken to count in
        its criterion all the same, as whoever cannot see its answers has to reckon with.

    Returns
    -------
    list of Cell
        ``("criterion", unit, criterion)``, ``("field", unit, field)`` and ``("unit", unit)``,
        where they exist. A total that is missing because of a small group is sensitive itself: its
        absence would tell.
    """
    criteria = {
        criterion: cell
        for criterion in scores.definition.criteria
        if (cell := _criterion_cell(scores, unit, criterion, means, lenient=lenient))
    }
    fields = list(_field_cells(scores, unit, criteria))
    return [*criteria.values(), *fields, *_unit_cell(scores, unit, criteria, fields)]


def _criterion_cell(
    scores: Scores,
    unit: str,
    criterion: ScoredCriterion,
    means: Mapping[Name, Cell],
    *,
    lenient: bool,
) -> Cell | None:
    name, points = ("criterion", unit, criterion.name), scores.points.get((unit, criterion.name))
    if points is None:
        hidden = _is_missing_for_few(scores, unit, criterion, means)
        return Cell(name=name, sensitive=True) if hidden else None
    weights: dict[Name, float] = {}
    for group, question, weight in criterion.links:
        row, mean = scores.estimate(unit, group, question), ("mean", unit, group, question)
        pooled = criterion.average == "pooled"
        if scores.counts(row):
            weights[mean] = row["sum_w"] if pooled else weight
        elif lenient and mean in means and means[mean].sensitive:
            weights[mean] = max(row["sum_w"], 1.0) if pooled else weight
    total = sum(weights.values())
    return Cell(
        name=name,
        parts={mean: criterion.max_points * weight / total for mean, weight in weights.items()},
        cost=sum(means[mean].cost for mean in weights),
        value=points,
        width=ROOM * criterion.max_points,
    )


def _is_missing_for_few(
    scores: Scores, unit: str, criterion: ScoredCriterion, means: Mapping[Name, Cell]
) -> bool:
    """Whether a criterion has no points for a reason that only a small group's answers tell."""
    shown = []
    for group, question, _ in criterion.links:
        mean = means.get(("mean", unit, group, question))
        if mean is None or not mean.sensitive:
            shown.append(scores.estimate(unit, group, question))
    if scores.is_strict and any(row["mean"] is None for row in shown):
        return False
    return len(shown) < len(criterion.links)


def _field_cells(
    scores: Scores, unit: str, criteria: Mapping[ScoredCriterion, Cell]
) -> Iterator[Cell]:
    """Fields of which every criterion has points, or would have but for a small group."""
    cost = sum(cell.cost for cell in criteria.values())
    for field, members in scores.definition.fields.items():
        cells = [criteria[member] for member in members if member in criteria]
        if len(cells) < len(members):
            continue
        name = ("field", unit, field)
        if any(cell.sensitive for cell in cells):
            yield Cell(name=name, sensitive=True)
        else:
            parts = {cell.name: 1.0 for cell in cells}
            yield Cell(
                name=name,
                parts=parts,
                cost=2 * cost,
                value=sum(c.value for c in cells),
                width=sum(c.width for c in cells),
            )


def _unit_cell(
    scores: Scores, unit: str, criteria: Mapping[ScoredCriterion, Cell], fields: list[Cell]
) -> Iterator[Cell]:
    """A unit's score: the sum of its fields, and of the criteria that are in none."""
    score, cells = scores.unit_scores[unit], list(criteria.values())
    if any(cell.sensitive for cell in cells):  # what is missing shows in the maximum, too
        yield Cell(name=("unit", unit), sensitive=True)
    elif cells and score is not None:
        summed = {part for field in fields for part in field.parts}
        parts = [*fields, *(cell for cell in cells if cell.name not in summed)]
        yield Cell(
            name=("unit", unit),
            parts={cell.name: 1.0 for cell in parts},
            cost=1e6 * sum(cell.cost for cell in cells),
            value=score,
            width=sum(cell.width for cell in cells),
        )
