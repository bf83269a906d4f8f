"""Long tables: searched, filtered, sorted and paged by what stands in the address.

The address can be kept and sent on; no script takes part. What an address asks for that there is
not (a column, a page) is as if it had asked for nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from flask import Response

from survey_app import collation
from survey_app.fieldwork import csv_out

SORT, SEARCH, PAGE, DOWNLOAD = "sap-xep", "loc", "trang", "tai"
"""The words of an address: `?sap-xep=-ty-le&loc=nội vụ&trang=2`; a minus sorts downwards."""

KINDS: Mapping[str, str] = {"csv": csv_out.FOR_SPREADSHEETS, "csv-plain": csv_out.PLAIN}
"""The word of an address -> the kind of table."""

_LONGEST = 100
_LONGEST_NUMBER = 6  # digits of a page
"""Letters of a search that are looked at."""

Row = TypeVar("Row")
Direction = Literal["ascending", "descending", "none"]


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """The rows to show, and the addresses of the others."""

    rows: Sequence[Row]
    total: int
    first: int
    last: int
    by: str
    is_descending: bool
    args: Mapping[str, str]
    at: int
    pages: int

    def direction(self, column: str) -> Direction:
        """As `aria-sort` says it."""
        if column != self.by:
            return "none"
        return "descending" if self.is_descending else "ascending"

    def sorted_by(self, column: str) -> str:
        """The address of this table by a column; by the column it is sorted by: the other way."""
        is_turned = column == self.by and not self.is_descending
        return self.address({SORT: f"-{column}" if is_turned else column, PAGE: ""})

    @property
    def before(self) -> str:
        """The address of the page before; blank on the first."""
        return self.address({PAGE: str(self.at - 1)}) if self.at > 1 else ""

    @property
    def after(self) -> str:
        """The address of the next page; blank on the last."""
        return self.address({PAGE: str(self.at + 1)}) if self.at < self.pages else ""

    @property
    def download(self) -> str:
        """The address of a file of what is shown, for Excel: its view looks for `DOWNLOAD`."""
        return self.address({PAGE: "", DOWNLOAD: "csv"})

    @property
    def download_plain(self) -> str:
        """The address of the same for programs."""
        return self.address({PAGE: "", DOWNLOAD: "csv-plain"})

    def address(self, changed: Mapping[str, str]) -> str:
        """The table's address with some of it changed; what is blank is left out."""
        return "?" + urlencode({k: v for k, v in {**self.args, **changed}.items() if v})


@dataclass(frozen=True, kw_only=True)
class Table(Generic[Row]):
    """How a table is sorted and filtered.

    `columns` gives, for each column that sorts, what a row has there: a text, which is ordered as
    a Vietnamese dictionary does, a number, or None, which comes last whichever way. `searched` is
    the text in which a search looks; `filters` gives what a row must have for a value in the
    address. `first` is the column that sorts where the address names none, with a minus where
    downwards.
    """

    columns: Mapping[str, Callable[[Row], Any]]
    first: str
    searched: Callable[[Row], str] | None = None
    filters: Mapping[str, Callable[[Row], str]] | None = None
    length: int = 0

    def page(self, rows: Iterable[Row], args: Mapping[str, str]) -> Page[Row]:
        """What the address asks for."""
        asked = args.get(SORT, "")
        by = asked if asked.removeprefix("-") in self.columns else self.first
        is_descending, column = by.startswith("-"), by.removeprefix("-")
        matching = self._sorted(self._filtered(rows, args), column, is_descending=is_descending)
        is_whole = not self.length or args.get(DOWNLOAD)  # a file has every page
        length = max(len(matching), 1) if is_whole else self.length
        pages = max(1, -(-len(matching) // length))
        at = min(page_number(args.get(PAGE, "")), pages)
        shown = matching[(at - 1) * length : at * length]
        return Page(
            rows=shown,
            total=len(matching),
            first=(at - 1) * length + 1,
            last=(at - 1) * length + len(shown),
            by=column,
            is_descending=is_descending,
            args=dict(args),
            at=at,
            pages=pages,
        )

    def _filtered(self, rows: Iterable[Row], args: Mapping[str, str]) -> list[Row]:
        kept = list(rows)
        for name, value_of in (self.filters or {}).items():
            if args.get(name):
                kept = [row for row in kept if value_of(row) == args[name]]
        wanted = _plain(args.get(SEARCH, "")[:_LONGEST])
        if wanted and self.searched:
            kept = [row for row in kept if wanted in _plain(self.searched(row))]
        return kept

    def _sorted(self, rows: list[Row], column: str, *, is_descending: bool) -> list[Row]:
        value_of = self.columns[column]
        known = [row for row in rows if value_of(row) is not None]
        unknown = [row for row in rows if value_of(row) is None]
        known.sort(key=lambda row: _key(value_of(row)), reverse=is_descending)
        return known + unknown


def as_csv(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]], asked: str = ""
) -> Response:
    """What a table shows as a file, of the kind that the address asks for: for Excel, or plain."""
    kind = KINDS.get(asked, csv_out.FOR_SPREADSHEETS)
    return Response(
        csv_out.KINDS[kind](header, rows).encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name(name, asked)}"'},
    )


def file_name(name: str, asked: str) -> str:
    """What the file of a table is called; both kinds can lie in one folder."""
    return f"{name}-plain.csv" if KINDS.get(asked) == csv_out.PLAIN else f"{name}.csv"


def page_number(text: str) -> int:
    """Which page an address asks for; the first where it says no number."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return max(int(text), 1) if is_number else 1


def _key(value: Any) -> Any:
    return collation.key(value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    """As a search compares: without capitals, so that "nội vụ" is found in "Sở Nội vụ"."""
    return unicodedata.normalize("NFC", text).casefold().strip()
