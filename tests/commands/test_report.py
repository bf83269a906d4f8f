"""`cchc report`: a scorecard as a file, by its name's end: the same as the office makes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from click.testing import CliRunner
from docx import Document

from survey_app.commands.cli import main
from survey_app.office.documents import making
from survey_app.questionnaire import library
from survey_app.store import publications, waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.web import House
from tests.builders import write_study
from tests.office.scored import answered, house_at, kept_scorecard


@pytest.fixture
def scored(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[House, Scorecard]]:
    """A wave with a merged draft, on either database; four citizens were asked about a unit."""
    monkeypatch.setenv("CCHC_DATA", str(tmp_path))
    monkeypatch.setenv("CCHC_DATABASE", database_url)
    database = Database(database_url)
    migrate.upgrade(database)
    house = house_at(database, tmp_path)
    study = library.study(write_study(tmp_path / "texts"), tmp_path / "texts")
    yield house, kept_scorecard(house, answered(house, study, few=4))
    database.close()


def report(out: Path, *words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["report", "dot-2026", "--out", str(out), *words])
    assert done.exit_code == status, done.output
    return done.output


def said(file: Path | bytes) -> str:
    """All that stands in a Word file."""
    document = Document(io.BytesIO(file) if isinstance(file, bytes) else str(file))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])


def test_each_kind_of_file_is_written_by_the_end_of_its_name_and_noted(
    scored: tuple[House, Scorecard], tmp_path: Path
) -> None:
    house, card = scored
    report(tmp_path / "a.docx")
    assert "GIÁM ĐỐC" in said(tmp_path / "a.docx")
    report(tmp_path / "b.pdf", "--summary", "--language", "en")
    assert len(pypdfium2.PdfDocument(tmp_path / "b.pdf")) == 1
    report(tmp_path / "c.xlsx")
    assert len(openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames) > 3
    report(tmp_path / "d.csv")
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with house.database.reading() as connection:
        units = waves.units(connection, card.wave_id)
        noted = [line.detail for line in audit.last(connection) if line.action == "report"]
    assert {row["unit"] for row in rows} == {unit.unit for unit in units}
    assert noted[::-1] == [
        f"dot-2026 {card.id} {what}" for what in ("docx", "tom-tat.pdf", "xlsx", "csv")
    ]


def test_reports_of_units_hold_what_is_published_of_them_alone_and_as_a_zip_of_all(
    scored: tuple[House, Scorecard], tmp_path: Path
) -> None:
    house, card = scored
    report(tmp_path / "all.zip")
    with house.database.reading() as connection:
        wave = waves.find(connection, "dot-2026")
        units = {unit.unit: unit.name_vi for unit in waves.units(connection, wave.id)}
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    assert set(files) == {f"bao-cao-{unit}.docx" for unit in units}
    small = next(iter(units))
    report(tmp_path / "one.docx", "--unit", small)
    assert (tmp_path / "one.docx").read_bytes() == files[f"bao-cao-{small}.docx"]
    assert "Không công bố" in said(tmp_path / "one.docx"), "of four citizens nothing is told"
    assert files[f"bao-cao-{small}.docx"] == making.of_unit(
        house, wave, card, small, "vi", "docx"
    ), "the same as the office makes"
    with house.database.reading() as connection:
        assert publications.versions(connection, wave.id) == (), "a report publishes nothing"


def test_what_cannot_be_written_is_said_and_leaves_no_file(
    scored: tuple[House, Scorecard], tmp_path: Path
) -> None:
    assert "is none of .docx" in report(tmp_path / "a.odt", status=1)
    assert "a .docx or a .pdf" in report(tmp_path / "a.xlsx", "--summary", status=1)
    assert "no unit `NO`" in report(tmp_path / "a.docx", "--unit", "NO", status=1)
    assert not list(tmp_path.glob("a.*"))
    done = CliRunner().invoke(main, ["report", "dot-1900", "--out", str(tmp_path / "a.docx")])
    assert done.exit_code == 1
    assert "dot-1900" in done.output
