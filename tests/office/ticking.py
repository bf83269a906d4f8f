"""A careful officer: reads the page of an action, ticks all that it asks to be known, and confirms.

ticked(analyst, "/quan-tri/dot/test/open")          # the reply to the confirmed form
known(analyst, "/quan-tri/dot/test/close")          # what the page asks to be known
"""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def known(client: FlaskClient, path: str) -> list[str]:
    """The warnings that a page asks to be known, with their counts."""
    page = client.get(path).get_data(as_text=True)
    return [html.unescape(it) for it in re.findall(r'name="known" value="([^"]+)"', page)]


def ticked(client: FlaskClient, path: str, *, follow: bool = False, **more: str) -> TestResponse:
    """The reply to the page's form, with every box of a warning ticked."""
    sent = {"known": known(client, path), **more}
    return client.post(path, data=sent, follow_redirects=follow)
