"""Outcomes of call-backs, flags of screening, and reasons for which forms are left out: data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("codes.yaml")

FLAGS: Mapping[str, tuple[str, ...]] = {
    "straight": ("straight_items", "straight_units"),
    "fast": ("fast",),
    "near_identical": ("near_identical",),
}
"""Flag of a form -> the flags of `python -m analysis screen` that it stands for."""

ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call-back."""

    label: Mapping[str, str]
    is_reached: bool
    took_part: bool


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why forms are left out. `needs`: a flag that they carry, `call_backs`, or nothing."""

    label: Mapping[str, str]
    needs: str

    @property
    def flag(self) -> str:
        """The flag by which forms are chosen; blank where the whole class is."""
        return self.needs if self.needs in FLAGS else ""


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Every outcome, in the order in which it is offered."""
    return {
        code: Outcome(
            label={"vi": line["vi"], "en": line["en"]},
            is_reached="reached" in line["counts"],
            took_part="took_part" in line["counts"],
        )
        for code, line in _codes()["outcomes"].items()
    }


@cache
def reasons() -> Mapping[str, Reason]:
    """Every reason, in the order in which it is offered."""
    return {
        code: Reason(label={"vi": line["vi"], "en": line["en"]}, needs=line["needs"])
        for code, line in _codes()["reasons"].items()
    }


def _codes() -> Mapping[str, Any]:
    codes: Mapping[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return codes


def flags_of(rows: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """The flags of a form, by those of the units that it rates: at least half must carry it."""
    listed = [frozenset(row) for row in rows]
    return tuple(
        flag
        for flag, names in FLAGS.items()
        if 2 * sum(bool(row & set(names)) for row in listed) >= len(listed) > 0
    )
