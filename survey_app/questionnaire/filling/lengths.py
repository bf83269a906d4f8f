"""The longest answers that a form can hold: what is kept of a form is padded to their length.

It follows from the questions alone: every text as long as it may be, in the longest letters of
UTF-8, every choice its longest code.
"""

from __future__ import annotations

from collections.abc import Iterable

from survey_app.questionnaire.model import Item

_NUMBER = 24
"""Bytes of the longest number or day."""


def longest_answers(items: Iterable[Item]) -> dict[str, str]:
    """An answer to every item, each with as many bytes as any can have."""
    return {item.name: "x" * _longest(item) for item in items}


def _longest(item: Item) -> int:
    if item.scale is not None:
        codes = [len(option.code) for option in item.scale.options]
        return sum(codes) + len(codes) if item.kind == "choices" else max(codes)
    if item.kind in {"text", "long_text"}:
        return 4 * item.max_length  # control characters, which JSON writes longer, are not kept
    return _NUMBER
