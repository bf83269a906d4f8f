"""The pages of a scorecard that was laid out: chart, fields, criteria, derivations, its jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.app import create_app
from survey_app.conduct.scoring import kept_pages, publish
from survey_app.i18n import number, percent
from survey_app.office.results.withholding import pattern_of
from survey_app.questionnaire import library
from survey_app.store import tables as t
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.conftest import PASSWORD
from tests.office.scored import AT, answered, house_at
from tests.support.accounts import add_account
from tests.support.stores import make_tables

CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Two years of a wave, this year's scored by the analysis itself and laid out for pages."""

    house: House
    wave: Wave
    card: Scorecard
    client: FlaskClient
    reader: FlaskClient

    def page(self, path: str = "") -> str:
        reply = self.client.get(self.address(path))
        assert reply.status_code == 200, path
        return str(reply.text)

    def address(self, path: str = "") -> str:
        return f"/quan-tri/dot/{self.wave.name}/ket-qua/{self.card.id}{path}"

    @property
    def merged(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.card.merged or "")
        return content


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laid]:
    folder = tmp_path_factory.mktemp("laid")
    database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
    make_tables(database.engine)
    yield lay_out(database, folder)
    database.close()


def lay_out(database: Database, folder: Path) -> Laid:
    """Four citizens were asked about the first unit this year; last year everybody as usual."""
    house = house_at(database, folder)
    study = library.study(write_study(folder / "texts"), folder / "texts")
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
        add_account(connection, "hoa", PASSWORD, AT, ["reader"])
    before = answered(house, study, each=24, seed=2, year=2025)
    publish.score(house, before, "lan", merge=True)
    wave = answered(house, study, each=24, few=4)
    card = publish.score(house, wave, "lan", merge=True)
    app = create_app(house.settings, house=house)
    app.config["WTF_CSRF_ENABLED"] = False
    clients = {name: app.test_client() for name in ("lan", "hoa")}
    for name, client in clients.items():
        client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
    return Laid(house=house, wave=wave, card=card, client=clients["lan"], reader=clients["hoa"])


def test_the_page_of_results_leads_with_a_chart_of_every_unit(laid: Laid) -> None:
    page = laid.page()
    chart, table = page.index('class="data standings"'), page.index('class="data summary"')
    assert chart < table
    shown = page[chart : page.index("</table>", chart)]
    for row in laid.merged["units"]:
        assert number(row["index"], "vi", 2) in shown
    assert shown.count('class="point"') == len(laid.merged["units"])
    assert shown.count('class="line"') == sum(row["lo"] is not None for row in laid.merged["units"])


def test_the_chart_is_read_from_what_was_laid_out_and_is_what_the_scores_say(laid: Laid) -> None:
    laid_out = laid.page()
    folder = kept_pages.folder(laid.house, laid.card.id, "detail")
    aside = folder.with_name("aside")
    folder.rename(aside)
    try:
        read_whole = laid.page()
    finally:
        aside.rename(folder)
    for start, end in (("standings", "</table>"), ('"data summary"', "</table>")):
        parts = [page[page.index(start) :] for page in (laid_out, read_whole)]
        assert len({part[: part.index(end)] for part in parts}) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("/don-vi/SNV", "/don-vi/SNV"), ("/tai-ve/csv", "/tai-ve/csv")],
)
def test_addresses_of_before_lead_to_the_page_of_today(laid: Laid, old: str, new: str) -> None:
    reply = laid.client.get(f"/quan-tri/bang-diem/{laid.card.id}{old}?muc=A")
    assert reply.status_code == 308
    assert reply.location == laid.address(new) + "?muc=A"
    assert laid.client.get("/quan-tri/bang-diem/999").status_code == 404


def test_a_scorecard_is_found_below_its_own_wave_only(laid: Laid) -> None:
    assert laid.client.get(f"/quan-tri/dot/dot-2025/ket-qua/{laid.card.id}").status_code == 404


