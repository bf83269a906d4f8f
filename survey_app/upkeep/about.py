"""What a backup says of itself. Beside it, for everybody: when, of what. Inside it: every part.

What stands outside changes with no person: the names and states of waves. What stands inside counts
a wave as its pages show it, by five people or more at a time while it is open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

FORMAT = 1

State = Literal["planned", "open", "closed"]


def _json(content: bytes) -> Any:
    """What JSON says.

    Raises
    ------
    ValueError
        When it is none, or so deep that nobody can have meant it.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("this is no backup of ours") from error


@dataclass(frozen=True, kw_only=True)
class WaveThen:
    """A wave when the backup was made."""

    name: str
    state: State
    has_contacts: bool


@dataclass(frozen=True, kw_only=True)
class About:
    """What is said of a backup beside it, in the clear. `pair` joins it with the file of its keys.

    `sha256` is of the encrypted content: whether it is damaged can be told without a key.
    """

    made_at: str
    program: str
    schema: str
    kind: str
    pair: str
    waves: tuple[WaveThen, ...] = ()
    holds: Literal["site", "keys"] = "site"
    sha256: str = ""
    format: int = FORMAT

    def dump(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def load(cls, content: bytes) -> About:
        """From JSON.

        Raises
        ------
        ValueError
            When it is none of ours, or of a later format.
        """
        return cls.of(_json(content))

    @classmethod
    def of(cls, said: Any) -> About:
        """From what stands in JSON."""
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise ValueError(f"this is no backup of format {FORMAT}")
        try:
            return cls(**{**said, "waves": tuple(WaveThen(**wave) for wave in said["waves"])})
        except (KeyError, TypeError) as error:
            raise ValueError("this is no backup of ours") from error


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is in a backup. `missing` are files of evidence that were taken away meanwhile.

    `log_head` is the newest line of the office's log in the copy, `settings` those that are no
    secret, `sealed_to` the epochs that ballots are still sealed to, of which the recovery key gives
    back those of `recoverable`.
    """

    about: About
    parts: Mapping[str, Part]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    log_head: tuple[int, str] = (0, "")
    sealed_to: tuple[str, ...] = ()
    recoverable: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def dump(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def load(cls, content: bytes) -> Manifest:
        """From JSON.

        Raises
        ------
        ValueError
        """
        said = _json(content)
        try:
            number, hash_ = said["log_head"]
            return cls(
                about=About.of(said["about"]),
                parts={name: Part(**part) for name, part in said["parts"].items()},
                counts=said["counts"],
                settings=said["settings"],
                log_head=(number, hash_),
                **{name: tuple(said[name]) for name in ("sealed_to", "recoverable", "missing")},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no manifest of ours") from error
