"""Days and hours as officials write them: day, month and year in fields of their own.

What a browser makes of a date field follows its own language and not ours: one shows 03/12 for the
third of December, the other for the twelfth of March. Three fields leave no doubt, and old phones
have them too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}:[0-9]{2}))?")
_HOUR = re.compile(r"([0-9]{1,2})(?: *(?:[:.hg]|giờ) *([0-9]{1,2})?)?(?: *phút)?", re.IGNORECASE)
_OTHERWISE = re.compile(r"([^/]*)/([^/]*)/(\S*) ?(.*)")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What stands in the fields of a day, and of an hour where one is asked for."""

    day: str = ""
    month: str = ""
    year: str = ""
    hour: str = ""


def typed(form: Mapping[str, str], name: str) -> str:
    """A day or a time as one text, 2026-09-01 or 2026-09-01T07:30; empty where nothing is typed.

    What makes no day comes as it was typed, 31/2/2026, and is refused by whoever reads it. A field
    that is sent whole is taken as it is: programs send it.
    """
    if name in form:
        return form[name].strip()
    day, month, year, hour = (
        form.get(f"{name}-{part}", "").strip() for part in ("day", "month", "year", "hour")
    )
    if not (day or month or year or hour):
        return ""
    try:
        when = date(int(year), int(month), int(day))
        return _with_hour(when, hour) if f"{name}-hour" in form else when.isoformat()
    except ValueError:
        return f"{day}/{month}/{year} {hour}".strip()


def parts(text: str) -> Parts:
    """The fields of what `typed` gives, or of what is kept."""
    if known := _DAY.fullmatch(text):
        year, month, day, hour = known.groups()
        return Parts(day=day, month=month, year=year, hour=hour or "")
    if known := _OTHERWISE.fullmatch(text):
        day, month, year, hour = known.groups()
        return Parts(day=day, month=month, year=year, hour=hour)
    return Parts(day=text)


def _with_hour(day: date, text: str) -> str:
    """The day with an hour such as `7:30`, `7h30`, `17 giờ`.

    Raises
    ------
    ValueError
    """
    known = _HOUR.fullmatch(text)
    if not known:
        raise ValueError(text)
    when = datetime.combine(day, time(int(known[1]), int(known[2] or 0)))
    return when.isoformat(timespec="minutes")