def test_units_are_searched_and_filtered_by_the_address(laid: Laid) -> None:
    grades = {row["unit"]: row["grade"] for row in laid.merged["units"]}
    for grade in ("A", "B"):
        page = laid.page(f"?muc={grade}")
        table = page[page.index('class="data summary"') :]
        rows = table[table.index("<tbody>") : table.index("</tbody>")].count("<tr")
        assert rows == sum(each == grade for each in grades.values())


def test_the_heat_map_has_the_share_of_every_field(laid: Laid) -> None:
    page = laid.page("/linh-vuc")
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    shown = [re.sub("<[^>]+>", "", cell) for cell in CELL.findall(body)]
    fields = {row["unit"]: row["percent"] for row in laid.merged["fields"]}
    ranked = sorted(laid.merged["units"], key=lambda row: row["rank"])
    assert shown[1::2] == [number(fields[row["unit"]], "vi", 0) for row in ranked]
    assert shown[0::2] == [str(row["rank"]) for row in ranked]


def test_a_criterion_shows_every_unit_with_its_points(laid: Laid) -> None:
    scores = json.loads(laid.card.scores)
    page = laid.page("/tieu-chi/1.2.1")
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    for row in scores["criteria"]:
        assert f">{number(row['score'], 'vi', 2)}<" in body
    upwards = laid.page("/tieu-chi/1.2.1?sap-xep=diem")
    points = re.findall(r'giai-thich/(\w+)/1.2.1">', upwards)
    assert points == [
        row["unit"] for row in sorted(scores["criteria"], key=lambda row: row["score"])
    ]
    assert laid.client.get(laid.address("/tieu-chi/9.9")).status_code == 404


def test_a_number_leads_down_to_the_answers_that_it_is_made_of(laid: Laid) -> None:
    assert f'href="{laid.address("/giai-thich/STP")}"' in laid.page()
    steps = laid.page("/giai-thich/STP")
    row = next(row for row in laid.merged["units"] if row["unit"] == "STP")
    assert f"<strong>{number(row['index'], 'vi', 2)}</strong>" in steps
    assert f'href="{laid.address("/giai-thich/STP/1.2.1")}"' in steps
    page = laid.page("/giai-thich/STP/1.2.1")
    laid_out = kept_pages.unit(laid.house, laid.card.id, "detail", "STP")
    assert laid_out is not None
    (derivation,) = laid_out["derivation"]
    assert f"<strong>{number(derivation['points'], 'vi', 2)}</strong>" in page
    for link in derivation["links"]:
        assert not link["withheld"]
        assert number(link["sum_wx"], "vi", 2) in page
        assert f"<strong>{number(link['mean'], 'vi', 4)}</strong>" in page


def test_no_page_counts_answers_of_few(laid: Laid) -> None:
    """The attack: every count of an option on any page, and every cell that has one at all."""
    study = laid.house.study(laid.wave.id, laid.wave.study)
    fewest = study.index.publish_from
    pattern = pattern_of(laid.card, study)
    withheld = 0
    for unit in ("SNV", "STP"):
        laid_out = kept_pages.unit(laid.house, laid.card.id, "detail", unit)
        assert laid_out is not None
        for link in laid_out["derivation"][0]["links"]:
            hidden = pattern.is_withheld("mean", unit, link["group"], link["question"])
            assert link["withheld"] == hidden
            withheld += hidden
            counts = [row["n"] for row in link.get("answers", ()) if not row.get("declined")]
            assert all(not n or n >= fewest for n in counts)
            if hidden:
                assert set(link) == {"group", "question", "withheld"}
        page = laid.page(f"/don-vi/{unit}")
        drawn = re.findall(r"<rect[^>]*>(?:<text[^>]*>(\d+)</text>)?", page)
        assert all(int(count) >= fewest for count in drawn if count)
    assert withheld, "the first unit's four citizens"
    page = laid.page("/giai-thich/SNV/1.2.1")
    assert "Không hiển thị: có dưới 5 câu trả lời" in page


