"""Nobody finds the ballot of a person, nor the person of a ballot, with the whole store in hand.

The attacker here knows who has responded, and in what order, and holds every table, every hidden
column and every byte of the files. Of N cases in one cell of the design they can match one on
average, by luck. A doctored store, with a sequence that nobody should have added, shows that the
attack would find a leak if there were one.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import inspect

from survey_app.questionnaire import orders
from tests.builders import ORDERS_DRAWN
from tests.respondent.live_survey import live_survey
from tests.support.ballot_box import open_all, sealed_ballots

RESPONDENTS = 40
LUCK = 8
"""Matches by luck: 1 on average; 8 or more come once in 100 000 orderings."""

LUCKY_SEEDS = 14
"""Seeds guessed of 40: 3 on average; 14 or more come once in half a million guesses."""

DESIGN = {"wave_id", "grp", "sample", "stratum", "psu", "weight", "fpc1", "fpc2", "mode"}
CASE_SIDE = ("cases", "invitations", "events", "contacts", "progress", "drafts", "unspent")


@pytest.fixture
def answered(database_url, tmp_path):
    """A wave in which everyone has answered, in an order of chance, each with their own age."""
    with live_survey(tmp_path, url=database_url, council=1, citizens=RESPONDENTS) as survey:
        order = random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS)
        for number in order:
            phone = survey.phone("citizens", number)
            phone.open()
            phone.press("begin")
            phone.press("next", used_service="2", age=str(20 + number))
            phone.press("next", leadership="B")
            assert phone.press("send").receipt
        assert open_all(survey.database, tmp_path) == RESPONDENTS
        yield survey, order


def whose(survey) -> dict[str, int]:
    """Whose each ballot is: what only the test knows, by the ages that it had them give."""
    rows = survey.rows("SELECT id, about FROM ballots")
    return {key: int(about.split('"age":"')[1][:2]) - 20 for key, about in rows}


def matches(survey, ballots: Sequence[str], people: Sequence[int]) -> int:
    """How many the attacker gets right who lays one ordering beside another."""
    truth = whose(survey)
    return sum(truth[key] == person for key, person in zip(ballots, people, strict=True))


def orderings(survey) -> dict[str, list[str]]:
    """Every order of the ballots that the store can be made to give."""
    hidden = {
        "sqlite": ["id", "language, pace", "length(about)"],
        "postgresql": ["ctid", "xmin::text::bigint, ctid", "cmin::text::bigint", "id"],
    }[survey.database.url.get_backend_name()]
    found = {
        f"ballots by {key}": [
            row[0] for row in survey.rows(f"SELECT id FROM ballots ORDER BY {key}")
        ]
        for key in hidden
    }
    found["ballots as they lie"] = [row[0] for row in survey.rows("SELECT id FROM ballots")]
    found["ratings as they lie"] = [row[0] for row in survey.rows("SELECT ballot_id FROM ratings")]
    if survey.database.url.get_backend_name() == "postgresql":
        by_ctid = "SELECT ballot_id FROM ratings ORDER BY ctid"
        found["ratings by ctid"] = [row[0] for row in survey.rows(by_ctid)]
    return found


def in_the_bytes(survey, raw: bytes) -> list[str]:
    """The ballots in the order in which they lie in a file."""
    places = {key: raw.find(key.encode()) for key in whose(survey)}
    return sorted((key for key, place in places.items() if place >= 0), key=lambda key: places[key])


def test_no_order_of_the_ballots_is_the_order_of_the_people(answered):
    survey, order = answered
    for name, ballots in orderings(survey).items():
        for people in (order, sorted(order), order[::-1]):
            for laid in (ballots, ballots[::-1]):
                assert matches(survey, laid, people) < LUCK, name


def test_no_order_of_the_bytes_is_the_order_of_the_people(tmp_path):
    with live_survey(tmp_path, citizens=RESPONDENTS) as survey:
        order = random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS)
        for number in order:
            send(survey, number)
        assert open_all(survey.database, tmp_path) == RESPONDENTS
        for file in tmp_path.glob("survey.sqlite3*"):
            ballots = in_the_bytes(survey, file.read_bytes())
            assert len(ballots) in {0, RESPONDENTS}, "a part of the ballots came apart"
            for people in (order, order[::-1]) if ballots else ():
                assert matches(survey, ballots, people) < LUCK, file.name


def send(survey, number: int) -> None:
    phone = survey.phone("citizens", number)
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age=str(20 + number))
    phone.press("next", leadership="B")
    assert phone.press("send").receipt


def test_the_log_of_sqlite_is_empty_soon_after_a_pause(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        send(survey, 0)
        log = tmp_path / "survey.sqlite3-wal"
        for _ in range(60):
            if log.stat().st_size == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"{log.stat().st_size} bytes of history are left")


def test_the_attack_finds_a_sequence_that_nobody_should_have_added(answered):
    survey, order = answered
    truth = {number: key for key, number in whose(survey).items()}
    survey.run("CREATE TABLE doctored (number INTEGER PRIMARY KEY, ballot VARCHAR(32))")
    for place, number in enumerate(order):
        survey.run(f"INSERT INTO doctored VALUES ({place}, '{truth[number]}')")
    leaked = [row[0] for row in survey.rows("SELECT ballot FROM doctored ORDER BY number")]
    assert matches(survey, leaked, order) == RESPONDENTS


def test_sealed_ballots_lie_in_the_order_of_the_people_and_only_their_keys_can_tell(
    fresh_postgres, tmp_path
):
    """Why they are sealed: whoever has the keys, and they alone, reads who sent what."""
    with live_survey(tmp_path, url=fresh_postgres, citizens=10) as survey:
        order = random.SystemRandom().sample(range(10), 10)
        for number in order:
            send(survey, number)
        by_ctid = [row[0] for row in survey.rows("SELECT id FROM sealed_ballots ORDER BY ctid")]
        opened = sealed_ballots(survey.database, tmp_path)
        ages = [int(json.loads(opened[key].about)["age"]) - 20 for key in by_ctid]
        assert ages == order
        assert survey.rows("SELECT id FROM ballots") == []
        sizes = {row[0] for row in survey.rows("SELECT length(body) FROM sealed_ballots")}
        assert len(sizes) == 1, "the length of a sealed ballot tells what is in it"


def test_no_answer_can_be_read_from_the_files_while_ballots_are_sealed(tmp_path):
    with live_survey(tmp_path, citizens=4) as survey:
        for number in range(4):
            send(survey, number)
        ages = [f'"age":"{20 + number}"'.encode() for number in range(4)]
        raw = b"".join(file.read_bytes() for file in tmp_path.glob("survey.sqlite3*"))
        assert not [age for age in ages if age in raw]
        open_all(survey.database, tmp_path)
        raw = b"".join(file.read_bytes() for file in tmp_path.glob("survey.sqlite3*"))
        assert [age for age in ages if age in raw] == ages, "the attack would find what is written"


def test_nothing_of_the_case_is_left_that_was_written_with_its_ballot(answered):
    survey, _ = answered
    for table in ("drafts", "progress", "events"):
        assert survey.rows(f"SELECT * FROM {table}") == [], table
    assert len(survey.rows("SELECT * FROM unspent")) == 1  # the delegate's


def test_no_value_of_a_ballot_is_a_value_of_a_case(answered):
    survey, _ = answered
    ours = values(survey, ("ballots", "ratings"), skip=DESIGN)
    ours.pop("ratings.unit")  # what is rated is public
    theirs = values(survey, CASE_SIDE, skip=DESIGN)
    common = {"", "None", "0", "1", "2"}  # counts and blanks say nothing of anyone
    for name, mine in ours.items():
        for other, yours in theirs.items():
            assert not mine & yours - common, f"{name} = {other}"


def values(survey, tables: Sequence[str], skip: set[str]) -> dict[str, set[str]]:
    """Every value of every column: table.column -> values."""
    return {
        f"{table}.{column['name']}": {
            str(row[0]) for row in survey.rows(f'SELECT "{column["name"]}" FROM {table}')
        }
        for table in tables
        for column in inspect(survey.database.engine).get_columns(table)
        if column["name"] not in skip
    }


def predicted(seeds: dict[int, int], guess: Callable[[int], int]) -> int:
    """How many seeds the attacker gets right who works them out from a number they know."""
    return sum(seed == guess(known) % orders.SEEDS for known, seed in seeds.items())


def test_the_seed_of_a_ballot_follows_from_nothing_that_is_known_of_its_case(
    database_url, tmp_path
):
    with live_survey(
        tmp_path, url=database_url, council=1, citizens=RESPONDENTS, study=ORDERS_DRAWN
    ) as survey:
        order = random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS)
        for number in order:
            send(survey, number)
        assert open_all(survey.database, tmp_path) == RESPONDENTS
        seeds = dict(survey.rows("SELECT id, order_seed FROM ballots"))
        of_people = {number: seeds[key] for key, number in whose(survey).items()}
        cases = dict(survey.rows("SELECT label, id FROM cases WHERE grp = 'citizens'"))
        known = {
            "number in the list": lambda number: number,
            "key of the case": lambda number: cases[f"citizens-{number}"],
            "turn of answering": order.index,
        }
        for name, knowing in known.items():
            assert predicted(of_people, knowing) < LUCKY_SEEDS, name
            doctored = {number: knowing(number) % orders.SEEDS for number in of_people}
            assert predicted(doctored, knowing) == RESPONDENTS, "the attack would find a leak"
        for table in CASE_SIDE:
            columns = {each["name"] for each in inspect(survey.database.engine).get_columns(table)}
            assert not {name for name in columns if "seed" in name}, table


def test_rows_of_the_two_sides_share_no_transaction(fresh_postgres, tmp_path):
    with live_survey(tmp_path, url=fresh_postgres, citizens=3) as survey:
        for number in range(3):
            send(survey, number)
        open_all(survey.database, tmp_path)
        ballots = {row[0] for row in survey.rows("SELECT xmin FROM ballots")}
        assert len(ballots) == 1
        for table in CASE_SIDE:
            assert not ballots & {row[0] for row in survey.rows(f"SELECT xmin FROM {table}")}, table
