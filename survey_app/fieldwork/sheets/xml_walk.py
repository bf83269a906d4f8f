"""The XML inside a workbook, walked once by expat.

A part of a workbook has no document type and so no entities of its own; what refers to something
outside is not followed. Whatever a part holds, the time is in proportion to its size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
)
_CHUNK = 1 << 18
_MOST_UNBROKEN = 1 << 20
"""Bytes of one tag or comment: expat reads it again from its beginning with every chunk."""

_DEEPEST = 60
_MOST_NAMES = 1024

Start = Callable[[str, str, Mapping[str, str]], None]
End = Callable[[str], None]


class Damaged(Exception):
    """A part of a workbook that cannot be read to its end."""


class Enough(Exception):
    """Raised by whoever walks, to stop before the end."""


def walk(
    part: IO[bytes], start: Start, end: End, text: Callable[[str], None] = lambda _: None
) -> None:
    """Tell of every element of a part: `start(name, parent, attributes)`, `end(name)`, `text(...)`.

    Names stand without their namespace; elements of other namespaces are called `""`.

    Raises
    ------
    Damaged
        When it is not well-formed, or holds what no workbook holds.
    """
    path, local_names = [""], _LocalNames()

    def started(name: str, attributes: Mapping[str, str]) -> None:
        local = local_names[name]
        if len(path) > _DEEPEST:
            raise Damaged("elements stand in each other too deeply")
        start(local, path[-1], attributes)
        path.append(local)

    def ended(_: str) -> None:
        end(path.pop())

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _no_document_type
    try:
        _feed(parser, part)
    except expat.ExpatError as error:
        raise Damaged(str(error)) from error
    except Enough:
        return


def _feed(parser: expat.XMLParserType, part: IO[bytes]) -> None:
    fed = 0
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk, False)  # noqa: FBT003  expat's own signature
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > _MOST_UNBROKEN:
            raise Damaged("a tag or a comment is longer than a workbook has any")
    parser.Parse(b"", True)  # noqa: FBT003


class _LocalNames(dict[str, str]):
    """Names without their namespace, by names with it: a part has few, and millions of elements."""

    def __missing__(self, name: str) -> str:
        namespace, _, local = name.rpartition(" ")
        known = local if namespace in _NAMESPACES else ""
        if len(self) < _MOST_NAMES:
            self[name] = known
        return known


def _no_document_type(*_: object) -> None:
    raise Damaged("a document type stands in it")
