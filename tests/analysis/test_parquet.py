"""However a Parquet file keeps its texts, the same data set comes out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.io import parquet, writing
from analysis.problems import ProblemsFound
from analysis.report import score_tables
from analysis.scoring import score

HERE = Path(__file__).resolve().parents[1] / "reference" / "missing"


@pytest.fixture(scope="module")
def plain():
    return reader.read(HERE)


def folder_with(tmp_path, table, **written):
    """The reference data set, its respondents in Parquet."""
    from pyarrow import parquet as arrow

    for path in HERE.glob("*.csv"):
        if path.name != "respondents.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    arrow.write_table(table, tmp_path / "respondents.parquet", **written)
    return tmp_path


def respondents(kind):
    """All columns as texts, as texts with nulls for blanks, or as categories."""
    import pyarrow as pa
    from pyarrow import csv

    names = (HERE / "respondents.csv").read_text("utf-8").split("\n", 1)[0].strip().split(",")
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=kind == "nulls"
    )
    table = csv.read_csv(HERE / "respondents.csv", convert_options=options)
    if kind == "categories":
        small = pa.dictionary(pa.int8(), pa.string())
        for at, name in enumerate(names):
            if name not in ("resp_id", "psu", "weight"):
                table = table.set_column(at, name, table.column(name).cast(small))
    return table


@pytest.mark.parametrize("kind", ["texts", "nulls", "categories"])
@pytest.mark.parametrize("written", [{}, {"row_group_size": 50}, {"use_dictionary": False}])
def test_the_answers_do_not_depend_on_how_the_file_keeps_them(
    kind, written, plain, monkeypatch, tmp_path
):
    monkeypatch.setattr(parquet, "BATCH", 32)
    read = reader.read(folder_with(tmp_path, respondents(kind), **written))
    for name in ("unit", "group", "person", "weight", "answers"):
        assert np.array_equal(getattr(read, name), getattr(plain, name)), name
    for name in ("sample", "stratum", "psu", "person"):
        assert np.array_equal(getattr(read.design, name), getattr(plain.design, name)), name
    for name, column in plain.covariates.items():
        assert read.covariates[name].texts() == column.texts()


def test_whole_codes_that_blanks_have_made_floats_are_the_codes(tmp_path):
    """pandas has no whole number for a blank: 1 beside a blank is 1.0, and one label everywhere."""
    import pyarrow as pa
    from pyarrow import parquet as arrow

    head = ["resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "q1"]
    rows = [
        [f"r{k}", unit, "g", 7 if k < 6 else None, k % 2, k, 1.5, 40, k % 3 or None]
        for k in range(12)
        for unit in ("U1", "U2")
    ]
    tables = {"options": "question,option,coef\nq1,1,1\nq1,2,0\n"}
    tables["criteria"] = "criterion,max_points,group,question,group_weight\nC1,10,g,q1,1\n"
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in [head, *rows]]
    made = {}
    for kind in ("csv", "parquet"):
        folder = tmp_path / kind
        folder.mkdir()
        for name, text in tables.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        if kind == "csv":
            (folder / "respondents.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            numbers = dict(zip(head, zip(*rows, strict=True), strict=True))
            table = pa.table({
                name: pa.array(cells, None if isinstance(cells[0], str) else pa.float64())
                for name, cells in numbers.items()
            })  # fmt: skip
            arrow.write_table(table, folder / "respondents.parquet")
        made[kind] = writing.as_json(
            score_tables.results(results.of(score.score(reader.read(folder))))
        )
    assert made["parquet"] == made["csv"]
    assert '"no_se"' not in made["csv"]


@pytest.mark.parametrize("kind", ["lists", "bytes", "twice"])
def test_a_column_that_holds_no_labels_is_refused_by_name(kind, tmp_path):
    import pyarrow as pa

    table = respondents("texts")
    cells = {"lists": pa.array([["F"]] * len(table)), "bytes": pa.array([b"\xff"] * len(table))}
    if kind == "twice":
        table = table.append_column("sex", table.column("sex"))
    else:
        table = table.set_column(table.column_names.index("sex"), "sex", cells[kind])
    with pytest.raises(ProblemsFound) as found:
        reader.read(folder_with(tmp_path, table))
    (problem,) = found.value.problems
    assert problem.slug == ("duplicate-column" if kind == "twice" else "not-parquet")
    assert "`sex`" in problem.message
    assert problem.help


def test_a_file_of_which_a_part_was_lost_is_refused(tmp_path):
    folder = folder_with(tmp_path, respondents("texts"))
    path = folder / "respondents.parquet"
    raw = bytearray(path.read_bytes())
    for at in range(40, 4000, 50):  # pages of the first columns, and not the footer
        raw[at] ^= 0xFF
    path.write_bytes(bytes(raw))
    with pytest.raises(ProblemsFound) as found:
        reader.read(folder)
    assert {problem.slug for problem in found.value.problems} == {"not-parquet"}
