"""How old the newest backup is, on the page that one comes to: a night that failed shows by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_login import current_user

from survey_app.i18n import VIETNAM
from survey_app.upkeep import nightly
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`at`: when the newest backup was made, by the clock in Vietnam; empty: there is none."""

    at: str
    hours: int
    is_old: bool


def shown(house: House) -> Shown | None:
    """What is told of backups; nothing to whom it is no matter, or where nothing is to be lost."""
    if not current_user.may("health.see"):
        return None
    newest = nightly.newest(house)
    if newest.at is None:  # a site without HTTPS is a trial: nobody has been asked yet
        is_missed = newest.has_wave and house.settings.is_https
        return Shown(at="", hours=0, is_old=True) if is_missed else None
    at = datetime.fromisoformat(newest.at).astimezone(VIETNAM)
    hours = newest.hours(house.clock())
    return Shown(at=f"{at:%d/%m/%Y %H:%M}", hours=round(hours), is_old=hours > nightly.OLDEST)
