"""The page that closes a wave: which last forms could be guessed, and who accepts that."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.web import House
from tests.fielded import Fielded, field
from tests.office.handing_in import hand_in
from tests.office.ticking import ticked
from tests.support.cast import cast_all

CLOSE = "/quan-tri/dot/test/close"
ACCEPT = "Tôi đã hiểu, và chấp nhận mở cả những phiếu có quá ít phiếu giống mình."


@pytest.fixture
def fielded(house: House, tmp_path: Path) -> Fielded:
    """An open wave of twelve citizens, of whom two live in a stratum of their own."""
    made = field(house.database, tmp_path / "texts", citizens=12)
    with house.database.writing() as connection:
        mine = select(t.cases.c.id).where(t.cases.c.grp == "citizens").order_by(t.cases.c.id)
        two = connection.execute(mine).scalars().all()[:2]
        apart = update(t.cases).where(t.cases.c.id.in_(two)).values(stratum="other")
        connection.execute(apart)
    house.mixer.epochs.prepare()
    return made


def state(house: House) -> str:
    with house.database.reading() as connection:
        return waves.find(connection, "test").state


def test_the_page_tells_of_small_classes_by_size_as_of_the_last_mixing(
    house: House, analyst: FlaskClient, fielded: Fielded
) -> None:
    page = analyst.get(CLOSE).get_data(as_text=True)
    assert ACCEPT in page
    assert "nhóm chỉ có" not in page
    cast_all(house.database, fielded.tokens["citizens"][:6], 0)
    assert "nhóm chỉ có" not in analyst.get(CLOSE).get_data(as_text=True)
    house.mixer.mix_all()
    page = analyst.get(CLOSE).get_data(as_text=True)
    assert "1 nhóm chỉ có 2 phiếu" in page
    assert "classes with 2 forms: 1" in analyst.get(f"{CLOSE}?lang=en").get_data(as_text=True)


def test_without_acceptance_it_stays_open_and_the_box_can_be_ticked(
    house: House, analyst: FlaskClient, fielded: Fielded
) -> None:
    cast_all(house.database, fielded.tokens["citizens"][:6], 0)
    refused = ticked(analyst, CLOSE)
    said = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert state(house) == "open"
    assert "quá ít phiếu giống mình" in said
    assert 'name="accept"' in said
    assert "2" not in said.partition('<ul class="faults">')[2].partition("</ul>")[0]
    done = ticked(analyst, CLOSE, follow=True, accept="1")
    assert "Đã đóng đợt điều tra." in done.get_data(as_text=True)
    assert state(house) == "closed"
    with house.database.reading() as connection:
        assert connection.execute(select(t.sealed_ballots.c.id)).all() == []
        log = connection.execute(select(t.audit.c.who, t.audit.c.action, t.audit.c.detail)).all()
    assert ("lan", "small-classes-accepted", "test 2") in [tuple(line) for line in log]


def test_where_enough_are_alike_nothing_need_be_accepted(
    house: House, analyst: FlaskClient, fielded: Fielded
) -> None:
    cast_all(house.database, fielded.tokens["citizens"][2:6], 0)
    assert ticked(analyst, CLOSE).status_code == 302
    assert state(house) == "closed"


def test_a_wave_that_was_closed_by_halves_is_closed_once_more(
    house: House, analyst: FlaskClient, fielded: Fielded
) -> None:
    cast_all(house.database, fielded.tokens["citizens"][:6], 0)
    for key in (house.settings.data_folder / "keys").glob("*.key"):
        away = key.rename(key.with_suffix(".away"))
    refused = ticked(analyst, CLOSE, accept="1").get_data(as_text=True)
    assert "thiếu khóa niêm phong" in refused
    assert "<dt>Số phiếu:</dt> <dd>6</dd>" in refused
    assert state(house) == "closed"
    page = analyst.get("/quan-tri/dot/test").get_data(as_text=True)
    assert "còn phiếu niêm phong chưa mở" in page
    assert CLOSE in page
    score = analyst.post("/quan-tri/dot/test/score")
    assert score.status_code == 409
    assert "Còn phiếu niêm phong" in score.get_data(as_text=True)
    away.rename(away.with_suffix(".key"))
    assert ticked(analyst, CLOSE, accept="1").status_code == 302
    page = analyst.get("/quan-tri/dot/test").get_data(as_text=True)
    assert "còn phiếu niêm phong chưa mở" not in page
    assert CLOSE not in page


def test_the_page_of_an_open_wave_says_how_its_counts_change(
    house: House, analyst: FlaskClient, fielded: Fielded
) -> None:
    words = "Các số này mỗi lần thay đổi ít nhất 5 người"
    assert words in analyst.get("/quan-tri/dot/test").get_data(as_text=True)
    ticked(analyst, CLOSE)
    assert words not in analyst.get("/quan-tri/dot/test").get_data(as_text=True)


SAMPLE = "\n".join(
    [
        "case,group,unit,asked,sample,stratum,weight,fpc1",
        *(f"C{number},council,,*,hdnd,all,1,65" for number in range(10)),
        "D1,citizens,SNV,,,all,2.5,90",
    ]
)


def test_an_upload_warns_of_small_classes_by_the_expected_returns(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False)
    reply = hand_in(analyst, "sample", SAMPLE.encode(), follow_redirects=True)
    said = reply.get_data(as_text=True)
    assert "Đã nhập mẫu điều tra: 11 trường hợp." in said
    assert "Nếu 50% số người được mời trả lời, 1 trường hợp trong mẫu" in said
    opened = ticked(analyst, "/quan-tri/dot/test/open", follow=True)
    assert "Nếu 50% số người được mời trả lời, 1 trường hợp" in opened.get_data(as_text=True)


def test_an_upload_without_small_classes_warns_of_nothing(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False)
    sound = SAMPLE.rpartition("\n")[0]
    reply = hand_in(analyst, "sample", sound.encode(), follow_redirects=True)
    said = reply.get_data(as_text=True)
    assert "10 trường hợp." in said
    assert "số người được mời trả lời" not in said
