"""One thing that was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`bad` is what the site cannot be trusted with; `warn` is what will cost somebody a day."""

    about: str
    kind: Kind
    said: str
    help: str = ""


def ok(about: str, said: str) -> Finding:
    """All is well."""
    return Finding(about=about, kind="ok", said=said)


def warn(about: str, said: str, help_: str) -> Finding:
    """Something to be mended soon."""
    return Finding(about=about, kind="warn", said=said, help=help_)


def bad(about: str, said: str, help_: str) -> Finding:
    """Something to be mended before anybody is asked."""
    return Finding(about=about, kind="bad", said=said, help=help_)
