"""Workers beside the site: killed, restarted, stopped; and phones that do not wait for them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from survey_app.demo.phone import Phone
from survey_app.questionnaire import library
from survey_app.store import jobs
from tests.builders import write_study
from tests.fielded import field
from tests.jobs.live_site import Browser, children, is_worker, live_site, sign_up, until
from tests.jobs.shop import Shop, sample
from tests.office.scored import answered

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="processes are found in /proc")


@pytest.fixture
def shop(database_url, tmp_path):
    made = Shop(database_url, tmp_path)
    sign_up(made)
    yield made
    made.database.close()


@pytest.fixture
def closed(shop):
    """The name of a closed wave with answers."""
    return answered(shop.house, library.study(write_study(shop.path), shop.path)).name


def newest(shop: Shop):
    with shop.database.reading() as connection:
        known = jobs.last(connection, most=1)
    return known[0] if known else None


def is_scoring(shop: Shop) -> bool:
    job = newest(shop)
    return job is not None and (job.state, job.progress_label) == ("running", "score")


def _computes(pid: int) -> bool:
    """Whether a process has become the analysis: until then its parent waits for it."""
    with suppress(OSError):
        return b"analysis" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


@contextmanager
def frozen(site) -> Iterator[list[int]]:
    """The process that computes for what is asked in the block, stopped as soon as it is there.

    The job takes as long as we like then, however quick the machine is.
    """
    worker, computing = site.worker(), []

    def freeze() -> None:
        end = time.monotonic() + 60
        while not computing and time.monotonic() < end:
            for pid in filter(_computes, children(worker)):
                os.kill(pid, signal.SIGSTOP)
                computing.append(pid)

    watching = threading.Thread(target=freeze)
    watching.start()
    yield computing
    watching.join()
    assert computing


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


def test_a_worker_that_is_killed_is_replaced_and_the_job_is_done_once(shop, closed):
    with live_site(shop) as site:
        with frozen(site) as orphans:
            Browser(site.home).post(f"/quan-tri/dot/{closed}/score")
        until(lambda: is_scoring(shop))
        worker, orphan = site.worker(), orphans[0]
        os.kill(worker, signal.SIGKILL)
        until(lambda: site.worker() != worker)
        until(lambda: not newest(shop).is_unfinished)
        os.kill(orphan, signal.SIGKILL)
    assert (newest(shop).state, newest(shop).attempts) == ("done", 2)
    assert shop.count("scorecards") == shop.log("score") == 1
    assert shop.job_files() == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_site_that_is_stopped_or_killed_goes_on_with_its_jobs_when_it_is_started(
    shop, closed, how
):
    with live_site(shop) as site:
        with frozen(site) as orphans:
            Browser(site.home).post(f"/quan-tri/dot/{closed}/score")
        until(lambda: is_scoring(shop))
        worker, orphan = site.worker(), orphans[0]
        if how == signal.SIGKILL:
            os.killpg(site.server.pid, signal.SIGKILL)
        else:
            site.server.terminate()
        site.server.wait(60)
        until(lambda: not is_worker(worker))
        if how == signal.SIGKILL:
            until(lambda: not Path(f"/proc/{orphan}").exists() or not is_worker(orphan))
    assert newest(shop).is_unfinished
    assert shop.count("scorecards") == 0
    with live_site(shop):
        until(lambda: not newest(shop).is_unfinished)
    assert newest(shop).state == "done"
    assert shop.count("scorecards") == shop.log("score") == 1


def test_a_running_job_is_cancelled_from_its_page(shop, closed):
    with live_site(shop) as site:
        analyst = Browser(site.home)
        with frozen(site) as held:
            page = analyst.post(f"/quan-tri/dot/{closed}/score")
        at = analyst.at
        assert at == f"/quan-tri/cong-viec/{newest(shop).id}"
        assert "Hủy công việc này" in page
        until(lambda: is_scoring(shop))
        analyst.post(f"{at}/huy")
        until(lambda: not newest(shop).is_unfinished)
        assert newest(shop).state == "cancelled"
        assert not Path(f"/proc/{held[0]}").exists() or "Z" in _state(held[0])
        assert "Công việc đã bị hủy" in analyst.get(at)
    assert shop.count("scorecards") == 0
    assert shop.log("job-cancel") == 1
    assert shop.job_files() == []


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


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
