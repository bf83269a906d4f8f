"""Accounts in the store: names, roles, what is kept of passwords, and the last administrator."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from survey_app.identity import passwords
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.identity import accounts, sessions
from survey_app.store.identity.accounts import LastAdministrator
from tests.support.accounts import add_account

AT = "2026-08-05T01:00:00+00:00"
PASSWORD = "một mật khẩu dài"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
        yield connection
        connection.rollback()


def test_the_right_password_lets_in_and_only_a_hash_is_kept(connection: Connection) -> None:
    account = accounts.check(connection, "lan", PASSWORD, AT)
    assert account is not None
    assert account.password.startswith("$argon2id$")


def test_a_wrong_password_and_an_unknown_name_are_both_refused(connection: Connection) -> None:
    assert accounts.check(connection, "lan", "một mật khẩu khác", AT) is None
    assert accounts.check(connection, "minh", PASSWORD, AT) is None


def test_a_name_is_given_once(connection: Connection) -> None:
    with pytest.raises(accounts.NameTaken):
        add_account(connection, " lan ", PASSWORD, AT)


def test_an_account_may_do_what_all_its_roles_let_it_do(connection: Connection) -> None:
    both = add_account(connection, "minh", PASSWORD, AT, ["reader", "clerk"])
    assert {"results.see", "forms.enter"} <= both.permissions
    assert not both.permissions & {"accounts.manage", "results.publish", "contacts.see"}


def test_a_role_that_there_is_not_is_refused(connection: Connection) -> None:
    with pytest.raises(accounts.NoSuchRole):
        add_account(connection, "minh", PASSWORD, AT, ["king"])


def test_roles_units_and_fields_are_replaced_whole(connection: Connection) -> None:
    made = add_account(connection, "minh", PASSWORD, AT, ["reader"])
    accounts.change(connection, made, roles=["unit", "appraiser"], unit="SNV", fields=["1", "2"])
    accounts.change(connection, made, roles=["appraiser"], unit="", fields=["2"])
    changed = accounts.get(connection, made.id)
    assert (changed.roles, changed.unit, changed.fields) == ({"appraiser"}, "", {"2"})
    assert [account.name for account in accounts.list_(connection)] == ["lan", "minh"]
    assert accounts.list_(connection)[1] == changed


def test_a_suspended_account_is_let_in_no_more_and_can_be_given_back(
    connection: Connection,
) -> None:
    made = add_account(connection, "minh", PASSWORD, AT, ["reader"])
    accounts.suspend(connection, made, AT)
    assert accounts.check(connection, "minh", PASSWORD, AT) is None
    accounts.restore(connection, accounts.find(connection, "minh"))
    assert accounts.check(connection, "minh", PASSWORD, AT) is not None


def test_a_password_for_one_time_is_of_no_use_when_its_time_is_over(
    connection: Connection,
) -> None:
    once = accounts.add(
        connection, "minh", passwords.hash_of(PASSWORD), AT, roles=["reader"], once_until=AT
    )
    assert accounts.check(connection, "minh", PASSWORD, AT) == once
    assert accounts.check(connection, "minh", PASSWORD, "2026-08-05T01:00:01+00:00") is None


def test_the_last_administrator_stays_one(connection: Connection) -> None:
    lan = accounts.find(connection, "lan")
    for take_away in (
        lambda: accounts.suspend(connection, lan, AT),
        lambda: accounts.change(connection, lan, roles=["analyst"], unit="", fields=()),
    ):
        with pytest.raises(LastAdministrator):
            take_away()
    accounts.suspend(connection, add_account(connection, "minh", PASSWORD, AT), AT)
    with pytest.raises(LastAdministrator):  # one who is suspended is of no help
        accounts.suspend(connection, lan, AT)
    add_account(connection, "hoa", PASSWORD, AT)
    accounts.suspend(connection, lan, AT)
    assert accounts.find(connection, "lan").suspended_at == AT


def test_two_administrators_who_suspend_each_other_at_once_leave_one(database: Database) -> None:
    with database.writing() as connection:
        pair = [add_account(connection, name, PASSWORD, AT) for name in ("lan", "minh")]
    together = Barrier(2)

    def suspend(number: int) -> bool:
        together.wait()
        try:
            with database.writing() as connection:
                accounts.suspend(connection, pair[number], AT)
        except LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(suspend, range(2))) == [False, True]


def test_a_hash_made_with_weaker_settings_is_due_for_a_new_one(connection: Connection) -> None:
    account = accounts.find(connection, "lan")
    assert not passwords.needs_new_hash(account.password)
    weak = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    accounts.keep_hash(connection, account, weak)
    account = accounts.check(connection, "lan", PASSWORD, AT) or account
    assert passwords.needs_new_hash(account.password)


def test_nobody_can_be_found_who_was_never_added(connection: Connection) -> None:
    with pytest.raises(accounts.NoSuchAccount):
        accounts.find(connection, "minh")


def test_the_set_up_code_works_once_and_an_earlier_one_not_at_all(connection: Connection) -> None:
    accounts.keep_setup_code(connection, "a" * 64, AT)
    accounts.keep_setup_code(connection, "b" * 64, AT)
    assert [accounts.use_setup_code(connection, code * 64) for code in "abb"] == [
        False,
        True,
        False,
    ]


def test_the_key_of_a_session_is_kept_nowhere(connection: Connection) -> None:
    lan = accounts.find(connection, "lan")
    key = sessions.begin(connection, lan.id, (AT, 1.0), browser="Firefox, Linux", device="d")
    kept = connection.exec_driver_sql("SELECT * FROM sessions").all()
    assert key not in repr(kept)
    known = sessions.of_key(connection, key)
    assert known is not None
    assert known[1] == lan
    assert sessions.of_key(connection, sessions.digest(key)) is None


def test_ending_all_sessions_but_one_leaves_that_one(connection: Connection) -> None:
    lan = accounts.find(connection, "lan")
    keys = [sessions.begin(connection, lan.id, (AT, 1.0), browser="", device="d") for _ in range(3)]
    assert sessions.end_all(connection, lan.id, but=sessions.digest(keys[1])) == 2
    assert [bool(sessions.of_key(connection, key)) for key in keys] == [False, True, False]


def test_accounts_of_before_there_were_roles_may_do_what_they_could(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    migrate.upgrade(database, "0004")
    columns = "(id, name, password, session_key, created_at, disabled_at)"
    with database.writing() as connection:
        for row in ("(3, 'lan', 'h', 'k', 'x', NULL)", "(7, 'minh', 'h', 'l', 'x', 'y')"):
            connection.exec_driver_sql(f"INSERT INTO analysts {columns} VALUES {row}")
    migrate.upgrade(database)
    with database.writing() as connection:
        lan, minh = accounts.list_(connection)
        assert (lan.id, minh.id, lan.suspended_at, minh.suspended_at) == (3, 7, None, "y")
        assert lan.roles == minh.roles == {"administrator", "analyst", "approver"}
        assert add_account(connection, "hoa", PASSWORD, AT, ["reader"]).id == 8
    migrate.downgrade(database, "0004")
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT name, disabled_at FROM analysts ORDER BY id")
        assert [tuple(row) for row in rows] == [("lan", None), ("minh", "y"), ("hoa", AT)]
    database.close()
