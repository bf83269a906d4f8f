"""A paper as a PDF, set by typst with the fonts that it brings along: alike on every machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_app.office.documents.paper.blocks import Block, Paper, Picture, Table, Text, Turn

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).parent
_NO_TIME = 946_684_800
"""The first second of 2000: no clock is in the file."""


def pdf(paper: Paper) -> bytes:
    """The file."""
    import typst

    said = json.dumps(
        {
            "title": paper.title,
            "language": paper.language,
            "mark": paper.mark,
            "parts": _parts(paper),
        }
    )
    source = (_HERE / "paper.typ").read_bytes()
    compiler = typst.Compiler(source, _HERE, _fonts(), sys_inputs={"data": said})
    written = compiler.compile(format="pdf", timestamp=_NO_TIME)
    assert isinstance(written, bytes)
    return written


def _parts(paper: Paper) -> list[dict[str, Any]]:
    """The blocks between two turns of the page."""
    parts: list[dict[str, Any]] = [{"is_wide": False, "blocks": []}]
    for block in paper.blocks:
        if isinstance(block, Turn):
            parts.append({"is_wide": block.is_wide, "blocks": []})
        else:
            parts[-1]["blocks"].extend(_told(block))
    return parts


def _told(block: Block) -> list[dict[str, Any]]:
    kind = {"is": type(block).__name__}
    if isinstance(block, Picture):
        about = {"width": block.width, "alt": block.alt, "svg": block.svg().decode()}
        return [kind | about]
    if isinstance(block, Table):
        rows = [list(row) for row in block.rows]
        about = {"head": list(block.head), "rows": rows, "widths": list(block.widths)}
        looks = {"strong": sorted(block.strong), "aligned": list(block.aligned)}
        return [kind | about | looks | {"is_short": block.is_short}]
    if isinstance(block, Text):
        lines = block.text.splitlines() or [""]
        return [kind | asdict(block) | {"text": line} for line in lines]
    return [kind | asdict(block)]


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False)
