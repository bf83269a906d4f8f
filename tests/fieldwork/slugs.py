"""Every kind of fault that lists, workbooks and the store can tell of, found in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[2] / "survey_app"

_SLUG_AT = {
    "Unreadable": 0,
    "Problem": 0,
    "problem": 0,
    "_complain": 0,
    "_fault": 0,
    "_repeated": 1,
    "complain": 2,
    "remark": 2,
}
_REFUSED_AT = {
    "WaveState": 0,
    "ReleaseError": 0,
    "ScoringFailed": 0,
    "PublishedAlready": 0,
    "PlanRefused": 0,
    "JobRefused": 0,
    "DrawRefused": 0,
    "LinksRefused": 0,
    "RemindersRefused": 0,
    "NothingToCompare": 0,
    "QualityRefused": 0,
    "AssessmentRefused": 0,
    "PublicationRefused": 0,
    "ReportRefused": 0,
    "of": 1,
}

_MADE_UP = {
    "f'unknown-{what}'": ("unknown-group", "unknown-unit", "unknown-mode"),
    "f'{column}-differs'": ("fpc1-differs", "fpc2-differs"),
    "f'{column}-all-or-none'": ("psu-all-or-none", "fpc2-all-or-none"),
    "f'missing-{whose}'": ("missing-self", "missing-appraised"),
    "f'other-{fact}'": tuple(
        f"other-{fact}" for fact in ("format", "wave", "year", "class", "study", "version")
    ),
    "cell.kind": ("formula", "date", "error", "damaged-cell"),
    "place.cell.kind": ("formula", "date", "error", "damaged-cell"),
    "_REFUSED[step]": (
        *("not-scored", "not-merged-for-faults", "not-examined", "not-compared"),
        "not-screened",
        "no-open-data",
    ),
    "slug": (),  # handed on
    "fault.slug": (),
    "row": (),  # another `_complain`, which takes a fault that was made before
}


def of_files() -> set[str]:
    """What can be wrong with a file that comes in."""
    rooms = ("fieldwork", "sampling", "store")
    files = [file for room in rooms for file in (HOUSE / room).rglob("*.py")]
    files += [HOUSE / "conduct" / name for name in ("drawing.py", "assessment/evidence.py")]
    return {slug for file in files for slug in _slugs(file, _SLUG_AT)}


def of_letters() -> set[str]:
    """What can be wrong with the texts of letters and messages."""
    files = (HOUSE / "letters").rglob("*.py")
    return {slug for file in files for slug in _slugs(file, _SLUG_AT)}


def of_refusals() -> set[str]:
    """Why something cannot be done now."""
    return {slug for file in HOUSE.rglob("*.py") for slug in _slugs(file, _REFUSED_AT)}


def values() -> set[str]:
    """What faults and refusals carry by name, beside their message, place and help."""
    own = {"help", "cell", "values", "text", "width", "severity"}
    files = [
        file
        for folder in ("fieldwork", "mixing", "sampling", "store", "release", "conduct")
        for file in (HOUSE / folder).rglob("*.py")
    ]
    calls = (
        node
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in _SLUG_AT | _REFUSED_AT
    )
    return {word.arg for call in calls for word in call.keywords if word.arg} - own


def _slugs(file: Path, slug_at: dict[str, int]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        at = slug_at.get(_name(node.func)) if isinstance(node, ast.Call) else None
        if at is None or len(node.args) <= at:
            continue
        match node.args[at]:
            case ast.Constant(value=str(slug)):
                yield slug
            case ast.JoinedStr() | ast.Name() | ast.Attribute() | ast.Subscript() as made_up:
                yield from _MADE_UP[ast.unparse(made_up)]


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr="of"):
            return "of" if owner == "WaveState" else ""
        case ast.Attribute(attr=name):
            return name
    return ""
