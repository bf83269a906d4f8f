from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from analysis.problems import ProblemsFound
from survey_app.fieldwork import disposition, tokens
from survey_app.fieldwork.case import Case, Contact, Stratum
from survey_app.questionnaire import library
from survey_app.store import tables, waves
from survey_app.store.answers import responses
from survey_app.store.engine.database import Database
from survey_app.store.sample import cases
from survey_app.store.waves import Wave, WaveState
from tests.builders import write_study
from tests.support.stores import make_tables

AT, DAY = "2026-01-05T01:00:00+00:00", "2026-01-05"
CASES = [
    Case("C1", "council", "*", "all", "1", sample="hdnd", home_unit="SNV", fpc1=65),
    Case("D1", "citizens", "SNV", "b", "12.5", unit="SNV", psu="b1", fpc1=9, fpc2=80, mode="paper"),
    Case("D2", "citizens", "STP", "b", "0.000001", unit="STP"),
]
CONTACTS = {"C1": Contact("C1", "Lò Văn An", "0912345678", "an@b.vn", "Tổ 3")}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    make_tables(database.engine)
    yield database
    database.close()


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Iterator[Connection]:
    name = write_study(tmp_path / "library")
    study = library.study(name, tmp_path / "library")
    with database.writing() as connection:
        wave = waves.create(connection, "d1", study, 2026, date(2026, 1, 1), AT)
        cases.import_sample(connection, wave, CASES, CONTACTS)
    with database.writing() as connection:
        yield connection


@pytest.fixture
def wave(store: Connection) -> Wave:
    return waves.find(store, "d1")


def opened(store: Connection, token: str):
    return responses.by_digest(store, tokens.digest(token), tokens.draft_key(token))


def count(store: Connection, table) -> int:
    return store.execute(select(func.count()).select_from(table)).scalar_one()


def codes(store: Connection, wave: Wave) -> dict[str, str]:
    known = cases.histories(store, wave.id)
    return {each.label: disposition.of(each.history).code for each in known}


def test_a_sample_is_kept_as_it_was_drawn(store, wave):
    assert list(cases.drawn(store, wave.id)) == CASES


def test_every_case_has_one_chance_to_answer(store):
    assert count(store, tables.unspent) == count(store, tables.cases) == 3


def test_contacts_are_kept_apart_and_only_where_there_are_any(store):
    assert store.execute(select(tables.contacts.c.name)).scalars().all() == ["Lò Văn An"]


def test_a_case_is_imported_once(store, wave):
    again = [Case("NEW", "citizens", "SNV", "b", "1", unit="SNV"), CASES[0], CASES[1]]
    with pytest.raises(ProblemsFound) as refused:
        cases.import_sample(store, wave, again, {})
    assert [problem.slug for problem in refused.value.problems] == ["case-known"] * 2
    assert count(store, tables.cases) == 3


def test_a_second_list_adds_to_the_first(store, wave):
    added = [Case(f"E{n}", "citizens", "SNV", "b", "1", unit="SNV") for n in range(1200)]
    assert cases.import_sample(store, wave, added, {}) == 1200
    assert [each.label for each in cases.drawn(store, wave.id)][:5] == [
        "C1",
        "D1",
        "D2",
        "E0",
        "E1",
    ]


def test_a_closed_wave_takes_no_cases_and_no_frame(store, wave):
    waves.open_(store, wave, AT)
    waves.close(store, waves.find(store, "d1"), AT)
    closed = waves.find(store, "d1")
    for refused in (
        lambda: cases.import_sample(store, closed, [], {}),
        lambda: cases.import_frame(store, closed, []),
        lambda: cases.issue_invitations(store, closed, DAY),
    ):
        with pytest.raises(WaveState):
            refused()


def test_a_new_frame_takes_the_place_of_the_old(store, wave):
    old = [
        Stratum("citizens", "", "SNV", "b", 900, 30),
        Stratum("council", "hdnd", "", "all", 65, None),
    ]
    cases.import_frame(store, wave, old)
    assert cases.frame(store, wave.id) == tuple(old)
    cases.import_frame(store, wave, old[1:])
    assert cases.frame(store, wave.id) == (old[1],)


def test_an_invitation_opens_its_own_case(store, wave):
    for each in cases.issue_invitations(store, wave, DAY):
        invited, _ = opened(store, each.token)
        assert (invited.grp, invited.unit) == (each.group, each.unit)
        assert not invited.spent


