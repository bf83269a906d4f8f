"""Nobody finds the ballot of a person by a streaming replica of the database.

It has every state that the database had, one after the other, and a log of its own; it may lag
behind, or be stopped, and keep what was deleted. Who holds it has no more keys than are left.
"""

from __future__ import annotations

import random
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import sqlalchemy

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.ballot_sealing import SealBroken
from tests.contract.test_anonymity_in_logs import (
    LUCK,
    RESPONDENTS,
    by_the_log_of_postgresql,
    here,
    laid_beside,
    mix,
    places,
    right,
    send,
    truth,
)
from tests.respondent.live_survey import LiveSurvey, live_survey
from tests.support import postgres_standby

pytestmark = pytest.mark.skipif(
    not postgres_standby.can_be_had(), reason="pg_basebackup or pg_waldump is NOT here"
)

PATIENCE = 30.0


class Replica:
    """What somebody sees who holds the replica."""

    def __init__(self, url: str, data: Path) -> None:
        self._data, self.log = data, data / "pg_wal"
        self._engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Look no more."""
        self._engine.dispose()

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        """What a query finds here."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def follow(self, lsn: str, how: str = "replay") -> None:
        """Wait until it has come so far."""
        self._until(f"SELECT pg_last_wal_{how}_lsn() >= '{lsn}'::pg_lsn")

    def stop_following(self) -> None:
        """Let it lag behind from now on: it goes on to take the log."""
        self.rows("SELECT pg_wal_replay_pause()")
        self._until("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def follow_again(self) -> None:
        """Let it catch up."""
        self.rows("SELECT pg_wal_replay_resume()")

    def _until(self, question: str) -> None:
        end = time.monotonic() + PATIENCE
        while self.rows(question) != [(True,)]:
            assert time.monotonic() < end, question
            time.sleep(0.02)

    def keys(self, table: str, key: str) -> set[str]:
        """The keys of a table."""
        return {str(row[0]) for row in self.rows(f"SELECT {key} FROM {table}")}

    def stamps(self, table: str) -> set[int]:
        """The transactions that wrote or deleted a row of a table, by its file: gone ones too."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
        ((path,),) = self.rows(f"SELECT pg_relation_filepath('{table}')")
        pages = (self._data / path).read_bytes()
        return set().union(*(_stamps(pages[at:][:_PAGE]) for at in range(0, len(pages), _PAGE)))


_PAGE, _HEAD, _POINTER = 8192, 24, 4


def _stamps(page: bytes) -> set[int]:
    """Of each row that is still on a page, who wrote it and who deleted it."""
    free = int.from_bytes(page[12:14], "little")
    rows = [
        int.from_bytes(page[at : at + _POINTER], "little") & 0x7FFF
        for at in range(_HEAD, free, _POINTER)
    ]
    return {int.from_bytes(page[row + at :][:4], "little") for row in rows if row for at in (0, 4)}


@pytest.fixture
def watched(fresh_postgres, tmp_path):
    """A survey, and a replica of its database."""
    with ExitStack() as stack:
        survey = stack.enter_context(
            live_survey(tmp_path, url=fresh_postgres, citizens=RESPONDENTS)
        )
        url, data = stack.enter_context(postgres_standby.standby(fresh_postgres))
        yield survey, stack.enter_context(closing(Replica(url, data)))


def in_any_order() -> list[int]:
    return random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS)


def test_the_states_of_a_replica_join_cases_with_sealed_ballots_alone(watched):
    survey, replica = watched
    sealed_by: dict[str, str] = {}
    before = replica.keys("unspent", "case_id"), replica.keys("sealed_ballots", "id")
    for number in in_any_order():
        send(survey, number)
        replica.follow(here(survey))
        now = replica.keys("unspent", "case_id"), replica.keys("sealed_ballots", "id")
        sealed_by |= dict.fromkeys(now[1] - before[1], *(before[0] - now[0]))
        before = now
    assert len(sealed_by) == RESPONDENTS, "it saw each of them send"
    assert replica.keys("ballots", "id") == set()
    mix(survey)
    replica.follow(here(survey))
    taken = [sealed_by[key] for key in sorted(before[1] - replica.keys("sealed_ballots", "id"))]
    ballots = [row[0] for row in replica.rows("SELECT id FROM ballots ORDER BY ctid")]
    assert len(taken) == len(ballots) == RESPONDENTS - 3
    for guess in laid_beside(taken, ballots):
        assert right(survey, guess) < LUCK


def test_the_log_of_a_replica_joins_cases_with_sealed_ballots_alone(watched):
    survey, replica = watched
    begin, known = here(survey), places(survey, "unspent", "case_id")
    for number in in_any_order():
        send(survey, number)
    mix(survey)
    replica.follow(here(survey), "receive")
    at_once, mixed = by_the_log_of_postgresql(survey, begin, known, replica.log)
    assert right(survey, at_once) == 0
    assert sum(len(cases) for cases, _ in mixed) == RESPONDENTS - 3, "every batch was seen"
    for cases, ballots in mixed:
        assert len(ballots) == len(cases) >= 5
        for guess in laid_beside(cases, ballots):
            assert right(survey, guess) < LUCK


def test_what_a_replica_that_lags_behind_has_sealed_is_opened_by_no_key_that_is_left(watched):
    survey, replica = watched
    for number in in_any_order():
        send(survey, number)
    replica.follow(here(survey))
    replica.stop_following()
    kept = lambda: opened_by(keys_of(survey), replica)  # noqa: E731 - asked before and after
    assert kept() == RESPONDENTS, "before they are mixed the key opens all"
    mix(survey)
    assert len(truth(survey)) == RESPONDENTS - 3
    assert kept() == 0
    replica.follow_again()
    replica.follow(here(survey))
    assert kept() == 3, "those that wait, sealed anew"


def test_no_row_of_a_case_was_written_or_deleted_together_with_a_ballot(watched):
    survey, replica = watched
    for number in in_any_order():
        send(survey, number)
    mix(survey)
    here(survey)  # the server's files are written, and
    replica.follow(here(survey))  # the replica knows that and can write its own
    ballots = {int(stamp) for stamp in replica.keys("ballots", "xmin")}
    assert ballots
    assert ballots <= replica.stamps("sealed_ballots"), "the mixing deleted those"
    tables = [row[0] for row in replica.rows(CASES)]
    assert {"events", "progress", "unspent"} <= set(tables)
    for table in tables:
        assert not ballots & replica.stamps(table)
    assert replica.stamps("unspent") & replica.stamps("sealed_ballots"), "this is how it is seen"


CASES = """
    SELECT DISTINCT table_name::text FROM information_schema.columns
    WHERE table_schema = 'public' AND (column_name = 'case_id' OR table_name = 'cases')"""


def keys_of(survey: LiveSurvey) -> list[bytes]:
    """Every private key that lies in the site's folder."""
    keys = []
    for file in (survey.folder / "keys").rglob("*"):
        with suppress(ValueError, OSError):
            keys.append(bytes.fromhex(file.read_text(encoding="ascii").strip()))
    return [key for key in keys if len(key) == 32]


def opened_by(keys: list[bytes], replica: Replica) -> int:
    """How many of the ballots that are sealed in the replica some of the keys open."""

    def opens(key: bytes, epoch: str, body: bytes) -> bool:
        with suppress(SealBroken):
            return bool(ballot_sealing.unseal(key, epoch, body))
        return False

    rows: list[tuple[str, bytes]] = replica.rows("SELECT epoch_id, body FROM sealed_ballots")
    return sum(any(opens(key, epoch, bytes(body)) for key in keys) for epoch, body in rows)
