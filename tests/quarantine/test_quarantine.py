"""Files from outside are read where they can do no harm, and phones do not notice."""

from __future__ import annotations

import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from analysis.problems import ProblemsFound
from survey_app import quarantine
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets import progress, unpacked
from survey_app.fieldwork.sheets.cells import Source
from tests.quarantine import hostile

SOURCE = Source("x.xlsx", b"")

needs_limits = pytest.mark.skipif(os.name != "posix", reason="Windows limits no process so")


def slugs(reader, source=SOURCE, *others) -> set[str]:
    """What is said of a file by a reader."""
    with pytest.raises(ProblemsFound) as refused:
        quarantine.read(reader, source, *others)
    return {problem.slug for problem in refused.value.problems}


FRAME = "group,unit,stratum,population\ncitizens,SNV,all,100\n"


def test_what_is_read_is_the_same_as_here():
    source = Source("khung.csv", FRAME.encode())
    here = frame_file.read(source, hostile.GROUPS, hostile.UNITS)
    assert quarantine.read(frame_file.read, source, hostile.GROUPS, hostile.UNITS) == here


def test_faults_are_the_same_as_here():
    source = Source("khung.csv", FRAME.replace("SNV", "XXX").encode())
    with pytest.raises(ProblemsFound) as here:
        frame_file.read(source, hostile.GROUPS, hostile.UNITS)
    with pytest.raises(ProblemsFound) as there:
        quarantine.read(frame_file.read, source, hostile.GROUPS, hostile.UNITS)
    assert there.value.problems == here.value.problems


def test_a_large_file_is_handed_over_whole_however_slowly_its_reader_starts(monkeypatch):
    monkeypatch.setattr(quarantine, "_PAUSE", 0.001)
    monkeypatch.setattr(quarantine, "WAIT_SECONDS", 30)
    rows = "".join(f"citizens,SNV,tang-{number},100\n" for number in range(20_000))
    source = Source("khung.csv", (FRAME + rows).encode())
    frame = quarantine.read(frame_file.read, source, hostile.GROUPS, hostile.UNITS)
    assert len(frame.rows) == rows.count("\n") + 1


@needs_limits
def test_memory_has_an_end():
    assert slugs(hostile.hungry) == {"file-too-large"}


@needs_limits
def test_work_has_an_end(monkeypatch):
    monkeypatch.setattr(quarantine, "WORK_SECONDS", 1)
    assert slugs(hostile.busy) == {"file-too-large"}


def test_waiting_has_an_end(monkeypatch):
    monkeypatch.setattr(quarantine, "WAIT_SECONDS", 2)
    assert slugs(hostile.asleep) == {"file-too-large"}


@pytest.mark.parametrize("reader", [hostile.broken, hostile.gone])
def test_a_reader_that_fails_is_a_fault_of_the_file_and_logged(reader, caplog):
    assert slugs(reader) == {"not-xlsx"}
    assert "a file could not be read" in caplog.text


@needs_limits
def test_no_file_is_written(tmp_path):
    place = tmp_path / "written"
    assert slugs(hostile.writing, SOURCE, str(place)) == {"not-xlsx"}
    assert not place.exists() or place.stat().st_size == 0


