"""However a Parquet file keeps its texts, the same data set comes out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis import dataset, parquet

HERE = Path(__file__).resolve().parents[1] / "reference" / "missing"


@pytest.fixture(scope="module")
def plain():
    return dataset.read(HERE)


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
    read = dataset.read(folder_with(tmp_path, respondents(kind), **written))
    for name in ("unit", "group", "person", "weight", "answers"):
        assert np.array_equal(getattr(read, name), getattr(plain, name)), name
    for name in ("sample", "stratum", "psu", "person"):
        assert np.array_equal(getattr(read.design, name), getattr(plain.design, name)), name
    for name, column in plain.covariates.items():
        assert read.covariates[name].texts() == column.texts()
