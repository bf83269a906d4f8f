from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from survey_app.store import analysts, tables
from survey_app.store.database import Database

AT = "2026-08-05T01:00:00+00:00"
PASSWORD = "một mật khẩu dài"


@pytest.fixture
def door(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    tables.metadata.create_all(database.engine)
    with database.writing() as connection:
        analysts.add(connection, "lan", PASSWORD, AT)
        yield connection
        connection.rollback()
    database.close()


def test_the_right_password_lets_in_and_only_a_hash_is_kept(door: Connection) -> None:
    analyst = analysts.check(door, "lan", PASSWORD)
    assert analyst is not None
    assert analyst.password.startswith("$argon2id$")


def test_a_wrong_password_and_an_unknown_name_are_both_refused(
    door: Connection,
) -> None:
    assert analysts.check(door, "lan", "một mật khẩu khác") is None
    assert analysts.check(door, "minh", PASSWORD) is None


def test_a_short_password_is_refused_with_what_is_needed(door: Connection) -> None:
    with pytest.raises(analysts.PasswordTooShort, match="at least 10 characters"):
        analysts.add(door, "minh", "ngan", AT)


def test_a_name_is_given_once(door: Connection) -> None:
    with pytest.raises(analysts.NameTaken):
        analysts.add(door, " lan ", PASSWORD, AT)


def test_signing_out_ends_every_session(door: Connection) -> None:
    analyst = analysts.find(door, "lan")
    assert analysts.signed_in(door, analyst.session_key) == analyst
    analysts.sign_out(door, analyst)
    assert analysts.signed_in(door, analyst.session_key) is None


def test_a_disabled_analyst_is_let_in_no_more_but_stays_known(door: Connection) -> None:
    key = analysts.find(door, "lan").session_key
    analysts.disable(door, "lan", AT)
    assert analysts.check(door, "lan", PASSWORD) is None
    assert analysts.signed_in(door, key) is None
    assert [analyst.name for analyst in analysts.list_(door)] == ["lan"]


def test_a_new_password_replaces_the_old_and_signs_out(door: Connection) -> None:
    key = analysts.find(door, "lan").session_key
    analysts.change_password(door, "lan", "mật khẩu mới hơn")
    assert analysts.check(door, "lan", PASSWORD) is None
    assert analysts.check(door, "lan", "mật khẩu mới hơn") is not None
    assert analysts.signed_in(door, key) is None


def test_a_hash_made_with_weaker_settings_is_due_for_a_new_one(
    door: Connection,
) -> None:
    assert not analysts.find(door, "lan").needs_new_hash
    weak = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    analysts.keep_hash(door, analysts.find(door, "lan"), weak)
    analyst = analysts.check(door, "lan", PASSWORD)
    assert analyst is not None
    assert analyst.needs_new_hash


def test_nobody_can_be_found_who_was_never_added(door: Connection) -> None:
    with pytest.raises(analysts.NoSuchAnalyst):
        analysts.disable(door, "minh", AT)
