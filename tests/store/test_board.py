from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, delete, insert

from survey_app.store import board, shown_counts, tables, waves
from survey_app.store.board import Cell
from survey_app.store.database import Database
from survey_app.store.waves import Wave

AT = "2026-08-05T01:00:00+00:00"


@pytest.fixture
def store(database_url: str) -> Iterator[Connection]:
    database = Database(database_url)
    tables.metadata.create_all(database.engine)
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
    return replace(waves.find(store, "d1"), opened_at=AT, closed_at=AT)


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
    (cell,) = board.cells(store, wave)
    assert cell == Cell(
        "citizens", "SNV", "", 150, 4, cases=3, issued=2, begun=1, returned=1, valid=1
    )
    assert cell.rate == 0.5


def test_a_sample_that_serves_several_units_is_one_cell_and_rates_each(
    store: Connection, wave: Wave
) -> None:
    frame(store, "council", "1", 42, sample="hdnd")
    case(store, 1, "council", sample="hdnd")
    send(store, 1, "council", "SNV", "STC", sample="hdnd")
    (cell,) = board.cells(store, wave)
    assert (cell.sample, cell.unit, cell.population, cell.valid) == ("hdnd", "", 42, 1)
    assert board.rated(store, wave) == {("SNV", "council"): 1, ("STC", "council"): 1}


def test_a_form_that_rates_no_unit_is_returned_but_not_valid(store: Connection, wave: Wave) -> None:
    case(store, 1, "citizens", unit="SNV")
    send(store, 1, "citizens", "SNV", skipped=True)
    (cell,) = board.cells(store, wave)
    assert (cell.returned, cell.valid) == (1, 0)


def test_a_population_is_unknown_as_soon_as_one_stratum_is(store: Connection, wave: Wave) -> None:
    frame(store, "citizens", "1", 100, unit="SNV")
    frame(store, "citizens", "2", None, unit="SNV")
    frame(store, "citizens", "1", 70, unit="STC")
    cells = board.cells(store, wave)
    assert [cell.population for cell in cells] == [None, 70]
    assert board.total(cells).population is None


def test_where_nothing_was_issued_there_is_no_rate(store: Connection, wave: Wave) -> None:
    case(store, 1, "citizens", unit="SNV", invited=0)
    (cell,) = board.cells(store, wave)
    assert cell.rate is None


def test_a_group_is_counted_by_how_its_cases_are_asked(store: Connection, wave: Wave) -> None:
    case(store, 1, "citizens", unit="SNV", mode="paper")
    case(store, 2, "citizens", unit="STC", mode="paper", invited=2)
    case(store, 3, "citizens", unit="SNV")
    case(store, 4, "council", sample="hdnd")
    store.execute(insert(tables.progress).values(case_id=3, stage=1, day="2026-08-05"))
    send(store, 1, "citizens", "SNV", mode="paper")
    assert board.by_mode(store, wave) == (
        Cell("citizens", "", "", cases=2, issued=2, returned=1, valid=1, mode="paper"),
        Cell("citizens", "", "", cases=1, issued=1, begun=1, mode="web"),
        Cell("council", "", "", cases=1, issued=1, mode="web"),
    )
    assert [cell.rate for cell in board.by_mode(store, wave)] == [0.5, 0.0, 0.0]


def test_where_all_are_asked_in_one_way_there_is_nothing_to_compare(
    store: Connection, wave: Wave
) -> None:
    case(store, 1, "citizens", unit="SNV")
    case(store, 2, "council", sample="hdnd")
    assert board.by_mode(store, wave) == ()


def test_while_a_wave_is_open_what_respondents_do_is_counted_as_of_the_last_mixing(
    store: Connection, wave: Wave
) -> None:
    is_open = replace(wave, closed_at=None)
    for number in range(1, 9):
        case(store, number, "citizens", unit="SNV")
    send(store, 1, "citizens", "SNV")
    store.execute(delete(tables.unspent).where(tables.unspent.c.case_id == 2))  # sealed as yet
    store.execute(insert(tables.progress).values(case_id=3, stage=1, day="2026-08-05"))
    (cell,) = board.cells(store, is_open)
    assert (cell.cases, cell.issued, cell.begun, cell.returned, cell.valid) == (8, 8, 0, 1, 1)
    shown_counts.show_begun(store, 1, {("citizens", "SNV", "", "web"): 6})
    (cell,) = board.cells(store, is_open)
    assert (cell.begun, cell.returned) == (6, 1)
    (cell,) = board.cells(store, wave)
    assert (cell.begun, cell.returned, cell.valid) == (1, 2, 1)


def test_modes_of_an_open_wave_are_counted_as_of_the_last_mixing(
    store: Connection, wave: Wave
) -> None:
    is_open = replace(wave, closed_at=None)
    case(store, 1, "citizens", unit="SNV", mode="paper")
    case(store, 2, "citizens", unit="SNV")
    store.execute(delete(tables.unspent))
    lines = {cell.mode: cell.returned for cell in board.by_mode(store, is_open)}
    assert lines == {"paper": 0, "web": 0}
    assert {cell.mode: cell.returned for cell in board.by_mode(store, wave)} == {
        "paper": 1,
        "web": 1,
    }
