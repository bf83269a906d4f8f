"""Letters as one PDF: a page for each, whatever is written in it.

Typst sets them. The fonts are those that it brings along (Libertinus Serif and DejaVu Sans Mono,
which have every Vietnamese letter), so that a letter looks alike on every machine, and nothing is
looked for in a network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent

SIZES = (13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
"""Points: 13 as the decree wants it; a letter that is too long for its page is set smaller."""

MOST = 1000
"""Letters of one file: they are held in memory all together, at half a megabyte each."""

_OVERFLOWS = "a letter overflows"


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands on every letter of a file: who sends it, when, and who signs."""

    superior: str
    agency: str
    number: str
    nation: str
    motto: str
    dated: str
    title: str
    signer_title: Sequence[str]
    signer: str
    mark: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Page:
    """What stands on one letter."""

    title: str
    name: str
    paragraphs: Sequence[str]
    how: str
    link: str
    base: str
    token: str
    """The link as it is shown, in two parts: it is never broken within the second."""
    qr: str
    facts: Sequence[tuple[str, str]]
    once: str
    case: str
    size: float = field(default=SIZES[0])


def pdf(head: Head, pages: Sequence[Page], language: str, at: datetime) -> bytes:
    """The file; `at` is when it was made, as the file itself says it.

    Raises
    ------
    ProblemsFound
        A letter does not fit on its page even in the smallest type.
    """
    document = _compiled(head, pages, language, at, format="pdf")
    assert isinstance(document, bytes)
    return document


def picture(head: Head, page: Page, language: str, at: datetime) -> bytes:
    """One letter as a PNG, for a page that shows it before letters are issued.

    Raises
    ------
    ProblemsFound
        As `pdf` does.
    """
    drawn = _compiled(head, [page], language, at, format="png", ppi=110)
    return drawn if isinstance(drawn, bytes) else drawn[0]


def _compiled(
    head: Head, pages: Sequence[Page], language: str, at: datetime, **how: Any
) -> bytes | list[bytes]:
    import typst

    sizes = [0] * len(pages)
    while True:
        document = _document(head, pages, sizes, language)
        try:
            compiled = document.compile(timestamp=int(at.timestamp()), pdf_tags=False, **how)
        except typst.TypstError as error:
            if _OVERFLOWS not in error.message:
                raise
        else:
            assert compiled is not None, "it writes no file, so it returns one"
            return compiled
        for number in _too_long(_document(head, pages, sizes, language, may_overflow=True)):
            sizes[number] += 1
            if sizes[number] == len(SIZES):
                raise ProblemsFound([_problem(pages[number])])


def _document(
    head: Head,
    pages: Sequence[Page],
    sizes: Sequence[int],
    language: str,
    *,
    may_overflow: bool = False,
) -> typst.Compiler:
    import typst

    letters = [
        asdict(page) | {"size": SIZES[size]} for page, size in zip(pages, sizes, strict=True)
    ]
    data = {"head": asdict(head), "letters": letters, "language": language}
    said = json.dumps(data | {"may_overflow": may_overflow})
    source = (HERE / "letter.typ").read_bytes()
    return typst.Compiler(source, HERE, _fonts(), sys_inputs={"data": said})


def _too_long(document: typst.Compiler) -> list[int]:
    """The letters that take more than their page."""
    ends = json.loads(document.query("<end>", field="value"))
    starts = [0, *ends[:-1]]
    return [n for n, (start, end) in enumerate(zip(starts, ends, strict=True)) if end - start > 1]


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False)


def _problem(page: Page) -> Problem:
    return Problem(
        "letter-too-long",
        "the letter does not fit on a page, even in small type",
        page.case,
        help="shorten the text",
    )
