"""Whoever is in cannot reach what is another unit's, another account's, or another wave's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from survey_app.conduct.assessment import assessing
from survey_app.conduct.assessment.assessing import Asked, Deed
from survey_app.store import jobs
from survey_app.store.assessment import evidence, questions
from survey_app.store.waves import find as find_wave
from tests.attack.conftest import Site
from tests.office.assessment import doing
from tests.office.scored import AT


@pytest.fixture(scope="module")
def anothers(site: Site) -> dict[str, int]:
    """What there is of STP and of others: a file, a question, jobs."""
    stp = site.enter("van-thu-stp", "unit", unit="STP")
    with site.without_tokens():
        assert doing.enter_points(stp, unit="STP").status_code == 302
        path = f"{doing.own('STP')}/kiem-chung/1.1.1"
        files = {"files": (doing.io.BytesIO(b"%PDF-1.4\n%%EOF"), "a.pdf")}
        assert stp.post(path, data=files).status_code == 302
        assert stp.post(f"{doing.own('STP')}/nop").status_code == 302
    asked = [Asked(criterion="1.1.1", question="Căn cứ nào?")]
    assessing.appraise(site.house, Deed(wave="test", unit="STP", by="x"), [], asked, "1")
    with site.house.database.writing() as connection:
        wave = find_wave(connection, "test")
        numbers = {
            f"job {kind}": jobs.ask(
                connection, kind, "test", arguments, folder=kind, by="ai-khac", at=AT
            ).id
            for kind, arguments in (
                ("release", {}),
                ("letters", {}),
                ("list", {"kind": "sample", "language": "vi"}),
                ("points", {"unit": "STP"}),
            )
        }
        numbers["file"] = evidence.of_unit(connection, wave.id, "STP")[0].id
        numbers["question"] = questions.of_unit(connection, wave.id, "STP")[0].id
    return numbers


def addresses(site: Site, numbers: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Every address of a page about a unit, a file or a job, with another's in it."""
    good = {"name": "test", "unit": "STP", "criterion": "1.1.1", "field": "1"}
    for rule in site.app.url_map.iter_rules():
        about = rule.rule.startswith(
            ("/quan-tri/dot/<name>/tu-danh-gia/nhap/", "/quan-tri/dot/<name>/tu-danh-gia/tep/",
             "/quan-tri/cong-viec/<int:number>")
        )  # fmt: skip
        if not about:
            continue
        kinds = [key for key in numbers if key.startswith("job")]
        if "cong-viec" not in rule.rule:
            kinds = ["file"] if "tep" in rule.rule or "bo" in rule.rule else ["question"]
        for kind in kinds:
            with site.app.test_request_context():
                known = {**good, "number": numbers[kind]}
                built = rule.build({name: known[name] for name in rule.arguments})
            assert built is not None
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, built[1]


def test_a_clerk_reaches_nothing_of_another_unit_and_every_try_is_in_the_log(site, anothers):
    clerk = site.enter("van-thu-snv", "unit", unit="SNV")
    asked, before = list(addresses(site, anothers)), site.rows()
    assert len(asked) > 25
    with site.without_tokens():
        reached = {
            f"{method} {path}": status
            for method, path in asked
            if (status := clerk.open(path, method=method).status_code) not in {403, 404}
        }
    assert reached == {}
    assert site.rows() == before
    refused = {line.detail for line in site.lines("refused") if line.who == "van-thu-snv"}
    first = {f"{method} {path}" for method, path in asked[:5]}
    assert first <= refused


def test_an_appraiser_changes_nothing_outside_their_fields(site, anothers):
    appraiser = site.enter("tham-dinh", "appraiser", unit="SNV")  # no field of the index is SNV's
    before = site.rows()
    with site.without_tokens():
        path = f"{doing.sheet('STP')}/tham-dinh/1"
        assert appraiser.post(path, data={"points-1.1.1": "1"}).status_code == 404
    assert site.rows() == before
    assert site.lines("refused")[0].who == "tham-dinh"


def test_what_is_of_one_wave_is_at_no_address_of_another(site, anothers):
    analyst = site.enter("lan")
    card = "/quan-tri/dot/{}/ket-qua/1"
    pages = ("", "/bieu-do.svg", "/bao-cao", "/tai-ve/csv", "/bao-cao/don-vi/SNV.docx")
    for page in pages:
        assert analyst.get(card.format("dot-2026") + page).status_code == 200, page
        assert analyst.get(card.format("test") + page).status_code == 404, page
    file = f"/quan-tri/dot/{{}}/tu-danh-gia/tep/{anothers['file']}"
    assert analyst.get(file.format("test")).status_code == 200
    assert analyst.get(file.format("dot-2026")).status_code == 404
