"""Public pages are made once and kept, and a browser that has one asks whether it still holds.

A reply is marked by everything it follows from: the program, the wave, its editions and whether
they are withdrawn, and the address. So a page that was read by one costs the next one a look at
a few rows; and whatever changes, a withdrawal above all, shows with the very next request.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from functools import cache
from http import HTTPStatus
from threading import Lock
from typing import Any

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue

from survey_app.office.documents import turns
from survey_app.office.page import HERE, language
from survey_app.office.results.read import Results
from survey_app.settings import VERSION
from survey_app.web import house

_MOST_RESULTS = 4
_MOST_REPLIES = 40 * 1024 * 1024
"""Bytes of all replies that are kept, in one process."""
_LARGEST = 8 * 1024 * 1024
"""Bytes of a reply above which it is made again. The longest reports have three."""

_PARTS_OF_A_PAGE = ("*.html", "*.yaml", "*.py", "*.css")
_EXTENSION = "cchc.public"


class Kept:
    """The things asked for last, by what they follow from; they may be so large together."""

    def __init__(self, most: int) -> None:
        self._most, self._held, self._lock = most, 0, Lock()
        self._things: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """What is kept, or None."""
        with self._lock:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def keep(self, key: Hashable, thing: Any, size: int = 1) -> None:
        """Keep it, and let go of what was asked for longest ago."""
        with self._lock:
            self._held += size - self._things.pop(key, (None, 0))[1]
            self._things[key] = thing, size
            while self._held > self._most:
                _, (_, freed) = self._things.popitem(last=False)
                self._held -= freed


def reply(
    follows_from: object, make: Callable[[], ResponseReturnValue], *, in_turn: bool = False
) -> Response:
    """The page at hand: from the browser's own cache, from ours, or made.

    `follows_from` is whatever of the store the page shows or depends on; its `repr` is compared.
    What takes long is made `in_turn`.

    Raises
    ------
    turns.Busy
    """
    tag = _tag(follows_from)
    if request.if_none_match.contains_weak(tag):
        return _marked(Response(status=304), tag)
    known = _kept("replies", _MOST_REPLIES).get(tag) or _made(tag, make, in_turn=in_turn)
    if isinstance(known, Response):
        return _marked(known, tag)
    status, body, headers = known
    return _marked(Response(body, status=status, headers=headers), tag)


def _made(tag: str, make: Callable[[], ResponseReturnValue], *, in_turn: bool) -> Any:
    """A reply as it is kept: made now, unless somebody whose turn came before has made it."""
    replies = _kept("replies", _MOST_REPLIES)
    with turns.turn() if in_turn else nullcontext():
        known = replies.get(tag) if in_turn else None
        if known is None:
            whole = make_response(make())
            if whole.direct_passthrough:  # a file on the disk, which is not read into memory
                return whole
            known = (whole.status_code, whole.get_data(), list(whole.headers))
            if len(known[1]) <= _LARGEST:
                replies.keep(tag, known, len(known[1]))
    return known


def results(scorecards: tuple[int, ...], read: Callable[[], Results]) -> Results:
    """What is public of the last of these scorecards, given those before it."""
    kept = _kept("results", _MOST_RESULTS)
    known: Results | None = kept.get(scorecards)
    if known is None:
        known = read()
        kept.keep(scorecards, known)
    return known


def _marked(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)  # compressed in several ways, it stays the same page
    response.headers["Cache-Control"] = "public, no-cache"
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        response.headers["Vary"] = "Accept-Encoding"
    return response


def _tag(follows_from: object) -> str:
    args = sorted(request.args.items(multi=True)) if request.blueprint else ()
    asked = (request.path, args, language())
    said = repr((_program(), house().settings.public_url, asked, follows_from))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def _program() -> str:
    """What a page is put together from: another program makes another page of the same numbers."""
    digest = hashlib.sha256(VERSION.encode())
    for file in sorted(file for kind in _PARTS_OF_A_PAGE for file in HERE.rglob(kind)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _kept(name: str, most: int) -> Kept:
    """What this application keeps: two applications in one process have two stores."""
    shelves: dict[str, Kept] = current_app.extensions.setdefault(_EXTENSION, {})
    return shelves.setdefault(name, Kept(most))
