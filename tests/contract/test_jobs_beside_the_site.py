"""Workers beside the site: what is asked of them, and phones that do not wait for them."""

from __future__ import annotations

import os
import signal

import pytest

from survey_app.demo.phone import Phone
from tests.fielded import field
from tests.jobs.beside import closed, shop
from tests.jobs.frozen import ON_A_FILE, frozen, is_scoring, newest
from tests.jobs.live_site import Browser, live_site, until
from tests.jobs.shop import sample

__all__ = ["closed", "shop"]

pytestmark = pytest.mark.usefixtures("process_files")


def test_phones_are_answered_while_a_long_job_runs_and_the_job_is_done_after(shop, closed):
    fielded = field(shop.database, shop.path / "open", citizens=3)
    shop.house.mixer.epochs.prepare()
    with live_site(shop) as site:
        analyst = Browser(site.home)
        with frozen(site) as held:
            analyst.post(f"/quan-tri/dot/{closed}/merge")
        until(lambda: is_scoring(shop))
        assert os.getpriority(os.PRIO_PROCESS, site.worker()) == 10
        for token in fielded.tokens["citizens"]:
            phone = Phone(site.home, timeout=30)
            phone.open(f"/p/{token}")
            phone.press("begin")
            phone.press("next", {"used_service": "2", "age": "41"})
            phone.press("next", {"leadership": "B"})
            assert phone.press("send").receipt
            phone.close()
        assert "Đang tính điểm" in analyst.get(f"/quan-tri/cong-viec/{newest(shop).id}")
        assert is_scoring(shop)
        os.kill(held[0], signal.SIGCONT)
        until(lambda: not newest(shop).is_unfinished)
        assert newest(shop).state == "done"
        arrived = analyst.get(f"/quan-tri/cong-viec/{newest(shop).id}?cho=1")
        assert analyst.at == f"/quan-tri/dot/{closed}/ket-qua/{newest(shop).result['scorecard']}"
        assert "Đã ghép điểm" in arrived or "Đã tổng hợp" in arrived


@ON_A_FILE
def test_pressing_a_button_twice_asks_once_and_quick_work_is_answered_at_once(shop, closed):
    with live_site(shop) as site:
        analyst = Browser(site.home)
        with frozen(site) as held:
            analyst.post(f"/quan-tri/dot/{closed}/score")
        first = newest(shop).id
        analyst.post(f"/quan-tri/dot/{closed}/score")
        assert analyst.at == f"/quan-tri/cong-viec/{first}"
        assert newest(shop).id == first
        os.kill(held[0], signal.SIGCONT)
        until(lambda: not newest(shop).is_unfinished)
        said = analyst.get("/quan-tri/cong-viec")
        assert "Tính điểm điều tra xã hội học" in said
        card = newest(shop).result["scorecard"]
        analyst.get(f"/quan-tri/dot/{closed}/ket-qua/{card}/tai-ve/csv")
        until(lambda: not newest(shop).is_unfinished)
        table = analyst.get(f"/quan-tri/cong-viec/{newest(shop).id}/tep")
        assert table.lstrip("\ufeff").startswith("rank,")
        assert shop.log("download") >= 1


@ON_A_FILE
def test_a_list_that_is_handed_in_lies_there_until_it_is_read_for_its_owner_only(shop):
    shop.field(council=0, citizens=0, opened=False)
    with live_site(shop) as site:
        worker = site.worker()
        os.kill(worker, signal.SIGSTOP)
        analyst = Browser(site.home)
        analyst.upload("/quan-tri/dot/test/nhap/sample", "mau.csv", sample(4).content)
        assert analyst.at == f"/quan-tri/cong-viec/{newest(shop).id}"
        kept = [file for file in shop.job_files() if file.is_file()]
        assert any(file.read_bytes() == sample(4).content for file in kept)
        assert {oct(file.stat().st_mode & 0o777) for file in kept} == {"0o600"}
        folders = {file.parent for file in kept} | {file.parent.parent for file in kept}
        assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}
        os.kill(worker, signal.SIGCONT)
        until(lambda: not newest(shop).is_unfinished)
        assert shop.count("contacts") == 0
        waiting = [file for file in shop.job_files() if file.is_file()]
        assert {file.name for file in waiting} == {"list", "list-file", "list-told"}
        assert {oct(file.stat().st_mode & 0o777) for file in waiting} == {"0o600"}
        analyst.get(f"/quan-tri/cong-viec/{newest(shop).id}?cho=1")
        assert analyst.at == f"/quan-tri/dot/test/nhap/sample/{newest(shop).id}"
        said = analyst.post(analyst.at)
        until(lambda: shop.job_files() == [])
        assert shop.count("contacts") == 4
        if "Đã nhập" not in said:
            said = analyst.get(f"/quan-tri/cong-viec/{newest(shop).id}?cho=1")
        assert "Đã nhập mẫu điều tra: 4 trường hợp." in said
