"""A wave in preparation, and the work that was done for it: one file taken, one refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.demo.plan import FRAME_COLUMNS, SAMPLE_COLUMNS, Plan
from survey_app.fieldwork.sheets.cells import Source
from survey_app.jobs import folder
from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import KINDS
from survey_app.store import jobs
from survey_app.web import House

_NO_UNIT = "KHONG-CO"


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What an analyst hands in for a wave that is not open yet."""

    house: House
    wave: str
    by: str

    def hand_in(self, plan: Plan) -> None:
        """The frame and a group of the sample; then the others, with a unit that there is not."""
        delegates = [row for row in plan.sample if row["group"] == "council"]
        others = [row for row in plan.sample if row["group"] != "council"]
        wrong = [{**row, "unit": _NO_UNIT} for row in others[:12]]
        self._ask("frame", _file("dan-mau.csv", FRAME_COLUMNS, plan.frame))
        self._ask("sample", _file("dai-bieu.csv", SAMPLE_COLUMNS, delegates))
        self._ask("sample", _file("nguoi-dan.csv", SAMPLE_COLUMNS, wrong))

    def _ask(self, kind: str, file: Source) -> None:
        name = folder.new_name()
        folder.keep_uploads(self.house.settings, name, [file])
        with self.house.database.writing() as connection:
            at = self.house.stamp()
            job = jobs.ask(connection, kind, self.wave, {}, folder=name, by=self.by, at=at)
        Worker(house=self.house, kinds=KINDS).do(job.id)


def _file(name: str, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> Source:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return Source(name, text.getvalue().encode())
