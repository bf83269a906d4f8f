"""What search engines ask for: which pages there are, and where they have nothing to look for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

from survey_app import i18n
from survey_app.office.public import xml
from survey_app.office.public.criteria import surveyed
from survey_app.office.public.describing import whole
from survey_app.office.public.published import Published
from survey_app.web import house

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def robots() -> str:
    """The office and the forms are no business of a search engine; what is public is."""
    address = house().settings.public_url.rstrip("/")
    closed = "".join(f"Disallow: {path}\n" for path in ("/quan-tri/", "/p/"))
    return f"User-agent: *\n{closed}Sitemap: {address}/sitemap.xml\n"


def sitemap(publications: Iterable[Published]) -> bytes:
    """Every public page in every language, of what was not withdrawn."""
    root = xml.root("urlset", SITEMAP, {"xmlns:xhtml": _XHTML})
    _page(root, "results_list")
    for published in publications:
        if published.edition.withdrawn is None:
            _of(root, published)
    return xml.written(root)


def _of(root: Element, published: Published) -> None:
    wave, day = published.wave.name, published.edition.published_at[:10]
    for view in ("results", "criteria_list", "explained"):
        _page(root, view, day, wave=wave)
    for unit in house().units(published.wave.id):
        _page(root, "unit", day, wave=wave, unit=unit)
    for leaf in surveyed(published.index):
        _page(root, "criterion", day, wave=wave, criterion=leaf.code)


def _page(root: Element, view: str, day: str = "", **parts: Any) -> None:
    addresses = {spoken: whole(view, spoken, **parts) for spoken in i18n.LANGUAGES}
    for address in addresses.values():
        url = xml.add(root, "url")
        xml.add(url, "loc", address)
        if day:
            xml.add(url, "lastmod", day)
        for spoken, other in addresses.items():
            said = {"rel": "alternate", "hreflang": spoken, "href": other}
            xml.add(url, "xhtml:link", more=said)
