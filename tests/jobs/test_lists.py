"""Lists that wait are taken in once, whoever dies and whoever presses twice, on both databases."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import delete

from survey_app.jobs import folder
from survey_app.store import jobs, tables
from survey_app.store.jobs import Job
from tests.contract.test_job_faults import killed_at_every_moment
from tests.jobs.shop import Shop, sample

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks")


@pytest.fixture
def shop(database_url, tmp_path):
    made = Shop(database_url, tmp_path)
    made.field(council=0, citizens=0, opened=False)
    yield made
    made.database.close()


def names(shop: Shop) -> list[str]:
    return sorted(file.name for file in shop.job_files() if file.is_file())


def test_a_list_that_was_read_waits_with_its_files_and_nothing_is_taken_in(shop):
    read = shop.read("sample", sample(3))
    assert read.result == {"pending": "list", "count": 3}
    shop.worker().run(until_idle=True)
    assert names(shop) == [folder.LIST, folder.LIST_FILE, folder.LIST_TOLD]
    assert shop.count("cases") == 0


def test_of_two_jobs_that_take_in_one_list_one_does_and_the_other_says_that_it_is_gone(shop):
    first = shop.confirm("sample", sample(3))
    second = shop.ask("sample", first.arguments, in_folder=first.folder)
    content = (folder.path(shop.house.settings, first.folder) / folder.LIST).read_bytes()
    assert shop.worker().do(first.id).state == "done"
    folder.make(shop.house.settings, first.folder)
    (folder.path(shop.house.settings, first.folder) / folder.LIST).write_bytes(content)
    late = shop.worker().do(second.id)
    assert (late.state, late.problem["slug"]) == ("failed", "list-gone")
    assert shop.count("cases") == 3
    assert shop.log("sample-import") == 1
    assert shop.job_files() == []


def test_a_list_is_settled_once(shop):
    read = shop.read("sample", sample(3))
    with shop.database.writing() as connection:
        assert jobs.waiting_folders(connection) == {read.folder}
        assert jobs.settle(connection, read.id)
        assert not jobs.settle(connection, read.id)
        assert jobs.waiting_folders(connection) == frozenset()


def test_lists_of_a_wave_wait_no_longer_once_its_contacts_are_forgotten(shop):
    shop.read("sample", sample(3))
    with shop.database.writing() as connection:
        jobs.forget_waiting(connection, "another")
        assert len(jobs.waiting_folders(connection)) == 1
        jobs.forget_waiting(connection, "test")
    shop.worker().run(until_idle=True)
    assert shop.job_files() == []


@forks
def test_a_reader_that_dies_at_any_moment_leaves_a_list_that_waits_or_none(shop):
    seen = []

    def ask() -> Job:
        return shop.ask("list", {"kind": "sample", "language": "vi"}, [sample(3)])

    for job, died_at in killed_at_every_moment(shop, ask):
        seen.append(died_at)
        assert (job.state, job.result["pending"]) == ("done", "list"), died_at
        assert names(shop) == [folder.LIST, folder.LIST_FILE, folder.LIST_TOLD], died_at
        assert shop.count("cases") == 0
        with shop.database.writing() as connection:
            connection.execute(delete(tables.jobs))
        folder.forget_list(shop.house.settings, job.folder)
    assert any("replace" in each for each in seen)
    assert any("commit" in each for each in seen)
