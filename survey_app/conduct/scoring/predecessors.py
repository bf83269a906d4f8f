"""Units of this year that were others last year: said to `analysis compare` beside the release.

A release says which units there are, not what they were: that stands in units.yaml. The comparison
reads a copy of the release in which units.csv says both; the release itself stays as it is.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from survey_app.questionnaire.model import Unit

Rule = Literal["leave_out", "frame"]
"""What becomes of units that were merged: nothing, or the answers about all that they were."""

FILE, SEPARATOR = "units.csv", ";"


def declared(
    units: Iterable[Unit], this: Collection[str], last: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """Unit of this year -> the units of last year that are gone and went into it."""
    known = {unit.code: unit for unit in units}
    gone = set(last) - set(this)
    before = {code: tuple(dict.fromkeys(_gone(known, code, gone))) for code in this}
    return {code: codes for code, codes in before.items() if codes}


def _gone(known: Mapping[str, Unit], code: str, gone: Collection[str]) -> Iterator[str]:
    """The nearest predecessors of a unit that are among those that are gone."""
    for each in known[code].predecessors if code in known else ():
        if each in gone:
            yield each
        else:
            yield from _gone(known, each, gone)


def codes_of(release: Path) -> tuple[str, ...]:
    """The units of a release."""
    return tuple(row["unit"] for row in _rows(release))


def with_predecessors(
    release: Path, before: Mapping[str, Sequence[str]], rule: Rule, into: Path
) -> Path:
    """A copy of a release whose units.csv says what the units were."""
    ignored = shutil.ignore_patterns("results-*", FILE)
    shutil.copytree(release, into, ignore=ignored, copy_function=_linked)
    said = [
        {
            **row,
            "predecessors": SEPARATOR.join(before.get(row["unit"], ())),
            "predecessor_rule": rule if len(before.get(row["unit"], ())) > 1 else "",
        }
        for row in _rows(release)
    ]
    with (into / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(said[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(said)
    return into


def _linked(source: str, target: str) -> None:
    """The same file once more, without its bytes being copied where the disk allows it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _rows(release: Path) -> list[dict[str, str]]:
    with (release / FILE).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
