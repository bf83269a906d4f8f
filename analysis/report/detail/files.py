"""Writes what is shown of one unit, or of one criterion, in a file each.

A page about one of 300 units reads the file of that unit, and not the scores of all:

    overview.json          every unit: points, ranks, rates, and each field as a share
    units/UNIT.json        a unit: criteria, its class, and the answers that points are made of
    criteria/CODE.json     a criterion: every unit
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from analysis.dataset import reader
from analysis.disclosure.pattern import SuppressionPattern, suppression_pattern
from analysis.disclosure.publication_cells import Rule, fields_of, threshold
from analysis.index.profiles import CriterionProfile, profiles
from analysis.io import writing
from analysis.io.table import read_csv
from analysis.numeric import rounded
from analysis.problems import Problem, ProblemsFound
from analysis.replication.scorecards import scorecard
from analysis.report.detail.counted_answers import criterion_rows
from analysis.report.publication.tables import definition_of
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings

Row = Mapping[str, Any]
SHORT = ("level", "settings", "rates", "rates_by_mode")
NO_OPINION = 0.5
"""The share of those asked that declined to judge, over which a reader is told."""

ASSESSED = ("unit", "criterion", "max_points", "self", "appraised")


def write_folder(folder: Path, scores: Path, out: Path, packed: Path | None = None) -> None:
    """Read a data set and its scores, and write the files.

    Parameters
    ----------
    folder : Path
        The data set: a release, or any folder that can be scored.
    scores : Path
        The folder with its scores.json, and merged.json where there is one.
    out : Path
        The folder to write to.
    packed : Path or None
        As for `reader.read`.

    Raises
    ------
    ProblemsFound
        When a file is missing or cannot be read.
    """
    chosen = _json(scores / "scores.json")["settings"]
    known = {name: chosen[name] for name in Settings.__dataclass_fields__ if name in chosen}
    write_card(scorecard(reader.read(folder, packed), Settings(**known)), scores, out)


def write_card(card: Scorecard, scores: Path, out: Path) -> None:
    """Write the files of a scorecard whose scores were written into the folder `scores`."""
    folder = card.data.folder
    merged = scores / "merged.json"
    write(
        Material(
            card=card,
            content=_json(scores / "scores.json"),
            merged=_json(merged) if merged.is_file() else {},
            fields=fields_of(folder, card),
            assessed=_assessed(folder),
            fewest=threshold(folder),
        ),
        out,
    )


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the files are made of: a scorecard, scores.json, merged.json, fields, assessed points.

    `fields` has the field of each criterion, and `fewest` is the index's `publish_from`.
    """

    card: Scorecard
    content: Row
    merged: Row
    fields: Mapping[str, str]
    assessed: tuple[Row, ...]
    fewest: int

    @cached_property
    def pattern(self) -> SuppressionPattern:
        """What is withheld from the public."""
        definition = definition_of(self.card, self.fields)
        return suppression_pattern(self.content, definition, Rule(fewest=self.fewest))

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """The class of each unit."""
        return self.card.data.labels.get("classes", {})

    @cached_property
    def criteria(self) -> Mapping[str, tuple[CriterionProfile, ...]]:
        """Each unit's criteria beside its class."""
        return profiles(self.content["criteria"], self.classes)

    @cached_property
    def field_profiles(self) -> Mapping[str, tuple[CriterionProfile, ...]]:
        """Each unit's fields beside its class, as shares of what a field can earn."""
        return profiles(self.field_rows, self.classes)

    @cached_property
    def field_rows(self) -> list[Row]:
        """Points of each unit and field, as merged, or of the survey alone."""
        if self.merged:
            return [
                _field_row(row["unit"], row["field"], row["total"], row["max"])
                for row in self.merged["fields"]
            ]
        return [
            _field_row(unit, field, points, most)
            for (unit, field), (points, most) in self.survey_fields.items()
        ]

    @cached_property
    def survey_fields(self) -> Mapping[tuple[str, str], tuple[float | None, float]]:
        """Points of the survey by unit and field, and the most there is; None where unknown."""
        parts: dict[tuple[str, str], list[Row]] = {}
        for row in self.content["criteria"]:
            parts.setdefault((row["unit"], self.fields.get(row["criterion"], "")), []).append(row)
        return {
            place: (_total(row["score"] for row in rows), sum(row["max_points"] for row in rows))
            for place, rows in parts.items()
        }

    @cached_property
    def criterion_of(self) -> Mapping[tuple[str, str], str]:
        """The criterion that a group and a question earn points for."""
        dataset = self.card.data
        return {
            (dataset.groups[link.group], dataset.questions[link.question].name): criterion.name
            for criterion in dataset.criteria
            for link in criterion.links
        }

    def by(self, name: str) -> Mapping[str, list[Row]]:
        """A part of scores.json by unit; of the estimates those that earn points."""
        rows: dict[str, list[Row]] = {}
        for row in self.content.get(name, ()):
            if name != "estimates" or (row["group"], row["question"]) in self.criterion_of:
                rows.setdefault(row["unit"], []).append(row)
        return rows


def write(material: Material, out: Path) -> None:
    """Write overview.json, and the files of units and criteria."""
    for name in ("units", "criteria"):
        (out / name).mkdir(parents=True, exist_ok=True)
    estimates = material.by("estimates")
    writing.write_json(out / "overview.json", _overview(material, estimates))
    criteria, ranks, rates = (material.by(name) for name in ("criteria", "ranks", "rates"))
    for number, row in enumerate(material.content["units"]):
        unit = row["unit"]
        parts = {
            "criteria": criteria.get(unit, []),
            "ranks": ranks.get(unit, []),
            "rates": rates.get(unit, []),
            "estimates": estimates.get(unit, []),
        }
        content = {"level": material.content["level"], "settings": material.content["settings"]}
        content |= {"units": [row], **parts, **_beside(material, unit, number)}
        writing.write_json(out / "units" / file_name(unit), content)
    _write_criteria(material, estimates, out / "criteria")


