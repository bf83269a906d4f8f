"""A letter or a message, put together from what the office wrote and what is known of a case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.case import Invitation
from survey_app.i18n import VIETNAM, Words, moment
from survey_app.letters import placeholders, qr
from survey_app.letters.texts import FILLED, Texts
from survey_app.letters.typesetting import Head, Page
from survey_app.questionnaire.model import Study, Text
from survey_app.questionnaire.text import words as said
from survey_app.waves.plan import Plan

_HERE = Path(__file__).parent

_LONG_WORD = re.compile(r"\S{25,}")
_BREAK = "\u200b"
"""A place where a line may end, and that nobody sees."""


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Everything about a wave that letters in one language need."""

    texts: Texts
    language: str
    plan: Plan
    study: Study
    year: int
    base_url: str
    on: date
    units: Mapping[str, str]
    """Code -> what a unit is called."""
    contact: str = ""
    """Whom to call, where that is not what the plan says."""

    @property
    def settled_contact(self) -> str:
        """Whom to call; blank where nobody has said so."""
        return self.contact or self.plan.contact(self.language)

    def values(self, invitation: Invitation) -> Mapping[str, str]:
        """What each placeholder stands for on one letter."""
        form, w = self.study.questionnaires[invitation.group], words()(self.language)
        notice = form.notice

        def say(text: Text) -> str:
            spoken = self.language if self.language in text else next(iter(text))
            return said(text, spoken, year=str(self.year))

        return {
            "ten": invitation.name or w["anybody"],
            "don_vi": self.units.get(invitation.unit, w["units"]),
            "nhom": _in(self.study.index.groups.get(invitation.group, ""), self.language),
            "ten_dot": self.plan.title(self.language) or say(form.title),
            "nam": str(self.year),
            "han": moment(self.plan.closes_at, self.language) if self.plan.closes_at else "",
            "duong_dan": invitation.link(self.base_url),
            "lien_he": self.settled_contact,
            "so_thu": invitation.label,
            "muc_dich": f"{say(notice.asks)} {say(notice.why)}",
            "bao_mat": say(notice.kept),
            "tu_nguyen": say(notice.voluntary),
        }


@cache
def words() -> Words:
    """What is printed on every letter."""
    return Words.load(_HERE / "words.yaml")


def check(writing: Writing, invitation: Invitation, fields: Iterable[str] = FILLED) -> None:
    """See whether everything that the texts speak of is known.

    Raises
    ------
    ProblemsFound
    """
    values = writing.values(invitation)
    problems: list[Problem] = []
    for field in fields:
        problems += placeholders.without_value(writing.texts[field], field, values)
    if problems:
        raise ProblemsFound(problems)


def check_contact(writing: Writing) -> None:
    """See whether it is settled whom to call: every letter says so, and the form refers to it.

    Raises
    ------
    ProblemsFound
    """
    if not writing.settled_contact:
        message = "it is not settled whom to call about this wave"
        raise ProblemsFound(
            [Problem("letter-no-contact", message, "contact", help="settle it in the plan")]
        )


def head(writing: Writing) -> Head:
    """What all letters of a file have in common."""
    texts, w = writing.texts, words()(writing.language)
    day = writing.on
    dated = w["dated"].format(
        place=texts["place"], day=f"{day.day:02}", month=f"{day.month:02}", year=day.year
    )
    return Head(
        superior=_breakable(texts["superior"]),
        agency=_breakable(texts["agency"]),
        number=_breakable(texts["number"]),
        nation=w["nation"],
        motto=w["motto"],
        dated=_breakable(dated.removeprefix(", ")),
        title=writing.plan.title(writing.language) or writing.study.name,
        signer_title=[_breakable(line) for line in texts["signer_title"].split("\n") if line],
        signer=_breakable(texts["signer"]),
        mark={"to": w["to"], "case": w["case"]},
    )


def page(writing: Writing, invitation: Invitation) -> Page:
    """One letter."""
    values, w = writing.values(invitation), words()(writing.language)
    base = values["duong_dan"].removesuffix(invitation.token)
    body = placeholders.filled(writing.texts["body"], values)
    facts = [(w["deadline"], values["han"])] if values["han"] else []
    return Page(
        title=_breakable(placeholders.filled(writing.texts["title"], values)),
        name=_breakable(values["ten"]),
        paragraphs=[_breakable(line) for line in body.split("\n") if line.strip()],
        how=w["how"],
        link=values["duong_dan"],
        base=_breakable(base),
        token=invitation.token,
        qr=qr.svg(values["duong_dan"]),
        facts=[*facts, (w["contact"], _breakable(values["lien_he"]))],
        once=w["once"],
        case=invitation.label,
    )


def message(writing: Writing, invitation: Invitation, field: str) -> str:
    """A message: of one line where it goes by Zalo or SMS."""
    return placeholders.filled(writing.texts[field], writing.values(invitation))


def pages(writing: Writing, invitations: Iterable[Invitation]) -> Iterator[Page]:
    """Every letter of a file."""
    for invitation in invitations:
        yield page(writing, invitation)


def today(at: datetime) -> date:
    """The day in Vietnam that a letter bears."""
    return at.astimezone(VIETNAM).date()


def _breakable(text: str) -> str:
    """A text whose longest words may be broken anywhere: none runs over the edge of its page."""
    return _LONG_WORD.sub(lambda word: _BREAK.join(word[0]), text)


def _in(text: Text | str, language: str) -> str:
    return text if isinstance(text, str) else text.get(language) or next(iter(text.values()), "")
