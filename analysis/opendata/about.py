"""What open data say of the wave as a whole: its name, year, and where the numbers come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.problems import Problem, ProblemsFound


@dataclass(frozen=True, kw_only=True)
class About:
    """Of the manifest of a release: only what is no count of people."""

    wave: str
    study: str
    year: int
    opened_on: str
    closed_on: str
    fingerprint: str
    is_draft: bool

    @property
    def label(self) -> str:
        """The same as a label of a file, of at most 64 bytes in most cases."""
        return f"Chỉ số CCHC {self.year}, đợt {self.wave}"

    @property
    def title_vi(self) -> str:
        """What the data are called in Vietnamese."""
        return f"Điều tra xã hội học xác định Chỉ số CCHC năm {self.year} (đợt {self.wave})"

    @property
    def title_en(self) -> str:
        """What the data are called in English."""
        return f"Sociological survey of the PAR Index, {self.year} (wave {self.wave})"


def about(release: Path, fingerprint: str, *, is_draft: bool) -> About:
    """Read the manifest of a release.

    Raises
    ------
    ProblemsFound
        When there is none, or the wave was not closed.
    """
    path = release / "manifest.json"
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        state = told["state"]
        known = About(
            wave=str(told["wave"]),
            study=str(told["study"]),
            year=int(told["year"]),
            opened_on=str(told["opened_on"]),
            closed_on=str(told["closed_on"] or ""),
            fingerprint=fingerprint,
            is_draft=is_draft,
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        message, help_ = "this is not the manifest of a release", "give the folder of a release"
        raise ProblemsFound([Problem("not-a-release", message, str(path), help=help_)]) from error
    if state != "closed":
        message = "this release is of a wave that is not closed"
        help_ = "close it, and release it again"
        raise ProblemsFound([Problem("wave-not-closed", message, str(path), help=help_)])
    return known
