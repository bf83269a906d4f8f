"""YAML, tamed: a tree of nodes that remember where they stand, never dicts.

Scalars stay the text they were written as (`no` is not False, `01` keeps its zero). Faults are
collected, not raised: what is missing is reported once and then reads as empty, so a reader runs
to the end of the file and its author sees every fault in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from analysis.problems import Problem, closest

Shape = Literal["words", "list", "mapping", "nothing"]

_SHAPES = {
    "words": "a single value",
    "list": "a list",
    "mapping": "lines of `key: value`",
    "nothing": "nothing",
}


@dataclass(eq=False)
class Document:
    """One file being read: its lines, the faults found so far, and places to come back to."""

    file: str
    lines: list[str]
    path: str = ""
    """Where the text stands in the library; `file` is how that is shown to its author."""
    problems: list[Problem] = field(default_factory=list)
    places: dict[tuple[str, str], Node] = field(default_factory=dict)
    """(what, its code) -> where it was written, for checks that run after reading."""

    @property
    def in_order(self) -> list[Problem]:
        """The problems from the top of the file down."""
        return sorted(self.problems, key=lambda each: (each.line, each.column))

    def place(self, what: str, code: str) -> Node:
        """Where something was written; the top of the file when it was not."""
        return self.places.get((what, code)) or Node(self, 1, 1, 1)


@dataclass(eq=False)
class Node:
    """A value in a file, and the place where it stands. `missing` nodes read as empty."""

    document: Document
    line: int
    column: int
    width: int
    shape: Shape = "nothing"
    text: str = ""
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    absent: dict[str, Node] = field(default_factory=dict)
    flow: bool = False
    missing: bool = False

    def problem(self, slug: str, message: str, remedy: str = "", at: str = "") -> None:
        """Report a fault here; `at` moves the caret to a part of the text, if it is on the line."""
        line = self.document.lines[self.line - 1] if self.line <= len(self.document.lines) else ""
        column, width = self.column, self.width
        if at and (place := line.find(at, column - 1)) >= 0:
            column, width = place + 1, len(at)
        self.document.problems.append(
            Problem(slug, message, self.document.file, self.line, column, line, remedy, width)
        )

    def remember(self, what: str, code: str) -> None:
        """Keep this place for a later check; the first of two stays."""
        self.document.places.setdefault((what, code), self)

    def get(self, key: str) -> Node | None:
        """The value under a key; None when the key is not there."""
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def need(self, key: str, why: str = "") -> Node:
        """The value under a key that must be there: reported once, then reads as empty."""
        if entry := self.entries.get(key):
            return entry[1]
        if key not in self.absent:
            self.absent[key] = Node(self.document, self.line, self.column, self.width, missing=True)
            if self.shape == "mapping":
                help_ = why or f"add a line `{key}: ...`"
                self.problem("missing-key", f"`{key}` is missing here", help_)
        return self.absent[key]

    def key(self, key: str) -> Node:
        """Where a key itself is written (its value, where it is not)."""
        entry = self.entries.get(key)
        return entry[0] if entry else self

    def only(self, *known: str) -> Node:
        """Report every key that means nothing here."""
        if self.is_mapping():
            for name, (key, _) in self.entries.items():
                if name not in known:
                    key.problem(
                        "unknown-key", f"`{name[:40]}` means nothing here", closest(name, known, 12)
                    )
        return self

    def without(self, keys: Iterable[str], slug: str, message: str, remedy: str = "") -> None:
        """Report keys that do not go with the rest; `message` may name the `{key}`."""
        for name in keys:
            if entry := self.entries.get(name):
                entry[0].problem(slug, message.replace("{key}", name), remedy)

    def elements(self, least: int = 1) -> list[Node]:
        """The parts of a list."""
        if not self._is("list", "begin each part with `- `, or write `[a, b]`"):
            return []
        if len(self.items) < least:
            self.problem(
                "empty-list", "the list is empty", "add at least one part, or take the key out"
            )
        return self.items

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """The lines of a mapping: key and value."""
        return iter(self.entries.values()) if self.is_mapping() else iter(())

    def is_mapping(self) -> bool:
        """Whether this holds lines of `key: value`; reported when it should and does not."""
        return self._is("mapping", "write lines of `key: value`, indented under this one")

    def scalar(self) -> str:
        """The text of a single value; reported when it is empty or is none."""
        if not self._is("words", "write one value on the line of its key"):
            return ""
        if not self.text.strip():
            self.problem("empty-value", "the text is empty", "write the value, or take the key out")
            self.shape, self.missing = "nothing", True
        return self.text.strip()

    def _is(self, wanted: Shape, help_: str) -> bool:
        if self.shape == wanted:
            return True
        if self.missing:
            return False
        if self.shape == "nothing":
            self.problem("empty-value", "nothing is written here", help_)
        else:
            message = f"this should be {_SHAPES[wanted]}, but it is {_SHAPES[self.shape]}"
            self.problem("wrong-shape", message, help_)
        self.missing = True
        return False
