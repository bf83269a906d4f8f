"""What is kept is what a recount gives, whatever was done and in whatever order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from survey_app.conduct import closing
from survey_app.fieldwork import disposition
from survey_app.fieldwork.case import Case
from survey_app.mixing.mixing import Mixer
from survey_app.settings import Settings
from survey_app.store import board, tables, waves
from survey_app.store.answers import responses
from survey_app.store.counts import recount
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.sample import cases
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.fielded import field
from tests.support.ballot_box import mixer_of
from tests.support.cast import cast

DAYS = [f"2026-03-{day:02}" for day in range(1, 29)]
KINDS = ["delivery_failed", "refused", "reminded", "moved", "wrong_person"]
MODES = ["web", "web", "web", "paper"]


class Fieldwork:
    """A wave, and everything that can be done to its cases, by chance."""

    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.database = Database(url)
        migrate.upgrade(self.database)
        self.wave = field(self.database, folder, council=3, citizens=3).wave
        self.day = iter(DAYS)
        self.house = House(Settings(folder, url, "k" * 40), self.database)
        self.tokens: list[str] = []
        self.labels: list[str] = []
        self.marks = 0
        self.mixer: Mixer = mixer_of(self.database, folder, today=lambda: DAYS[self.today])
        self.today = 0
        self.mixer.epochs.prepare()

    def act(self) -> str:
        """Something that an office or a respondent does."""
        acts: list[tuple[int, Callable[[], None]]] = [
            (2, self.import_some),
            (2, self.issue),
            (2, self.revoke),
            (6, self.note),
            (3, self.refuse),
            (6, self.begin),
            (14, self.send),
            (5, self.mix),
            (2, self.go_on),
        ]
        weights, doings = zip(*acts, strict=True)
        act = self.rng.choices(doings, weights)[0]
        act()
        return str(act.__name__)

    def import_some(self, fewest: int = 1) -> None:
        first = len(self.labels)
        rows = [
            Case(
                label=f"later-{first + number}", group="citizens", asked="", stratum="all",
                weight="2.5", unit="SNV", fpc1=500, mode=self.rng.choice(MODES),
            )
            for number in range(fewest + self.rng.randrange(20))
        ]  # fmt: skip
        self.labels += [row.label for row in rows]
        with self.database.writing() as connection:
            cases.import_sample(connection, self.wave, rows, {})

    def issue(self) -> None:
        with self.database.writing() as connection:
            made = cases.issue_invitations(connection, self.wave, DAYS[self.today])
        self.tokens += [each.token for each in made if each.group == "citizens"]

    def revoke(self) -> None:
        if self.labels:
            with self.database.writing() as connection:
                label = self.rng.choice(self.labels)
                cases.revoke(connection, self.wave, label, DAYS[self.today], "lan")

    def note(self) -> None:
        if self.labels:
            with self.database.writing() as connection:
                case_id = cases.find(connection, self.wave, self.rng.choice(self.labels))
                kind, day = self.rng.choice(KINDS), DAYS[self.today]
                cases.add_event(connection, case_id, kind, day, by="lan")

    def refuse(self) -> None:
        if self.labels:
            with self.database.writing() as connection:
                case_id = cases.find(connection, self.wave, self.rng.choice(self.labels))
                cases.refuse(connection, case_id, DAYS[self.today])

    def begin(self) -> None:
        with self.database.writing() as connection:
            unsent = connection.execute(select(tables.unspent.c.case_id)).scalars().all()
            case_id = self.rng.choice(unsent) if unsent else 0
            begun = select(tables.progress).where(tables.progress.c.case_id == case_id)
            if case_id and connection.execute(begun).first() is None:
                row = {"case_id": case_id, "stage": self.rng.randrange(3), "day": DAYS[self.today]}
                connection.execute(insert(tables.progress).values(row))

    def send(self) -> None:
        for _ in range(min(len(self.tokens), self.rng.randrange(1, 5))):
            token = self.tokens.pop(self.rng.randrange(len(self.tokens)))
            try:
                cast(self.database, token, self.marks)
            except (
                responses.NoSuchInvitation,
                responses.AlreadySent,
            ):  # revoked, or sent by another
                continue
            self.marks += 1

    def mix(self) -> None:
        self.mixer.mix(self.wave)

    def go_on(self) -> None:
        self.today = min(self.today + 1, len(DAYS) - 1)

    def differences(self) -> tuple[str, ...]:
        with self.database.reading() as connection:
            return recount.differences(connection, self.wave.id)


SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])


@pytest.fixture
def seed() -> int:
    """Of the chance by which things are done, where a test does not go through several."""
    return 1


@pytest.fixture
def fieldwork(database_url: str, tmp_path: Path, seed: int) -> Iterator[Fieldwork]:
    made = Fieldwork(database_url, tmp_path, seed)
    yield made
    made.database.close()


@SEEDS
def test_kept_counts_are_those_of_a_recount_through_a_whole_wave(fieldwork: Fieldwork) -> None:
    fieldwork.import_some(40)
    fieldwork.issue()
    done = Counter[str]()
    for _ in range(120):
        act = fieldwork.act()
        done[act] += 1
        assert fieldwork.differences() == (), act
    assert len(done) == 9
    closing.close(fieldwork.house, "test", "lan", accepted=True)
    assert fieldwork.differences() == ()
    for _ in range(10):  # letters that come back late
        fieldwork.note()
        assert fieldwork.differences() == ()
    with fieldwork.database.reading() as connection:
        total = board.total(board.cells(connection, waves.find(connection, "test")))
        days = board.days(connection, fieldwork.wave)
    assert total.returned == total.mixed == fieldwork.marks
    assert sum(day.sent for day in days) == fieldwork.marks


@SEEDS
def test_while_a_wave_is_open_nothing_shown_changes_by_fewer_than_five(
    fieldwork: Fieldwork,
) -> None:
    fieldwork.import_some(40)
    fieldwork.issue()
    before = shown(fieldwork)
    for _ in range(120):
        act = fieldwork.act()
        now = shown(fieldwork)
        for what in {*before, *now}:
            change = now[what] - before[what]
            assert change == 0 or abs(change) >= 5, (act, what, before[what], now[what])
        before = now
    assert sum(before.values()) > 10, "nothing was ever shown"


def shown(fieldwork: Fieldwork) -> Counter[tuple[object, ...]]:
    """Every kept number that respondents change."""
    numbers = Counter[tuple[object, ...]]()
    with fieldwork.database.reading() as connection:
        known = recount.known(connection, fieldwork.wave.id)
        for key, counts in known.counts.items():
            for name in ("begun", "sent", "mixed", "valid"):
                numbers[(*key, name)] = counts.get(name, 0)
        for (key, code), states in known.outcomes.items():
            numbers[(*key, code)] = states.get("own", 0)
        for day in board.days(connection, fieldwork.wave):
            numbers[day.grp, day.unit, day.sample, day.day] = day.sent
    return numbers


def test_a_recount_finds_what_was_changed_behind_our_back_and_mends_it(
    fieldwork: Fieldwork,
) -> None:
    fieldwork.import_some()
    with fieldwork.database.writing() as connection:
        connection.execute(update(tables.kept_counts).values(cases=tables.kept_counts.c.cases + 1))
    assert any("cases is kept as" in line for line in fieldwork.differences())
    with fieldwork.database.writing() as connection:
        recount.recount(connection, fieldwork.wave.id)
    assert fieldwork.differences() == ()


@SEEDS
def test_the_states_of_a_closed_wave_are_those_of_every_case(fieldwork: Fieldwork) -> None:
    fieldwork.import_some(40)
    fieldwork.issue()
    for _ in range(80):
        fieldwork.act()
    closing.close(fieldwork.house, "test", "lan", accepted=True)
    with fieldwork.database.reading() as connection:
        wave = waves.find(connection, "test")
        by_case = Counter(
            disposition.of(known.history).code
            for known in cases.histories(connection, wave.id)
            if not known.history.spent
        )
        kept = Counter[str]()
        for outcome in board.outcomes(connection, wave):
            kept[outcome.code] += outcome.unsent
    assert +kept == by_case


def test_a_wave_that_is_taken_away_takes_its_counts_with_it(fieldwork: Fieldwork) -> None:
    with fieldwork.database.writing() as connection:
        connection.execute(
            insert(tables.waves).values(
                name="mistake", study="demo", year=2026, units_on="2026-01-01", salt="",
                created_at="2026-01-05T01:00:00+00:00",
            )
        )  # fmt: skip
        wave: Wave = waves.find(connection, "mistake")
        for table in (tables.kept_counts,):
            row = {"wave_id": wave.id, "grp": "g", "unit": "u", "sample": "", "mode": "web"}
            connection.execute(insert(table).values(row))
        connection.execute(delete(tables.waves).where(tables.waves.c.id == wave.id))
        left = select(tables.kept_counts).where(tables.kept_counts.c.wave_id == wave.id)
        assert connection.execute(left).first() is None
