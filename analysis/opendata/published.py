"""What of the results may be published: the one model of suppression, asked for a whole archive."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any

from analysis.dataset.scoring_key import ScoringKey, read_scoring_key
from analysis.disclosure.definition import Definition, ScoredCriterion
from analysis.disclosure.pattern import SuppressionPattern, suppression_pattern
from analysis.disclosure.publication_cells import Rule, threshold
from analysis.io.writing import fingerprint
from analysis.opendata.coarsening import FEWEST
from analysis.opendata.variables import table
from analysis.problems import Problem, ProblemsFound
from analysis.report.publication.folder import earlier_scores

DATA = ("respondents.csv", "respondents.parquet")


@dataclass(frozen=True, kw_only=True)
class Published:
    """A scorecard's suppression pattern, the settings that it was scored with, and the rule."""

    pattern: SuppressionPattern
    settings: Mapping[str, Any]
    rule: Rule
    key: ScoringKey


def published(release: Path, results: Path, before: Sequence[Path] = ()) -> Published:
    """What may be published of results.

    Parameters
    ----------
    release : Path
        The folder of a release.
    results : Path
        The folder with its scores.json and manifest.json.
    before : sequence of Path
        Folders with the scores.json of what was published of the same wave before, oldest first.

    Raises
    ------
    ProblemsFound
        When a file cannot be read, or the results are of other data.
    """
    content = _content(results)
    _check_same_data(release, results)
    key, fields = _key(release)
    rule = Rule(fewest=max(FEWEST, threshold(release)))
    definition = _definition(key, fields)
    patterns: list[SuppressionPattern] = []
    for folder in before:
        earlier = earlier_scores(folder, content)
        patterns.append(suppression_pattern(earlier, definition, rule, before=patterns))
    pattern = suppression_pattern(content, definition, rule, before=patterns)
    return Published(pattern=pattern, settings=content["settings"], rule=rule, key=key)


def settings_of(published_: Published) -> dict[str, Any]:
    """What was chosen, for the archive's own record."""
    return {"scores": dict(published_.settings), "disclosure": asdict(published_.rule)}


def _content(folder: Path) -> dict[str, Any]:
    path = folder / "scores.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if {"settings", "units", "estimates", "ranks"} <= set(content):
            return dict(content)
    except (OSError, ValueError, TypeError):
        pass
    message = "these are not the scores of `python -m analysis score`"
    raise ProblemsFound([Problem("no-scores", message, str(path), help="run `score` first")])


def _check_same_data(release: Path, results: Path) -> None:
    """Whether the results name these answers among what they were computed from."""
    path = results / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        records = [manifest, *manifest.get("earlier", ())]  # another command may have come after
        inputs = {n: sum_ for each in records for n, sum_ in each.get("inputs", {}).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        inputs = {}
    for name in DATA:
        if (release / name).is_file():
            if inputs.get(name) == fingerprint(release / name):
                return
            break
    problem = Problem(
        "scores-of-other-data",
        "these scores do not follow from this data set",
        str(path),
        help="score the folder again",
    )
    raise ProblemsFound([problem])


def _key(release: Path) -> tuple[ScoringKey, dict[str, str]]:
    problems: list[Problem] = []
    options = table(release / "options.csv", ("question", "option", "coef"), problems)
    criteria = table(
        release / "criteria.csv",
        ("criterion", "max_points", "group", "question", "group_weight"),
        problems,
    )
    index = table(release / "index.csv", ("code", "parent", "level"), problems)
    key = None if problems else read_scoring_key(options, criteria, problems)
    if problems or key is None:
        raise ProblemsFound(problems)
    parents = dict(zip(index["code"].texts(), index["parent"].texts(), strict=True))
    return key, {each.name: _top(each.name, parents) for each in key.criteria}


def _top(code: str, parents: Mapping[str, str]) -> str:
    """The field of a criterion: where its parents end. Without parents it is its own."""
    visited = {code}
    while parents.get(code) and parents[code] not in visited:
        code = parents[code]
        visited.add(code)
    return code


def _definition(key: ScoringKey, fields: Mapping[str, str]) -> Definition:
    criteria = tuple(
        ScoredCriterion(
            name=each.name,
            field=fields[each.name],
            max_points=each.max_points,
            links=tuple(
                (link.group, key.questions[link.question].name, link.weight)
                for link in each.links
                if link.weight > 0
            ),
            average=each.average,
        )
        for each in key.criteria
    )
    scales = tuple(
        (each.name, known)
        for each in key.questions
        if (known := tuple(float(coef) for coef in each.coefs if not isnan(coef)))
    )
    return Definition(criteria=criteria, coefficients=scales)
