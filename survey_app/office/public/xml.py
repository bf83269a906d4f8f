"""XML for programs: elements in the one namespace of their document, and text that XML can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, section 2.2), whoever has typed it."""


def root(name: str, namespace: str, more: Mapping[str, str] | None = None) -> Element:
    """The outermost element; those below it are of its namespace."""
    return Element(name, {"xmlns": namespace, **(more or {})})


def add(
    parent: Element, name: str, text: str = "", more: Mapping[str, str] | None = None
) -> Element:
    """An element with its text below another one."""
    child = SubElement(parent, name, dict(more or {}))
    if text:
        child.text = _NOT_XML.sub(" ", text)
    return child


def written(document: Element) -> bytes:
    """The document as it is sent."""
    return bytes(tostring(document, encoding="utf-8", xml_declaration=True))
