"""A paper as a Word file, written part by part: three hundred of them take seconds.

The sizes are the decree's: 12 for the head, 13 for the body, 14 for the title, 11 in tables. The
same paper gives the same bytes; no clock is in it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.sax.saxutils import escape as escaped

from survey_app.office.documents.paper import parts
from survey_app.office.documents.paper.blocks import (
    WIDTH,
    Align,
    Block,
    Box,
    Heading,
    Letterhead,
    Paper,
    Picture,
    Signature,
    Table,
    Text,
    Title,
    Turn,
)
from survey_app.office.documents.paper.widths import width_of

BODY, TABLE, NOTE = 13, 11, 11
_HEAD, _TITLE = 12, 14
_CM = 567
"""Twentieths of a point in a centimetre."""
_EMU = 360_000
_LEFT_HALF, _RIGHT_HALF = 6.7, 9.6
_AFTER_TABLE = (
    "<w:p><w:pPr><w:spacing w:before='0' w:after='0' w:line='140' w:lineRule='exact'/></w:pPr>"
    "</w:p>"
)
_NEW_YEAR = (1980, 1, 1, 0, 0, 0)
_BARRED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no place for, whoever typed it."""


def docx(paper: Paper) -> bytes:
    """The file."""
    pictures = [block for block in paper.blocks if isinstance(block, Picture)]
    files: list[tuple[str, str | bytes]] = [
        *parts.around(_plain(paper.title), paper.language, len(pictures)),
        ("word/header1.xml", parts.header(_plain(paper.mark), numbered=True)),
        ("word/header2.xml", parts.header(_plain(paper.mark), numbered=False)),
        ("word/document.xml", _document(paper)),
        *((f"word/media/{n}.png", picture.png()) for n, picture in enumerate(pictures, 1)),
    ]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files:
            about = zipfile.ZipInfo(name, _NEW_YEAR)
            about.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(about, body)
    return out.getvalue()


def _document(paper: Paper) -> str:
    wide, written, pictures, sections = False, [parts.DOCUMENT], 0, 0
    for block in paper.blocks:
        if isinstance(block, Turn):
            end = parts.section(is_wide=wide, is_first=not sections)
            written.append(f"<w:p><w:pPr><w:spacing w:before='0' w:after='0' w:line='20' "
                           f"w:lineRule='exact'/>{end}</w:pPr></w:p>")  # fmt: skip
            wide, sections = block.is_wide, sections + 1
        elif isinstance(block, Picture):
            pictures += 1
            written.append(_picture(block, pictures))
        else:
            written.extend(_written(block, room=WIDTH[wide]))
    written.append(parts.section(is_wide=wide, is_first=not sections))
    return "".join((*written, "</w:body></w:document>"))


def _written(block: Block, room: float) -> Iterator[str]:
    """A block between margins that are `room` centimetres apart."""
    match block:
        case Letterhead():
            yield _letterhead(block)
        case Title():
            yield _paragraph(block.kind, "center", bold=True, size=_TITLE, before=12, keep=True)
            yield _paragraph(block.about, "center", bold=True, size=_TITLE, keep=True)
            line = 0.4 * min(width_of(block.about, _TITLE, bold=True), room)
            yield _rule(line, room, after=8, keep=True)
        case Heading():
            yield _paragraph(
                block.text, "left", bold=True,
                style=f"Heading{block.level}", before=8, keep=True,
            )  # fmt: skip
        case Text():
            yield from _texts(block)
        case Box():
            yield _paragraph(block.text, "justify", italic=True, boxed=True, before=4)
        case Table():
            yield _table(block)
        case Signature():
            yield _signature(block)


def _texts(block: Text) -> Iterator[str]:
    for line in block.text.splitlines() or [""]:
        yield _paragraph(
            line, "justify", bold=block.bold, italic=block.italic,
            indent=block.indent, keep=block.keep,
        )  # fmt: skip


