"""What is settled about a wave besides its texts: what it is called, when it runs, whom to call."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from survey_app.i18n import LANGUAGES, VIETNAM, moment

LONGEST_NAME = 64
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)", re.ASCII)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Title, contact line and dates of a wave; empty where nothing was said.

    `opens_at` and `closes_at` are times as they are kept: UTC, to the second.
    """

    title_vi: str = ""
    title_en: str = ""
    contact_vi: str = ""
    contact_en: str = ""
    opens_at: str | None = None
    closes_at: str | None = None

    @classmethod
    def of(cls, row: object) -> Plan:
        """The plan among the attributes of something that was read with it."""
        return cls(**{field.name: getattr(row, field.name) for field in fields(cls)})

    def title(self, language: str) -> str:
        """What the wave is called in a language; in the other where only that was said."""
        return _in(language, vi=self.title_vi, en=self.title_en)

    def contact(self, language: str) -> str:
        """Whom to call about it, likewise."""
        return _in(language, vi=self.contact_vi, en=self.contact_en)


def _in(language: str, *, vi: str, en: str) -> str:
    return (en or vi) if language == LANGUAGES[1] else (vi or en)


def kept_time(typed: str) -> str | None:
    """A time as a form sends it, by the clock in Vietnam, as it is kept; None where it is empty.

    Raises
    ------
    ValueError
        Where it is no time.
    """
    if not typed.strip():
        return None
    when = datetime.fromisoformat(typed.strip())
    when = when if when.tzinfo else when.replace(tzinfo=VIETNAM)
    return when.astimezone(UTC).isoformat(timespec="seconds")


def typed_time(kept: str | None) -> str:
    """A kept time as a form takes it: by the clock in Vietnam."""
    if not kept:
        return ""
    return datetime.fromisoformat(kept).astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


def period(plan: Plan, language: str) -> str:
    """When it runs, in words for a letter or a page; empty where no time is set."""
    opens, closes = (moment(it, language) if it else "" for it in (plan.opens_at, plan.closes_at))
    if opens and closes:
        joined = {"vi": f"từ {opens} đến {closes}", "en": f"from {opens} to {closes}"}
    else:
        joined = {
            "vi": f"từ {opens}" if opens else f"đến {closes}",
            "en": f"from {opens}" if opens else f"until {closes}",
        }
    return joined[language if language in joined else "vi"] if opens or closes else ""


def has_ended(closes_at: str | None, now: datetime) -> bool:
    """Whether a wave takes no more answers, even if nobody has closed it yet."""
    return bool(closes_at) and now >= datetime.fromisoformat(str(closes_at))


def has_come(opens_at: str | None, now: datetime) -> bool:
    """Whether the time has come at which a wave opens by itself."""
    return bool(opens_at) and now >= datetime.fromisoformat(str(opens_at))


def own_year(study: str) -> int | None:
    """The year that a study assesses, as its name says it; None where it names none."""
    years = _YEAR.findall(study)
    return int(years[-1]) if years else None


def next_study(study: str) -> str:
    """What the study of the year after would be called."""
    year = own_year(study)
    return study if year is None else str(year + 1).join(study.rsplit(str(year), 1))


def is_name(name: str) -> bool:
    """Whether a name can be the address of a wave: small letters, digits and hyphens."""
    return bool(_NAME.fullmatch(name)) and len(name) <= LONGEST_NAME and name != "moi"


def suggested_name(title: str) -> str:
    """An address made of a title: without marks, the words joined by hyphens."""
    plain = unicodedata.normalize("NFD", title.lower().replace("đ", "d"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.findall(r"[a-z0-9]+", letters)
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > LONGEST_NAME:
            break
        name = f"{name}-{word}" if name else word
    return name
