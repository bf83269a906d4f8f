"""A worker killed around every change that a job makes: it takes effect once, nothing by halves.

The death is of a real process, which closes and rolls back nothing. The next worker comes when the
lease is over; it takes the job anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import delete, update

from survey_app import file_modes
from survey_app.conduct.scoring import publish
from survey_app.questionnaire import library
from survey_app.store import jobs, scorecards, tables
from survey_app.store.jobs import Job
from tests.builders import write_study
from tests.jobs.shop import Shop, sample
from tests.office.scored import answered
from tests.support.cast import cast_all
from tests.support.killable_jobs import BEGAN, MOMENTS, JobAct

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks"),
    pytest.mark.usefixtures("quick_processes"),
]

LATE = 60
NEVER = 10_000
CRUCIAL = ("INTO scorecards", "before replace", "after replace", "before commit", "after commit")
"""Where a scoring, most of which is another process's, could be kept by halves."""

MOST_MOMENTS = 200
"""More than a job can have; a matrix ends by itself at the first attempt that is not killed."""


@pytest.fixture
def shop(database_url, tmp_path):
    made = Shop(database_url, tmp_path)
    assert made.now == BEGAN
    yield made
    made.database.close()


def killed_at_every_moment(
    shop: Shop, ask: Callable[[], Job], moments: Sequence[int] = (), how: str = "kill"
) -> Iterator[tuple[Job, str]]:
    """A job for each moment, killed there and then done by the next worker; and the moment."""
    url = shop.database.url.render_as_string(hide_password=False)
    with JobAct.of(url, shop.path) as act:
        for moment in moments or range(1, MOST_MOMENTS):
            job = ask()
            died_at = act.run(how, moment, 0)
            shop.late(LATE)
            shop.worker().run(until_idle=True)
            shop.now = BEGAN
            yield shop.find(job), died_at
            if not died_at:
                return
    assert moments, "the matrix has no end"


class Waiting:
    """A list that was read once, and waits again however often it was taken in."""

    def __init__(self, shop: Shop, people: int) -> None:
        self.shop, self.read = shop, shop.read("sample", sample(people))
        folder = next(file for file in shop.job_files() if file.name == self.read.folder)
        self.kept = {file: file.read_bytes() for file in folder.iterdir()}

    def confirmed(self) -> Job:
        """The job that takes it in."""
        for file, content in self.kept.items():
            file_modes.make_folder(file.parent)
            file.write_bytes(content)
        again = update(tables.jobs).where(tables.jobs.c.id == self.read.id)
        with self.shop.database.writing() as connection:
            connection.execute(again.values(result=jobs._text(self.read.result)))
        return self.shop.ask("sample", {"list": self.read.id}, in_folder=self.read.folder)


def test_a_sample_is_imported_once(shop):
    shop.field(council=0, citizens=0, opened=False)
    seen, waiting = [], Waiting(shop, 3)
    for job, died_at in killed_at_every_moment(shop, waiting.confirmed):
        seen.append(died_at)
        assert job.state == "done", died_at
        assert shop.count("cases") == shop.count("contacts") == shop.count("unspent") == 3
        assert shop.log("sample-import") == len(seen)
        assert shop.job_files() == []
        with shop.database.writing() as connection:
            for table in ("unspent", "contacts", "cases"):
                connection.execute(delete(tables.metadata.tables[table]))
    acts = {each.partition(" ")[2].partition(" ")[0] for each in seen}
    assert {"INSERT", "UPDATE", "commit"} <= acts
    assert any("INTO cases" in each for each in seen)
    assert any("after commit" in each for each in seen)


def test_a_data_set_is_made_once_and_its_file_is_whole(shop):
    shop.field(council=0, citizens=2)
    shop.set_wave(closed_at="2026-08-05T00:00:00+00:00")
    seen, sizes = [], set()
    for job, died_at in killed_at_every_moment(shop, lambda: shop.ask("release")):
        seen.append(died_at)
        assert job.state == "done", died_at
        assert shop.log("release") == len(seen)
        (made,) = [file for file in shop.job_files() if file.parent.name == job.folder]
        sizes.add(made.read_bytes())
        assert shop.half_done() == []
    assert len(sizes) == 1
    assert {"before replace", "after replace"} <= set(seen)


def test_a_wave_is_closed_once_and_all_its_ballots_are_opened(shop):
    fielded = shop.field(council=0, citizens=600)
    shop.house.mixer.epochs.prepare()
    links, seen = iter(fielded.tokens["citizens"]), []

    def ask() -> Job:
        cast_all(shop.database, [next(links) for _ in range(3)], len(seen))
        return shop.ask("close", {"accepted": True})

    for job, died_at in killed_at_every_moment(shop, ask):
        seen.append(died_at)
        assert job.state == "done", died_at
        assert shop.state() == "closed"
        assert shop.log("wave-close") == len(seen)
        assert shop.count("sealed_ballots") == 0
        assert shop.count("ballots") == 3 * len(seen)
        shop.set_wave(closed_at=None)
        shop.house.mixer.epochs.prepare()
    assert any("ballots" in each for each in seen)


def test_a_scorecard_is_kept_once_with_its_files(shop):
    wave = answered(shop.house, library.study(write_study(shop.path), shop.path))

    def ask() -> Job:
        return shop.ask("merge", wave=wave.name)

    first = list(killed_at_every_moment(shop, ask, [NEVER]))  # writes the release
    first += killed_at_every_moment(shop, ask, [NEVER])
    names = (shop.path / MOMENTS).read_text().splitlines()
    last = sorted(max(at for at, name in enumerate(names, 1) if each in name) for each in CRUCIAL)
    seen = {name for _, name in first}
    cards = [job.result["scorecard"] for job, _ in first]
    for job, died_at in killed_at_every_moment(shop, ask, last):
        seen.add(died_at)
        assert job.state == "done", died_at
        cards.append(job.result["scorecard"])
        assert shop.count("scorecards") == shop.log("score") == len(set(cards)) == len(cards)
        with shop.database.reading() as connection:
            kept = publish.results(shop.house, scorecards.find(connection, cards[-1]))
        assert (kept / "scores.json").is_file()
        assert shop.job_files() == shop.half_done() == []
    assert {"before replace", "after replace", "before commit", "after commit"} <= seen