def _paragraph(  # noqa: PLR0913  # how a paragraph looks
    text: str,
    align: Align,
    *,
    bold: bool = False,
    italic: bool = False,
    size: int = BODY,
    indent: bool = False,
    before: int = 0,
    after: int = 6,
    keep: bool = False,
    boxed: bool = False,
    style: str = "",
    line: int = 264,
) -> str:
    look = (
        (f"<w:pStyle w:val='{style}'/>" if style else "")
        + ("<w:keepNext/>" if keep else "")
        + (parts.BOX if boxed else "")
        + f"<w:spacing w:before='{20 * before}' w:after='{20 * after}' w:line='{line}' "
        "w:lineRule='auto'/>"
        + (f"<w:ind w:firstLine='{_CM}'/>" if indent else "")
        + ("<w:ind w:left='100' w:right='100'/>" if boxed else "")
        + f"<w:jc w:val='{'both' if align == 'justify' else align}'/>"
    )
    return f"<w:p><w:pPr>{look}</w:pPr>{_run(text, bold=bold, italic=italic, size=size)}</w:p>"


def _run(text: str, *, bold: bool = False, italic: bool = False, size: int = BODY) -> str:
    look = ("<w:b/>" if bold else "") + ("<w:i/>" if italic else "")
    look += f"<w:sz w:val='{2 * size}'/><w:szCs w:val='{2 * size}'/>"
    return f"<w:r><w:rPr>{look}</w:rPr><w:t xml:space='preserve'>{_safe(text)}</w:t></w:r>"


def _rule(length: float, room: float, after: int = 0, *, keep: bool = False) -> str:
    """A drawn line in the middle: an empty paragraph, so long, with a border on top."""
    side = max(0, round(_CM * (room - length) / 2))
    kept = "<w:keepNext/>" if keep else ""
    return (
        f"<w:p><w:pPr>{kept}<w:pBdr><w:top w:val='single' w:sz='6' w:space='0' w:color='000000'/>"
        f"</w:pBdr><w:spacing w:before='20' w:after='{20 * after}' w:line='60' "
        f"w:lineRule='exact'/><w:ind w:left='{side}' w:right='{side}'/></w:pPr>"
        "<w:r><w:rPr><w:sz w:val='4'/></w:rPr></w:r></w:p>"
    )


def _letterhead(head: Letterhead) -> str:
    """The line under the motto is as long as the motto, that of the agency two fifths."""
    under_agency = 0.4 * width_of(head.agency, _HEAD, bold=True)
    under_motto = width_of(head.motto, BODY, bold=True)
    left = (
        _tight(head.superior, size=_HEAD)
        + _tight(head.agency, bold=True, size=_HEAD)
        + _rule(under_agency, _LEFT_HALF)
    )
    right = (
        _tight(head.nation, bold=True, size=_HEAD)
        + _tight(head.motto, bold=True, fits=round(_CM * under_motto))
        + _rule(under_motto, _RIGHT_HALF)
    )
    number, dated = _tight(head.number), _tight(head.dated, italic=True)
    return _grid((_LEFT_HALF, _RIGHT_HALF), ((left, right), (number, dated)))


def _tight(
    text: str,
    align: Align = "center",
    *,
    bold: bool = False,
    italic: bool = False,
    size: int = BODY,
    fits: int = 0,
) -> str:
    """A paragraph without room around it; `fits`: the width that it takes in any font."""
    whole = _paragraph(text, align, bold=bold, italic=italic, size=size, after=0, line=240)
    if not fits:
        return whole
    return whole.replace("</w:rPr><w:t ", f"<w:fitText w:val='{fits}' w:id='1'/></w:rPr><w:t ")


def _signature(block: Signature) -> str:
    to = "".join(
        _tight(line, "left", bold=not at, italic=not at, size=NOTE if at else _HEAD)
        for at, line in enumerate(block.to)
    )
    title = "".join(_tight(line, bold=True) for line in block.title)
    room = "".join(_tight("") for _ in range(3))
    return _grid((_LEFT_HALF, _RIGHT_HALF), ((to, title + room + _tight(block.name, bold=True)),))


