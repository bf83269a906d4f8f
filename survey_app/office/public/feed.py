"""The feed of publications (Atom, RFC 4287): what was published, and what was withdrawn.

An entry's name is made of what never changes (the wave, the number of the version, the fingerprint
of its data), so it is the same whichever host the feed is read from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from survey_app.office.page import language, say, words
from survey_app.office.public import files, xml
from survey_app.office.public.describing import whole
from survey_app.office.public.published import Published
from survey_app.store.publications import Edition

ATOM = "http://www.w3.org/2005/Atom"
_NEVER = "1970-01-01T00:00:00+00:00"
"""When a feed without entries was changed last: an Atom feed has to say a time."""


def feed(publications: Iterable[Published]) -> bytes:
    """Every edition that was ever public, what changed last first."""
    w, spoken = words(), language()
    entries = [(each, it) for each in publications for it in each.editions]
    entries.sort(key=lambda entry: (_changed(entry[1]), entry[1].number), reverse=True)
    address = whole("feed", spoken)
    root = xml.root("feed", ATOM, {"xml:lang": spoken})
    xml.add(root, "id", uuid5(NAMESPACE_URL, address).urn)
    xml.add(root, "title", w["public_title"])
    xml.add(root, "updated", _changed(entries[0][1]) if entries else _NEVER)
    xml.add(xml.add(root, "author"), "name", w["public_publisher"])
    _link(root, "self", address, "application/atom+xml")
    _link(root, "alternate", whole("results_list", spoken), "text/html")
    for published, edition in entries:
        _entry(root, published, edition)
    return xml.written(root)


def with_open_data(publications: Iterable[Published]) -> list[tuple[str, int]]:
    """Wave and number of each edition whose open data can be taken."""
    return [
        (each.wave.name, it.number)
        for each in publications
        for it in each.editions
        if files.OPEN_DATA.is_offered(replace(each, edition=it))
    ]


def name_of(published: Published, edition: Edition, spoken: str) -> str:
    """The permanent name of an entry; each language has its own."""
    parts = ("cchc", published.wave.name, str(edition.number), edition.fingerprint, spoken)
    return uuid5(NAMESPACE_URL, ":".join(parts)).urn


def _entry(root: Element, published: Published, edition: Edition) -> None:
    w, spoken, gone = words(), language(), edition.withdrawn
    entry = xml.add(root, "entry")
    title = f"{say(published.index.title, spoken)}, {published.wave.year}"
    xml.add(entry, "id", name_of(published, edition, spoken))
    xml.add(entry, "title", w["public_feed_withdrawn"].format(title=title) if gone else title)
    xml.add(entry, "published", edition.published_at)
    xml.add(entry, "updated", _changed(edition))
    address = whole("results", spoken, wave=published.wave.name, version=edition.number)
    _link(entry, "alternate", address, "text/html")
    told = w["public_feed_published"].format(number=edition.number)
    pinned = replace(published, edition=edition)
    if not gone and edition.archive and files.OPEN_DATA.is_offered(pinned):
        place = {"wave": published.wave.name, "version": edition.number}
        archive = whole("file", spoken, file=files.OPEN_DATA.file, **place)
        size = {"length": str(edition.archive.size)}
        _link(entry, "enclosure", archive, files.OPEN_DATA.media_type, size)
    xml.add(entry, "summary", f"{w['publication_reason']}: {gone.reason}" if gone else told)


def _changed(edition: Edition) -> str:
    return edition.withdrawn.at if edition.withdrawn else edition.published_at


def _link(
    parent: Element, relation: str, address: str, kind: str, more: Mapping[str, str] | None = None
) -> None:
    xml.add(parent, "link", more={"rel": relation, "href": address, "type": kind, **(more or {})})
