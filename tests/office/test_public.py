import csv
import io
import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from survey_app import collation
from survey_app.questionnaire import library
from survey_app.store import scorecards
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.scored import answered, kept_scorecard

PAGES = [
    "/ket-qua/dot-2026",
    "/ket-qua/dot-2026/bieu-do.svg",
    "/ket-qua/dot-2026/ket-qua.csv",
    "/ket-qua/dot-2026/ket-qua-excel.csv",
]


def test_what_is_not_published_does_not_exist(stranger: FlaskClient, draft: Scorecard) -> None:
    for page in [*PAGES, "/ket-qua/dot-2026/don-vi/SNV"]:
        reply = stranger.get(page)
        assert reply.status_code == 404, page
        assert reply.data == stranger.get("/ket-qua/khong-co").data, page
        assert "dot-2026" not in stranger.get("/ket-qua").get_data(as_text=True)


def test_published_results_are_there_for_everyone_without_a_cookie(
    app: Flask, published: Scorecard
) -> None:
    for page in PAGES:
        reply = app.test_client().get(page)
        assert reply.status_code == 200, page
        assert "Set-Cookie" not in reply.headers, page


def test_a_newer_draft_does_not_show_until_it_supersedes(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    before = stranger.get("/ket-qua/dot-2026").data
    newer = kept_scorecard(house, wave, merged=False)
    assert stranger.get("/ket-qua/dot-2026").data == before
    with house.database.writing() as connection:
        scorecards.publish(connection, newer.id, "2026-09-05T01:00:00+00:00", "lan")
    assert "05/09/2026" in stranger.get("/ket-qua/dot-2026").get_data(as_text=True)


def test_the_language_of_a_link_is_kept_in_the_links(
    stranger: FlaskClient, published: Scorecard
) -> None:
    page = stranger.get("/ket-qua/dot-2026?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "/ket-qua/dot-2026/ket-qua.csv?lang=en" in page


def test_an_outsider_finds_no_way_into_the_office(
    stranger: FlaskClient, published: Scorecard
) -> None:
    assert "/quan-tri/dot" not in stranger.get("/ket-qua/dot-2026").get_data(as_text=True)


def test_where_all_that_is_known_of_a_unit_are_few_answers_its_points_and_place_are_withheld(
    house: House, stranger: FlaskClient, tmp_path: Path
) -> None:
    study = library.study(write_study(tmp_path / "texts"), tmp_path / "texts")
    card = kept_scorecard(house, answered(house, study, each=2), public=True)
    assert card.merged
    (*_, unit) = rows = list(
        csv.DictReader(io.StringIO(stranger.get(PAGES[2]).data.decode("utf-8-sig")))
    )
    assert [row["unit"] for row in rows] == ["SNV", "STP"]
    known = ("survey", "survey_max", "survey_lo", "total", "max", "index", "index_lo", "grade")
    for row in rows:
        assert {row[name] for name in (*known, "rank", "rank_lo", "band", "flags")} == {""}
        assert row["self"]
    summary = stranger.get(PAGES[0]).get_data(as_text=True)
    assert summary.count('<td class="n strong">Không công bố</td>') == 2
    page = stranger.get(f"/ket-qua/dot-2026/don-vi/{unit['unit']}").get_data(as_text=True)
    for label in ("Hạng", "Chỉ số (%)", "Tổng điểm", "Điều tra XHH"):
        assert f"<dt>{label}</dt><dd>Không công bố</dd>" in page
    assert "không xếp hạng" not in page.lower()
    assert stranger.get(PAGES[1]).status_code == 200


def test_no_order_of_the_public_table_tells_withheld_numbers_apart(
    house: House, stranger: FlaskClient, tmp_path: Path
) -> None:
    study = library.study(write_study(tmp_path / "texts"), tmp_path / "texts")
    kept_scorecard(house, answered(house, study, each=2), public=True)
    orders = set()
    for column in ("hang", "chi-so", "khao-sat", "tong-diem", "xep-loai"):
        for way in ("", "-"):
            page = stranger.get(f"{PAGES[0]}?sap-xep={way}{column}").get_data(as_text=True)
            for table in page.split('<table class="data')[1:3]:  # the chart, and the table
                orders.add(tuple(re.findall(r"/ket-qua/dot-2026/don-vi/(\w+)", table)))
    assert orders == {("SNV", "STP")}


def test_the_public_table_is_sorted_by_its_heads(
    stranger: FlaskClient, published: Scorecard
) -> None:
    names = {
        way: re.findall(
            r'don-vi/\w+">([^<]+)<',
            stranger.get(f"{PAGES[0]}?sap-xep={way}don-vi").text.split('"data summary"')[1],
        )
        for way in ("", "-")
    }
    assert names[""] == sorted(names[""], key=collation.key)
    assert len(names[""]) > 1
    assert names["-"] == names[""][::-1]
