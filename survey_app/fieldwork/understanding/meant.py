"""What stands in the cells of a list, and what is meant by it: names for codes, lost zeros."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from analysis.spelling import skeleton
from survey_app.fieldwork import values
from survey_app.fieldwork.case import MODES
from survey_app.fieldwork.sheets.cells import Cell
from survey_app.fieldwork.sheets.read import Row
from survey_app.fieldwork.understanding.understood import Change, Kind
from survey_app.fieldwork.understanding.words import bare, vocabulary
from survey_app.fieldwork.values import Unreadable

_MOBILE_WITHOUT_ZERO = re.compile(r"[35789][0-9]{8}")
_LANDLINE_WITHOUT_ZERO = re.compile(r"2[0-9]{9}")
_FILLING = re.compile(r"[\s.\-()]")
_PARTED = re.compile(r"[;,]")
_READ = frozenset({"text", "number"})

By = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the groups and the units of a wave are called: code -> names in every language."""

    groups: Mapping[str, Collection[str]]
    units: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, groups: Collection[str], units: Collection[str]) -> Names:
        """From codes alone, or from codes with their names."""
        return cls(groups=_named(groups), units=_named(units))


def _named(codes: Collection[str]) -> Mapping[str, Collection[str]]:
    return codes if isinstance(codes, Mapping) else dict.fromkeys(codes, ())


@dataclass
class _Codes:
    """Codes of a column by the names that people write for them."""

    names: Mapping[str, Collection[str]]
    others: By = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)
    _spelled: By = field(init=False)
    _unmarked: By = field(init=False)

    def __post_init__(self) -> None:
        named = [(name, code) for code, names in self.names.items() for name in (code, *names)]
        others = [(name, code) for name, code in self.others.items() if code in self.names]
        self._spelled, self._unmarked = (
            {**_sure((plain(name), code) for name, code in others),
             **_sure((plain(name), code) for name, code in named)}
            for plain in (skeleton, bare)
        )  # fmt: skip

    def of(self, text: str) -> str:
        """The code that is meant; the text itself where nothing is, or several could be.

        Marks on letters may be left out of a whole name, but another mark makes another name.
        """
        if text in self.names:
            return text
        if text not in self._known:
            unmarked = self._unmarked.get(bare(text)) if text.isascii() else None
            self._known[text] = self._spelled.get(skeleton(text)) or unmarked or text
        return self._known[text]


def _sure(named: Iterable[tuple[str, str]]) -> By:
    """Names that stand for one code only."""
    meant: dict[str, set[str]] = {}
    for name, code in named:
        meant.setdefault(name, set()).add(code)
    return {name: next(iter(codes)) for name, codes in meant.items() if len(codes) == 1 and name}


class Meant:
    """Reads row after row, and keeps what differs from the file."""

    def __init__(self, names: Names) -> None:
        words = vocabulary().values
        self._groups = _Codes(names.groups, words["group"])
        self._units = _Codes(names.units)
        self._modes = _Codes(dict.fromkeys(MODES, ()), words["mode"])
        self._all = {bare(name): value for name, value in words["asked"].items()}
        self._counts: Counter[tuple[str, Kind, str]] = Counter()
        self._first: dict[tuple[str, Kind, str], Change] = {}
        self._readers: Mapping[str, tuple[Kind, Callable[[str], str]]] = {
            "group": ("name", self._groups.of),
            "unit": ("name", self._units.of),
            "home_unit": ("name", self._units.of),
            "asked": ("name", self._asked),
            "mode": ("choice", self._modes.of),
        }

        self._has_meaning = {"phone", *self._readers}

    @property
    def changes(self) -> tuple[Change, ...]:
        """What differs, with how often, in the order in which it is met."""
        return tuple(
            replace(change, count=self._counts[key]) for key, change in self._first.items()
        )

    def row(self, row: Row) -> Row:
        """The row as it is meant."""
        changed: dict[str, Cell] = {}
        for column, cell in row.cells.items():
            if not (cell.note or column in self._has_meaning) or cell.kind not in _READ:
                continue
            if cell.note:
                self._note(row, column, cell.note, "", cell.text)
            meant = self._meant(row, column, cell.text)
            if meant != cell.text:
                changed[column] = Cell(meant)
        return Row(row.line, {**row.cells, **changed}) if changed else row

    def _meant(self, row: Row, column: str, text: str) -> str:
        if column == "phone":
            return self._phone(row, text)
        if column not in self._readers:
            return text
        kind, read = self._readers[column]
        meant = read(text)
        if meant != text:
            self._note(row, column, kind, text, meant, each=text)
        return meant

    def _asked(self, text: str) -> str:
        """Names of units with semicolons or commas between, or words for all of them."""
        if bare(text) in self._all:
            return self._all[bare(text)]
        whole = self._units.of(text)
        if whole != text or not _PARTED.search(text):
            return whole
        parts = [part.strip() for part in _PARTED.split(text) if part.strip()]
        meant = [self._units.of(part) for part in parts]
        return " ".join(meant) if meant != parts else text

    def _phone(self, row: Row, text: str) -> str:
        """The number as it is dialled, with the zero that a spreadsheet has dropped."""
        digits = _FILLING.sub("", text)
        lost = _MOBILE_WITHOUT_ZERO.fullmatch(digits) or _LANDLINE_WITHOUT_ZERO.fullmatch(digits)
        try:
            dialled = values.phone(f"0{digits}" if lost else text)
        except Unreadable:
            return text
        if dialled != text:
            kind: Literal["zero", "country", "phone"] = (
                "zero" if lost else "country" if digits[:1] != "0" else "phone"
            )
            self._note(row, "phone", kind, text, dialled)
        return dialled

    def _note(
        self, row: Row, column: str, kind: Kind, before: str, after: str, each: str = ""
    ) -> None:
        """Count a change; `each` tells those of one kind apart."""
        key = column, kind, each
        self._counts[key] += 1
        if key not in self._first:
            self._first[key] = Change(
                column=column, kind=kind, before=before, after=after, line=row.line
            )
