import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from survey_app.store import tables
from survey_app.store.engine.database import Database
from survey_app.store.log import audit, verification
from survey_app.store.log.log_keys import NOTHING, Head, LogKeys, Verified
from tests.support.stores import make_tables

AT = "2026-08-05T01:00:00+00:00"


@pytest.fixture
def log(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    make_tables(database.engine)
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


# ---- chained under a key outside the database


@pytest.fixture
def keys(tmp_path: Path) -> LogKeys:
    return LogKeys(tmp_path / "keys")


@pytest.fixture
def store(database_url: str, keys: LogKeys) -> Iterator[Database]:
    """A store with a log of four lines, each committed."""
    database = Database(database_url)
    make_tables(database.engine)
    database.seal_log(keys)
    for action in ("open", "close", "score", "publish"):
        write(database, action)
    yield database
    database.close()


def write(database: Database, action: str) -> None:
    with database.writing() as connection:
        audit.append(connection, "lan", action, "Đợt 2026", AT)


def attack(database: Database, *statements: object) -> audit.Break | None:
    """What the log says of itself after somebody has written to the database."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]
    return whole(database)


def whole(database: Database, *noted: Head) -> audit.Break | None:
    with database.reading() as connection:
        return audit.verify(connection, noted)


def head(database: Database) -> Head:
    with database.reading() as connection:
        return audit.head(connection)


def plain_chain(database: Database, who: str) -> list[object]:
    """The whole log written anew, by the recipe that is public."""
    with database.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(tables.audit)).mappings()]
    before = "0" * 64
    for row in rows:
        said = [before, row["at"], who, row["action"], row["detail"]]
        raw = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        before = hashlib.sha256(raw).hexdigest()
        row |= {"who": who, "hash": before}
    return [delete(tables.audit), insert(tables.audit).values(rows)]


def test_a_sealed_log_is_whole_and_its_head_is_noted_beside_the_key(store, keys):
    assert whole(store) is None
    assert keys.head() == head(store)
    assert oct((keys.folder / "audit.secret").stat().st_mode)[-3:] == "600"
    assert oct((keys.folder / "audit.head").stat().st_mode)[-3:] == "600"
    assert oct(keys.folder.stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("lines", [1, 2, 4])
def test_lines_cut_off_at_the_end_are_missed(store, lines):
    newest = head(store).number
    broken = attack(store, delete(tables.audit).where(tables.audit.c.id > newest - lines))
    assert broken is not None
    assert (broken.id, broken.why) == (newest, "cut")
    write(store, "score")  # what is written afterwards does not hide it
    write(store, "score")
    assert whole(store) is not None


def test_a_log_that_was_emptied_and_begun_anew_is_not_whole(store):
    assert attack(store, delete(tables.audit)) is not None
    for _ in range(6):
        write(store, "score")
    assert whole(store) is not None


def test_a_log_written_anew_by_the_public_recipe_is_not_whole(store):
    assert attack(store, *plain_chain(store, "minh")) is not None


def test_a_line_added_without_the_key_is_not_taken_for_one(store):
    row = {"at": AT, "who": "minh", "action": "publish", "detail": ""}
    said = [head(store).hash, AT, "minh", "publish", ""]
    raw = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(raw).hexdigest()
    broken = attack(store, insert(tables.audit).values(**row, hash=digest))
    assert broken is not None
    assert broken.why == "changed"


def test_a_head_that_was_taken_away_is_missed(store, keys):
    (keys.folder / "audit.head").unlink()
    broken = whole(store)
    assert broken is not None
    assert broken.why == "no-head"
    write(store, "score")
    assert whole(store) is not None


def test_whoever_owns_the_keys_too_is_held_by_the_head_on_paper(store, keys):
    noted = head(store)
    for file in keys.folder.iterdir():
        file.unlink()
    attack(store, delete(tables.audit))
    for action in ("open", "close", "publish", "score"):
        write(store, action)
    assert whole(store) is None
    broken = whole(store, Head(noted.number, noted.hash[:32]))
    assert broken is not None
    assert broken.why == "not-as-noted"


def test_a_head_on_paper_holds_as_the_log_goes_on(store):
    noted = Head(head(store).number, head(store).hash[:32])
    write(store, "score")
    assert whole(store, noted) is None
    assert whole(store, Head(noted.number, "")) is not None


def test_lines_of_before_there_was_a_key_are_still_verified_and_covered(database_url, keys):
    database = Database(database_url)
    make_tables(database.engine)
    for action in ("open", "close"):
        write(database, action)
    database.seal_log(keys)
    assert whole(database) is None
    write(database, "score")
    assert whole(database) is None
    assert attack(database, *plain_chain(database, "minh")) is not None
    database.close()


def test_what_was_undone_is_not_noted_as_the_newest(store, keys):
    before = keys.head()
    with suppress(ZeroDivisionError), store.writing() as connection:
        audit.append(connection, "lan", "score", "", AT)
        raise ZeroDivisionError
    with store.writing() as connection:
        connection.execute(text("SELECT 1"))
    assert keys.head() == before
    assert whole(store) is None


def test_processes_that_write_at_once_leave_one_chain_and_its_newest_head(store, keys):
    others = [Database(store.url.render_as_string(hide_password=False)) for _ in range(4)]
    for other in others:
        other.seal_log(LogKeys(keys.folder))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: write(others[n % 4], f"score {n}"), range(40)))
    assert whole(store) is None
    assert keys.head() == head(store)
    for other in others:
        other.close()


def test_a_restored_backup_goes_on_and_says_what_was_lost(store, keys):
    lost = head(store)
    attack(store, delete(tables.audit).where(tables.audit.c.id >= lost.number - 1))
    with store.writing() as connection:
        audit.go_on_from(connection, "cchc:root", "máy hỏng ngày 5/8", AT)
    assert whole(store) is None
    with store.reading() as connection:
        (newest,) = audit.last(connection, 1)
    assert newest.detail == f"{lost.number} {lost.hash}: máy hỏng ngày 5/8"
    write(store, "score")
    assert whole(store) is None
    assert keys.head() == head(store)


# ---- looked at again and again


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the logs of these tests were long."""
    monkeypatch.setattr(verification, "SHORT", 0)


def test_a_short_log_is_read_whole_at_each_look(store):
    assert [look(store).since for _ in range(3)] == [0, 0, 0]
    assert head(store).number < verification.SHORT


def look(database: Database, at: str = AT, *, all_of_it: bool = False) -> verification.Look:
    with database.reading() as connection:
        how = verification.look_at_all if all_of_it else verification.look
        return how(connection, at)


def lines_read(database: Database, at: str = AT) -> list[int]:
    """The lines that a look reads, by what it asks the database for."""
    read: list[int] = []
    original = audit._lines_from

    def counted(connection: Connection, number: int) -> Iterator[audit.Line]:
        for line in original(connection, number):
            read.append(line.id)
            yield line

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "_lines_from", counted)
        assert look(database, at).broken is None
    return read