def test_it_knows_none_of_our_settings(monkeypatch):
    monkeypatch.setenv("CCHC_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("PGPASSWORD", "secret")
    known = quarantine.read(hostile.environment, SOURCE)
    assert not {name for name in known if name.startswith(("CCHC", "PG"))}


def test_what_acts_when_it_is_unpacked_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError):
        quarantine.read(hostile.acting, SOURCE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system places processes")
def test_it_gives_way_to_the_site_and_may_use_any_processor():
    nice, processors = quarantine.read(hostile.niceness, SOURCE)
    assert nice >= 10
    assert processors == os.cpu_count() or processors == len(os.sched_getaffinity(0))


def test_a_second_file_does_not_wait_for_long(monkeypatch):
    monkeypatch.setattr(quarantine, "WAIT_SECONDS", 4)
    monkeypatch.setattr(quarantine, "_TAKES_TURNS", 0.2)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(slugs, hostile.asleep)
        time.sleep(0.5)
        with pytest.raises(quarantine.Busy):
            quarantine.read(hostile.environment, SOURCE)
        assert first.result() == {"file-too-large"}
    assert quarantine.read(hostile.environment, SOURCE)


SMALL_AND_LARGE = {
    "more than a list": hostile.unpacks_to(unpacked.MOST_BYTES),
    "far more": hostile.unpacks_to(700_000_000),
}


@pytest.mark.parametrize("content", SMALL_AND_LARGE.values(), ids=SMALL_AND_LARGE)
def test_a_small_file_that_unpacks_to_much_is_refused_at_once(content):
    assert len(content) < 1_000_000
    began = time.monotonic()
    assert slugs(sample_file.read, Source("x.xlsx", content), [], []) == {"file-too-large"}
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("content", [hostile.truncated(), hostile.lying_about_its_size()])
def test_a_packed_file_that_is_not_what_it_says_is_refused(content):
    with pytest.raises(ProblemsFound) as refused:
        unpacked.check(Source("x.xlsx", content))
    assert {problem.slug for problem in refused.value.problems} == {"not-xlsx"}


def test_a_packed_file_of_too_many_parts_is_refused():
    parts = {f"part{number}": b"" for number in range(unpacked.MOST_PARTS)}
    with pytest.raises(ProblemsFound) as refused:
        unpacked.check(Source("x.xlsx", hostile.workbook(None, **parts)))
    assert {problem.slug for problem in refused.value.problems} == {"file-too-large"}


def test_what_is_sound_or_not_packed_passes():
    unpacked.check(Source("x.xlsx", hostile.workbook()))
    unpacked.check(Source("x.csv", FRAME.encode()))


@pytest.mark.parametrize("sheet", hostile.BROKEN_SHEETS.values(), ids=hostile.BROKEN_SHEETS)
def test_a_sheet_that_is_broken_is_a_fault_of_the_file(sheet):
    source = Source("x.xlsx", hostile.workbook(sheet))
    with pytest.raises(ProblemsFound):
        quarantine.read(frame_file.read, source, hostile.GROUPS, hostile.UNITS)


ATTACKS = {
    "rows in a comment": hostile.rows_in_a_comment(),
    "seven million cells": hostile.many_cells(150_000),
}


@needs_limits
@pytest.mark.parametrize("content", ATTACKS.values(), ids=ATTACKS)
def test_this_process_goes_on_while_a_file_is_read(content, monkeypatch):
    """What a thread here gets done each twentieth of a second, while the file is being read."""
    monkeypatch.setattr(quarantine, "WORK_SECONDS", 5)
    gaps, ended = [], threading.Event()

    def tick() -> None:
        last = time.perf_counter()
        while not ended.wait(0.05):
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        quarantine.read(frame_file.read, Source("x.xlsx", content), hostile.GROUPS, hostile.UNITS)
    except ProblemsFound:
        pass
    finally:
        ended.set()
        thread.join()
    assert max(gaps) < 1


def test_a_long_list_comes_through_and_tells_how_many_of_its_rows_are_done():
    lines = [f"c{number},citizens,SNV,all,1.5" for number in range(20_000)]
    text = "\n".join(["case,group,unit,stratum,weight", *lines])
    source, told = Source("mau.csv", text.encode()), []
    read = quarantine.read(
        sample_file.read, source, hostile.GROUPS, hostile.UNITS,
        told=lambda step, done, total: told.append((step, done, total)),
    )  # fmt: skip
    assert len(read.rows) == 20_000
    assert told[-1] == ("rows_checked", 19_000, 20_000)
    assert all(step in progress.STEPS and done <= total for step, done, total in told)
    assert {total for step, _, total in told if step == "rows_checked"} <= {20_000}
    assert told == sorted(told, key=lambda it: (progress.STEPS.index(it[0]), it[1]))


def test_what_a_file_makes_the_reader_write_is_not_taken_for_how_far_it_is():
    assert quarantine.how_far(b"\0rows rows_read 12 30\n") == ("rows_read", 12, 30)
    for written in (
        b"",
        b"rows_read",
        b"rows_read 1",
        b"x 1 2",
        b"rows_read -1 2",
        b"rows_read 1e9 2",
    ):
        assert quarantine.how_far(b"\0rows " + written + b"\n") is None
    assert quarantine.how_far(b"\0rows rows_read 1 " + b"9" * 30) == ("rows_read", 1, 10**9)
