"""Nobody finds the ballot of a person by the logs from which a database recovers.

They tell, for as long as they are kept, which case sent which sealed ballot: one transaction does
both. What they must not tell is which ballot in the clear came out of which sealed one.

Each attack was run on the version before ballots were sealed (89d7740, `git checkout`), where they
were cast in the clear: there 40 of 40 are named by either log, and all 12 by that of a killed
server.
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import event

from survey_app.demo.phone import Phone
from survey_app.store.engine import paradata, writer
from tests.contract.test_exactly_once import free_port, start
from tests.respondent.live_survey import LiveSurvey, live_survey
from tests.support import postgres_log, sqlite_log
from tests.support.postgres import NoPostgres, find_programs

RESPONDENTS = 40
LUCK = 8
"""Matches by luck: 1 on average of a class mixed at once; 8 or more come once in 100 000."""


def send(survey: LiveSurvey, number: int) -> None:
    phone = survey.phone("citizens", number)
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age=str(20 + number))
    phone.press("next", leadership="B")
    assert phone.press("send").receipt


def mix(survey: LiveSurvey) -> None:
    """As the site does by itself."""
    survey.app.extensions["cchc"].mixer.mix_all()


def truth(survey: LiveSurvey) -> dict[str, str]:
    """Whose each ballot in the clear is, by its case: what only the test knows."""
    cases = {label: str(key) for key, label in survey.rows("SELECT id, label FROM cases")}
    rows = survey.rows("SELECT id, about FROM ballots")
    numbers = {key: int(about.split('"age":"')[1][:2]) - 20 for key, about in rows}
    return {key: cases[f"citizens-{number}"] for key, number in numbers.items()}


def right(survey: LiveSurvey, guesses: Sequence[tuple[str, str]]) -> int:
    """How many of the attacker's pairs of case and ballot are so."""
    whose = truth(survey)
    return sum(whose.get(ballot) == case for case, ballot in guesses)


def laid_beside(cases: Sequence[str], ballots: Sequence[str]) -> list[list[tuple[str, str]]]:
    """The ways to lay those whose ballots went into a mixing beside those that came out of it."""
    ways = ([*ballots], [*ballots][::-1], sorted(ballots), sorted(ballots)[::-1])
    return [list(zip(cases, way, strict=False)) for way in ways]


def has_waldump() -> bool:
    try:
        return (find_programs() / "pg_waldump").exists()
    except NoPostgres:
        return False


@pytest.mark.skipif(not has_waldump(), reason="pg_waldump is NOT here")
def test_the_log_of_postgresql_joins_cases_with_sealed_ballots_alone(fresh_postgres, tmp_path):
    with live_survey(tmp_path, url=fresh_postgres, citizens=RESPONDENTS) as survey:
        begin, known = here(survey), places(survey, "unspent", "case_id")
        for number in random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS):
            send(survey, number)
        mix(survey)
        folder = Path(str(survey.database.url.query["host"])) / "data" / "pg_wal"
        at_once, mixed = by_the_log_of_postgresql(survey, begin, known, folder)
        assert right(survey, at_once) == 0
        assert len(survey.rows("SELECT * FROM ballots")) == RESPONDENTS - 3
        assert sum(len(cases) for cases, _ in mixed) == RESPONDENTS - 3, "every batch was seen"
        for cases, ballots in mixed:
            assert len(ballots) == len(cases) >= 5
            for guess in laid_beside(cases, ballots):
                assert right(survey, guess) < LUCK


def here(survey: LiveSurvey) -> str:
    """Where the log is now; all of it is on the disk."""
    ((here,),) = survey.rows("SELECT pg_current_wal_insert_lsn()::text")
    survey.run("CHECKPOINT")
    return str(here)


def places(survey: LiveSurvey, table: str, key: str) -> dict[tuple[int, int], str]:
    """Which row lies where."""
    rows = survey.rows(f"SELECT ctid::text, {key} FROM {table}")
    return {tuple(map(int, re.findall(r"\d+", place))): str(row) for place, row in rows}


def by_the_log_of_postgresql(survey, begin, cases, folder):
    """Pairs of one transaction; and of each mixing whose ballots went in and which came out."""
    files = {
        survey.rows(f"SELECT pg_relation_filepath('{table}')")[0][0]: table
        for table in ("unspent", "ballots", "sealed_ballots")
        if survey.rows(f"SELECT to_regclass('{table}')") != [(None,)]
    }
    relations = {f"1663/{path.removeprefix('base/')}": table for path, table in files.items()}
    ballots = {row[0] for row in survey.rows("SELECT id FROM ballots")}
    at_once, mixed, sealed = [], [], {}
    for each in postgres_log.transactions(folder, begin, here(survey), relations):
        spent = [cases[row.place] for row in each.of("unspent", "DELETE")]
        put = each.of("sealed_ballots", "INSERT")
        sealed |= {row.place: case for row, case in zip(put, spent, strict=False)}
        came_in = each.of("ballots", "INSERT")
        clear = [key for row in came_in for key in _ids(row.body) if key in ballots]
        at_once += [(case, key) for case in spent for key in clear]
        taken = [sealed[row.place] for row in each.of("sealed_ballots", "DELETE")]
        if taken or (clear and not spent):
            mixed.append((taken, clear))
    return at_once, mixed


