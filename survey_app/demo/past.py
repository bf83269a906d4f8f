"""Fieldwork of days that are over, invented: forms come day by day and are mixed as they would be.

Nothing is written that a real wave would not write: cases are imported, links issued, forms sent
sealed and mixed, outcomes noted. The clock of the house is what is invented.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from survey_app.conduct import closing, opening
from survey_app.demo.plan import Plan
from survey_app.fieldwork import tokens
from survey_app.fieldwork.case import Case, Invitation, Stratum
from survey_app.fieldwork.lists import subset
from survey_app.fieldwork.protection import ballot_sealing
from survey_app.questionnaire.model import Questionnaire, Study
from survey_app.respondent import padding
from survey_app.store import waves
from survey_app.store.answers import ballots, responses
from survey_app.store.answers.ballots import Ballot, Rating
from survey_app.store.engine.database import Connection, Database
from survey_app.store.log import audit
from survey_app.store.sample import cases
from survey_app.store.waves import Wave
from survey_app.waves import plan as plans
from survey_app.web import House

BY = "demo"
OUTCOMES = ("delivery_failed", "moved", "refused", "away", "wrong_person")
HASTY, WRITES = 0.5, 0.4
"""The share of forms of a hasty unit that are filled in too fast, and of people who write."""

NOTED = 0.05
"""The share of the cases of which the office notes an outcome."""

_MORNING = time(2, tzinfo=UTC)
"""Nine o'clock in Vietnam."""


@dataclass(kw_only=True)
class PastClock:
    """A clock that is set to one day after another."""

    day: date

    def __call__(self) -> datetime:
        """The morning of its day."""
        return datetime.combine(self.day, _MORNING)


@dataclass(frozen=True, kw_only=True)
class Past:
    """A wave to invent: how long it lasts, and which share of each group answers."""

    name: str
    study: Study
    year: int
    opened: date
    days: int
    shares: Mapping[str, float]
    seed: int = 1
    title: str = ""
    texts: Sequence[str] = ()
    """What people write where they are asked for words of their own; some write nothing."""
    hasty: str = ""
    """A unit of which many forms are filled in too fast."""

    @property
    def ends(self) -> date:
        """The day on which it is closed."""
        return self.opened + timedelta(days=self.days)


