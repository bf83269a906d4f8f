"""A list is handed in, and its way is watched in a real browser, with and without scripts."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from survey_app.store import jobs
from tests.jobs.live_site import PASSWORD, children, live_site, sign_up, until
from tests.jobs.shop import Shop, sample
from tests.support.browsing import settle

pytestmark = pytest.mark.usefixtures("process_files")


@pytest.fixture
def shop(tmp_path):
    made = Shop(f"sqlite:///{tmp_path / 'store.sqlite3'}", tmp_path)
    sign_up(made)
    made.field(council=0, citizens=0, opened=False)
    yield made
    made.database.close()


@pytest.fixture(params=["desktop_page", "phone_page", "plain_page"])
def anywhere(request: pytest.FixtureRequest) -> Any:
    """A desktop, a phone, and a phone that runs no script."""
    return request.getfixturevalue(request.param)


def hand_in(page: Any, home: str, file: Any) -> None:
    page.goto(f"{home}/quan-tri/")
    page.fill("#name", "lan")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    settle(page)
    page.goto(f"{home}/quan-tri/dot/test/nhap/sample")
    uploaded = {"name": file.name, "mimeType": "text/csv", "buffer": file.content}
    page.set_input_files("#files", files=[uploaded])
    page.click("main button[type=submit]")


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def reading(site: Any) -> int:
    """The process that reads the list, stopped."""
    found: list[int] = []

    def is_there() -> bool:
        found[:] = children(site.worker())
        return bool(found)

    until(is_there)
    os.kill(found[0], signal.SIGSTOP)
    return found[0]


def test_progress_is_seen_and_the_result_comes_by_itself(shop, anywhere, axe, request):
    with live_site(shop) as site:
        worker = site.worker()
        os.kill(worker, signal.SIGSTOP)
        hand_in(anywhere, site.home, sample(5))
        anywhere.wait_for_url("**/cong-viec/*")
        assert "Đang chờ" in anywhere.inner_text("[data-state]")
        assert anywhere.locator("progress").count() == 1
        assert anywhere.locator("text=Hủy công việc này").count() == 1
        if "plain_page" not in request.fixturenames:
            axe(anywhere)
            assert fits(anywhere)
        os.kill(worker, signal.SIGCONT)
        held = reading(site)
        anywhere.wait_for_selector("text=Đang đọc và kiểm tra tệp")
        assert "bước 0/2" in anywhere.inner_text("[data-steps]")
        os.kill(held, signal.SIGCONT)
        anywhere.wait_for_url("**/nhap/sample/*")
        if "plain_page" not in request.fixturenames:
            axe(anywhere)
            assert fits(anywhere)
        anywhere.click("text=Đúng, nhập 5 dòng")
        anywhere.wait_for_selector("text=Đã nhập mẫu điều tra: 5 trường hợp.")
    assert shop.count("cases") == 5


def test_faults_come_by_themselves_too_and_the_way_back_leads_to_the_form(shop, anywhere):
    with live_site(shop) as site:
        worker = site.worker()
        os.kill(worker, signal.SIGSTOP)
        hand_in(anywhere, site.home, sample(2, faulty=True))
        anywhere.wait_for_url("**/cong-viec/*")
        os.kill(worker, signal.SIGCONT)
        anywhere.wait_for_selector(".faults")
        assert "Đợt điều tra không có đơn vị nào mang mã hoặc tên này." in anywhere.inner_text(
            ".faults"
        )
        anywhere.click("text=Làm lại")
        anywhere.wait_for_url("**/nhap/sample")
    assert shop.count("cases") == 0


def test_a_job_is_cancelled_by_its_button(shop, anywhere):
    with live_site(shop) as site:
        os.kill(site.worker(), signal.SIGSTOP)
        hand_in(anywhere, site.home, sample(2))
        anywhere.wait_for_url("**/cong-viec/*")
        anywhere.click("text=Hủy công việc này")
        anywhere.wait_for_selector("text=Công việc đã bị hủy")
        os.kill(site.worker(), signal.SIGCONT)
    with shop.database.reading() as connection:
        assert [job.state for job in jobs.last(connection)] == ["cancelled"]
    assert shop.count("cases") == 0
    assert shop.job_files() == []
