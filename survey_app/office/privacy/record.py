"""The record of processing of this installation, made from its settings and of what is there.

The office's page and `cchc contacts record` say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey_app import i18n
from survey_app.conduct import privacy
from survey_app.conduct.standing import study_of
from survey_app.i18n import Words
from survey_app.jobs import rules
from survey_app.permissions import ROLES
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.sample import held
from survey_app.store.waves import Wave
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A wave in the record: how many can be named now, and until when."""

    wave: Wave
    title: str
    state: str
    people: int
    until: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is processed, why, by whom, for how long and how it is kept safe."""

    lines: tuple[tuple[str, str], ...]
    waves: tuple[Kept, ...]


def record(house: House, words: Words, language: str) -> Record:
    """The record in a language, as of now."""
    w = words(language)
    with house.database.reading() as connection:
        known = waves.list_(connection)
        people = {wave.id: held.contacts_left(connection, wave) for wave in known}
    return Record(
        lines=_lines(house.settings, w, language),
        waves=tuple(
            Kept(
                wave=wave,
                title=_title(house, wave, language),
                state=w[f"state_{wave.state}"],
                people=people[wave.id],
                until=_until(house, wave, w, language),
            )
            for wave in known
        ),
    )


def _lines(settings: Settings, w: Mapping[str, str], language: str) -> tuple[tuple[str, str], ...]:
    contacts = i18n.number(settings.contacts_days, language, 0)
    files = i18n.number(rules.KEPT.days, language, 0)
    is_https = settings.public_url.startswith("https://")
    values = {
        "site": settings.public_url,
        "purpose": w["privacy_purpose_is"],
        "basis": w["privacy_basis_is"],
        "whose": w["privacy_whose_is"],
        "what": w["privacy_what_is"],
        "answers": w["privacy_answers_are"],
        "who_sees": _roles_with("contacts.see", w),
        "who_answers": _roles_with("privacy.answer", w),
        "recipients": w["privacy_recipients_are"],
        "until": w["privacy_until_is"].format(days=contacts),
        "files_until": w["privacy_files_until_is"].format(days=files),
        "log": w["privacy_log_is"],
        "factor": w[f"privacy_factor_{settings.sign_in.second_factor}"],
        "way": w["privacy_https" if is_https else "privacy_no_https"],
        "sealed": w["privacy_sealed_is"],
    }
    return tuple((w[f"privacy_{name}"], value) for name, value in values.items())


def _until(house: House, wave: Wave, w: Mapping[str, str], language: str) -> str:
    """When the contacts of a wave went, or go."""
    if wave.contacts_purged_at:
        return w["privacy_gone"].format(day=i18n.day(wave.contacts_purged_at, language))
    due = privacy.due_on(house, wave)
    if due:
        return i18n.day(due, language)
    days = i18n.number(house.settings.contacts_days, language, 0)
    return w["privacy_after_closing"].format(days=days)


def _roles_with(permission: str, w: Mapping[str, str]) -> str:
    return ", ".join(w[f"accounts_role_{role}"] for role, may in ROLES.items() if permission in may)


def _title(house: House, wave: Wave, language: str) -> str:
    """A wave's own title, or that of its study."""
    title = study_of(house, wave).index.title
    return wave.plan.title(language) or title.get(language) or next(iter(title.values()), "")