class PastWave:
    """A wave of another day in a store, from its texts to its last form."""

    def __init__(self, house: House, past: Past) -> None:
        self.clock = PastClock(day=past.opened - timedelta(days=7))
        self.house = House(house.settings, house.database, self.clock)
        self.past, self.rng = past, random.Random(past.seed)
        self.words = random.Random(past.seed + 1)  # what is written changes nothing that is chosen
        self.links: list[Invitation] = []

    @property
    def database(self) -> Database:
        """The store."""
        return self.house.database

    def open(self, plan: Plan) -> Wave:
        """Make the wave, draw its sample, issue its links and let respondents in."""
        past = self.past
        with self.database.writing() as connection:
            on, stamp = date(past.year, 12, 31), self.house.stamp()
            wave = waves.create(
                connection, past.name, past.study, past.year, on, stamp,
                plan=plans.Plan(title_vi=past.title),
            )  # fmt: skip
            audit.append(connection, BY, "wave-create", f"{past.name} {past.study.name}", stamp)
            cases.import_frame(connection, wave, tuple(map(_stratum, plan.frame)))
            cases.import_sample(connection, wave, [_case(row) for row in plan.sample], {})
            self.links = cases.issue_invitations(connection, wave, self.house.today())
        self.clock.day = past.opened
        opening.open_(self.house, past.name, BY)
        return wave

    def go_on(self, until: date) -> None:
        """Let days go by, each with its forms; the last of them is `until`."""
        end = self.past.opened + timedelta(days=self.past.days - 1)
        due = self._due()
        wave = self._wave()
        while self.clock.day <= min(until, end):
            for link in due.get((self.clock.day - self.past.opened).days, ()):
                self._send(link)
            self._note()
            self.house.mixer.mix(wave)
            self.clock.day += timedelta(days=1)
        self.clock.day -= timedelta(days=1)

    def close(self) -> None:
        """Let no more forms in."""
        closing.close(self.house, self.past.name, BY, accepted=True)

    def _wave(self) -> Wave:
        with self.database.reading() as connection:
            return waves.find(connection, self.past.name)

    def _due(self) -> dict[int, list[Invitation]]:
        """Who answers on which day: many at first, and again after a reminder at half time."""
        due: dict[int, list[Invitation]] = {}
        for link in self.links:
            if self.rng.random() < self.past.shares[link.group]:
                start = 0.0 if self.rng.random() < 0.6 else self.past.days / 2
                wait = self.rng.expovariate(6 / self.past.days)
                due.setdefault(min(int(start + wait), self.past.days - 1), []).append(link)
        return due

    def _note(self) -> None:
        """The office notes what it learnt about some who have not been heard of."""
        share = NOTED / self.past.days
        with self.database.writing() as connection:
            for link in self.links:
                if self.rng.random() < share:
                    case_id = cases.find(connection, self._known(connection), link.label)
                    kind = self.rng.choice(OUTCOMES)
                    cases.add_event(connection, case_id, kind, self.house.today(), by=BY)

    def _known(self, connection: Connection) -> Wave:
        return waves.find(connection, self.past.name)

    def _send(self, link: Invitation) -> None:
        digest, key = tokens.digest(link.token), tokens.draft_key(link.token)
        invited, _ = self.database.glance(lambda store: responses.by_digest(store, digest, key))
        ballot, size = self._ballot(invited)

        def seal(_: bytes | None, epoch: str, public: bytes) -> bytes:
            return ballot_sealing.seal(public, epoch, ballot.dump(), size)

        self.database.write(lambda connection: responses.submit(connection, invited, key, seal))

    def _ballot(self, invited: responses.Invited) -> tuple[Ballot, int]:
        questionnaire = self.past.study.questionnaires[invited.grp]
        units = self.house.units(invited.wave_id)
        rated = [(invited.unit, "1")]
        if not invited.unit:
            drawn = subset.drawn(invited.asked, list(units), invited.home_unit, self.rng)
            rated = [(each.unit, str(each.chance)) for each in drawn]
        ballot = Ballot(
            id=ballots.new_key(),
            questionnaire=questionnaire.name,
            version=questionnaire.version,
            language="vi",
            pace=self._pace(invited.unit),
            about=self._about(questionnaire),
            ratings=tuple(
                Rating(unit, at, chance, skipped=False, answers=self._answers(questionnaire, unit))
                for at, (unit, chance) in enumerate(rated, 1)
            ),
        )
        _, size = padding.of_forms(questionnaire, len(rated), units)
        return ballot, size

    def _pace(self, unit: str) -> str:
        is_hasty = bool(unit) and unit == self.past.hasty and self.words.random() < HASTY
        return "fast" if is_hasty else "usual"

    def _about(self, questionnaire: Questionnaire) -> str:
        of_units = {item.name for item in questionnaire.unit_items}
        asked = [
            name
            for name, item in questionnaire.items.items()
            if item.kind in {"text", "long_text"} and name not in of_units
        ]
        said = {
            name: self.words.choice(self.past.texts)
            for name in asked
            if self.past.texts and self.words.random() < WRITES
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def _answers(self, questionnaire: Questionnaire, unit: str) -> str:
        quality = random.Random(unit).uniform(0.5, 0.95)
        given: dict[str, str] = {}
        for item in questionnaire.unit_items:
            if item.scale is not None and item.kind == "choice" and item.ask_if.holds(given):
                codes = [option.code for option in item.scale.options if not option.no_opinion]
                place = int(abs(self.rng.gauss(1 - quality, 0.25)) * len(codes))
                given[item.name] = codes[min(place, len(codes) - 1)]
        return json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _stratum(row: Mapping[str, str]) -> Stratum:
    return Stratum(
        row["group"], row["sample"], row["unit"], row["stratum"],
        int(row["population"]), int(row["planned"]),
    )  # fmt: skip


def _case(row: Mapping[str, str]) -> Case:
    text = ("group", "asked", "stratum", "weight", "unit", "sample", "home_unit", "psu", "mode")
    values: dict[str, Any] = {name: row[name] for name in text}
    values |= {name: int(row[name]) if row[name] else None for name in ("fpc1", "fpc2")}
    return Case(label=row["case"], **values)


_TITLE = re.compile(r"(?m)^title:\n(?:  .*\n)+")


def a_year_before(study: Study, before: int) -> Mapping[str, str]:
    """The texts of a study as they would have been in another year."""
    year = study.name.rsplit("/", 1)[1].partition("-")[0]

    def of_that_year(title: re.Match[str]) -> str:
        return title[0].replace(year, str(before))

    return {
        path.replace(year, str(before)): _TITLE.sub(of_that_year, text, count=1).replace(
            study.name, study.name.replace(year, str(before))
        )
        for path, text in study.texts.items()
    }
