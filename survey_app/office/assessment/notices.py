"""What waits for whoever has signed in, about points: questions, answers, workbooks to confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from flask import url_for
from flask_login import current_user

from survey_app.conduct.assessment import waiting
from survey_app.conduct.standing import study_of
from survey_app.fieldwork.assessment.scope import EVERY_UNIT
from survey_app.i18n import moment
from survey_app.office.assessment.views import address_of_import
from survey_app.office.blueprint import blueprint
from survey_app.office.guard import scope
from survey_app.office.guard.login import who
from survey_app.office.page import language, words
from survey_app.office.wave_titles import title_of
from survey_app.store import waves
from survey_app.store.assessment import questions, submissions
from survey_app.store.assessment.imports import Waiting
from survey_app.store.assessment.questions import News
from survey_app.store.waves import Wave
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing that waits: what, in which wave and until when, and where it is done."""

    kind: Literal["import", "question", "answer"]
    text: str
    note: str
    href: str


@blueprint.app_context_processor
def _notices() -> dict[str, object]:
    return {"points_notices": points_notices}


def points_notices(only: Wave | None = None) -> tuple[Notice, ...]:
    """What waits for the account at hand, in one wave or in all."""
    may, here = current_user.may, house()
    if not (may("points.enter") or may("points.appraise")):
        return ()
    unit = scope.person().unit if may("points.own") else ""
    with here.database.reading() as connection:
        imports = waiting.of(connection, here, who())
        asked = questions.unanswered(connection, unit) if unit else ()
        answered = questions.unconsidered(connection) if may("points.appraise") else ()
        concerned = {each.wave_id for each in (*asked, *answered)} | {it.wave_id for it in imports}
        known = [wave for wave in waves.list_(connection) if wave.id in concerned]
    wanted = [wave for wave in known if only is None or wave.id == only.id]
    listed: list[Notice] = []
    for wave in wanted:
        listed += _asked(wave, [each for each in asked if each.wave_id == wave.id])
        listed += _answered(wave, [each for each in answered if each.wave_id == wave.id])
        listed += (_import(wave, each) for each in imports if each.wave_id == wave.id)
    return tuple(listed)


def _asked(wave: Wave, news: list[News]) -> Iterator[Notice]:
    """Questions that the unit may still answer."""
    with house().database.reading() as connection:
        times = submissions.deadlines(connection, wave.id)
    if not news or times.takes_no_answers(house().stamp()):
        return
    w, until = words(), times.answer_by
    note = w["assessment_answer_by"].format(day=moment(until, language())) if until else ""
    yield Notice(
        kind="question",
        text=w["assessment_questions_wait"].format(count=len(news)),
        note=f"{title_of(wave)}. {note}".strip(),
        href=url_for("office.assessment_own", name=wave.name, unit=news[0].unit),
    )


def _answered(wave: Wave, news: list[News]) -> Iterator[Notice]:
    """Answers about one's own fields; who appraises all of them is told of what they asked."""
    if not news:
        return
    person, index = scope.person(), study_of(house(), wave).index
    mine, is_all = person.fields_of(index), EVERY_UNIT in person.permissions
    field_of = {leaf.code: field.code for field in index.fields for leaf in field.leaves}
    told = [
        (each.unit, field)
        for each in news
        if (field := field_of.get(each.criterion)) in mine
        and (not is_all or each.asked_by == who())
    ]
    units = house().units(wave.id)
    for (unit, field), count in Counter(told).items():
        name = units[unit].name(language()) if unit in units else unit
        yield Notice(
            kind="answer",
            text=words()["assessment_answers_came"].format(unit=name, count=count, field=field),
            note=title_of(wave),
            href=url_for("office.assessment_appraise", name=wave.name, unit=unit, field=field),
        )


def _import(wave: Wave, it: Waiting) -> Notice:
    w, until = words(), moment(waiting.until(it.asked_at), language())
    return Notice(
        kind="import",
        text=w[f"assessment_import_waits_{it.whose}"],
        note=f"{title_of(wave)}. {w['assessment_import_until'].format(day=until)}",
        href=address_of_import(wave.name, it.whose, it.id),
    )
