"""What is done with the points of units: entered, submitted, appraised, asked, answered, agreed.

Each deed holds its units first, so that of two who change the same one the second sees what the
first has done; each stands in the log, with what it was about and never with what was said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from survey_app.conduct.assessment import waiting
from survey_app.fieldwork.assessment import differences, stages
from survey_app.fieldwork.assessment.differences import Difference, Proposal
from survey_app.fieldwork.assessment.points import Adjustment, Assessed, Whose
from survey_app.fieldwork.assessment.stages import Deadlines
from survey_app.questionnaire.model import Study
from survey_app.store import waves
from survey_app.store.assessment import imports, points, questions, submissions
from survey_app.store.assessment.submissions import AssessmentRefused
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.waves import Wave
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Whose points somebody is about to change, in which wave."""

    wave: str
    unit: str
    by: str


def self_assessed(study: Study) -> tuple[str, ...]:
    """The codes of the leaves that units assess themselves, in order."""
    return tuple(leaf.code for leaf in study.index.leaves if leaf.assessed == "self")


def enter(house: House, deed: Deed, rows: Sequence[Assessed], about: str) -> int:
    """A unit's own points, as far as it has them; gives how many have changed.

    Raises
    ------
    points.Overtaken
        When somebody else has changed one of them meanwhile: nothing is kept.
    AssessmentRefused
        When the unit has submitted.
    """
    with house.database.writing() as connection:
        wave, at = _fielded(connection, deed.wave), house.stamp()
        _not_submitted(submissions.hold(connection, wave, [deed.unit])[deed.unit])
        count = points.keep(connection, wave, "own", rows, deed.by, at)
        if count:
            audit.append(connection, deed.by, "points-enter", _told(deed, about, count), at)
    return count


def submit(house: House, deed: Deed, study: Study) -> str:
    """Hand a unit's points in; gives the receipt.

    Raises
    ------
    AssessmentRefused
        When it has submitted already, or a leaf has no points.
    """
    with house.database.writing() as connection:
        wave, at = _fielded(connection, deed.wave), house.stamp()
        _not_submitted(submissions.hold(connection, wave, [deed.unit])[deed.unit])
        kept = points.kept(connection, wave.id, deed.unit)
        codes = self_assessed(study)
        lines = [(code, kept.get((deed.unit, code))) for code in codes]
        given = [(code, line.own) for code, line in lines if line and line.own]
        if len(given) < len(codes):
            missing = str(len(codes) - len(given))
            message = f"{missing} leaves of `{deed.unit}` have no points"
            raise AssessmentRefused("points-missing", message, leaves=missing)
        receipt = stages.receipt(wave.name, deed.unit, at, given)
        submissions.submit(connection, wave, deed.unit, deed.by, at, receipt=receipt)
        audit.append(connection, deed.by, "points-submit", _told(deed, receipt), at)
    return receipt


