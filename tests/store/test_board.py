from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from survey_app.store import board, shown_counts, tables, waves
from survey_app.store.board import Cell, Day
from survey_app.store.counts import recount
from survey_app.store.engine.database import Database
from survey_app.store.waves import Wave
from tests.support.stores import make_tables

AT = "2026-08-05T01:00:00+00:00"


@pytest.fixture
def store(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    make_tables(database.engine)
    with database.writing() as connection:
        wave = {
            "study": "demo",
            "year": 2026,
            "units_on": "2026-01-01",
            "salt": "",
            "created_at": AT,
        }
        connection.execute(insert(tables.waves).values(id=1, name="d1", **wave))
        yield connection
        connection.rollback()
    database.close()


@pytest.fixture
def wave(store: Connection) -> Wave:
    """A wave that is closed: everything is counted now."""
    store.execute(update(tables.waves).values(opened_at=AT, closed_at=AT))
    return waves.find(store, "d1")


def frame(store: Connection, grp: str, stratum: str, population: int | None, **where: str) -> None:
    row = {
        "wave_id": 1,
        "grp": grp,
        "stratum": stratum,
        "population": population,
        "planned": 2,
    }
    store.execute(insert(tables.strata).values(**{"unit": "", "sample": "", **row, **where}))


def case(store: Connection, number: int, grp: str, *, invited: int = 1, **where: str) -> None:
    design = {"asked": "*", "stratum": "1", "weight": "1"}
    row = {
        "id": number,
        "wave_id": 1,
        "label": str(number),
        "grp": grp,
        **design,
        **where,
    }
    store.execute(insert(tables.cases).values(**row))
    store.execute(insert(tables.unspent).values(case_id=number))
    for again in range(invited):
        invitation = {
            "digest": f"{number}.{again}",
            "case_id": number,
            "issued_on": "2026-08-05",
        }
        store.execute(insert(tables.invitations).values(**invitation))


def send(
    store: Connection,
    number: int,
    grp: str,
    *units: str,
    skipped: bool = False,
    sample: str = "",
    mode: str = "web",
) -> None:
    store.execute(delete(tables.unspent).where(tables.unspent.c.case_id == number))
    design = {
        "stratum": "1",
        "weight": "1",
        "mode": mode,
        "language": "vi",
        "pace": "",
        "about": "{}",
    }
    ballot = {
        "id": f"b{number}",
        "wave_id": 1,
        "questionnaire": "q",
        "version": 1,
        "grp": grp,
        **design,
    }
    store.execute(insert(tables.ballots).values(sample=sample, **ballot))
    for position, unit in enumerate(units, 1):
        rating = {
            "unit": unit,
            "position": position,
            "chance": "1",
            "skipped": skipped,
            "answers": "{}",
        }
        store.execute(insert(tables.ratings).values(ballot_id=f"b{number}", **rating))


def test_a_wave_without_a_sample_has_no_cells(store: Connection, wave: Wave) -> None:
    recount.recount(store, 1)
    assert board.cells(store, wave) == ()


def test_a_cell_counts_its_cases_from_the_plan_to_the_valid_form(
    store: Connection, wave: Wave
) -> None:
    frame(store, "citizens", "1", 100, unit="SNV")
    frame(store, "citizens", "2", 50, unit="SNV")
    case(store, 1, "citizens", unit="SNV", invited=2)
    case(store, 2, "citizens", unit="SNV")
    case(store, 3, "citizens", unit="SNV", invited=0)
    store.execute(insert(tables.progress).values(case_id=2, stage=1, day="2026-08-05"))
    send(store, 1, "citizens", "SNV")
    recount.recount(store, 1)
    (cell,) = board.cells(store, wave)
    assert cell == Cell(
        "citizens", "SNV", "", 150, 4, cases=3, issued=2, begun=1, returned=1, valid=1, mixed=1
    )
    assert cell.rate == 0.5


def test_a_sample_that_serves_several_units_is_one_cell_and_rates_each(
    store: Connection, wave: Wave
) -> None:
    frame(store, "council", "1", 42, sample="hdnd")
    case(store, 1, "council", sample="hdnd")
    send(store, 1, "council", "SNV", "STC", sample="hdnd")
    recount.recount(store, 1)
    (cell,) = board.cells(store, wave)
    assert (cell.sample, cell.unit, cell.population, cell.valid) == ("hdnd", "", 42, 1)
    assert board.rated(store, wave) == {("SNV", "council"): 1, ("STC", "council"): 1}


def test_a_form_that_rates_no_unit_is_returned_but_not_valid(store: Connection, wave: Wave) -> None:
    case(store, 1, "citizens", unit="SNV")
    send(store, 1, "citizens", "SNV", skipped=True)
    recount.recount(store, 1)
    (cell,) = board.cells(store, wave)
    assert (cell.returned, cell.valid) == (1, 0)


def test_a_population_is_unknown_as_soon_as_one_stratum_is(store: Connection, wave: Wave) -> None:
    frame(store, "citizens", "1", 100, unit="SNV")
    frame(store, "citizens", "2", None, unit="SNV")
    frame(store, "citizens", "1", 70, unit="STC")
    recount.recount(store, 1)
    cells = board.cells(store, wave)
    assert [cell.population for cell in cells] == [None, 70]
    assert board.total(cells).population is None


def test_where_nothing_was_issued_there_is_no_rate(store: Connection, wave: Wave) -> None:
    case(store, 1, "citizens", unit="SNV", invited=0)
    recount.recount(store, 1)
    (cell,) = board.cells(store, wave)
    assert cell.rate is None


def test_a_group_is_counted_by_how_its_cases_are_asked(store: Connection, wave: Wave) -> None:
    case(store, 1, "citizens", unit="SNV", mode="paper")
    case(store, 2, "citizens", unit="STC", mode="paper", invited=2)
    case(store, 3, "citizens", unit="SNV")
    case(store, 4, "council", sample="hdnd")
    store.execute(insert(tables.progress).values(case_id=3, stage=1, day="2026-08-05"))
    send(store, 1, "citizens", "SNV", mode="paper")
    recount.recount(store, 1)
    assert board.by_mode(store, wave) == (
        Cell("citizens", "", "", cases=2, issued=2, returned=1, valid=1, mixed=1, mode="paper"),
        Cell("citizens", "", "", cases=1, issued=1, begun=1, mode="web"),
        Cell("council", "", "", cases=1, issued=1, mode="web"),
    )
    recount.recount(store, 1)
    assert [cell.rate for cell in board.by_mode(store, wave)] == [0.5, 0.0, 0.0]


def test_where_all_are_asked_in_one_way_there_is_nothing_to_compare(
    store: Connection, wave: Wave
) -> None:
    case(store, 1, "citizens", unit="SNV")
    case(store, 2, "council", sample="hdnd")
    recount.recount(store, 1)
    assert board.by_mode(store, wave) == ()


def open_again(store: Connection) -> Wave:
    store.execute(update(tables.waves).values(closed_at=None))
    return waves.find(store, "d1")


def seal(store: Connection, *numbers: int, mode: str = "web") -> None:
    """As a form that is sent: the sealed ballot shows the design of its case."""
    epoch = {"id": "e", "wave_id": 1, "public_key": b"", "is_current": True}
    if store.execute(select(tables.epochs.c.id)).first() is None:
        store.execute(insert(tables.epochs).values(**epoch))
    design = {"grp": "citizens", "unit": "SNV", "asked": "", "stratum": "1", "weight": "1"}
    for number in numbers:
        store.execute(delete(tables.unspent).where(tables.unspent.c.case_id == number))
        row = {"id": f"s{number}", "wave_id": 1, "epoch_id": "e", "mode": mode, "body": b""}
        store.execute(insert(tables.sealed_ballots).values(**row, **design))


def look(store: Connection) -> None:
    """As the site does with every mixing."""
    shown_counts.show(store, 1, shown_counts.changes(store, 1, 5), "2026-08-06")


def test_while_a_wave_is_open_what_respondents_do_is_shown_when_five_have_done_it(
    store: Connection, wave: Wave
) -> None:
    is_open = open_again(store)
    for number in range(1, 13):
        case(store, number, "citizens", unit="SNV")
    recount.recount(store, 1)
    seal(store, 1, 2, 3, 4)
    for number in range(5, 9):
        store.execute(insert(tables.progress).values(case_id=number, stage=1, day="2026-08-05"))
    look(store)
    (cell,) = board.cells(store, is_open)
    assert (cell.cases, cell.issued, cell.begun, cell.returned) == (12, 12, 0, 0)
    assert board.days(store, is_open) == ()
    seal(store, 9)
    store.execute(insert(tables.progress).values(case_id=10, stage=1, day="2026-08-05"))
    look(store)
    (cell,) = board.cells(store, is_open)
    assert (cell.begun, cell.returned) == (5, 5)
    assert board.days(store, is_open) == (Day("citizens", "SNV", "", "2026-08-06", 5),)
    waves.close(store, is_open, "2026-08-07T01:00:00+00:00")
    (cell,) = board.cells(store, is_open)
    assert (cell.begun, cell.returned) == (5, 5)
    assert recount.differences(store, 1) == ()


def test_what_was_not_shown_before_is_counted_for_the_day_of_closing(
    store: Connection, wave: Wave
) -> None:
    is_open = open_again(store)
    for number in range(1, 9):
        case(store, number, "citizens", unit="SNV")
    recount.recount(store, 1)
    seal(store, 1, 2, 3, 4, 5, 6)
    look(store)
    seal(store, 7)
    look(store)
    waves.close(store, is_open, "2026-08-08T20:00:00+00:00")
    assert [(day.day, day.sent) for day in board.days(store, is_open)] == [
        ("2026-08-06", 6),
        ("2026-08-09", 1),  # it is past midnight in Vietnam
    ]


def test_modes_of_an_open_wave_are_shown_when_five_of_a_mode_have_sent(
    store: Connection, wave: Wave
) -> None:
    is_open = open_again(store)
    for number in range(1, 7):
        case(store, number, "citizens", unit="SNV", mode="paper")
        case(store, number + 10, "citizens", unit="SNV")
    recount.recount(store, 1)
    seal(store, 1, 2, 3, 4, 5, mode="paper")
    seal(store, 11, 12, 13, 14)
    look(store)
    assert {line.mode: line.returned for line in board.by_mode(store, is_open)} == {
        "paper": 5,
        "web": 0,
    }


def test_what_changed_meanwhile_is_not_shown_twice(store: Connection, wave: Wave) -> None:
    is_open = open_again(store)
    for number in range(1, 7):
        case(store, number, "citizens", unit="SNV")
    recount.recount(store, 1)
    seal(store, 1, 2, 3, 4, 5)
    late = shown_counts.changes(store, 1, 5)
    look(store)
    shown_counts.show(store, 1, late, "2026-08-09")
    assert [(day.day, day.sent) for day in board.days(store, is_open)] == [("2026-08-06", 5)]
    waves.close(store, is_open, AT)
    shown_counts.show(store, 1, late, "2026-08-09")
    assert recount.differences(store, 1) == ()