def test_an_invitation_carries_what_a_letter_needs(store, wave):
    first, *others = cases.issue_invitations(store, wave, DAY)
    assert (first.label, first.name, first.phone, first.email) == (
        "C1",
        "Lò Văn An",
        "0912345678",
        "an@b.vn",
    )
    assert [each.name for each in others] == ["", ""]


def test_whoever_has_an_invitation_gets_no_second_one(store, wave):
    assert len(cases.issue_invitations(store, wave, DAY)) == 3
    assert cases.issue_invitations(store, wave, DAY) == []


def test_a_revoked_invitation_opens_nothing_and_makes_room_for_another(store, wave):
    old = cases.issue_invitations(store, wave, DAY)[0]
    assert cases.revoke(store, wave, old.label, DAY, "lan") == 1
    with pytest.raises(responses.NoSuchInvitation):
        opened(store, old.token)
    (new,) = cases.issue_invitations(store, wave, DAY)
    assert new.label == old.label
    assert new.token != old.token


def test_issuing_again_does_not_tell_who_has_answered(store, wave):
    """Before: a case that was answered got no link, which told so to whoever asked for one."""
    cases.issue_invitations(store, wave, DAY)
    store.execute(
        delete(tables.unspent).where(tables.unspent.c.case_id == cases.find(store, wave, "C1"))
    )
    for label in ("C1", "D1"):
        cases.revoke(store, wave, label, DAY)
    again = cases.issue_invitations(store, wave, DAY)
    assert [each.label for each in again] == ["C1", "D1"]
    assert opened(store, again[0].token)[0].spent
    assert not opened(store, again[1].token)[0].spent


def test_no_token_is_ever_in_the_store(tmp_path):
    file = tmp_path / "s.sqlite3"
    database = Database(f"sqlite:///{file}")
    make_tables(database.engine)
    study = library.study(write_study(tmp_path / "library"), tmp_path / "library")
    with database.writing() as connection:
        wave = waves.create(connection, "d1", study, 2026, date(2026, 1, 1), AT)
        cases.import_sample(connection, wave, CASES, CONTACTS)
        made = cases.issue_invitations(connection, wave, DAY)
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("s.sqlite3*"))
    assert tokens.digest(made[0].token).encode() in kept
    assert not any(each.token.encode() in kept for each in made)
    database.close()
    assert not any(each.token.encode() in file.read_bytes() for each in made)


def test_a_history_gives_every_case_its_outcome(store, wave):
    assert set(codes(store, wave).values()) == {"3.11"}
    cases.issue_invitations(store, wave, DAY)
    assert set(codes(store, wave).values()) == {"3.19"}
    ids = {label: cases.find(store, wave, label) for label in ("C1", "D1", "D2")}
    cases.add_event(store, ids["C1"], "delivery_failed", DAY, "số máy sai", "lan")
    cases.add_event(store, ids["D1"], "refused", DAY)
    store.execute(insert(tables.progress).values(case_id=ids["D2"], stage=1, day=DAY))
    assert codes(store, wave) == {"C1": "3.30", "D1": "2.111", "D2": "2.12"}
    cases.revoke(store, wave, "C1", DAY)
    cases.issue_invitations(store, wave, DAY)
    store.execute(delete(tables.unspent).where(tables.unspent.c.case_id == ids["D1"]))
    store.execute(update(tables.progress).values(stage=0))
    assert codes(store, wave) == {"C1": "3.19", "D1": "1.1", "D2": "2.1121"}


def test_an_unknown_case_is_said(store, wave):
    with pytest.raises(ProblemsFound, match="no-such-case"):
        cases.revoke(store, wave, "X", DAY)


def test_contacts_of_a_closed_wave_are_purged_with_what_was_remarked(store, wave):
    cases.add_event(store, cases.find(store, wave, "C1"), "called", DAY, "gặp ông An", "lan")
    with pytest.raises(WaveState):
        cases.purge_contacts(store, wave, AT)
    waves.open_(store, wave, AT)
    waves.close(store, waves.find(store, "d1"), AT)
    assert cases.purge_contacts(store, waves.find(store, "d1"), AT) == 1
    assert count(store, tables.contacts) == 0
    assert store.execute(select(tables.events.c.detail)).scalars().all() == [""]
    assert waves.find(store, "d1").contacts_purged_at == AT
    assert count(store, tables.cases) == 3
