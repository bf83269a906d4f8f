"""From a data set, its scores, and those that were published before, to what may be published."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.dataset import reader
from analysis.disclosure.cell import Name
from analysis.disclosure.definition import Definition
from analysis.disclosure.editions import same_numbers
from analysis.disclosure.pattern import SuppressionPattern, suppression_pattern
from analysis.disclosure.publication_cells import Rule, fields_of, threshold
from analysis.disclosure.scores import Scores
from analysis.io import writing
from analysis.numeric import rounded
from analysis.problems import Problem, ProblemsFound
from analysis.replication.scorecards import scorecard
from analysis.report import score_tables
from analysis.report.publication.tables import (
    PublicationTables,
    definition_of,
    published,
    unanimous_names,
    write,
)
from analysis.results import of
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings

BEFORE = "before-"
"""How the names begin under which the manifest has the scores of tables published earlier."""


def publish_folder(
    folder: Path,
    scores: Path,
    out: Path,
    rule: Rule | None = None,
    before: Sequence[Path] = (),
) -> None:
    """Read a data set and its scores, and write what may be published.

    Parameters
    ----------
    folder : Path
        The data set: a release, or any folder that can be scored.
    scores : Path
        A folder with the scores.json of that data set.
    out : Path
        The folder to write to.
    rule : Rule, optional
        What counts as few; by default the threshold that travels with the release.
    before : sequence of Path, optional
        Folders with the scores.json of tables of this wave that were published earlier, the oldest
        first.

    Raises
    ------
    ProblemsFound
        When a file cannot be read, the scores are of other data, or earlier ones of another index.
    """
    content = _read_scores(scores)
    chosen = content["settings"]
    known = {name: chosen[name] for name in asdict(Settings()) if name in chosen}
    card = scorecard(reader.read(folder), Settings(**known))
    written = {row["unit"]: row["score"] for row in content["units"]}
    if not _same_scores(written, card):
        problem = Problem(
            "scores-of-other-data",
            "these scores do not follow from this data set",
            str(scores / "scores.json"),
            help="score the folder again",
        )
        raise ProblemsFound([problem])
    rule = rule or Rule(fewest=threshold(folder))
    earlier = [earlier_scores(each, content) for each in before]
    tables = publishable(card, rule, fields_of(folder, card), content, earlier)
    read = zip(names_of(before), before, strict=True)
    files = {name: writing.fingerprint(each / "scores.json") for name, each in read}
    files |= writing.fingerprints(scores / "scores.json", folder / "index.csv")
    write(tables, out, card, files, chosen)


def names_of(before: Sequence[Path]) -> list[str]:
    """How the manifest names the scores of tables published earlier."""
    return [f"{BEFORE}{number}.json" for number in range(1, len(before) + 1)]


def earlier_scores(folder: Path, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scores of tables that were published earlier.

    Parameters
    ----------
    folder : Path
        The folder with their scores.json.
    content : mapping
        The content of the scores.json that is to be published now.

    Returns
    -------
    mapping
        Its content.

    Raises
    ------
    ProblemsFound
        When it cannot be read, or is of another index.
    """
    earlier, path = _read_scores(folder), str(folder / "scores.json")
    try:
        known = Scores(content=earlier, definition=Definition(criteria=(), coefficients=()))
        alike = _asked(earlier) == _asked(content) and bool(known.respondents and known.points)
    except (KeyError, TypeError, AttributeError) as error:
        message = "these are not the scores of `python -m analysis score`"
        raise ProblemsFound([Problem("no-scores", message, path)]) from error
    if not alike:
        message = "these scores are of other criteria, groups or questions"
        help = "name the scores of the same wave; another index is compared by nobody"
        raise ProblemsFound([Problem("scores-of-another-index", message, path, help=help)])
    return earlier


def _asked(content: Mapping[str, Any]) -> tuple[set[Any], set[Any]]:
    """The criteria with their points, and who is asked what."""
    criteria = {(row["criterion"], row["max_points"]) for row in content["criteria"]}
    return criteria, {(row["group"], row["question"]) for row in content["estimates"]}


def _same_scores(written: Mapping[str, Any], card: Scorecard) -> bool:
    """Whether scores are those of a scorecard, to nine decimals: another machine's are."""
    if list(written) != list(card.data.units):
        return False
    numbers = [np.nan if value is None else value for value in written.values()]
    if not all(isinstance(value, int | float) for value in numbers):
        return False
    known = rounded(np.array(numbers, dtype=float))
    return bool(np.array_equal(known, rounded(card.units.score), equal_nan=True))


def _read_scores(folder: Path) -> Mapping[str, Any]:
    path = folder / "scores.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and {"settings", "units"} <= set(content):
            return content
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
    content: Mapping[str, Any] | None = None,
    before: Sequence[Mapping[str, Any]] = (),
) -> PublicationTables:
    """All tables, with what must be withheld taken out.

    Parameters
    ----------
    card : Scorecard
        The scores.
    rule : Rule, optional
        What counts as few.
    fields : mapping from criterion to field, optional
        No fields by default.
    content : mapping, optional
        The content of the card's scores.json, where it is at hand.
    before : sequence of mapping, optional
        The content of scores.json of tables of this wave that were published earlier, the oldest
        first: what they show cannot be taken back, and nothing may follow from all together.

    Returns
    -------
    PublicationTables
    """
    rule = rule or Rule()
    content = content or score_tables.results(of(card))
    unanimous = unanimous_names(card) if rule.alike == "withhold" else []
    definition = definition_of(card, fields or {})
    earlier: list[SuppressionPattern] = []
    for each in before:
        known = _still_unanimous(unanimous, Scores(content=each, definition=definition), content)
        earlier.append(suppression_pattern(each, definition, rule, known, tuple(earlier)))
    pattern = suppression_pattern(content, definition, rule, unanimous, earlier)
    return published(card, rule, pattern)


def _still_unanimous(
    names: Sequence[Name], earlier: Scores, content: Mapping[str, Any]
) -> list[Name]:
    """Those of the names that were unanimous in an earlier scoring too, as far as it tells."""
    now = Scores(content=content, definition=earlier.definition)
    return [
        name
        for name in names
        if name[1] in earlier.estimates
        and same_numbers(earlier.estimate(*name[1:4]), now.estimate(*name[1:4]))
    ]
