"""A unit's sheet as its pages show it: each leaf with points, evidence, questions, history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import abort

from survey_app.conduct.standing import study_of
from survey_app.fieldwork.assessment import stages
from survey_app.fieldwork.assessment.points import Adjustment, Line
from survey_app.fieldwork.assessment.stages import Deadlines, Progress, Stage
from survey_app.office.guard import scope
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.waves.found import wave_named
from survey_app.questionnaire.model import Field, Leaf, Study
from survey_app.store import waves
from survey_app.store.assessment import evidence, points, questions, submissions
from survey_app.store.assessment.evidence import EvidenceFile
from survey_app.store.assessment.points import Version
from survey_app.store.assessment.questions import Question
from survey_app.store.assessment.submissions import Submission
from survey_app.store.waves import Wave, WaveUnit
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class LeafLine:
    """A leaf of a unit, and all that is kept of it."""

    leaf: Leaf
    line: Line
    files: Sequence[EvidenceFile] = ()
    asked: Sequence[Question] = ()
    versions: Sequence[Version] = ()

    @property
    def is_adjusted(self) -> bool:
        """Whether appraisers gave other points than the unit gave itself."""
        line = self.line
        return bool(line.own and line.appraised) and Decimal(line.own) != Decimal(line.appraised)

    @property
    def lacks_evidence(self) -> bool:
        """Whether a unit gives itself points and shows nothing for them."""
        gives = bool(self.line.own) and Decimal(self.line.own) > 0
        return gives and not self.line.evidence and not self.files


@dataclass(frozen=True, kw_only=True)
class FieldSheet:
    """The leaves of one field that the unit assesses."""

    field: Field
    lines: Sequence[LeafLine]

    @property
    def maximum(self) -> Decimal:
        """The most that the unit can give itself here."""
        return sum((each.leaf.points for each in self.lines), Decimal(0))

    @property
    def own(self) -> Decimal:
        """What it gives itself, as far as it has."""
        return sum((Decimal(each.line.own) for each in self.lines if each.line.own), Decimal(0))

    @property
    def appraised(self) -> Decimal:
        """What its appraisers give it, as far as they have."""
        given = (each.line.appraised for each in self.lines)
        return sum((Decimal(each) for each in given if each), Decimal(0))

    def lacking(self, whose: str) -> int:
        """How many leaves have no points of one side."""
        given = (each.line.own if whose == "own" else each.line.appraised for each in self.lines)
        return sum(not each for each in given)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that is kept of a unit in a wave."""

    wave: Wave
    unit: WaveUnit
    study: Study
    fields: Sequence[FieldSheet]
    submission: Submission
    progress: Progress
    deadlines: Deadlines
    stage: Stage
    is_late: bool
    adjustments: Sequence[Adjustment]
    now: str

    def field(self, code: str) -> FieldSheet:
        """One field; a page that there is not where it has none of this code."""
        return next((it for it in self.fields if it.field.code == code), None) or abort(404)

    def leaf(self, code: str) -> LeafLine:
        """One leaf, likewise."""
        return next((it for it in self.lines if it.leaf.code == code), None) or abort(404)

    @property
    def lines(self) -> Iterator[LeafLine]:
        """Every leaf, in order."""
        return (line for field in self.fields for line in field.lines)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order of the leaves."""
        return tuple(asked for line in self.lines for asked in line.asked)

    @property
    def is_open(self) -> bool:
        """Whether the unit may change its points."""
        return self.submission.submitted_at is None and self.wave.state != "planned"

    @property
    def takes_answers(self) -> bool:
        """Whether the unit may still answer."""
        return not self.deadlines.takes_no_answers(self.now)

    def next_field(self, code: str) -> str | None:
        """The code of the field after one."""
        codes = [it.field.code for it in self.fields]
        after = codes[codes.index(code) + 1 :]
        return after[0] if after else None

    def all(self, what: str) -> Decimal:
        """The sum over all fields of `maximum`, `own` or `appraised`."""
        return sum((getattr(it, what) for it in self.fields), Decimal(0))


def to_enter(name: str, unit: str) -> Sheet:
    """The sheet of a unit whose points the account at hand may enter; else there is none."""
    if not scope.person().may_enter(unit):
        not_theirs()
    return sheet(name, unit)


def sheet(name: str, unit: str) -> Sheet:
    """The sheet of a unit of a wave."""
    wave = wave_named(name)
    study = study_of(house(), wave)
    with house().database.reading() as connection:
        units = {each.unit: each for each in waves.units(connection, wave.id)}
        if unit not in units:
            abort(404)
        kept = points.kept(connection, wave.id, unit)
        files = evidence.of_unit(connection, wave.id, unit)
        asked = questions.of_unit(connection, wave.id, unit)
        versions = points.history(connection, wave.id, unit)
        submission = submissions.find(connection, wave.id, unit)
        leaves = sum(leaf.assessed == "self" for leaf in study.index.leaves)
        progress = submissions.progress(connection, wave.id, leaves)
        times = submissions.deadlines(connection, wave.id)
        adjusted = points.adjusted(connection, wave.id).get(unit, ())
    lines = {
        leaf.code: LeafLine(
            leaf=leaf,
            line=kept.get((unit, leaf.code)) or Line(unit=unit, criterion=leaf.code),
            files=[each for each in files if each.criterion == leaf.code],
            asked=[each for each in asked if each.criterion == leaf.code],
            versions=versions.get(leaf.code, ()),
        )
        for leaf in study.index.leaves
        if leaf.assessed == "self"
    }
    now, reached = house().stamp(), progress.get(unit) or Progress(leaves=leaves)
    return Sheet(
        wave=wave, unit=units[unit], study=study, fields=tuple(_fields(study, lines)),
        submission=submission,
        progress=reached,
        deadlines=times,
        stage=stages.stage(reached, times, now),
        is_late=stages.is_late(reached, times, now),
        adjustments=adjusted,
        now=now,
    )  # fmt: skip


def _fields(study: Study, lines: Mapping[str, LeafLine]) -> Iterator[FieldSheet]:
    for field in study.index.fields:
        of_field = [lines[leaf.code] for leaf in field.leaves if leaf.code in lines]
        if of_field:
            yield FieldSheet(field=field, lines=of_field)
