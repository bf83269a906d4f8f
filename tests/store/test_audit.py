from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete, update

from survey_app.store import audit, tables
from survey_app.store.database import Database

AT = "2026-08-05T01:00:00+00:00"


@pytest.fixture
def log(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    tables.metadata.create_all(database.engine)
    with database.writing() as connection:
        for action in ("wave.open", "wave.close", "wave.score"):
            audit.append(connection, "lan", action, "Đợt 2026", AT)
        yield connection
        connection.rollback()
    database.close()


def test_a_log_that_nobody_touched_is_whole(log: Connection) -> None:
    assert audit.verify(log) is None
    assert [line.action for line in audit.last(log)] == [
        "wave.score",
        "wave.close",
        "wave.open",
    ]


def test_a_changed_line_is_found(log: Connection) -> None:
    log.execute(
        update(tables.audit).where(tables.audit.c.action == "wave.close").values(who="minh")
    )
    broken = audit.verify(log)
    assert broken is not None
    assert broken.action == "wave.close"


def test_a_dropped_line_shows_in_the_one_after_it(log: Connection) -> None:
    log.execute(delete(tables.audit).where(tables.audit.c.action == "wave.close"))
    broken = audit.verify(log)
    assert broken is not None
    assert broken.action == "wave.score"


def test_the_same_action_twice_makes_two_different_hashes(log: Connection) -> None:
    first = audit.append(log, "lan", "wave.score", "", AT)
    assert audit.append(log, "lan", "wave.score", "", AT) != first == audit.last(log)[1].hash
