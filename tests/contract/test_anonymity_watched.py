"""Nobody finds out what a person answered by watching: pages, scores, copies of the store.

The attacker knows who sends, and when. While a wave is open, nothing that they see may change by
fewer than five people; and of two copies of the store, the older must not be readable when its
ballots were mixed.

Each attack was run on the version before ballots were sealed (89d7740, `git checkout`): what it
found there stands at the test.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import inspect

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.identity import passwords
from tests.respondent.live_survey import LiveSurvey, live_survey
from tests.support.accounts import add_account

pytestmark = pytest.mark.usefixtures("quick_processes")

DELEGATES = 16
COEFFICIENTS = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0}
WAVE = "/quan-tri/dot/test"
DELEGATION = "nhom=council&mau=council"
_OF_A_WAVE = (
    *("", "close", "open", "publish", "phieu", "don-vi", "dan-mau", "mau", "thu-moi"),
    *("mau/chon", "mau/thay-nguoi", "nhap/frame", "nhap/sample"),
    *("thu-moi/nhac", "thu-moi/nhac?ca-nhom=1", "thu-moi/nhac?tai=csv", "thu-moi/ket-qua"),
    *("truong-hop/council-11", "truong-hop/council-15", "thu-moi/cap", "thu-moi/thu-hoi"),
    *("kiem-tra", "kiem-tra/phuc-tra", "kiem-tra/phuc-tra/chon", "kiem-tra/loai-phieu"),
    *("kiem-tra/loai-phieu/de-nghi", "kiem-tra/y-kien", "kiem-tra/y-kien?tai=csv"),
    *("mo-lai", "xoa", "tien-do", "tien-do/manh", "tien-do?duoi=1", "tien-do?so-lieu=1"),
    "tien-do?nhom=council&sap-xep=-ty-le",
    f"tien-do/truong-hop?{DELEGATION}",
    *(
        f"tien-do/truong-hop?{DELEGATION}&trang-thai={state}"
        for state in ("not_issued", "issued", "noted", "answered")
    ),
    *("ket-qua/1", "ket-qua/1/don-vi/SNV", "ket-qua/1/linh-vuc", "ket-qua/1/tieu-chi"),
    *("ket-qua/1/tieu-chi/1.2.1", "ket-qua/1/giai-thich/SNV", "ket-qua/1/giai-thich/SNV/1.2.1"),
    *("ket-qua/1/nam-truoc", "ket-qua/1/do-nhay"),
    *("tu-danh-gia", "tu-danh-gia/don-vi/SNV", "tu-danh-gia/nhap/SNV", "tu-danh-gia/thoi-han"),
    "du-lieu-mo",
)
PAGES = ("/quan-tri/", *(f"{WAVE}/{page}".rstrip("/") for page in _OF_A_WAVE))
_FORM, _CARD, _NUMBER, _CLOCK = (
    r'(?<=value=")[^"]{40,}(?=")',
    "(?<=/ket-qua/)[0-9]+",
    "(?<=<dd>)[0-9]+(?= – )",
    r"Số liệu lúc [^.]*\.",
)
OWN = re.compile(f"{_FORM}|{_CARD}|{_NUMBER}|{_CLOCK}")
"""What differs from one look to the next: a form's token, how often the attacker has scored, the
clock of the board."""


@pytest.fixture
def quick_hashes(monkeypatch):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)


def delegate_sends(survey: LiveSurvey, number: int, codes: Mapping[str, str]) -> None:
    """A delegate rates every unit: by what it is called on the page."""
    phone = survey.phone("council", number)
    phone.open()
    phone.press("begin")
    for _ in range(len(codes)):
        unit = next(unit for unit in codes if f"~{unit}" in str(phone.page.action))
        phone.press("next", leadership=codes[unit])
    phone.press("next", remark="")
    assert phone.press("send").receipt


def mix(survey: LiveSurvey) -> None:
    """As the site does by itself."""
    survey.app.extensions["cchc"].mixer.mix_all()


class Analyst:
    """Somebody with an account of the office, and no more than that."""

    def __init__(self, survey: LiveSurvey) -> None:
        with survey.database.writing() as connection:
            add_account(connection, "lan", "một mật khẩu dài", "2026-01-05T01:00:00+00:00")
        survey.app.config["WTF_CSRF_ENABLED"] = False
        self.survey = survey
        self.client: FlaskClient = survey.app.test_client()
        sent = {"name": "lan", "password": "một mật khẩu dài"}
        assert self.client.post("/quan-tri/dang-nhap", data=sent).status_code == 302

    def pages(self) -> dict[str, str]:
        """Every page that tells of an open wave, without what differs from one look to the next."""
        self.client.get(PAGES[0])  # which says, once, what was done before
        return {path: OWN.sub("", self.client.get(path).get_data(as_text=True)) for path in PAGES}

    def score(self) -> list[dict[str, Any]]:
        """Score the wave as it stands; the estimates from which every page and download is made."""
        reply = self.client.post("/quan-tri/dot/test/score")
        assert reply.status_code == 302, reply.get_data(as_text=True)
        newest = "SELECT scores FROM scorecards ORDER BY id DESC LIMIT 1"
        estimates: list[dict[str, Any]] = json.loads(self.survey.rows(newest)[0][0])["estimates"]
        return estimates


def subtracted(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, float]:
    """What one who came between two scorings answered: n times the mean, less what it was."""
    earlier = {(row["unit"], row["group"], row["question"]): row for row in before}
    found = {}
    for row in after:
        was = earlier[row["unit"], row["group"], row["question"]]
        n, before_n = row["n"], was["n"]
        if n - before_n == 1:
            found[row["unit"]] = n * row["mean"] - before_n * (was["mean"] or 0)
    return found


@pytest.mark.usefixtures("quick_hashes")
def test_no_page_and_no_score_of_an_open_wave_tells_what_one_delegate_answered(
    database_url, tmp_path
):
    """Before: both answers of the delegate came out exactly, on either database."""
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        for number in range(DELEGATES - 5):
            delegate_sends(survey, number, {"SNV": "ABCD"[number % 4], "STP": "B"})
        mix(survey)
        analyst = Analyst(survey)
        scores, pages = analyst.score(), analyst.pages()
        delegate_sends(survey, DELEGATES - 5, {"SNV": "C", "STP": "A"})
        mix(survey)
        assert subtracted(scores, analyst.score()) == {}
        assert_unchanged(analyst, pages, scores)
        for number in range(DELEGATES - 4, DELEGATES):
            delegate_sends(survey, number, {"SNV": "D", "STP": "D"})
        mix(survey)
        changed = differences(scores, analyst.score())
        assert changed == {("SNV", "council"): 5, ("STP", "council"): 5}
        now = analyst.pages()
        assert now[WAVE] != pages[WAVE]
        assert re.search(r"\b13\b", now[f"{WAVE}/tien-do?so-lieu=1"])


def assert_unchanged(analyst, pages, scores):
    """All that an analyst sees is what it was, but for the list of their scorings."""
    assert analyst.score() == scores
    now = analyst.pages()
    scorecards = re.compile(r'(?s)<h2 id="h-scorecards".*?</table>')
    for path in PAGES:
        assert scorecards.sub("", pages[path]) == scorecards.sub("", now[path]), path


def differences(before, after):
    """By how many answers the counts of each unit and group have grown."""
    grown: Counter[tuple[str, str]] = Counter()
    for sign, rows in ((-1, before), (1, after)):
        for row in rows:
            grown[row["unit"], row["group"]] += sign * row["n"]
    return {cell: number for cell, number in grown.items() if number}


Snapshot = dict[str, set[str]]


def snapshot(survey: LiveSurvey) -> Snapshot:
    """Every row of every table."""
    tables = inspect(survey.database.engine).get_table_names()
    return {
        table: {repr(tuple(row)) for row in survey.rows(f"SELECT * FROM {table}")}
        for table in tables
    }


def citizen_sends(survey: LiveSurvey, number: int) -> None:
    phone = survey.phone("citizens", number)
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age=str(20 + number))
    phone.press("next", leadership="B")
    assert phone.press("send").receipt


def test_two_copies_around_one_submission_show_a_sealed_ballot_and_none_in_the_clear(
    database_url, tmp_path
):
    """Before: the ballot that came in between lay there in the clear."""
    with live_survey(tmp_path, url=database_url, citizens=2) as survey:
        citizen_sends(survey, 0)
        before = snapshot(survey)
        citizen_sends(survey, 1)
        after = snapshot(survey)
        gone = {table: before[table] - after[table] for table in before}
        come = {table: after[table] - before[table] for table in after}
        assert len(gone["unspent"]) == 1, "the attacker knows who it was"
        assert {table for table, rows in come.items() if rows} == {"sealed_ballots"}
        (sealed,) = come["sealed_ballots"]
        assert "leadership" not in sealed
        assert '"21"' not in sealed


def test_two_copies_around_a_mixing_show_five_or_more_that_may_be_anyone_s(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=12) as survey:
        for number in range(8):
            citizen_sends(survey, number)
        before = snapshot(survey)
        mix(survey)
        after = snapshot(survey)
        came = after["ballots"] - before["ballots"]
        assert len(came) == 5
        assert len(before["sealed_ballots"] - after["sealed_ballots"]) == 8, "three are sealed anew"
        design = {re.sub(r"'[0-9a-f]{32}'|'\{.*?\}'", "", row) for row in came}
        assert len(design) == 1, "nothing but the answers tells them apart"


def test_an_old_copy_cannot_be_opened_by_anything_that_is_on_the_machine(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=12) as survey:
        for number in range(8):
            citizen_sends(survey, number)
        bodies = dict(survey.rows("SELECT id, body FROM sealed_ballots"))
        ((epoch,),) = survey.rows("SELECT id FROM epochs")
        assert opened_by_what_lies_around(survey, epoch, bodies) == 8, "the attack would find a key"
        mix(survey)
        assert opened_by_what_lies_around(survey, epoch, bodies) == 0
        assert opened_by_what_lies_around(survey, *current(survey)) == 3, "those that wait"


def current(survey: LiveSurvey) -> tuple[str, dict[str, bytes]]:
    ((epoch,),) = survey.rows("SELECT id FROM epochs")
    return epoch, dict(survey.rows("SELECT id, body FROM sealed_ballots"))


def opened_by_what_lies_around(survey: LiveSurvey, epoch: str, bodies: Mapping[str, bytes]) -> int:
    """How many ballots are opened by trying every key that any file of the site can hold."""
    candidates = set()
    for file in survey.folder.rglob("*"):
        if file.is_file():
            found = re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", file.read_bytes())
            candidates |= {bytes.fromhex(key.decode()) for key in found}
    return sum(
        any(_opens(key, epoch, bytes(body)) for key in candidates) for body in bodies.values()
    )


def _opens(key: bytes, epoch: str, body: bytes) -> bool:
    try:
        ballot_sealing.unseal(key, epoch, body)
    except ballot_sealing.SealBroken:
        return False
    return True


def test_a_destroyed_key_is_in_no_file_any_more_in_no_shape(tmp_path):
    with live_survey(tmp_path, citizens=12) as survey:
        for number in range(8):
            citizen_sends(survey, number)
        (key,) = (tmp_path / "keys").glob("*.key")
        private = bytes.fromhex(key.read_text())
        mix(survey)
        for file in tmp_path.rglob("*"):
            if file.is_file():
                body = file.read_bytes()
                assert private not in body, file
                assert private.hex().encode() not in body, file


ANSWERS: tuple[Mapping[str, Any], ...] = (
    {"used_service": "2", "age": "19", "leadership": "A"},
    {
        "used_service": "1", "ways": ["counter", "online"], "age": "104", "last_visit": "4/1/2026",
        "leadership": "D", "waiting": "1",
    },
)  # fmt: skip

A_HIDDEN_PAGE = {
    "citizens": (
        "  - section: service\n",
        """  - section: visit
    title:
      vi: Lần đến
      en: The visit
    items:
      - item: again
        ask:
          vi: Ông/Bà có đến lần nữa không?
          en: Did you come again?
        scale: yes_no
        ask_if:
          used_service: [1]
  - section: service