def _ids(body: bytes) -> list[str]:
    return [key.decode() for key in re.findall(rb"[0-9a-f]{32}", body)]


def test_the_log_of_sqlite_joins_cases_with_sealed_ballots_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "FOLD_AFTER", 3600.0)  # as if the log were copied at every moment
    with live_survey(tmp_path / "site", citizens=RESPONDENTS) as survey:
        keep_the_log(survey)
        for number in random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS):
            send(survey, number)
        mix(survey)
        at_once, mixed = _by_the_log_of_sqlite(tmp_path)
        assert right(survey, at_once) == 0
        assert sum(len(cases) for cases, _ in mixed) == RESPONDENTS - 3, "every batch was seen"
        for cases, ballots in mixed:
            assert len(ballots) == len(cases) >= 5
            for guess in laid_beside(cases, ballots):
                assert right(survey, guess) < LUCK


def keep_the_log(survey: LiveSurvey) -> None:
    """Fold the log a last time, and not even when it has grown long."""
    survey.run("DELETE FROM contacts")
    paradata.fold(survey.database.engine)

    def keeping(connection, _):
        connection.execute("PRAGMA wal_autocheckpoint=0")

    for engine in (survey.database._bare, survey.database._reading, survey.database._writing):
        event.listen(engine, "connect", keeping)
        engine.dispose()
    survey.database._kept.let_go()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="one process serves on this system")
def test_the_log_that_a_killed_server_leaves_joins_cases_with_sealed_ballots_alone(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    url, port = f"sqlite:///{site / 'survey.sqlite3'}", free_port()
    with live_survey(site, url=url, citizens=RESPONDENTS) as survey:
        tokens = survey.wave.tokens["citizens"]
    server = start(url, port, site)
    for number, token in enumerate(tokens[:12]):
        phone = Phone(f"http://127.0.0.1:{port}", timeout=20)
        phone.open(f"/p/{token}")
        phone.press("begin")
        phone.press("next", {"used_service": "2", "age": str(20 + number)})
        phone.press("next", {"leadership": "B"})
        assert phone.press("send").receipt
        phone.close()
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    assert (site / "survey.sqlite3-wal").stat().st_size > 0, "nothing was left to attack"
    at_once, _ = _by_the_log_of_sqlite(tmp_path)
    with live_survey_again(site, url) as survey:
        survey.open_box()
        assert len(truth(survey)) == 12
        assert right(survey, at_once) == 0


def live_survey_again(folder: Path, url: str):
    """The survey that is there already."""
    from contextlib import contextmanager

    from survey_app.store.engine.database import Database

    @contextmanager
    def opened():
        database = Database(url)
        yield LiveSurvey(None, database, None, folder)  # type: ignore[arg-type]
        database.close()

    return opened()


def _by_the_log_of_sqlite(folder: Path):
    """Pairs of one transaction; and of each mixing whose ballots went in and which came out."""
    file = folder / "site" / "survey.sqlite3"
    database, log = file.read_bytes(), file.with_name("survey.sqlite3-wal").read_bytes()
    assert sqlite_log.commits(log)
    at_once, mixed, whose = [], [], {}
    before: dict[str, set[str]] = {}
    for state in sqlite_log.states(database, log, folder / "states"):
        tables = sqlite_log.column(state, "SELECT name FROM sqlite_master")
        now = {
            table: sqlite_log.column(state, f"SELECT {key} FROM {table}")
            for table, key in (("unspent", "case_id"), ("sealed_ballots", "id"), ("ballots", "id"))
            if table in tables
        }
        before = before or now
        spent = before["unspent"] - now["unspent"]
        clear = now["ballots"] - before["ballots"]
        put = now.get("sealed_ballots", set()) - before.get("sealed_ballots", set())
        taken = before.get("sealed_ballots", set()) - now.get("sealed_ballots", set())
        if len(spent) == 1:  # who sends alone; a log that holds more of it tells more
            whose |= dict.fromkeys(put, *spent)
            at_once += [(case, key) for case in spent for key in clear]
        if taken:
            mixed.append(([whose[key] for key in sorted(taken)], sorted(clear)))
        before = now
    return at_once, mixed
