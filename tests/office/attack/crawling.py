"""All that a stranger comes to from the list of results by following links, whatever they are."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask import Flask

_LEADS = re.compile(r'(?:href|src|content)="([^"]+)"|"(?:url|contentUrl)": ?"([^"]+)"')
_TAG = re.compile(r"<svg.*?</svg>|<[^>]*>", re.DOTALL)
"""Markup; of a drawing the numbers beside its scale too, which follow from its ends."""
_ADDRESS = re.compile(r'https?://[^\s<"]+')
_DECIMAL = re.compile(r"(?<![\w.,])\d+[.,]\d+(?!\w|[.,]\d)")
"""A number with decimals; no code of a criterion, and no version of a program."""


@dataclass(frozen=True)
class Found:
    """A reply at an address: by which view, and what it says."""

    endpoint: str
    kind: str
    body: bytes

    @property
    def decimals(self) -> set[str]:
        """Every number with decimals in it, in descriptions and alternatives too."""
        page = self.body.decode("utf-8")
        beside = re.findall(r'(?:content|alt|title)="([^"]*)"', page)
        return decimals(" ".join([page, *beside]))


def decimals(page: str) -> set[str]:
    """Every number with decimals in a text, its markup and whole addresses left out."""
    text = html.unescape(html.unescape(_TAG.sub(" ", page)))
    return set(_DECIMAL.findall(_ADDRESS.sub(" ", text)))


def crawl(app: Flask, *starts: str) -> Mapping[str, Found]:
    """Every address that can be come to, and its reply."""
    client, found, waiting = app.test_client(), dict[str, Found](), list(starts)
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        reply = client.get(address)
        assert reply.status_code == 200, address
        endpoint, _ = app.url_map.bind("").match(urlsplit(address).path, "GET")
        found[address] = Found(str(endpoint), reply.mimetype or "", reply.data)
        if found[address].kind.endswith(("html", "xml")):
            waiting += _links(address, reply.get_data(as_text=True))
    return found


def _links(at: str, page: str) -> list[str]:
    """The addresses of this site in a page, whatever host they name; tables in one order only."""
    said = [html.unescape(one or other) for one, other in _LEADS.findall(page)]
    said += re.findall(r"<loc>([^<]+)</loc>", page)
    leads = []
    for address in said:
        parts = urlsplit(address)
        path = parts.path or (urlsplit(at).path if parts.query else "")
        if path.startswith("/"):
            spoken = parse_qs(parts.query).get("lang", [])
            leads.append(path + (f"?lang={spoken[0]}" if spoken else ""))
    return leads
