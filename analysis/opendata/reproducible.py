"""The headline numbers, and which of them anybody can compute again from the rows of open data."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.disclosure.pattern import SuppressionPattern
from analysis.io.writing import Row
from analysis.opendata.rows import Rows

REASONS: Mapping[str, tuple[str, str]] = {
    "score_withheld": ("Điểm của đơn vị không được công bố", "The unit's score is withheld"),
    "answers_withheld": (
        "Có câu trả lời của nhóm nhỏ không được công bố",
        "Answers of a small group are withheld",
    ),
    "weights_joined": ("Có quyền số đã được gộp", "Near weights were made one"),
}
_JOINED = 4


def headline(pattern: SuppressionPattern, rows: Rows) -> list[Row]:
    """A row a unit: its published score, and why it cannot be computed again where it cannot."""
    lines = []
    for unit in pattern.scores.units:
        hidden = pattern.is_withheld("unit", unit)
        score, reason = pattern.scores.unit_scores[unit], _reason(pattern, rows, unit)
        public = score if not hidden else None
        lines.append(
            {
                "unit": unit,
                "score": public,
                "reproducible": public is not None and not reason,
                "reason": reason,
            }
        )
    return lines


def _reason(pattern: SuppressionPattern, rows: Rows, unit: str) -> str:
    if pattern.is_withheld("unit", unit):
        return "score_withheld"
    links = {link[:2] for each in pattern.scores.definition.criteria for link in each.links}
    for group, question in links:
        if _is_hidden(pattern, unit, group, question):
            return "answers_withheld"
    joined = any(rows.levels.get((unit, group)) == _JOINED for group, _ in links)
    return "weights_joined" if joined else ""


def _is_hidden(pattern: SuppressionPattern, unit: str, group: str, question: str) -> bool:
    """Whether rows lack a ratio that the score may rest on."""
    return pattern.is_withheld("mean", unit, group, question) or pattern.is_withheld(
        "count", unit, group
    )