def test_a_scorecard_of_before_says_what_it_lacks(analyst: FlaskClient, draft: Scorecard) -> None:
    home = f"/quan-tri/dot/dot-2026/ket-qua/{draft.id}"
    for path in ("/don-vi/SNV", "/tieu-chi/1.2.1", "/giai-thich/SNV/1.2.1"):
        assert "được lập bằng phiên bản cũ" in analyst.get(home + path).text
    assert analyst.get(home).text.count('class="point"') >= 2
    assert "%" in analyst.get(f"{home}/linh-vuc").text


def test_sensitivity_is_worked_out_by_a_job_and_kept(laid: Laid) -> None:
    assert "Chưa tính độ nhạy" in laid.page()
    assert "Chưa tính độ nhạy" in laid.page("/do-nhay")
    assert laid.reader.post(laid.address("/do-nhay/tinh")).status_code == 403
    reply = laid.client.post(laid.address("/do-nhay/tinh"))
    assert reply.location == laid.address("/do-nhay")
    page = laid.page("/do-nhay")
    kept = kept_pages.read(laid.house, laid.card.id, "sensitivity")
    assert kept is not None
    assert {row["unit"] for row in kept["units"]} == {"SNV", "STP"}
    assert "Hệ số 100/60/20/0" in page
    assert "theo kịp" in page
    assert "Chưa tính độ nhạy" not in laid.page()
    assert lines(laid, "sensitivity") == [f"{laid.wave.name} {laid.card.id}"]


def test_two_years_are_compared_by_a_job_and_kept(laid: Laid) -> None:
    assert "Chưa so sánh" in laid.page("/nam-truoc")
    reply = laid.client.post(laid.address("/nam-truoc/tinh"), data={"last": "dot-2025"})
    assert reply.location == laid.address("/nam-truoc")
    page = laid.page("/nam-truoc")
    kept = kept_pages.read(laid.house, laid.card.id, "comparison")
    assert kept is not None
    for row in kept["units"]:
        sign = "+" if row["change"] > 0 else ""
        assert f"{sign}{number(row['change'], 'vi', 2)}" in page
    assert "So với năm 2025" in laid.page("/don-vi/STP")
    assert lines(laid, "compare") == [f"{laid.wave.name} {laid.card.id} dot-2025"]


def test_without_an_earlier_year_nothing_is_compared(laid: Laid) -> None:
    reply = laid.client.post(laid.address("/nam-truoc/tinh"), data={"last": "khong-co"})
    assert reply.status_code == 409
    assert "Chưa có đợt nào của năm trước" in reply.text


def lines(laid: Laid, action: str) -> list[str]:
    """What the log says of an action."""
    with laid.house.database.reading() as connection:
        known = select(t.audit.c.detail).where(t.audit.c.action == action)
        return list(connection.execute(known).scalars())


def test_a_profile_names_what_is_apart_from_the_class(laid: Laid) -> None:
    page = laid.page("/don-vi/STP")
    laid_out = kept_pages.unit(laid.house, laid.card.id, "detail", "STP")
    assert laid_out is not None
    (line,) = laid_out["profile"]["criteria"]
    assert f">{percent(line['share'], 'vi')}<" in page
    strengths = page[page.index('id="h-strong"') : page.index('id="h-weak"')]
    assert ("1.2.1" in strengths) == (line["stands"] == "above")


def test_results_are_laid_out_and_shown_on_either_database(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    make_tables(database.engine)
    laid = lay_out(database, tmp_path)
    paths = ("", "/linh-vuc", "/tieu-chi", "/tieu-chi/1.2.1", "/don-vi/SNV", "/giai-thich/SNV")
    for spoken in ("en", "vi"):
        for path in (*paths, "/giai-thich/SNV/1.2.1", "/nam-truoc", "/do-nhay"):
            page = laid.page(f"{path}?lang={spoken}")
            assert f'<html lang="{spoken}">' in page
            assert "scorecard_" not in page
    database.close()
