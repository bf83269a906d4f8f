from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from survey_app.store import analysts, tables
from survey_app.store.database import Database

AT = "2026-08-05T01:00:00+00:00"
PASSWORD = "một mật khẩu dài"


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    tables.metadata.create_all(database.engine)
    with database.writing() as connection:
        analysts.add(connection, "lan", PASSWORD, AT)
        yield connection
        connection.rollback()
    database.close()


def test_the_right_password_lets_in_and_only_a_hash_is_kept(connection: Connection) -> None:
    analyst = analysts.check(connection, "lan", PASSWORD)
    assert analyst is not None
    assert analyst.password.startswith("$argon2id$")


def test_a_wrong_password_and_an_unknown_name_are_both_refused(
    connection: Connection,
) -> None:
    assert analysts.check(connection, "lan", "một mật khẩu khác") is None
    assert analysts.check(connection, "minh", PASSWORD) is None


def test_a_short_password_is_refused_with_what_is_needed(connection: Connection) -> None:
    with pytest.raises(analysts.PasswordTooShort, match="at least 10 characters"):
        analysts.add(connection, "minh", "ngan", AT)


def test_a_name_is_given_once(connection: Connection) -> None:
    with pytest.raises(analysts.NameTaken):
        analysts.add(connection, " lan ", PASSWORD, AT)


def test_signing_out_ends_every_session(connection: Connection) -> None:
    analyst = analysts.find(connection, "lan")
    assert analysts.signed_in(connection, analyst.session_key) == analyst
    analysts.sign_out(connection, analyst)
    assert analysts.signed_in(connection, analyst.session_key) is None


def test_a_disabled_analyst_is_let_in_no_more_but_stays_known(connection: Connection) -> None:
    key = analysts.find(connection, "lan").session_key
    analysts.disable(connection, "lan", AT)
    assert analysts.check(connection, "lan", PASSWORD) is None
    assert analysts.signed_in(connection, key) is None
    assert [analyst.name for analyst in analysts.list_(connection)] == ["lan"]


def test_a_new_password_replaces_the_old_and_signs_out(connection: Connection) -> None:
    key = analysts.find(connection, "lan").session_key
    analysts.change_password(connection, "lan", "mật khẩu mới hơn")
    assert analysts.check(connection, "lan", PASSWORD) is None
    assert analysts.check(connection, "lan", "mật khẩu mới hơn") is not None
    assert analysts.signed_in(connection, key) is None


def test_a_hash_made_with_weaker_settings_is_due_for_a_new_one(
    connection: Connection,
) -> None:
    assert not analysts.find(connection, "lan").needs_new_hash
    weak = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    analysts.keep_hash(connection, analysts.find(connection, "lan"), weak)
    analyst = analysts.check(connection, "lan", PASSWORD)
    assert analyst is not None
    assert analyst.needs_new_hash


def test_nobody_can_be_found_who_was_never_added(connection: Connection) -> None:
    with pytest.raises(analysts.NoSuchAnalyst):
        analysts.disable(connection, "minh", AT)
