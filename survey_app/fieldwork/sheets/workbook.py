"""A workbook (.xlsx): its sheets, its texts, and how its styles show numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey_app.fieldwork.sheets import number_format
from survey_app.fieldwork.sheets.cells import Cell, Source, text_cell
from survey_app.fieldwork.sheets.number_format import NumberFormat
from survey_app.fieldwork.sheets.package import Package
from survey_app.fieldwork.sheets.xml_walk import Damaged, walk

State = Literal["visible", "hidden", "veryHidden"]

_INDEX = re.compile(r"[0-9]{1,6}")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RELATION_NAMESPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)


@dataclass(frozen=True)
class SheetEntry:
    """A sheet as the workbook lists it."""

    name: str
    part: str
    state: State

    @property
    def is_visible(self) -> bool:
        """Whether whoever opens the workbook sees it."""
        return self.state == "visible"


@dataclass
class Workbook:
    """What the sheets of a workbook share."""

    name: str
    package: Package
    sheets: tuple[SheetEntry, ...] = ()
    texts: list[Cell] = field(default_factory=list)
    formats: list[NumberFormat] = field(default_factory=list)
    starts_1904: bool = False

    def format_of(self, style: str) -> NumberFormat:
        """How cells of a style show numbers.

        Raises
        ------
        Damaged
            When there is no such style: nobody can tell what is shown.
        """
        if style in {"", "0"} and not self.formats:
            return number_format.GENERAL
        number = int(style or "0") if _INDEX.fullmatch(style or "0") else len(self.formats)
        if number >= len(self.formats):
            raise Damaged(f"there is no style {style[:20]}")
        return self.formats[number]


def opened(source: Source) -> Workbook:
    """The workbook in a file.

    Raises
    ------
    Damaged
        When it is not a sound workbook.
    ProblemsFound
        When it unpacks to more than a sample list can be.
    """
    package = Package(source)
    book = next((r.part for r in package.relations("").values() if r.kind == "officeDocument"), "")
    if not book:
        raise Damaged("this is no workbook")
    workbook = Workbook(source.name, package)
    relations = package.relations(book)
    _read_book(workbook, book, {key: relation.part for key, relation in relations.items()
                                if relation.kind == "worksheet"})  # fmt: skip
    for relation in relations.values():
        if relation.kind == "styles":
            workbook.formats = _formats(package, relation.part)
        elif relation.kind == "sharedStrings":
            workbook.texts = _texts(package, relation.part)
    return workbook


def unescaped(text: str) -> str:
    r"""A text with Excel's `_xHHHH_` turned into the characters that they stand for.

    `_x005F_` is the underscore that keeps others from being one: `_x005F_x000D_` is `_x000D_`.
    """
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    # pairs of surrogates become the character that they make; one alone cannot be kept
    return decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _read_book(workbook: Workbook, part: str, worksheets: Mapping[str, str]) -> None:
    sheets: list[SheetEntry] = []

    def start(name: str, parent: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr":
            workbook.starts_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif name == "sheet" and parent == "sheets":
            key = next((attributes[f"{space} id"] for space in _RELATION_NAMESPACES
                        if f"{space} id" in attributes), "")  # fmt: skip
            if key in worksheets:  # charts have sheets too
                state = _state(attributes.get("state", "visible"))
                title = unescaped(attributes.get("name", ""))
                sheets.append(SheetEntry(title, worksheets[key], state))

    with workbook.package.open(part) as book:
        walk(book, start, lambda _: None)
    workbook.sheets = tuple(sheets)


def _state(written: str) -> State:
    if written == "visible":
        return "visible"
    return "veryHidden" if written == "veryHidden" else "hidden"


def _formats(package: Package, part: str) -> list[NumberFormat]:
    """The format of each style of a cell, by the number of the style."""
    codes: dict[str, str] = {}
    styles: list[str] = []

    def start(name: str, parent: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and parent == "numFmts":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and parent == "cellXfs":
            styles.append(attributes.get("numFmtId", "0"))

    with package.open(part) as opened_part:
        walk(opened_part, start, lambda _: None)
    return [_format(number, codes) for number in styles]


def _format(number: str, codes: Mapping[str, str]) -> NumberFormat:
    if number in codes:
        return number_format.parsed(unescaped(codes[number]))
    known = int(number) if _INDEX.fullmatch(number) else 0
    if known in number_format.BUILT_IN_DATES:
        return number_format.DATE
    return number_format.parsed(number_format.BUILT_IN.get(known, "General"))


def _texts(package: Package, part: str) -> list[Cell]:
    """The shared texts. Runs of one text are joined; how it is pronounced is left out."""
    texts: list[Cell] = []
    runs: list[str] = []
    is_text = False

    def start(name: str, parent: str, _: Mapping[str, str]) -> None:
        nonlocal is_text
        is_text = name == "t" and parent in {"si", "r"}
        if name == "si":
            runs.clear()

    def end(name: str) -> None:
        nonlocal is_text
        is_text = False
        if name == "si":
            texts.append(text_cell(unescaped("".join(runs))))

    def text(words: str) -> None:
        if is_text:
            runs.append(words)

    with package.open(part) as opened_part:
        walk(opened_part, start, end, text)
    return texts