def test_a_look_reads_what_was_added_and_no_more_however_long_the_log_is(store, long):
    with store.writing() as connection:
        for number in range(2 * verification.NOTED_EVERY):
            audit.append(connection, "lan", "score", str(number), AT)
    whole_of_it = head(store).number
    assert lines_read(store) == list(range(1, whole_of_it + 1))
    write(store, "score")
    assert lines_read(store) == [whole_of_it, whole_of_it + 1]
    with store.writing() as connection:
        for number in range(verification.NOTED_EVERY):
            audit.append(connection, "lan", "score", str(number), AT)
    assert len(lines_read(store)) == verification.NOTED_EVERY + 2
    assert lines_read(store) == [head(store).number]
    assert look(store).whole_at == AT


OLD, NEW = tables.audit.c.action == "close", tables.audit.c.action == "report"
CHANGES = {
    "an old line was changed": update(tables.audit).where(OLD).values(who="minh"),
    "an old line was taken out": delete(tables.audit).where(OLD),
    "the hash of an old line was changed": update(tables.audit).where(OLD).values(hash="0" * 64),
}
SEEN_AT_ONCE = {
    "the line that was verified last was changed": update(tables.audit)
    .where(tables.audit.c.action == "publish")
    .values(detail="x"),
    "the line that was verified last was taken out": delete(tables.audit).where(
        tables.audit.c.action == "publish"
    ),
    "a line after it was changed": update(tables.audit).where(NEW).values(who="minh"),
    "a line after it was taken out": delete(tables.audit).where(NEW),
    "the log was cut": delete(tables.audit).where(tables.audit.c.action.in_(["report", "view"])),
    "the log was emptied": delete(tables.audit),
}


