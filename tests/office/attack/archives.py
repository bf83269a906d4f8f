"""The open data of a public wave, as anybody can take them: made, put in place, and read.

What the tables say, and what can be worked out from the rows by whoever has nothing else.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import results as scored_results
from analysis.dataset import reader
from analysis.opendata.archive import write_archive
from analysis.ranking import league_table
from analysis.report import score_tables
from analysis.scoring import score
from survey_app.conduct.scoring import open_data, publish
from survey_app.conduct.scoring.open_data import OpenData
from survey_app.release import writing
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.attack.seen import EXACT, Read

WHERE = "open data"


def publish_with_rows(
    house: House, wave: Wave, card: Scorecard, before: Sequence[Scorecard]
) -> None:
    """Make the open data of a scorecard in this process, and show them beside it."""
    folder = house.settings.data_folder
    with house.database.reading() as connection:
        release = writing.write(connection, wave, folder / card.release).folder
    out = publish.results(house, card)
    rules = league_table.Rules(rank_method="holm-t")
    settings = score.Settings(missing="renormalise")
    score_tables.write(scored_results.of(score.score(reader.read(release), settings), rules), out)
    work = folder / f"work-{card.id}"
    work.mkdir()
    earlier = [publish.results(house, it) for it in before]
    write_archive(release, out, work / "archive.zip", before=earlier)
    made = OpenData(file=work / "archive.zip", wave=wave, card=card, is_draft=False)
    with house.database.writing() as connection:
        open_data.show(connection, house, made, "minh")


@dataclass(frozen=True)
class Archive:
    """An archive that was taken: its tables by their names, its rows with codes of units."""

    tables: dict[str, pd.DataFrame]
    rows: pd.DataFrame

    @classmethod
    def of(cls, content: bytes) -> Archive:
        """Unpack it."""
        tables = {}
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                path = Path(name)
                if path.suffix == ".csv":
                    with packed.open(name) as file:
                        tables[f"{path.parent.name}/{path.stem}"] = pd.read_csv(
                            file, dtype={"unit": str, "criterion": str, "field": str}
                        )
        rows = tables["data/ratings"].astype({"unit": int})
        for column, kept in (("unit", "definition/units"), ("group", "definition/groups")):
            names = tables[kept].set_index("number")[column]
            rows[column] = rows[column].map(names)
        return cls(tables, rows)

    def add_to(self, read: Read) -> None:
        """Every number that the tables or the rows give away."""
        self._tables(read)
        self._rows(read)

    def _tables(self, read: Read) -> None:
        for kind, table, column, names in (
            ("survey", "units", "score", ("unit",)),
            ("field", "fields", "score", ("unit", "field")),
            ("criterion", "criteria", "score", ("unit", "criterion")),
            ("mean", "groups", "mean", ("unit", "group", "question")),
        ):
            for row in self.tables[f"results/{table}"].to_dict("records"):
                name = (kind, *(str(row[key]) for key in names))
                if str(row[column]) == "*":
                    read.withheld.add(name)
                elif pd.notna(row[column]):
                    read.add(name, float(row[column]), EXACT, WHERE)

    def _rows(self, read: Read) -> None:
        """The ratio of each question, unit and group, from the answers and their coefficients."""
        codes = self.tables["codebook/codebook"]
        worth = codes[pd.to_numeric(codes["coefficient"], errors="coerce").notna()]
        for question, options in worth.groupby("variable"):
            points = options.set_index(pd.to_numeric(options["value"]))["coefficient"].astype(float)
            known = self.rows[self.rows[question].isin(points.index)]
            for (unit, group), cell in known.groupby(["unit", "group"]):
                ratio = (cell[question].map(points) * cell["weight"]).sum() / cell["weight"].sum()
                read.add(("mean", unit, group, str(question)), float(ratio), EXACT, WHERE)
