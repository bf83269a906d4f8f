"""What respondents wrote in their own words, and the themes that an office sees in it.

A text has a name by which its themes are kept: a digest of its ballot's key, its question and its
unit, under the wave's own salt. Who sees names can neither find the ballot, whose key stands in
releases, nor tell which texts are of one ballot.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, text

from survey_app.questionnaire.model import Questionnaire, Study
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.tables import hidden_remarks, theme_marks, themes
from survey_app.store.waves import Wave

_KINDS = {"text", "long_text"}

_ABOUT_NO_UNIT = text("""
    SELECT b.id, CASE WHEN b.sample <> '' THEN ''
           ELSE (SELECT MIN(r.unit) FROM ratings r WHERE r.ballot_id = b.id) END AS unit, b.about
    FROM ballots b WHERE b.wave_id = :wave AND b.grp = :grp AND b.about LIKE :asked""")
_OF_UNITS = text("""
    SELECT b.id, r.unit, r.answers FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave AND b.grp = :grp AND r.answers LIKE :asked""")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A text as it was written: never shown before it is masked."""

    name: str
    group: str
    unit: str
    question: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What texts are about, in the words of an office."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """That a text has a theme: who saw it in the text, and when."""

    remark: str
    theme: int
    by: str
    at: str


def questions(study: Study) -> Mapping[str, frozenset[str]]:
    """The questions that are answered in one's own words, and the groups that each is asked of."""
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for group, form in study.questionnaires.items():
        for name in _texts_of(form):
            asked[name].add(group)
    return {name: frozenset(groups) for name, groups in asked.items()}


def _texts_of(form: Questionnaire) -> Iterator[str]:
    return (name for name, item in form.items.items() if item.kind in _KINDS)


def written(connection: Connection, wave: Wave, study: Study) -> Iterator[Written]:
    """Every text of a wave."""
    for group, form in study.questionnaires.items():
        of_units = {item.name for item in form.unit_items}
        for question in _texts_of(form):
            statement = _OF_UNITS if question in of_units else _ABOUT_NO_UNIT
            values = {"wave": wave.id, "grp": group, "asked": f'%"{question}"%'}
            for ballot, unit, answers in connection.execute(statement, values):
                said = json.loads(answers).get(question, "").strip()
                if said:
                    yield Written(
                        name=_name(wave, ballot, question, unit or ""),
                        group=group,
                        unit=unit or "",
                        question=question,
                        text=said,
                    )


def _name(wave: Wave, ballot: str, question: str, unit: str) -> str:
    told = f"remark {ballot} {question} {unit}".encode()
    return hmac.new(wave.salt.encode(), told, hashlib.sha256).hexdigest()[:32]


def themes_of(connection: Connection, wave: Wave) -> tuple[Theme, ...]:
    """The themes of a wave, the oldest first."""
    t = themes.c
    rows = connection.execute(select(t.id, t.name).where(t.wave_id == wave.id).order_by(t.id))
    return tuple(Theme(id=id_, name=name) for id_, name in rows)


def add_theme(connection: Connection, wave: Wave, name: str, by: str, at: str) -> int:
    """A new theme.

    Raises
    ------
    Refused
        When the wave has one of this name, in capitals or not.
    """
    if name.casefold() in {theme.name.casefold() for theme in themes_of(connection, wave)}:
        raise QualityRefused("theme-exists", f"there is a theme `{name}` already")
    row = {"wave_id": wave.id, "name": name, "by": by, "at": at}
    added = connection.execute(insert(themes).values(row).returning(themes.c.id))
    return int(added.scalar_one())


def drop_theme(connection: Connection, wave: Wave, theme: int) -> None:
    """Take a theme away that no text has.

    Raises
    ------
    QualityRefused
        When some text has it: what somebody has coded is not lost by one press.
    """
    m, t = theme_marks.c, themes.c
    if connection.execute(select(m.remark).where(m.theme_id == theme).limit(1)).first():
        raise QualityRefused("theme-in-use", "some texts have this theme: take it from them first")
    connection.execute(delete(themes).where(t.wave_id == wave.id, t.id == theme))


def marks(connection: Connection, wave: Wave) -> Mapping[str, tuple[Mark, ...]]:
    """The themes of each text, by the text's name."""
    m = theme_marks.c
    rows = connection.execute(
        select(m.remark, m.theme_id, m.by, m.at)
        .where(m.wave_id == wave.id)
        .order_by(m.remark, m.theme_id)
    )
    by_remark: defaultdict[str, list[Mark]] = defaultdict(list)
    for remark, theme, by, at in rows:
        by_remark[remark].append(Mark(remark=remark, theme=theme, by=by, at=at))
    return {remark: tuple(of_remark) for remark, of_remark in by_remark.items()}


def mark(
    connection: Connection,
    wave: Wave,
    added: Iterable[tuple[str, int]],
    taken: Iterable[tuple[str, int]],
    by: str,
    at: str,
) -> int:
    """Give texts themes and take themes from them. Returns how many of either.

    What somebody else has done meanwhile to the same pair of text and theme stays.
    """
    known = {
        (mark.remark, mark.theme) for each in marks(connection, wave).values() for mark in each
    }
    ours = {theme.id for theme in themes_of(connection, wave)}
    new = sorted({pair for pair in added if pair[1] in ours} - known)
    old = sorted(set(taken) & known)
    m = theme_marks.c
    for remark, theme in old:
        connection.execute(delete(theme_marks).where(m.remark == remark, m.theme_id == theme))
    rows = [
        {"remark": remark, "theme_id": theme, "wave_id": wave.id, "by": by, "at": at}
        for remark, theme in new
    ]
    if rows:
        connection.execute(insert(theme_marks), rows)
    return len(new) + len(old)


def hidden(connection: Connection, wave: Wave) -> frozenset[str]:
    """The texts that were taken off the pages by hand."""
    h = hidden_remarks.c
    return frozenset(connection.execute(select(h.remark).where(h.wave_id == wave.id)).scalars())


def hide(connection: Connection, wave: Wave, remark: str, by: str, at: str) -> None:
    """Take a text off the pages, because somebody can be known from it."""
    if remark not in hidden(connection, wave):
        row = {"remark": remark, "wave_id": wave.id, "by": by, "at": at}
        connection.execute(insert(hidden_remarks).values(row))


def show_again(connection: Connection, wave: Wave) -> int:
    """Put every text back that was taken off by hand. Returns how many."""
    mine = hidden_remarks.c.wave_id == wave.id
    return connection.execute(delete(hidden_remarks).where(mine)).rowcount
