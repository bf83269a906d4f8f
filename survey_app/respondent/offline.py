"""The phone's helper for weak networks: a service worker, and the page it shows in our stead.

It stands between the form and the network, and only once it is there: nothing on a page waits for
it (docs/decisions/0006). worker.js keeps and sends; way.js, which it fetches under an address of
its own, knows what is asked and shown without a network. Words, the empty page and the policy are
put in front of way.js, so that the two change as a whole.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import brotli

from survey_app.respondent import pages

_HERE = Path(__file__).parent


def _bare(file: str) -> str:
    """A script without what only its readers need."""
    lines = (_HERE / file).read_text(encoding="utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if not line.strip().startswith("//"))


WAITING = _bare("waiting.js")
"""What a page does that the phone itself shows."""

POLICIES = {
    (asks, has_sound): pages.policy([style], [script], has_sound=has_sound)
    for asks, style, script in (
        (True, pages.STYLE, pages.SCRIPT),
        (False, pages.CLOSING_STYLE, pages.CLOSING_SCRIPT),
    )
    for has_sound in (True, False)
}
"""What a page may load: of questions or another, with recordings in its form or without."""

_STYLE = "".join((_HERE / "waiting.css").read_text(encoding="utf-8").splitlines())
_SHOWN_BY_PHONE = pages.policy(
    [_STYLE, pages.STYLE, pages.CLOSING_STYLE], [WAITING, pages.SCRIPT, pages.CLOSING_SCRIPT]
)

_WORDS = (
    "unsent",
    "count",
    "waiting",
    "go_on",
    "not_saved",
    "no_network",
    "as_opened",
    "sent",
    "drop",
    "drop_ask",
    "dropped",
    "done",
    "later",
    "send_again",
    "try_again",
)


@cache
def way() -> str:
    """The part of the helper that knows what is asked, and shown, without a network."""
    given = {
        "words": {language: _words(language) for language in ("vi", "en")},
        "shell": pages.render("offline", None, style=_STYLE),
        "script": WAITING,
        "policy": _SHOWN_BY_PHONE,
    }
    return f"const GIVEN={json.dumps(given, ensure_ascii=False)};\n{_bare('way.js')}\n"


@cache
def way_address() -> str:
    """Where that part is found; another text has another address."""
    return "/p/way.js?" + hashlib.sha256(way().encode()).hexdigest()[:8]


@cache
def worker() -> str:
    """The helper's text: the same for everyone, with nobody's answers in it."""
    return f'importScripts("{way_address()}");\n{_bare("worker.js")}\n'


@cache
def packed() -> bytes:
    """The same, compressed as well as can be: once, since it is the same for everyone."""
    small: bytes = brotli.compress(worker().encode(), mode=brotli.MODE_TEXT)
    return small


@cache
def plain() -> str:
    """The script of phones that can keep nothing."""
    said = {language: _words(language)["not_saved"] for language in ("vi", "en")}
    return f"const SAID={json.dumps(said, ensure_ascii=False)};\n{_bare('plain.js')}\n"


def _words(language: str) -> dict[str, str]:
    known = pages.WORDS(language)
    own = {word: known.get(f"offline_{word}", "") for word in _WORDS}
    return {word: said or known[word] for word, said in own.items()}
