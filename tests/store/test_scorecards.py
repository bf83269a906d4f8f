from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, insert

from survey_app.store import scorecards, tables
from survey_app.store.engine.database import Database
from tests.support.stores import make_tables

AT, LATER = "2026-08-05T01:00:00+00:00", "2026-09-05T01:00:00+00:00"


@pytest.fixture
def store(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    make_tables(database.engine)
    with database.writing() as connection:
        wave = {
            "study": "demo/2026",
            "year": 2026,
            "units_on": "2026-01-01",
            "salt": "",
            "created_at": AT,
        }
        for id_, name in ((1, "d1"), (2, "d2")):
            connection.execute(insert(tables.waves).values(id=id_, name=name, **wave))
        yield connection
        connection.rollback()
    database.close()


def drafted(connection: Connection, scores: str = "{}") -> int:
    return scorecards.add(
        connection,
        1,
        fingerprint="f" * 64,
        version="0.1.0",
        at=AT,
        by="lan",
        scores=scores,
        merged=None,
        release="d1/1",
    ).id


def test_a_draft_is_the_latest_but_nobody_outside_sees_it(store: Connection) -> None:
    draft = drafted(store)
    latest = scorecards.latest(store, 1)
    assert latest is not None
    assert latest.id == draft
    assert scorecards.current(store, 1) is None
    assert scorecards.published_waves(store) == ()


def test_a_published_scorecard_is_superseded_and_stays_in_the_history(
    store: Connection,
) -> None:
    first, second = drafted(store, "{}"), drafted(store, '{"corrected": true}')
    scorecards.publish(store, first, AT, "lan")
    scorecards.publish(store, second, LATER, "lan")
    current = scorecards.current(store, 1)
    assert current is not None
    assert (current.id, current.published_at) == (second, LATER)
    assert [(each.id, each.scores) for each in scorecards.history(store, 1)][1] == (
        first,
        "{}",
    )
    assert scorecards.published_waves(store) == ("d1",)


def test_a_published_scorecard_cannot_be_published_again(store: Connection) -> None:
    draft = drafted(store)
    scorecards.publish(store, draft, AT, "lan")
    with pytest.raises(scorecards.PublishedAlready):
        scorecards.publish(store, draft, LATER, "minh")
    assert scorecards.find(store, draft).published_by == "lan"


def test_what_was_never_made_cannot_be_published(store: Connection) -> None:
    with pytest.raises(scorecards.NoSuchScorecard):
        scorecards.publish(store, 99, AT, "lan")


def test_the_scores_are_kept_to_the_byte(store: Connection) -> None:
    text = '{"units": [],\n "ghi chú": "Sở Nội vụ",  "x": 1.0}\n'
    assert scorecards.find(store, drafted(store, text)).scores == text