def send_back(house: House, deed: Deed, reason: str) -> None:
    """Let a unit change its points once more, for a reason.

    Raises
    ------
    AssessmentRefused
        When it has not submitted.
    """
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        _submitted(submissions.hold(connection, wave, [deed.unit])[deed.unit])
        submissions.send_back(connection, wave, deed.unit, reason)
        audit.append(connection, deed.by, "points-send-back", _told(deed), at)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question about a leaf."""

    criterion: str
    question: str


def appraise(
    house: House,
    deed: Deed,
    rows: Sequence[Assessed],
    asked: Sequence[Asked],
    about: str,
    answers: Collection[int] = (),
) -> int:
    """Appraised points of a unit that has submitted, and questions back; gives what has changed.

    `answers` are those that whoever appraises had before them: they count as considered.

    Raises
    ------
    points.Overtaken
        When somebody else has changed one of them meanwhile: nothing is kept.
    AssessmentRefused
        When the unit has not submitted.
    """
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        _submitted(submissions.hold(connection, wave, [deed.unit])[deed.unit])
        count = points.keep(connection, wave, "appraised", rows, deed.by, at)
        for each in asked:
            leaf = (deed.unit, each.criterion)
            questions.ask(connection, wave, leaf, each.question, deed.by, at)
        news = questions.consider(connection, wave, deed.unit, answers, deed.by, at)
        if count or asked:
            submissions.agree(connection, wave, deed.unit, None, None)
        if news:
            audit.append(connection, deed.by, "points-consider", _told(deed, about, news), at)
        if count:
            audit.append(connection, deed.by, "points-appraise", _told(deed, about, count), at)
        for each in asked:
            audit.append(connection, deed.by, "points-ask", _told(deed, each.criterion), at)
    return count


def answer(house: House, deed: Deed, number: int, words: str) -> None:
    """A unit's answer to a question.

    Raises
    ------
    AssessmentRefused
        When the time for it has passed, or it was answered meanwhile.
    """
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        submissions.hold(connection, wave, [deed.unit])
        asked = {each.id: each for each in questions.of_unit(connection, wave.id, deed.unit)}
        if number not in asked or asked[number].answered_at:
            message = "this question was answered already, or taken back"
            raise AssessmentRefused("answered-already", message)
        if submissions.deadlines(connection, wave.id).takes_no_answers(at):
            raise AssessmentRefused("answers-too-late", "the time to answer has passed")
        questions.answer(connection, number, words, deed.by, at)
        told = _told(deed, asked[number].criterion)
        audit.append(connection, deed.by, "points-answer", told, at)


def agree(house: House, deed: Deed, study: Study) -> None:
    """A unit agrees with what was appraised.

    Raises
    ------
    AssessmentRefused
        When it is not appraised whole, or a question waits for it.
    """
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        submissions.hold(connection, wave, [deed.unit])
        leaves = len(self_assessed(study))
        reached = submissions.progress(connection, wave.id, leaves)[deed.unit]
        times = submissions.deadlines(connection, wave.id)
        if stages.stage(reached, times, at) not in {"appraised", "agreed"}:
            message = f"`{deed.unit}` is not appraised whole, or a question waits"
            raise AssessmentRefused("not-appraised", message)
        submissions.agree(connection, wave, deed.unit, deed.by, at)
        audit.append(connection, deed.by, "points-agree", _told(deed), at)


def adjust(house: House, deed: Deed, lines: Sequence[Adjustment], seen: int) -> None:
    """Bonus and penalty points of a unit, with their basis, in place of those it had.

    Raises
    ------
    AssessmentRefused
        When the unit was changed since it was `seen`: nothing is kept.
    """
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        held = submissions.hold(connection, wave, [deed.unit])[deed.unit]
        if held.version != seen + 1:
            message = f"`{deed.unit}` was changed since it was shown"
            raise AssessmentRefused("changed-meanwhile", message)
        points.adjust(connection, wave, deed.unit, lines, deed.by, at)
        submissions.agree(connection, wave, deed.unit, None, None)
        told = _told(deed, "", len(lines))
        audit.append(connection, deed.by, "points-adjust", told, at)


def set_deadlines(house: House, wave_name: str, wanted: Deadlines, by: str) -> None:
    """Until when units submit and answer."""
    with house.database.writing() as connection:
        wave, at = waves.find(connection, wave_name), house.stamp()
        submissions.set_deadlines(connection, wave, wanted)
        told = f"{wave_name} {wanted.submit_by or '-'} {wanted.answer_by or '-'}"
        audit.append(connection, by, "points-deadlines", told, at)


def difference_of(connection: Connection, wave: Wave, proposal: Proposal) -> Difference:
    """What would change if a proposal were stored now."""
    kept, adjusted = points.kept(connection, wave.id), points.adjusted(connection, wave.id)
    return differences.difference(proposal, kept, adjusted)


def store(
    connection: Connection, wave: Wave, proposal: Proposal, by: str, at: str, *, hands_in: bool
) -> int:
    """Store what was read of workbooks; gives how many units there are.

    `hands_in`: the office stores them, for units and appraisers who have handed them in; the units
    of own points then count as submitted.

    Raises
    ------
    AssessmentRefused
        When a unit that stores its own workbook has submitted, or one has not whose appraisers
        store theirs.
    """
    held = submissions.hold(connection, wave, proposal.units)
    if not hands_in:
        for submission in held.values():
            (_not_submitted if proposal.whose == "own" else _submitted)(submission)
    changed = difference_of(connection, wave, proposal)
    rows = _with_words(connection, wave, proposal)
    points.keep(connection, wave, proposal.whose, rows, by, at)
    for each in changed.adjusted:
        points.adjust(connection, wave, each.unit, each.after, by, at)
    for unit in {*(c.unit for c in changed.changes), *(a.unit for a in changed.adjusted)}:
        submissions.agree(connection, wave, unit, None, None)
    for unit, submission in held.items():
        if hands_in and proposal.whose == "own" and submission.submitted_at is None:
            submissions.submit(connection, wave, unit, by, at, receipt=None)
    told = f"{wave.name} {len(held)}"
    is_own = proposal.whose == "own"
    audit.append(connection, by, "self-import" if is_own else "appraisal-import", told, at)
    return len(held)


def confirm(
    house: House, wave_name: str, whose: Whose, number: int, by: str, *, seen: str, hands_in: bool
) -> int:
    """Store what waits, if it still changes what was `seen`; gives how many units there are.

    Raises
    ------
    imports.NoSuchImport
    AssessmentRefused
        When what is kept has changed since: nothing is stored.
    """
    with house.database.writing() as connection:
        wave = waves.find(connection, wave_name)
        asked = imports.find(connection, wave, whose, number, by, since=waiting.since(house))
        submissions.hold(connection, wave, asked.proposal.units)
        if difference_of(connection, wave, asked.proposal).fingerprint != seen:
            message = "points were changed since these changes were shown"
            raise AssessmentRefused("changed-meanwhile", message)
        at = house.stamp()
        count = store(connection, wave, asked.proposal, by, at, hands_in=hands_in)
        imports.forget(connection, number)
    return count


def _with_words(connection: Connection, wave: Wave, proposal: Proposal) -> list[Assessed]:
    """The rows to keep; where a workbook has no room for words, those that are there stay."""
    kept = points.kept(connection, wave.id)
    rows = []
    for row in proposal.rows:
        line = kept.get((row.unit, row.criterion))
        words = line.words(proposal.whose) if row.is_silent and line else row.words
        if row.points:
            rows.append(replace(row, words=words))
    return rows


def _fielded(connection: Connection, name: str) -> Wave:
    """A wave whose index is settled.

    Raises
    ------
    AssessmentRefused
        While it is planned its criteria may still change.
    """
    wave = waves.find(connection, name)
    if wave.state == "planned":
        message = f"wave `{name}` is planned: units enter their points once it was opened"
        raise AssessmentRefused("not-opened-yet", message, wave=name)
    return wave


def _not_submitted(submission: submissions.Submission) -> None:
    if submission.submitted_at is not None:
        message = f"`{submission.unit}` has submitted: its points stay as they are"
        raise AssessmentRefused("submitted-already", message)


def _submitted(submission: submissions.Submission) -> None:
    if submission.submitted_at is None:
        message = f"`{submission.unit}` has not submitted"
        raise AssessmentRefused("not-submitted", message)


def _told(deed: Deed, about: str = "", count: int | None = None) -> str:
    """What the log says of a deed."""
    words = (deed.wave, deed.unit, about, "" if count is None else str(count))
    return " ".join(word for word in words if word)[:200]
