"""Jobs beside the site whose worker or whose site is killed or stopped, or that are cancelled."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.jobs.beside import closed, shop
from tests.jobs.frozen import ON_A_FILE, ON_A_SERVER, frozen, is_scoring, newest
from tests.jobs.live_site import Browser, is_worker, live_site, until

__all__ = ["closed", "shop"]

pytestmark = pytest.mark.usefixtures("process_files")


@ON_A_SERVER
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


@pytest.mark.parametrize(
    ("database_url", "how"),
    [("sqlite", signal.SIGKILL), ("postgresql", signal.SIGTERM)],
    indirect=["database_url"],
)
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


@ON_A_FILE
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
