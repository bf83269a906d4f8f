"""Nobody finds the ballot of a person, nor the person of a ballot, with the whole store in hand.

The attacker here knows who has responded, and in what order, and holds every table, every hidden
column and every byte of the files, after ballots were mixed. Of N cases in one cell of the design
they can match one on average, by luck. A doctored store, with a sequence that nobody should have
added, shows that the attack would find a leak if there were one.

test_anonymity_in_logs.py attacks with the databases' logs, test_anonymity_watched.py by watching an
open wave and with copies of the store, test_anonymity_in_release.py with what is released.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import inspect

from survey_app.questionnaire import orders
from tests.builders import ORDERS_DRAWN
from tests.respondent.live_survey import live_survey
from tests.support.ballot_box import sealed_ballots

pytestmark = pytest.mark.usefixtures("quick_processes")

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
        survey.open_box()
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
        survey.open_box()
        survey.database.close()
        for file in tmp_path.glob("survey.sqlite3*"):
            ballots = in_the_bytes(survey, file.read_bytes())
            if not file.name.endswith("sqlite3"):
                assert ballots == [], "the write-ahead log still tells who wrote when"
                continue
            assert len(ballots) == RESPONDENTS
            for people in (order, order[::-1]):
                assert matches(survey, ballots, people) < LUCK


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


def test_sealed_ballots_lie_in_the_order_in_which_they_came_and_mixed_ones_do_not(
    fresh_postgres, tmp_path
):
    with live_survey(tmp_path, url=fresh_postgres, citizens=RESPONDENTS) as survey:
        order = random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS)
        for number in order:
            send(survey, number)
        opened = sealed_ballots(survey.database, tmp_path)
        by_ctid = [row[0] for row in survey.rows("SELECT id FROM sealed_ballots ORDER BY ctid")]
        people = [int(json.loads(opened[key].about)["age"]) - 20 for key in by_ctid]
        assert people == order, "the attack would find an order; without the key it names nobody"
        survey.open_box()
        for key in ("ctid", "xmin::text::bigint, ctid", "id"):
            ballots = [row[0] for row in survey.rows(f"SELECT id FROM ballots ORDER BY {key}")]
            assert matches(survey, ballots, order) < LUCK


def test_no_page_that_is_free_keeps_a_sealed_ballot_or_a_draft(tmp_path):
    with live_survey(tmp_path, citizens=12) as survey:
        for number in range(12):
            send(survey, number)
        gone = [row[0] for row in survey.rows("SELECT id FROM sealed_ballots")]
        bodies = [bytes(row[0]) for row in survey.rows("SELECT body FROM sealed_ballots")]
        survey.open_box()
        survey.database.close()
        left = b"".join(file.read_bytes() for file in tmp_path.glob("survey.sqlite3*"))
        assert not [key for key in gone if key.encode() in left]
        assert not [body for body in bodies if body[:64] in left]


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
        survey.open_box()
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


def test_ballots_in_the_clear_share_no_transaction_with_anything_of_a_case(
    fresh_postgres, tmp_path
):
    with live_survey(tmp_path, url=fresh_postgres, citizens=12) as survey:
        for number in range(12):
            send(survey, number)
        sealed = {row[0] for row in survey.rows("SELECT xmin::text FROM sealed_ballots")}
        survey.open_box()
        ballots = {row[0] for row in survey.rows("SELECT xmin::text FROM ballots")}
        assert len(ballots) == 1, "they were written together"
        assert not ballots & sealed
        for table in CASE_SIDE:
            own = {row[0] for row in survey.rows(f"SELECT xmin::text FROM {table}")}
            assert not ballots & own, table


def test_no_log_of_the_site_names_a_ballot_or_a_case(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG), live_survey(tmp_path, citizens=12) as survey:
        for number in range(12):
            send(survey, number)
        keys = [row[0] for row in survey.rows("SELECT id FROM sealed_ballots")]
        survey.app.extensions["cchc"].mixer.mix_all()
        keys += [row[0] for row in survey.rows("SELECT id FROM ballots")]
        said = "\n".join(
            record.getMessage() for record in caplog.records if record.name.startswith("survey_app")
        )
        assert not [key for key in keys if key in said]
        assert "citizens-" not in said
