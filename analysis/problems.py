"""One voice for everything that is wrong with a file: what, where, and how to mend it.

YAML texts, CSV data sets and Excel workbooks all report through `Problem`, all faults at once,
so that an author can mend a file in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """One fault, at one place.

    `slug` names the kind of fault (a test and a docs anchor refer to it); `line` and `column`
    count from 1, and 0 means "the file as a whole"; `text` is the line as written; `width` is
    how many characters the caret underlines; `cell` replaces line and column where the file is
    a workbook ("Sheet1!C7"). `values` are what the message speaks of (what was typed, the largest
    value allowed), for code that words the fault in another language. A `warning` or a `note` is
    of a file that can be used.
    """

    slug: str
    message: str
    file: str
    line: int = 0
    column: int = 0
    text: str = ""
    help: str = ""
    width: int = 1
    cell: str = ""
    values: Mapping[str, str] = field(default_factory=dict, compare=False)
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """`file:line:column`, or `file [Sheet!C7]`, or the file alone."""
        if self.cell:
            return f"{self.file} [{self.cell}]"
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column or 1}"

    def __str__(self) -> str:
        lines = [f"{self.severity}[{self.slug}]: {self.message}"]
        pad = " " * len(str(self.line)) if self.line else ""
        lines.append(f"{pad} --> {self.place}")
        if self.line and self.text:
            caret = " " * max(self.column - 1, 0) + "^" * max(self.width, 1)
            lines += [f"{pad}  |", f"{self.line}  | {self.text}", f"{pad}  | {caret}"]
        if self.help:
            lines.append(f"{pad}  = help: {self.help}")
        return "\n".join(lines)


class ProblemsFound(Exception):
    """Data, or the files they come from, cannot be used: every fault in reading order.

    Printed, it lists the first fifty faults, each with its place and a remedy.

    Attributes
    ----------
    problems : tuple of Problem
        Every fault: `slug` (its kind), `message`, `file` (or the name of a DataFrame), `line` and
        `column` from 1 (or `cell`), and `help`, the remedy.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(f"{len(self.problems)} problem(s)")

    def __str__(self) -> str:
        return report(self.problems)


def report(problems: Sequence[Problem], limit: int = 50) -> str:
    """All problems as printed.

    Parameters
    ----------
    problems : sequence of Problem
        In reading order.
    limit : int
        How many are printed in full; of the others only the number is told.

    Returns
    -------
    str
        With the number of problems in its last line.
    """
    shown = [str(problem) for problem in problems[:limit]]
    if len(problems) > limit:
        shown.append(f"... and {len(problems) - limit} more")
    count = len(problems)
    shown.append(f"{count} problem{'' if count == 1 else 's'} found")
    return "\n\n".join(shown)


def closest(word: str, known: Iterable[str], limit: int = 6) -> str:
    """Help for a misspelt name.

    Parameters
    ----------
    word : str
        What was written.
    known : iterable of str
        The names that exist.
    limit : int
        All names are listed where there are no more than these.

    Returns
    -------
    str
        The known names if they are few, and the nearest one if it is near; else empty.
    """
    names = list(known)
    near = likely(word, names).get("near")
    guess = f"did you mean `{near}`?" if near else ""
    if names and len(names) <= limit:
        listed = "known here: " + ", ".join(f"`{name}`" for name in names)
        return f"{listed}; {guess}" if guess else listed
    return guess


def likely(word: str, known: Iterable[str], limit: int = 6) -> dict[str, str]:
    """What may have been meant.

    Parameters
    ----------
    word, known, limit
        As for `closest`.

    Returns
    -------
    dict of str to str
        `near`, the nearest name, if one is near; `known`, all names, if they are few.
    """
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    meant = {"near": near[0]} if near else {}
    return meant | ({"known": ", ".join(names)} if 0 < len(names) <= limit else {})