@pytest.fixture
def looked_at(store: Database, long: None) -> Database:
    """Verified up to its fourth line; two more were added since."""
    assert look(store).broken is None
    write(store, "report")
    write(store, "view")
    assert look(store).since == 4
    return store


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_was_verified_before_is_found_by_whoever_asks_for_all_and_stays(
    looked_at, name
):
    with looked_at.writing() as connection:
        connection.execute(CHANGES[name])
    assert look(looked_at, all_of_it=True).broken is not None
    assert look(looked_at).broken is not None  # the page does not turn green again
    write(looked_at, "score")
    assert look(looked_at).broken is not None


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_found_by_the_first_look_of_the_next_day_too(looked_at, name):
    with looked_at.writing() as connection:
        connection.execute(CHANGES[name])
    assert look(looked_at, "2026-08-06T01:00:01+00:00").broken is not None


def test_a_clock_that_was_set_back_does_not_put_the_whole_look_off(looked_at):
    with looked_at.writing() as connection:
        connection.execute(CHANGES["an old line was changed"])
    assert look(looked_at, "2026-08-04T01:00:00+00:00").broken is not None


@pytest.mark.parametrize("name", SEEN_AT_ONCE)
def test_any_other_change_is_seen_by_the_next_look(looked_at, name):
    with looked_at.writing() as connection:
        connection.execute(SEEN_AT_ONCE[name])
    assert look(looked_at).broken is not None


def test_a_note_that_somebody_made_without_the_key_counts_for_nothing(looked_at, keys):
    with looked_at.writing() as connection:
        connection.execute(CHANGES["an old line was changed"])
    verified = keys.verified()
    assert verified is not None
    LogKeys(keys.folder).note_verified(Verified(head(looked_at), AT))
    assert look(looked_at).broken is None  # made with the key: that is what `audit head` is for
    file = keys.folder / "audit.verified"
    said = file.read_text().split()
    file.write_text(" ".join([*said[:3], "0" * 64]))
    assert keys.verified() is None
    assert look(looked_at).broken is not None


def test_a_restored_backup_is_looked_at_whole(looked_at, keys):
    with looked_at.writing() as connection:
        connection.execute(delete(tables.audit).where(tables.audit.c.id > 2))
    assert look(looked_at).broken is not None
    with looked_at.writing() as connection:
        audit.go_on_from(connection, "cchc:root", "máy hỏng", AT)
    first = look(looked_at)
    assert (first.broken, first.since) == (None, NOTHING.number)
    assert look(looked_at).since == keys.head().number


def test_a_log_that_is_written_while_it_is_looked_at_is_whole(store, keys, long):
    other = Database(store.url.render_as_string(hide_password=False))
    other.seal_log(LogKeys(keys.folder))
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(lambda: [write(other, "score") for _ in range(150)])
        looks = 0
        while not written.done() or looks < 20:
            assert whole(store) is None
            assert look(store).broken is None
            looks += 1
    other.close()
