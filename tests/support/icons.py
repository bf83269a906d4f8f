"""The icon of a page, looked for as a browser does."""

from __future__ import annotations

import re
from typing import Any

_NAMED = re.compile(r'<link rel="icon"[^>]* href="([^"]*)"')
UNASKED = "/favicon.ico"
"""Where a browser asks for the icon of a page that names none."""


def check_icon(client: Any, html: str, policy: str) -> None:
    """The page's icon is an answer, and the page's Content-Security-Policy lets it in."""
    link = _NAMED.search(html)
    address = link[1] if link else UNASKED
    sources = re.search(r"img-src ([^;]*)", policy)
    assert sources, policy
    if address.startswith("data:"):
        assert "data:" in sources[1].split()
        return
    assert "'self'" in sources[1].split()
    icon = client.get(address)
    assert icon.status_code == 200, address
    assert icon.mimetype.startswith("image/")
    assert icon.content_length
    assert icon.cache_control.max_age, "every page would ask for it again"