def file_name(code: str) -> str:
    """The file of a unit or a criterion: its code, whatever letters it has."""
    return quote(code, safe="") + ".json"


def _overview(material: Material, estimates: Mapping[str, list[Row]]) -> Row:
    content = {name: material.content[name] for name in SHORT if name in material.content}
    units = [
        {**row, "flags": [*row["flags"], *_doubtful(material, estimates.get(row["unit"], ()))]}
        for row in material.content["units"]
    ]
    fields = [
        {
            "unit": unit,
            "field": profile.criterion,
            "survey": material.survey_fields.get((unit, profile.criterion), (None, 0.0))[0],
            "share": profile.share,
            "class_share": profile.class_share,
        }
        for unit, rows in material.field_profiles.items()
        for profile in rows
    ]
    return {**content, "units": units, "ranks": material.content["ranks"], "fields": fields}


def _doubtful(material: Material, estimates: Iterable[Row]) -> list[str]:
    """A flag for each criterion that most of a group declined to judge."""
    criteria = [
        material.criterion_of[row["group"], row["question"]]
        for row in estimates
        if row["n_nocoef"] > NO_OPINION * (row["n"] + row["n_nocoef"])
    ]
    return [f"{criterion}:no_opinion" for criterion in dict.fromkeys(criteria)]


def _beside(material: Material, unit: str, number: int) -> Row:
    """What of a unit is not in scores.json as it stands."""
    unit_class = material.classes.get(unit, "")
    peers = [other for other in material.card.data.units if _same(material, other, unit_class)]
    return {
        "peers": len(peers),
        "profile": {
            "criteria": _profile_rows(material.criteria.get(unit, ())),
            "fields": _profile_rows(material.field_profiles.get(unit, ())),
        },
        "assessed": [row for row in material.assessed if row["unit"] == unit],
        "derivation": criterion_rows(material.card, number, material.pattern, material.fewest),
    }


def _same(material: Material, unit: str, unit_class: str) -> bool:
    return material.classes.get(unit, "") == unit_class


def _profile_rows(profile: Iterable[CriterionProfile]) -> list[Row]:
    return [
        {
            "code": line.criterion,
            "share": line.share,
            "lo": line.lo,
            "hi": line.hi,
            "class_share": line.class_share,
            "difference": _difference(line),
            "stands": _stands(line),
        }
        for line in profile
    ]


def _difference(line: CriterionProfile) -> float | None:
    known = line.share is not None and line.class_share is not None
    return (line.share or 0.0) - (line.class_share or 0.0) if known else None


def _stands(line: CriterionProfile) -> str:
    """Whether the whole interval is on one side of the class's mean; blank where it is on both."""
    if line.class_share is None or line.lo is None or line.hi is None:
        return ""
    lo, hi, mean = (float(rounded(value)) for value in (line.lo, line.hi, line.class_share))
    return "above" if lo > mean else "below" if hi < mean else ""


def _write_criteria(material: Material, estimates: Mapping[str, list[Row]], out: Path) -> None:
    means = {
        (unit, line.criterion): line.class_share
        for unit, lines in material.criteria.items()
        for line in lines
    }
    by_criterion: dict[str, list[Row]] = {}
    for row in material.content["criteria"]:
        groups = [
            each
            for each in estimates.get(row["unit"], ())
            if material.criterion_of[each["group"], each["question"]] == row["criterion"]
        ]
        shown = {**row, "class_share": means[row["unit"], row["criterion"]]}
        shown["groups"] = [_group(material, row["unit"], each) for each in groups]
        by_criterion.setdefault(row["criterion"], []).append(shown)
    for criterion, rows in by_criterion.items():
        content = {"level": material.content["level"], "units": rows}
        writing.write_json(out / file_name(criterion), content)


def _group(material: Material, unit: str, row: Row) -> Row:
    """What a group said, where the public is told it."""
    about = {"group": row["group"]}
    if material.pattern.is_withheld("mean", unit, row["group"], row["question"]):
        return {**about, "withheld": True}
    return {**about, "withheld": False, "n": row["n"], "mean": row["mean"]}


def _field_row(unit: str, field: str, points: float | None, most: float) -> Row:
    about = {"unit": unit, "criterion": field, "max_points": most or 1.0}
    return {**about, "score": points if most else None, "lo": None, "hi": None}


def _total(points: Iterable[float | None]) -> float | None:
    known = list(points)
    return None if None in known else sum(each for each in known if each is not None)


def _assessed(folder: Path) -> tuple[Row, ...]:
    """The points that units gave themselves, and what became of them; none where there are none."""
    path = folder / "self_assessment.csv"
    if not path.is_file():
        return ()
    problems: list[Problem] = []
    table = read_csv(path, ASSESSED, problems)
    if table is None or problems:
        raise ProblemsFound(problems)
    columns = [table[name].texts() for name in ASSESSED]
    return tuple(dict(zip(ASSESSED, row, strict=True)) for row in zip(*columns, strict=True))


def _json(path: Path) -> Row:
    try:
        content: Row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        problem = Problem("no-scores", "there are no scores here", str(path), help="run `score`")
        raise ProblemsFound([problem]) from None
    return content