""",
    )
}
"""It is seen by those alone who have visited."""


@pytest.mark.parametrize(
    "study", [{}, A_HIDDEN_PAGE], ids=["hidden questions", "a hidden page as well"]
)
def test_what_stands_beside_a_case_is_the_same_whatever_was_answered(database_url, tmp_path, study):
    """Before: `progress` told how many were asked, and `drafts.revision` how many pages were."""
    seen = []
    with live_survey(tmp_path, url=database_url, citizens=2, study=study) as survey:
        for number, answers in enumerate(ANSWERS):
            phone = survey.phone("citizens", number)
            phone.open()
            phone.press("begin")
            steps = [beside_the_case(survey, number)]
            phone.press("next", **answers)
            if "used_service" in phone.page.options:
                phone.press("next", **answers)  # more is asked on the page itself
            steps.append(beside_the_case(survey, number))
            if "again" in phone.page.options:
                phone.press("next", again="1")
            steps.append(beside_the_case(survey, number))
            phone.press("next", **answers)
            if "send" not in phone.page.buttons:
                phone.press("next", **answers)
            steps.append(beside_the_case(survey, number))
            phone.press("send")
            assert phone.page.receipt
            steps.append(beside_the_case(survey, number))
            survey.run("DELETE FROM sealed_ballots")
            seen.append(steps)
    for one, other in zip(*seen, strict=True):
        assert one == other
    assert seen[0][1]["progress"]
    assert seen[0][4]["sealed_ballots"]


def test_a_text_of_any_length_leaves_the_same_sizes(database_url, tmp_path):
    """Before: a long remark made the sealed draft longer by whole blocks."""
    seen = []
    with live_survey(tmp_path, url=database_url, council=2) as survey:
        for number, remark in enumerate(("", "ế" * 500)):
            phone = survey.phone("council", number)
            phone.open()
            phone.press("begin")
            for _ in range(2):
                phone.press("next", leadership="A" if number else "KB")
            phone.press("next", remark=remark)
            assert "send" in phone.page.buttons
            steps = [beside_the_case(survey, number, "council")]
            phone.press("send")
            steps.append(beside_the_case(survey, number, "council"))
            survey.run("DELETE FROM sealed_ballots")
            seen.append(steps)
    assert seen[0] == seen[1]


def beside_the_case(
    survey: LiveSurvey, number: int, group: str = "citizens"
) -> dict[str, list[str]]:
    """Every value beside a case, and the length of what is sealed; not what merely names it."""
    ((case,),) = survey.rows(f"SELECT id FROM cases WHERE label = '{group}-{number}'")
    names = {"id", "case_id", "label", "digest", "key", "epoch_id"}
    found: dict[str, list[str]] = {}
    for table in inspect(survey.database.engine).get_table_names():
        columns = [each["name"] for each in inspect(survey.database.engine).get_columns(table)]
        own = f" WHERE case_id = {case}" if "case_id" in columns else ""
        if table == "cases":
            own = f" WHERE id = {case}"
        if not own and table not in {"drafts", "sealed_ballots", "ballots", "ratings"}:
            continue
        shown = [name for name in columns if name not in names]
        rows = survey.rows(f"SELECT {', '.join(shown)} FROM {table}{own}") if shown else []
        found[table] = [
            ", ".join(f"{name} {_shown(it)}" for name, it in zip(shown, row, strict=True))
            for row in rows
        ]
    return found


def _shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes | memoryview) else repr(value)
