"""One voice for everything that is wrong with a file: what, where, and how to mend it.

YAML texts, CSV data sets and Excel workbooks all report through `Problem`, all faults at once,
so that an author mends a file in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One fault, at one place.

    `slug` names the kind of fault (a test and a docs anchor refer to it); `line` and `column`
    count from 1, and 0 means "the file as a whole"; `text` is the line as written; `width` is
    how many characters the caret underlines; `cell` replaces line and column where the file is
    a workbook ("Sheet1!C7"). `values` are what the message speaks of (what was typed, the most
    that may be), for whoever words the fault in another language.
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

    @property
    def place(self) -> str:
        """`file:line:column`, or `file [Sheet!C7]`, or the file alone."""
        if self.cell:
            return f"{self.file} [{self.cell}]"
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column or 1}"

    def __str__(self) -> str:
        lines = [f"error[{self.slug}]: {self.message}"]
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


def report(problems: Sequence[Problem], most: int = 50) -> str:
    """All problems as printed, at most `most` of them, then how many there are in all."""
    shown = [str(problem) for problem in problems[:most]]
    if len(problems) > most:
        shown.append(f"... and {len(problems) - most} more")
    count = len(problems)
    shown.append(f"{count} problem{'' if count == 1 else 's'} found")
    return "\n\n".join(shown)


def closest(word: str, known: Iterable[str], most: int = 6) -> str:
    """Help for a misspelt name: a near match if there is one, and what is known if it is short."""
    names = list(known)
    near = likely(word, names).get("near")
    guess = f"did you mean `{near}`?" if near else ""
    if names and len(names) <= most:
        listed = "known here: " + ", ".join(f"`{name}`" for name in names)
        return f"{listed}; {guess}" if guess else listed
    return guess


def likely(word: str, known: Iterable[str], most: int = 6) -> dict[str, str]:
    """What may have been meant: `near`, the nearest name, and `known`, all names if few."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    found = {"near": near[0]} if near else {}
    return found | ({"known": ", ".join(names)} if 0 < len(names) <= most else {})