def _grid(widths: Sequence[float], rows: Sequence[Sequence[str]]) -> str:
    """A table without lines; its cells are paragraphs."""
    columns = "".join(f"<w:gridCol w:w='{round(_CM * width)}'/>" for width in widths)
    written = []
    for row in rows:
        cells = "".join(
            f"<w:tc><w:tcPr><w:tcW w:w='{round(_CM * width)}' w:type='dxa'/></w:tcPr>{cell}</w:tc>"
            for width, cell in zip(widths, row, strict=True)
        )
        written.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return (
        f"<w:tbl><w:tblPr><w:tblW w:w='{round(_CM * sum(widths))}' w:type='dxa'/><w:jc "
        "w:val='center'/><w:tblLayout w:type='fixed'/><w:tblCellMar><w:left w:w='0' w:type='dxa'/>"
        f"<w:right w:w='0' w:type='dxa'/></w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>"
        f"{''.join(written)}</w:tbl>{_AFTER_TABLE}"
    )


def _table(table: Table) -> str:
    columns = "".join(f"<w:gridCol w:w='{round(_CM * width)}'/>" for width in table.widths)
    opening = [
        f"<w:tc><w:tcPr><w:tcW w:w='{round(_CM * width)}' w:type='dxa'/></w:tcPr>"
        for width in table.widths
    ]
    head = _row(
        table.head, opening, ["center"] * len(table.head), bold=True, keep=True, repeated=True
    )
    aligned = table.aligned
    rows = (
        _row(
            row,
            opening,
            aligned,
            bold=number in table.strong,
            keep=table.goes_with_next(number),
        )
        for number, row in enumerate(table.rows)
    )
    return (
        f"<w:tbl><w:tblPr><w:tblStyle w:val='TableGrid'/><w:tblW w:w='"
        f"{round(_CM * sum(table.widths))}' w:type='dxa'/><w:jc w:val='center'/>"
        f"<w:tblLayout w:type='fixed'/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{head}"
        f"{''.join(rows)}</w:tbl>{_AFTER_TABLE}"
    )


def _row(
    cells: Sequence[str],
    opening: Sequence[str],
    aligned: Sequence[Align],
    *,
    bold: bool = False,
    keep: bool = False,
    repeated: bool = False,
) -> str:
    look = ("<w:b/>" if bold else "") + f"<w:sz w:val='{2 * TABLE}'/><w:szCs w:val='{2 * TABLE}'/>"
    kept = "<w:keepNext/>" if keep else ""
    written = "".join(
        f"{begins}<w:p><w:pPr>{kept}<w:spacing w:before='0' w:after='0'/><w:jc w:val='{align}'/>"
        f"</w:pPr><w:r><w:rPr>{look}</w:rPr><w:t xml:space='preserve'>{_safe(cell)}</w:t></w:r>"
        "</w:p></w:tc>"
        for begins, align, cell in zip(opening, aligned, cells, strict=True)
    )
    rules = "<w:cantSplit/>" + ("<w:tblHeader/>" if repeated else "")
    return f"<w:tr><w:trPr>{rules}</w:trPr>{written}</w:tr>"


def _picture(block: Picture, number: int) -> str:
    size = f"cx='{round(_EMU * block.width)}' cy='{round(_EMU * block.height)}'"
    inside = parts.PICTURE.format(number=number, size=size, alt=_safe(block.alt, quoted=True))
    return (
        "<w:p><w:pPr><w:spacing w:before='60' w:after='60'/><w:jc w:val='center'/></w:pPr>"
        f"<w:r>{inside}</w:r></w:p>"
    )


def _safe(text: str, *, quoted: bool = False) -> str:
    plain = escaped(_BARRED.sub("", text))
    return plain.replace("'", "&apos;").replace('"', "&quot;") if quoted else plain


def _plain(text: str) -> str:
    return _safe(text, quoted=True)
