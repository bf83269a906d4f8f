"""How long a backup is kept: until the waves that it holds in the field are closed. Pure.

A backup of an open wave holds who had not answered yet and ballots that were still sealed; one of
before contacts were deleted holds them still. Neither is needed once a later backup holds the wave
as it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey_app.upkeep.about import About, State


@dataclass(frozen=True, kw_only=True)
class WaveNow:
    """A wave as it is now. `has_sealed`: some of its ballots can be read by nobody yet."""

    state: State
    has_contacts: bool
    has_sealed: bool


@dataclass(frozen=True)
class Kept:
    """A backup that is there."""

    file: Path
    about: About


@dataclass(frozen=True)
class Past:
    """A backup past its time, and why."""

    file: Path
    why: str


@dataclass(frozen=True)
class Verdict:
    """Which backups go and how many stay; none goes where nothing would be left to restore."""

    past: tuple[Past, ...]
    kept: int
    needs_newer: bool = False


def judge(kept: Iterable[Kept], now: Mapping[str, WaveNow]) -> Verdict:
    """Which backups are past their time, as the waves stand now."""
    backups = sorted(kept, key=lambda one: one.about.made_at)
    why = {one.file: _why(one.about, now) for one in backups}
    stay: Sequence[Kept] = [one for one in backups if not why[one.file]]
    past = tuple(Past(one.file, why[one.file]) for one in backups if why[one.file])
    newest_to_go = max((one.about.made_at for one in backups if why[one.file]), default="")
    if past and not any(one.about.made_at >= newest_to_go for one in stay):
        return Verdict((), len(backups), needs_newer=True)
    return Verdict(past, len(stay))


def _why(about: About, now: Mapping[str, WaveNow]) -> str:
    for then in about.waves:
        wave = now.get(then.name)
        if wave is None:
            return f"wave {then.name} was taken away"
        if then.state == "open" and wave.state == "closed" and not wave.has_sealed:
            return f"wave {then.name} is closed and was open then"
        if then.has_contacts and not wave.has_contacts:
            return f"the contacts of wave {then.name} were deleted"
    return ""
