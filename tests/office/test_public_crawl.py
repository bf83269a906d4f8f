"""A stranger who follows every link comes to nothing that the attack on what is withheld misses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from flask import Flask

from survey_app.app import create_app
from tests.office.attack import waves
from tests.office.attack.crawling import Found, crawl, decimals

READ = {
    *("public.results", "public.unit", "public.criterion", "public.file", "public.results_chart"),
}
"""What `attack.reading` takes number by number. The PNG is the SVG's drawing."""

FILES = {
    *("ket-qua.csv", "ket-qua-excel.csv", "ket-qua.xlsx", "bao-cao.docx", "tom-tat.docx"),
    *("bao-cao.pdf", "tom-tat.pdf", "du-lieu-mo.zip"),
}
"""What it downloads; a PDF is its DOCX. Another file has to be read there to stand here."""

SAY_NO_MORE = {
    *("public.results_list", "public.criteria_list", "public.explained", "public.feed"),
    *("public_robots", "public_sitemap"),
}
"""What holds no number that is not on those pages: see the test of it."""

OF_THE_HOUSE = {"accessible.statement", "icon", "office.static"}


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Flask, Mapping[str, Found]]]:
    """A wave with a correction, in which a few forms were left out, and all that leads to."""
    with waves.public_site() as site:
        site.wave(4, left_out=1, with_rows=True)
        app = create_app(site.house.settings, house=site.house)
        yield app, crawl(app, "/ket-qua", "/robots.txt", "/sitemap.xml")


def test_every_address_that_anybody_can_come_to_is_read_by_the_attack_or_says_no_more(
    site: tuple[Flask, Mapping[str, Found]],
) -> None:
    app, found = site
    reached = {reply.endpoint for reply in found.values()}
    assert reached == READ | SAY_NO_MORE | OF_THE_HOUSE
    public = {rule.endpoint for rule in app.url_map.iter_rules() if "public" in rule.endpoint[:7]}
    assert public - reached == set(), "a public address that no link leads to"
    files = {
        urlsplit(address).path.rpartition("/")[2]
        for address, reply in found.items()
        if reply.endpoint == "public.file"
    }
    assert files == FILES


def test_no_page_says_a_number_that_is_not_in_the_tables_of_its_version(
    site: tuple[Flask, Mapping[str, Found]],
) -> None:
    _, found = site
    known: dict[tuple[str, str], set[str]] = {}
    for address, reply in found.items():
        if reply.endpoint in {"public.results", "public.unit"}:
            known.setdefault(version_of(address), set()).update(in_tables(reply))
    looked_at = 0
    for address, reply in found.items():
        if reply.kind.endswith(("html", "xml")) and reply.endpoint not in OF_THE_HOUSE:
            looked_at += 1
            said = reply.decimals - known.get(version_of(address), set())
            assert said == set(), address
    assert looked_at > len(known) * len(SAY_NO_MORE)


def in_tables(reply: Found) -> set[str]:
    """The numbers of a page that `attack.reading` takes: tables and facts."""
    page = reply.body.decode("utf-8")
    parts = re.findall(r"<table.*?</table>|<dl class=\"facts.*?</dl>", page, re.DOTALL)
    return decimals(" ".join(parts))


def version_of(address: str) -> tuple[str, str]:
    """Wave and version in an address, and the language of it."""
    parts = urlsplit(address)
    version = re.match(r"/ket-qua/[\w-]+(?:/lan/\d+)?", parts.path)
    return (version[0] if version else "", parts.query)
