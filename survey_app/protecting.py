"""The limits that keep a site standing, with defaults that are safe where nobody sets them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.problems import Problem

LOG_FORMATS = ("text", "json")


@dataclass(frozen=True, kw_only=True)
class Protection:
    """What a site allows, and what it keeps free.

    `connections` are held by one process (0: as many as the system lets it, 4,096 at most);
    `idle_seconds` is how long one may stay without a request; `upload_megabytes` is the largest
    list that the office hands in. With less than `disk_reserve_megabytes` free, phones are told to
    wait before anything can be lost.
    """

    connections: int = 0
    idle_seconds: int = 75
    upload_megabytes: int = 32
    disk_reserve_megabytes: int = 200


@dataclass(frozen=True, kw_only=True)
class Watching:
    """What a site tells those who look after it.

    `security_log` is the file for events of security alone ("": with the others). Whoever asks
    /metrics from another machine shows `metrics_token` ("": nobody may).
    """

    log_format: str = "text"
    security_log: str = ""
    metrics_token: str = ""


_NUMBERS = {  # name: the field, the least, the most
    "CCHC_CONNECTIONS": ("connections", 0, 65_536),
    "CCHC_IDLE_SECONDS": ("idle_seconds", 5, 3600),
    "CCHC_UPLOAD_MB": ("upload_megabytes", 1, 500),
    "CCHC_DISK_RESERVE_MB": ("disk_reserve_megabytes", 0, 1_000_000),
}

_SHORTEST_TOKEN = 32


def protection(environment: Mapping[str, str]) -> tuple[Protection, list[Problem]]:
    """The limits that are set, and what is wrong with them."""
    problems, numbers = [], {}
    for name, (field, least, most) in _NUMBERS.items():
        said = environment.get(name, "").strip() or str(getattr(Protection, field))
        if re.fullmatch(r"[0-9]{1,7}", said) and least <= int(said) <= most:
            numbers[field] = int(said)
        else:
            problems.append(unusable(name, said, f"a whole number from {least} to {most}"))
    return Protection(**numbers), problems


def watching(environment: Mapping[str, str]) -> tuple[Watching, list[Problem]]:
    """What is to be told, and what is wrong with that."""
    problems = []
    log_format = environment.get("CCHC_LOG_FORMAT", "").strip() or LOG_FORMATS[0]
    if log_format not in LOG_FORMATS:
        problems.append(unusable("CCHC_LOG_FORMAT", log_format, " or ".join(LOG_FORMATS)))
    token = environment.get("CCHC_METRICS_TOKEN", "").strip()
    if token and len(token) < _SHORTEST_TOKEN:
        wanted = "at least 32 characters, drawn at random"
        problems.append(unusable("CCHC_METRICS_TOKEN", "...", wanted))
    security_log = environment.get("CCHC_SECURITY_LOG", "").strip()
    told = Watching(log_format=log_format, security_log=security_log, metrics_token=token)
    return told, problems


def unusable(name: str, value: str, wanted: str) -> Problem:
    """A setting that cannot be what it is."""
    return Problem(
        "setting", f"{name} cannot be `{value}`", "environment", help=f"set it to {wanted}"
    )
