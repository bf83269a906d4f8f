"""The throw-away wave behind a preview: opened anew for each state of the files.

What an author sees is the real application on a real store. Only the store is thrown away, and the
invitations go from wave to wave, so that a mended file shows the page that was open, with what was
answered there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from threading import RLock

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork import tokens
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection import sealing
from survey_app.preview.files import Seen, Target
from survey_app.questionnaire import library, orders
from survey_app.questionnaire.filling.draft import Draft
from survey_app.questionnaire.filling.journey import Journey
from survey_app.questionnaire.model import Questionnaire, Study
from survey_app.respondent.session import RespondentSession
from survey_app.store import waves
from survey_app.store.answers import responses
from survey_app.store.engine.database import Connection
from survey_app.store.sample import rehearsals
from survey_app.store.waves import Wave
from survey_app.web import House

MANY = 3
"""Units that a form about several units asks about: enough to see how it goes on."""


@dataclass(frozen=True)
class PreviewForm:
    """One form in the sandbox: whose, about one unit or many, in which language it begins."""

    group: str
    language: str
    many: bool = False


class Sandbox:
    """A study as it stands in its files, fielded on a store that nobody keeps.

    `study` is the last sound state; `problems` are the faults of the files as they are now.
    """

    def __init__(self, house: House, target: Target, year: int) -> None:
        self.house, self.target, self.year = house, target, year
        self.study: Study | None = None
        self.problems: tuple[Problem, ...] = ()
        self.version = ""
        self._run = secrets.token_hex(4)
        self._numbers, self._labels = count(1), count(1)
        self._wave: Wave | None = None
        self._tokens: dict[PreviewForm, str] = {}
        self._seen: Seen | None = None
        self._taken: Sequence[str] = ()
        self._lock = RLock()

    def look(self) -> bool:
        """Read the files again if one was saved. Returns whether it was so."""
        with self._lock:
            seen = self.target.seen(self._taken)
            if seen == self._seen:
                return False
            self.version = f"{self._run}-{next(self._numbers)}"
            self._read()
            self._seen = seen
            return True

    def _read(self) -> None:
        shelf = self.target.shelf()
        try:
            study = library.read_study(self.target.study, shelf)
        except ProblemsFound as error:
            self.problems = error.problems
        else:
            self.problems, self.study = (), study
            self._field(study)
        self._taken = tuple(shelf.taken)

    def _field(self, study: Study) -> None:
        """Open a wave of these texts, and bring everyone along who has a form there."""
        first = next(iter(study.questionnaires.values()))
        self._tokens.setdefault(PreviewForm(first.group, first.languages[0]), tokens.new())
        kept = {form: token for form, token in self._tokens.items() if _exists(form, study)}
        with self.house.database.writing() as connection:
            day, at = _a_day_of(study, self.year), self.house.stamp()
            wave = waves.create(connection, self.version, study, self.year, day, at)
            for form, token in kept.items():
                self._assign(connection, wave, form, token)
            waves.open_(connection, wave, at)
            self._wave = waves.find(connection, self.version)
        self._tokens = kept
        for form in list(kept):
            self._bring_along(form)

    def _assign(self, connection: Connection, wave: Wave, form: PreviewForm, token: str) -> None:
        first = waves.units(connection, wave.id)[0].unit
        case = Case(
            label=str(next(self._labels)),
            group=form.group,
            asked=f"*{MANY}" if form.many else "",
            stratum="all",
            weight="1",
            unit="" if form.many else first,
            sample="preview" if form.many else "",
        )
        rehearsals.assign_form(connection, wave, token, case, self.house.today())

    def _bring_along(self, form: PreviewForm) -> None:
        """Mend a draft that the new texts have outrun; begin anew where its units are gone."""
        session = self.session(form)
        draft = session.draft
        if draft is None:
            return
        known = self.house.units(session.invited.wave_id)
        wanted = {session.invited.unit} if session.invited.unit else set(known)
        if not {unit for unit, _ in draft.units} <= wanted:
            self._renew(form)
        elif draft.seed is None and orders.has_drawn(session.questionnaire):
            self._keep(session, replace(draft, seed=secrets.randbelow(orders.SEEDS)))

    def _keep(self, session: RespondentSession, draft: Draft) -> None:
        """Put a draft in the place of the one that is there."""
        kept = sealing.seal(tokens.seal_key(session.token), draft.dump())
        stage = draft.stage(session.questionnaire)
        key, today = tokens.draft_key(session.token), self.house.today()
        self.house.database.write(
            lambda connection: responses.save(
                connection, session.invited, key, today, lambda _: (kept, stage)
            )
        )

    def begin(self, forms: Sequence[PreviewForm]) -> None:
        """Begin the forms that are not begun, with the units and orders of the first of them.

        Side by side, two languages are then about the same things.
        """
        like: Draft | None = None
        for form in forms:
            session = self.session(form)
            if session.draft is None and not session.invited.spent:
                if like is None:
                    session.begin()
                else:
                    fresh = Draft(session.language, like.units, like.begun, seed=like.seed)
                    self._keep(session, fresh)
            like = like or session.draft

    def session(self, form: PreviewForm) -> RespondentSession:
        """The session of a form; the form is made when nobody has opened it before."""
        with self._lock:
            if form not in self._tokens:
                self._renew(form)
            return RespondentSession.of(self.house, self._tokens[form], form.language)

    def again(self, forms: Sequence[PreviewForm]) -> None:
        """Fresh forms, as nobody has begun them."""
        with self._lock:
            for form in forms:
                self._renew(form)

    def _renew(self, form: PreviewForm) -> None:
        assert self._wave is not None
        token = tokens.new()
        with self.house.database.writing() as connection:
            self._assign(connection, self._wave, form, token)
        self._tokens[form] = token

    def journey(self, form: PreviewForm) -> Journey:
        """The way of a form; of one not begun, the way that it will be at first."""
        session = self.session(form)
        if session.draft:
            return session.journey
        units = list(self.house.units(session.invited.wave_id))
        return Journey(session.questionnaire, units[: MANY if form.many else 1])

    def questionnaire(self) -> Questionnaire | None:
        """The one whose file was named, if the index names it too."""
        questionnaires = self.study.questionnaires.values() if self.study else ()
        return next((each for each in questionnaires if each.file == self.target.file), None)


def _exists(form: PreviewForm, study: Study) -> bool:
    questionnaire = study.questionnaires.get(form.group)
    return questionnaire is not None and form.language in questionnaire.languages


def _a_day_of(study: Study, year: int) -> date:
    """The last day of the year, or another on which there are units to show."""
    return next(
        day for day in _days(study, year) if any(unit.exists_on(day) for unit in study.units)
    )


def _days(study: Study, year: int) -> Iterator[date]:
    yield date(year, 12, 31)
    for unit in study.units:
        yield unit.valid_from or unit.valid_to or date(year, 1, 1)
