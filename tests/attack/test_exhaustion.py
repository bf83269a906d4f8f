"""Nobody fills the queue, the disk or the threads of a site: not by files, jobs, or addresses."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from survey_app.conduct.assessment import evidence as deeds
from survey_app.office.documents import turns
from survey_app.office.jobs import asking
from survey_app.protecting import Protection, Watching
from survey_app.store import jobs
from survey_app.watching import disk
from tests.attack.conftest import Site
from tests.office.assessment import doing
from tests.office.handing_in import upload
from tests.office.scored import AT

PUBLISHED = "/ket-qua/dot-2026"
OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}
LIST = "nhóm,đơn vị\n"


def files(site: Site, folder: str) -> list[str]:
    return [
        each.name
        for each in (site.house.settings.data_folder / folder).rglob("*")
        if each.is_file()
    ]


def ask_for(site: Site, count: int, by: str, **more: str) -> None:
    """Jobs that somebody has asked for."""
    with site.house.database.writing() as connection:
        for number in range(count):
            job = jobs.ask(
                connection, "list", "test", {"kind": "sample", "number": number},
                folder=f"{by}-{number}", by=by, at=AT,
            )  # fmt: skip
            if more:
                held = jobs.claim(connection, "w", ["list"], now=0.0, lease=9e9, at=AT, only=job.id)
                assert held is not None
                jobs.finish(connection, held, more, AT)


@pytest.mark.parametrize(
    ("most", "left", "words"),
    [
        (asking.MOST_UNFINISHED, {}, "quá nhiều công việc"),
        (asking.MOST_UNDECIDED, {"pending": "list"}, "quá nhiều danh sách"),
    ],
    ids=["waiting jobs", "lists to be confirmed"],
)
def test_one_account_cannot_fill_the_queue_or_the_disk_and_others_go_on(site, most, left, words):
    name = f"tham-{most}"
    greedy, other = site.enter(name), site.enter("lan")
    ask_for(site, most, name, **left)
    kept = files(site, "jobs")
    with site.without_tokens():
        reply = upload(greedy, "sample", LIST.encode())
        assert reply.status_code == 409
        assert words in reply.text
        assert files(site, "jobs") == kept
        assert upload(other, "sample", LIST.encode()).status_code == 422


def test_what_is_kept_free_for_phones_is_taken_by_no_file(site):
    clerk, office = site.enter("van-thu-snv", "unit", unit="SNV"), site.enter("lan")
    before, settings = files(site, ""), site.house.settings
    spare = disk.free(settings) // 2**20 + 1000
    protection = Protection(disk_reserve_megabytes=spare)
    site.house.settings = replace(settings, protection=protection)
    try:
        with site.without_tokens():
            lists = upload(office, "sample", LIST.encode())
            file = doing.hand_in(clerk, b"%PDF-1.4\n%%EOF")
    finally:
        site.house.settings = settings
    assert (lists.status_code, file.status_code) == (409, 409)
    assert "sắp hết chỗ trống" in lists.text
    assert "sắp hết chỗ trống" in file.text
    assert {name for name in files(site, "") if "sqlite3" not in name} == {
        name for name in before if "sqlite3" not in name
    }


def test_a_thousand_small_files_in_one_form_are_not_looked_through_one_by_one(site):
    clerk, began = site.enter("van-thu-snv", "unit", unit="SNV"), time.monotonic()
    sent = [(io.BytesIO(b"%PDF-1.4\n%%EOF"), f"{number}.pdf") for number in range(400)]
    with site.without_tokens():
        reply = clerk.post(f"{doing.own()}/kiem-chung/1.1.1", data={"files": sent})
    assert reply.status_code == 422
    assert "Quá nhiều tệp" in reply.text
    assert files(site, "evidence") == []
    assert time.monotonic() - began < 20  # each takes half a second or more


def test_a_unit_hands_in_so_many_files_and_no_more_however_small(site, monkeypatch):
    monkeypatch.setattr(deeds, "MOST_FILES", 1)
    clerk = site.enter("van-thu-snv", "unit", unit="SNV")
    with site.without_tokens():
        first = doing.hand_in(clerk, b"%PDF-1.4\n1 %%EOF", "a.pdf")
        second = doing.hand_in(clerk, b"%PDF-1.4\n2 %%EOF", "b.pdf")
    assert (first.status_code, second.status_code) == (302, 409)
    assert "số tệp tối đa" in second.text
    assert len(files(site, "evidence")) == 1


@pytest.mark.parametrize("page", ["", "/bao-cao.pdf", "/bieu-do.png", "/tieu-chi/1.2.1"])
def test_no_number_that_somebody_thinks_of_has_a_page_made_anew(site, page):
    stranger = site.app.test_client()
    tags = {
        stranger.get(f"{PUBLISHED}{page}{query}").headers["ETag"]
        for query in ("", "?x=1", "?x=2&utm_source=fb", "?lang=vi", "?lang=zz", "?lang=vi&lang=en")
    }
    assert len(tags) <= 2  # a page may say in its links that its language was asked for


def test_nobody_puts_a_word_into_a_page_that_is_kept_for_everybody(site):
    stranger = site.app.test_client()
    page = stranger.get(f"{PUBLISHED}?lang=en&nguon=https://evil.example&trang=1").text
    assert "evil.example" not in page
    assert "trang=1" in page


def test_documents_are_made_one_at_a_time_and_pages_are_answered_meanwhile(site):
    stranger, held, go_on = site.app.test_client(), threading.Event(), threading.Event()

    def occupy() -> None:
        with turns.turn():
            held.set()
            assert go_on.wait(60)

    with ThreadPoolExecutor(turns.MOST) as pool:
        waiting = [pool.submit(occupy) for _ in range(turns.MOST)]
        try:
            assert held.wait(60)
            while turns._places._value:  # until all of them have their places
                time.sleep(0.01)
            began = time.monotonic()
            refused = stranger.get(f"{PUBLISHED}/tom-tat.pdf")
            assert time.monotonic() - began < 5
            assert refused.status_code == 503
            assert refused.headers["Retry-After"]
            assert "Vui lòng đợi" in refused.text
            assert stranger.get(f"{PUBLISHED}/don-vi/SNV").status_code == 200
        finally:
            go_on.set()
        assert [each.result() for each in waiting] == [None] * turns.MOST
    assert stranger.get(f"{PUBLISHED}/tom-tat.docx").status_code == 200


def test_a_long_report_is_made_once_for_everybody(site):
    stranger = site.app.test_client()
    address = f"{PUBLISHED}/bao-cao.pdf?lang=en"
    first = stranger.get(address)
    held = [turns._one_makes.acquire(), stranger.get(address)]
    turns._one_makes.release()
    assert held[1].data == first.data  # although nobody could have made it


def test_strangers_hear_whether_a_site_is_well_and_not_what_is_wrong_with_it(site):
    settings = site.house.settings
    client = site.app.test_client()
    spare = disk.free(settings) // 2**20 + 1000
    site.house.settings = replace(
        settings,
        protection=Protection(disk_reserve_megabytes=spare),
        watching=Watching(metrics_token="t" * 40),
    )
    token = {"Authorization": f"Bearer {'t' * 40}"}
    try:
        outside = client.get("/readyz", environ_base=OUTSIDE)
        monitor = client.get("/readyz", environ_base=OUTSIDE, headers=token)
    finally:
        site.house.settings = settings
    assert (outside.status_code, monitor.status_code) == (503, 503)
    assert outside.get_json()["faults"]["disk"] == ""
    assert "less is free" in monitor.get_json()["faults"]["disk"]
    assert not any(outside.get_json()["faults"].values())


def test_no_size_that_a_monitor_reads_moves_with_one_form(site):
    told = site.app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    sizes = {
        name: float(value)
        for name, _, value in (line.partition(" ") for line in told.splitlines())
        if name in {"cchc_database_bytes", "cchc_disk_free_bytes"}
    }
    assert sizes
    assert all(value % 2**22 == 0 for value in sizes.values()), sizes
