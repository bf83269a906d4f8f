"""A store with waves in every state and whoever does jobs there, at a time of the test's choosing.

shop = Shop(url, folder)
job = shop.confirm("sample", sample(3))
shop.worker().do()
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from survey_app.fieldwork.sheets.cells import Source
from survey_app.jobs import folder
from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import KINDS
from survey_app.settings import Settings
from survey_app.store import jobs, tables, waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.jobs import Job
from survey_app.web import House
from tests.fielded import Fielded, field

KEY = "k" * 40
WAVE = "test"
COLUMNS = "case,group,unit,asked,sample,stratum,weight,fpc1,name,phone"
NAME, PHONE = "Nguyễn Thị Bí Mật", "0912345678"


class Shop:
    """One installation. `late` moves its clock on, past every lease."""

    def __init__(self, url: str, path: Path) -> None:
        self.path, self.database = path, Database(url)
        migrate.upgrade(self.database)
        self.now = datetime(2026, 8, 5, 1, tzinfo=UTC)
        settings = Settings(path / "data", url, KEY)
        self.house = House(settings, self.database, lambda: self.now)

    def field(self, **options: Any) -> Fielded:
        """A wave of the tiny study."""
        return field(self.database, self.path / "texts", **options)

    def late(self, seconds: float = 60) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def worker(self, **options: Any) -> Worker:
        """Somebody who does jobs; nobody watches over it unless it is told to `look`."""
        return Worker(house=self.house, **{"kinds": KINDS, "look": 3600.0, **options})

    def ask(
        self,
        kind: str,
        arguments: Mapping[str, Any] | None = None,
        files: Sequence[Source] = (),
        wave: str = WAVE,
        in_folder: str = "",
    ) -> Job:
        """Put a job into the queue, as a page does."""
        name = in_folder or folder.new_name()
        if files:
            folder.keep_uploads(self.house.settings, name, files)
        with self.database.writing() as connection:
            return jobs.ask(
                connection,
                kind,
                wave,
                arguments or {},
                folder=name,
                by="lan",
                at=self.house.stamp(),
            )

    def read(self, kind: str, file: Source) -> Job:
        """Have a list read, which then waits to be confirmed."""
        job = self.ask("list", {"kind": kind, "language": "vi"}, [file])
        read = self.worker().do(job.id)
        assert read is not None
        assert read.result.get("pending") == "list", read
        return read

    def confirm(self, kind: str, file: Source) -> Job:
        """Have a list read, and put the job into the queue that takes it in."""
        read = self.read(kind, file)
        return self.ask(kind, {"list": read.id}, in_folder=read.folder)

    def find(self, job: Job) -> Job:
        """A job as it is now."""
        with self.database.reading() as connection:
            return jobs.find(connection, job.id)

    def cancel(self, job: Job) -> Job:
        """Somebody wants it no more."""
        with self.database.writing() as connection:
            return jobs.ask_to_cancel(connection, job.id, self.house.stamp())

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self.database.reading() as connection:
            found = connection.execute(select(func.count()).select_from(_table(table)))
            return int(found.scalar_one())

    def log(self, action: str) -> int:
        """How many lines of the log tell of an action."""
        with self.database.reading() as connection:
            said = select(func.count()).where(tables.audit.c.action == action)
            return int(connection.execute(said).scalar_one())

    def state(self) -> str:
        """The wave's."""
        with self.database.reading() as connection:
            return waves.find(connection, WAVE).state

    def set_wave(self, **values: object) -> None:
        """Change the wave as nobody else can."""
        with self.database.writing() as connection:
            connection.execute(update(tables.waves).values(**values))

    def job_files(self) -> list[Path]:
        """Every file and folder of jobs."""
        return sorted((self.path / "data" / "jobs").rglob("*"))

    def half_done(self) -> list[Path]:
        """What a death left of releases and results."""
        return sorted((self.path / "data").glob("releases/**/.part-*"))


def sample(people: int, first: int = 1, faulty: bool = False) -> Source:
    """A list of citizens, with names and phone numbers."""
    rows = [
        f"D{number},citizens,SNV,,,all,2.5,{people + 60},{NAME},{PHONE}"
        for number in range(first, first + people)
    ]
    if faulty:
        rows.append(f"D{first + people},citizens,XXX,,,all,2.5,9,{NAME},x{PHONE}")
    return Source("mau.csv", "\n".join([COLUMNS, *rows]).encode())


def _table(name: str) -> Any:
    return tables.metadata.tables[name]


CHANCE = random.Random(1)
