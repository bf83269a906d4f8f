"""Everything that the public can download of a wave, read by a stranger, number by number.

Of every wave: the page of the wave, the pages of all units, CSV, CSV for spreadsheets, XLSX, the
open data. What takes long and says the same again is read whole of every fourth wave, and of the
others in turn: a quarter of the pages by criterion (in English they say the same:
test_public_crawl.py), one of two documents, no chart. A number is known to lie within what its last
printed digit leaves open.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import docx
import openpyxl
from flask.testing import FlaskClient

from survey_app.office.page import WORDS
from survey_app.questionnaire.model import Study
from tests.office.attack.archives import Archive
from tests.office.attack.seen import EXACT, Name, Read

IN_TURN = 4
"""Of so many pages by criterion one is read of a wave that is not read whole."""
PIXEL = 0.02
"""Per cent of a chart's axis that a dot may be off: its coordinates have six decimals."""


@dataclass(frozen=True)
class Reader:
    """One version at one address."""

    client: FlaskClient
    address: str
    study: Study
    units: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]]
    languages: tuple[str, ...]
    turn: int | None = None
    """Which of the pages that are read in turn come now; all of them where it is None."""

    def read(self) -> Read:
        """All of it that comes now."""
        read = Read()
        self._csv(read)
        self._csv_for_people(read)
        for language in self.languages:
            self._summary(read, language)
            for unit in self.units:
                self._unit(read, unit, language)
        for language in self._now(self.languages):
            self._workbook(read, language)
        if self.turn is None:
            for language in self.languages:
                self._chart(read, language)
        step = 1 if self.turn is None else IN_TURN
        for criterion in self._surveyed()[(self.turn or 0) % step :: step]:
            self._criterion(read, criterion, "vi")
        for file in self._now(("bao-cao", "tom-tat")):
            self._report(read, file)
        self._open_data(read)
        return read

    def _now(self, several: tuple[str, ...]) -> tuple[str, ...]:
        """One of several whose turn it is, or all."""
        return several if self.turn is None else (several[self.turn % len(several)],)

    def _open_data(self, read: Read) -> None:
        """Tables and rows of the archive, where there is one."""
        reply = self.client.get(f"{self.address}/du-lieu-mo.zip")
        if reply.status_code == 200:
            Archive.of(reply.data).add_to(read)

    def _get(self, path: str) -> bytes:
        reply = self.client.get(self.address + path)
        assert reply.status_code == 200, path
        return bytes(reply.data)

    def _csv(self, read: Read) -> None:
        file = self._get("/ket-qua.csv").decode("utf-8-sig")
        self._rows(read, csv.DictReader(io.StringIO(file)), "csv")

    def _csv_for_people(self, read: Read) -> None:
        file = self._get("/ket-qua-excel.csv").decode("utf-8-sig").removeprefix("sep=;\n")
        rows = csv.DictReader(io.StringIO(file), delimiter=";")
        self._rows(read, ({k: _point(v) for k, v in row.items()} for row in rows), "csv-excel")

    def _rows(self, read: Read, rows: Iterator[dict[str, str]], where: str) -> None:
        for row in rows:
            unit = row["unit"]
            for column in ("appraised", "bonus", "penalty", "max"):
                if row[column]:
                    read.facts[column, unit] = float(row[column])
            for column in ("survey", "total", "index"):
                if row[column]:
                    read.add((column, unit), float(row[column]), EXACT, where)
                else:
                    read.withheld.add((column, unit))
            for column, cell in row.items():
                if column.startswith("points_"):
                    name = ("criterion", unit, column.removeprefix("points_"))
                    if cell:
                        read.add(name, float(cell), EXACT, where)

    def _summary(self, read: Read, language: str) -> None:
        page = self._get(f"?lang={language}").decode()
        for cells in _table(page, "c-summary"):
            unit = next(code for code, name in self.names[language].items() if name in cells[1])
            for name, cell in ((("index", unit), cells[2]), (("survey", unit), cells[-2])):
                self._cell(read, name, cell, language, f"page-{language}")

    def _unit(self, read: Read, unit: str, language: str) -> None:
        page = self._get(f"/don-vi/{unit}?lang={language}").decode()
        w, where = WORDS(language), f"unit-{language}"
        facts = {
            _text(term): _text(said)
            for term, said in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
        }
        self._cell(read, ("survey", unit), facts[w["survey"]].split(" / ")[0], language, where)
        self._cell(read, ("total", unit), facts[w["total"]].split(" / ")[0], language, where)
        for row in _table(page, "c-fields"):
            self._cell(read, ("field", unit, row[0].partition(". ")[0]), row[4], language, where)
        criterion = ""
        for cells in _table(page, "c-criteria"):
            code, is_first, _ = cells[0].partition(". ")
            row = cells[4:] if is_first else cells
            if is_first:
                criterion, points = code, cells[1]
                self._cell(read, ("criterion", unit, criterion), points, language, where)
            group = self._group(row[0], language)
            name = ("mean", unit, group, self._question(criterion))
            if row[1] == w["withheld"]:
                read.withheld.add(name)
            else:
                self._cell(read, name, row[2], language, where)
                read.facts["n", unit, group, self._question(criterion)] = float(
                    _figure(row[1], language)[0]
                )

    def _criterion(self, read: Read, criterion: str, language: str) -> None:
        """One criterion over all units: points, and for each group its ratio and its count."""
        page = self._get(f"/tieu-chi/{criterion}?lang={language}").decode()
        w, where = WORDS(language), f"criterion-{language}"
        for cells in _table(page, "c-criterion"):
            unit = next(code for code, name in self.names[language].items() if name == cells[0])
            self._cell(read, ("criterion", unit, criterion), cells[2], language, where)
            for group, cell in zip(self._groups_of(criterion), cells[4:], strict=True):
                name = ("mean", unit, group, self._question(criterion))
                ratio, _, count = cell.partition(" (")
                self._cell(read, name, ratio, language, where)
                if ratio not in {w["withheld"], "–"}:
                    n = float(_figure(count.rstrip(")"), language)[0])
                    assert read.facts[("n", *name[1:])] == n

    def _workbook(self, read: Read, language: str) -> None:
        file = openpyxl.load_workbook(
            io.BytesIO(self._get(f"/ket-qua.xlsx?lang={language}")), read_only=True, data_only=True
        )
        w, where = WORDS(language), f"xlsx-{language}"
        for row in _sheet(file, w["sheet_summary"]):
            for name, cell in ((("survey", row[0]), row[5]), (("total", row[0]), row[8])):
                if cell is not None:
                    read.add(name, float(cell), EXACT, where)
        for row in _sheet(file, w["sheet_fields"]):
            if isinstance(row[7], int | float) and row[8]:
                read.add(("field", row[0], str(row[2])), float(row[7]), EXACT, where)
        for row in _sheet(file, w["sheet_criteria"]):
            if isinstance(row[4], int | float):
                read.add(("criterion", row[0], str(row[2])), float(row[4]), EXACT, where)
        for row in _sheet(file, w["sheet_groups"]):
            if isinstance(row[6], int | float):
                question, group = self._question(str(row[2])), self._group(row[4], language)
                read.add(("mean", row[0], group, question), float(row[6]), EXACT, where)

    def _report(self, read: Read, file: str) -> None:
        """The tables of units, in the report or on the page for leaders."""
        survey, index = WORDS("vi")["survey"], WORDS("vi")["index_percent"]
        document = docx.Document(io.BytesIO(self._get(f"/{file}.docx")))
        for table in document.tables:
            rows = [[cell.text for cell in row.cells] for row in table.rows]
            for row in rows[1:]:
                named = [code for code, name in self.names["vi"].items() if name in row]
                for column, head in (("survey", survey), ("index", index)):
                    if named and head in rows[0]:
                        cell = row[rows[0].index(head)]
                        self._cell(read, (column, named[0]), cell, "vi", file)

    def _chart(self, read: Read, language: str) -> None:
        """The dots of the chart, by the ticks of its axis; the highest is on top."""
        drawn = self._get(f"/bieu-do.svg?lang={language}").decode()
        axis = [
            (float(text.replace(",", ".").replace("−", "-")), float(x))
            for x, text in re.findall(
                r'<g id="xtick_\d+">.*?<use [^>]*? x="([\d.]+)".*?<!-- ([-−\d.,]+) -->',
                drawn,
                re.DOTALL,
            )
        ]
        slope = (axis[-1][0] - axis[0][0]) / (axis[-1][1] - axis[0][1])
        dots = re.findall(r'<use [^>]*? x="([\d.]+)" y="([\d.]+)" style="fill', drawn)
        for number, (x, _) in enumerate(sorted(dots, key=lambda dot: float(dot[1]))):
            value = axis[0][0] + (float(x) - axis[0][1]) * slope
            read.add(("dot", str(number)), value, PIXEL, f"chart-{language}")

    def _cell(self, read: Read, name: Name, cell: str, language: str, where: str) -> None:
        if cell.startswith(WORDS(language)["withheld"]):
            read.withheld.add(name)
        elif cell.strip("–") != "":
            value, off = _figure(cell, language)
            read.add(name, value, off, where)

    def _surveyed(self) -> list[str]:
        return [leaf.code for leaf in self.study.index.leaves if leaf.assessed == "survey"]

    def _groups_of(self, criterion: str) -> list[str]:
        leaves = self.study.index.leaves
        return next(list(leaf.groups) for leaf in leaves if leaf.code == criterion)

    def _question(self, criterion: str) -> str:
        return next(leaf.question for leaf in self.study.index.leaves if leaf.code == criterion)

    def _group(self, name: str, language: str) -> str:
        groups = self.study.index.groups
        return next(code for code, text in groups.items() if text[language] == name)


def _figure(text: str, language: str) -> tuple[float, float]:
    """A printed number, and half a unit of its last digit."""
    (plain,) = re.findall(r"^-?[\d.,]+%?", text)[:1] or [""]
    share = 100 if plain.endswith("%") else 1
    plain = plain.rstrip("%")
    plain = plain.replace(".", "").replace(",", ".") if language == "vi" else plain.replace(",", "")
    places = len(plain.partition(".")[2])
    return float(plain) / share, 0.5 * 10.0**-places / share + EXACT


def _point(cell: str) -> str:
    return cell.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", cell) else cell


def _sheet(file: openpyxl.Workbook, name: str) -> list[tuple]:
    return list(file[name].iter_rows(min_row=2, values_only=True))


def _table(page: str, caption: str) -> list[list[str]]:
    """The text of each cell below the header."""
    (table,) = re.findall(rf'<caption id="{caption}">.*?</table>', page, re.DOTALL)
    rows = re.findall(r"<tr.*?>(.*?)</tr>", table, re.DOTALL)[1:]
    return [[_text(cell) for cell in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row)] for row in rows]


def _text(cell: str) -> str:
    return html.unescape(re.sub(r"<.*?>", "", cell)).strip()
