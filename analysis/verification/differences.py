"""What differs, where, and how much was compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["value", "missing", "additional"]

KEPT = 1000  # differences of a file that are kept; of the others only the number
LONGEST = 80  # characters of a value that are shown


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One place where what was written is not what the release gives.

    Attributes
    ----------
    file : str
        The file's name.
    part : str
        The table in a JSON file (`units`, `ranks`), or the path to a single value; "" in CSV.
    row : str
        The key of the row, such as `unit=STC`; "" where there are no rows.
    column : str
        The column; "" where a whole row or part is meant.
    kind : {"value", "missing", "additional"}
        A value differs, something is missing from what was written, or something was added to it.
    written, recomputed : object
        Both values; None where a row, a column or a part is missing or additional.
    """

    file: str
    part: str = ""
    row: str = ""
    column: str = ""
    kind: Kind = "value"
    written: Any = None
    recomputed: Any = None

    def __str__(self) -> str:
        names = {"row": self.row, "column": self.column}
        place = ", ".join(
            [self.part] * bool(self.part) + [f"{n} {v}" for n, v in names.items() if v]
        )
        said = {
            "value": f"written {shown(self.written)}, recomputed {shown(self.recomputed)}",
            "missing": "missing, but the release gives it",
            "additional": "written, but the release does not give it",
        }[self.kind]
        return printable(": ".join([self.file] + [place] * bool(place) + [said]))


def shown(value: Any) -> str:
    """A value in one line, shortened."""
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def printable(text: str) -> str:
    """Text without anything that a terminal could take for an order; lines are kept."""
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)


@dataclass
class Log:
    """Differences by file as they are met, and counts of what was compared."""

    kept: dict[str, list[Difference]] = field(default_factory=dict)
    total: Counter[str] = field(default_factory=Counter)
    numbers: int = 0
    decisions: int = 0

    def add(self, difference: Difference) -> None:
        """Note a difference."""
        self.total[difference.file] += 1
        if self.total[difference.file] <= KEPT:
            self.kept.setdefault(difference.file, []).append(difference)

    def count(self, *, fraction: bool) -> None:
        """Note that a value was compared: a number, or what is compared exactly."""
        if fraction:
            self.numbers += 1
        else:
            self.decisions += 1

    def differences(self) -> Iterator[Difference]:
        """All that were kept, file by file."""
        for differences in self.kept.values():
            yield from differences

    def beyond(self) -> Mapping[str, int]:
        """How many more each file has than were kept."""
        return {file: n - KEPT for file, n in self.total.items() if n > KEPT}
