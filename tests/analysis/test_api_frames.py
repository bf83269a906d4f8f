"""DataFrames in memory are scored as their CSV files would be, whatever their dtypes."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import analysis
from tests.analysis import small, test_modes, test_weights
from tests.analysis.reference import HERE

TABLES = (
    *("respondents", "criteria", "options", "frame", "population", "units", "codebook"),
    *("frame_modes", "response_classes"),
)


def tables_of(folder):
    """The files of a data set as DataFrames of text."""
    files = {name: folder / f"{name}.csv" for name in TABLES}
    return {
        name: pd.read_csv(file, dtype=str, keep_default_na=False)
        for name, file in files.items()
        if file.exists()
    }


def written(results, out):
    """What is written, by name; of the manifest everything but where the data came from."""
    files = {path.name: path.read_bytes() for path in results.write(out).iterdir()}
    manifest = json.loads(files.pop("manifest.json"))
    del manifest["inputs"]
    return files | {"manifest.json": manifest}


def same_as_the_folder(folder, tmp_path, change=lambda tables: tables, **options):
    theirs = analysis.score(analysis.read(folder), **options)
    tables = change(tables_of(folder))
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    ours = analysis.score(analysis.read_frame(**tables), **options)
    assert written(ours, tmp_path / "ours") == written(theirs, tmp_path / "theirs")
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])  # nobody's DataFrame is changed
    return ours


@pytest.mark.parametrize("name", ["clean", "missing", "edge", "matrix"])
def test_text_gives_the_bytes_of_its_files(name, tmp_path):
    same_as_the_folder(HERE / name, tmp_path)


def inferred(table):
    """Numbers where all cells are numbers or blank: floats where some are blank, else int64."""
    out = table.copy()
    for name in table.columns:
        values = pd.to_numeric(table[name].replace({"": None}), errors="coerce")
        if values.notna().sum() == (table[name] != "").sum() and name not in {"unit", "group"}:
            out[name] = values
    return out


def mixed_objects(table):
    """Every column of dtype object, of text, whole numbers, floats and three kinds of missing."""
    out = {}
    blanks = [None, float("nan"), pd.NA, ""]
    for name in table.columns:
        cells = []
        for at, text in enumerate(table[name]):
            whole = text.isdecimal() and str(int(text)) == text
            kinds = (
                [text, int(text), float(text), np.int16(text), Decimal(text)] if whole else [text]
            )
            cells.append(kinds[at % len(kinds)] if text else blanks[at % 4])
        out[name] = pd.Series(cells, dtype=object)
    return pd.DataFrame(out)


def categories(table):
    """Categories in an order of their own, one of them never used."""
    out = {}
    for name in table.columns:
        cells = table[name].replace({"": None})
        kinds = sorted(cells.dropna().unique(), reverse=True)
        out[name] = pd.Categorical(cells, categories=["unused", *kinds])
    return pd.DataFrame(out)


def number_categories(table):
    return inferred(table).apply(lambda column: column.astype("category"))


@pytest.mark.parametrize(
    "change",
    [
        inferred,
        mixed_objects,
        categories,
        number_categories,
        lambda table: inferred(table).convert_dtypes(),
        lambda table: table.astype("string"),
        lambda table: table.astype(object),
        lambda table: table.replace({"": None}).astype("string[pyarrow]"),
        lambda table: inferred(table).convert_dtypes(dtype_backend="pyarrow"),
        lambda table: table.set_axis([f"R{at}" for at in range(len(table))], axis=0),
    ],
    ids=[
        *("inferred", "mixed", "categories", "categories of numbers", "nullable", "string"),
        *("object", "arrow text", "arrow", "named rows"),
    ],
)
@pytest.mark.parametrize("name", ["missing", "edge"])
def test_any_dtype_gives_the_same_bytes(name, change, tmp_path):
    same_as_the_folder(
        HERE / name,
        tmp_path,
        lambda tables: {key: change(table) for key, table in tables.items()},
        missing="renormalise",
        weights="raked",
    )


def test_floats_as_labels_are_read_as_in_parquet(tmp_path):
    people = pd.read_csv(HERE / "missing" / "respondents.csv", keep_default_na=False, dtype=str)
    people = inferred(people)
    people["psu"] = np.arange(len(people), dtype=float)
    people["stratum"] = np.where(people["unit"] == "U01", 1.5, 2.0)
    people = people.drop(columns=["fpc1", "fpc2"])
    folder = tmp_path / "data"
    folder.mkdir()
    people.to_parquet(folder / "respondents.parquet", index=False)
    for name in ("criteria", "options", "frame"):
        (folder / f"{name}.csv").write_bytes((HERE / "missing" / f"{name}.csv").read_bytes())
    theirs = analysis.score(analysis.read(folder), missing="renormalise")
    tables = tables_of(folder) | {"respondents": people}
    ours = analysis.score(analysis.read_frame(**tables), missing="renormalise")
    assert written(ours, tmp_path / "ours") == written(theirs, tmp_path / "theirs")


def test_a_number_of_fewer_bits_is_what_its_text_says():
    people, criteria, options = small_tables()
    people["weight"] = np.array([0.1, 0.2, 0.7], dtype=np.float32)
    data = analysis.read_frame(people, criteria, options)
    assert data.dataset.weight.tolist() == [0.1, 0.2, 0.7]


def small_tables():
    people = pd.DataFrame(
        {
            "resp_id": [1, 2, 3],
            "unit": "U1",
            "group": "citizens",
            "stratum": 1,
            "psu": [1, 2, 3],
            "weight": 1.0,
            "q1": [True, False, None],
        }
    )
    criteria = pd.DataFrame(
        {"criterion": ["C1"], "max_points": 10, "group": "citizens", "question": "q1",
         "group_weight": 1}
    )  # fmt: skip
    options = pd.DataFrame({"question": "q1", "option": [True, False], "coef": [1, 0]})
    return people, criteria, options


def test_true_and_false_may_be_options():
    results = analysis.score(analysis.read_frame(*small_tables()))
    assert results.units.loc["U1", "score"] == 5
    assert list(results.data.options["option"]) == ["True", "False"]
    assert results.estimates.loc[0, "n_blank"] == 1


def test_response_classes_and_modes_may_be_in_memory_too(tmp_path):
    folder = test_weights.folder(tmp_path / "classes")
    for adjust, weights in (("classes", "base"), ("classes", "raked"), ("frame", "base")):
        same_as_the_folder(folder, tmp_path / f"{adjust}-{weights}", adjust=adjust, weights=weights)
    other = small.folder(tmp_path / "modes", frame=test_modes.FRAME, frame_modes=test_modes.MODES)
    ours = same_as_the_folder(other, tmp_path / "of modes")
    assert len(ours.rates_by_mode) == 3


def test_words_of_units_and_codebook_are_taken(tmp_path):
    people, criteria, options = small_tables()
    units = pd.DataFrame({"unit": ["U1"], "name_vi": ["Sở Nội vụ"], "class": ["department"]})
    codebook = pd.DataFrame({"variable": ["q1"], "label_vi": "Hài lòng?", "code": [True],
                             "code_label_vi": ["Có"]})  # fmt: skip
    data = analysis.read_frame(people, criteria, options, units=units, codebook=codebook)
    results = analysis.score(data)
    assert results.units.loc["U1", "name"] == "Sở Nội vụ"
    assert "Hài lòng?" in results.explain("U1")
    assert "True Có" in results.explain("U1")
    with pytest.raises(ValueError, match="folder"):
        results.merge()


# Fingerprints


def test_a_fingerprint_is_of_cells_and_not_of_dtypes(tmp_path):
    tables = tables_of(HERE / "clean")
    data = analysis.read_frame(**tables)
    other = analysis.read_frame(**{name: categories(t) for name, t in tables.items()})
    assert other.fingerprints == data.fingerprints
    tables["respondents"].loc[0, "sex"] = "M"
    changed = analysis.read_frame(**tables).fingerprints
    differing = {name for name in changed if changed[name] != data.fingerprints[name]}
    assert differing == {"respondents (DataFrame)"}
    folder = analysis.score(data).write(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"] == data.fingerprints


# Faults


def faults(**tables):
    with pytest.raises(analysis.ProblemsFound) as found:
        analysis.read_frame(**tables)
    assert all(problem.help for problem in found.value.problems), "each has a remedy"
    assert ".csv" not in str(found.value)
    return found.value.problems


def sound():
    people, criteria, options = small_tables()
    return {"respondents": people, "criteria": criteria, "options": options}


def one_fault(table, slug, change, index=None):
    tables = sound()
    tables[table] = change(tables[table].set_axis(index or range(len(tables[table])), axis=0))
    (problem,) = faults(**tables)
    assert (problem.slug, problem.file) == (slug, table)
    return problem


def test_a_fault_names_dataframe_row_and_column():
    problem = one_fault("respondents", "unknown-option", lambda t: t.assign(q1=[True, "Yes", None]))
    assert problem.place == "respondents [row 1, column q1]"
    assert "`Yes`" in problem.message
    rows = ["an", "bình", "chi"]
    problem = one_fault(
        "respondents", "not-a-number", lambda t: t.assign(weight=[1, 2, "3,5"]), rows
    )
    assert problem.place == "respondents [row chi (position 2), column weight]"
    problem = one_fault("respondents", "repeated-rating", lambda t: t.assign(resp_id=7, psu=1)
                        .drop_duplicates("resp_id").pipe(lambda t: pd.concat([t, t])))  # fmt: skip
    assert "in row 0 (position 0) already" in problem.message


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (pd.Timestamp("2026-05-01"), "Timestamp"),
        (dt.date(2026, 5, 1), "date"),
        (["A", "B"], "list"),
        (b"A", "bytes"),
        (pd.Timedelta(1, "D"), "Timedelta"),
        (pd.Interval(0, 1), "Interval"),
    ],
)
def test_a_value_that_is_no_label_is_refused_by_name(value, kind):
    cells = pd.Series([None, value, value], dtype=object)
    for column in (cells, pd.Series([None, value, value])):
        problem = one_fault("respondents", "not-a-label", lambda t, c=column: t.assign(visited=c))
        assert problem.place == "respondents [row 1, column visited]"
        assert f"a {kind}:" in problem.message
        assert 'respondents["visited"].astype(str)' in problem.help


def test_columns_are_named_once_in_one_level():
    def twice(table):
        return table.rename(columns={"psu": "stratum"})

    tables = sound()
    tables["respondents"] = twice(tables["respondents"])
    assert {problem.slug for problem in faults(**tables)} == {"duplicate-column", "missing-column"}
    levels = one_fault(
        "respondents", "columns-in-levels", lambda t: pd.concat({"a": t, "b": t}, axis=1)
    )
    assert "several levels" in levels.message
    one_fault("respondents", "unnamed-column", lambda t: t.assign(x=1).rename(columns={"x": ""}))


def test_a_column_in_the_index_is_told_from_one_that_is_missing():
    problem = one_fault("respondents", "missing-column", lambda t: t.set_index("unit"))
    assert ".reset_index()" in problem.help
    problem = one_fault("options", "missing-column", lambda t: t.rename(columns={"coef": "coeff"}))
    assert "did you mean `coeff`" in problem.help


def test_infinite_numbers_are_no_numbers():
    problem = one_fault("respondents", "not-a-number", lambda t: t.assign(weight=[1, np.inf, 1]))
    assert "`inf`" in problem.message


def test_what_is_no_dataframe_is_refused():
    for wrong in ([1, 2], {"unit": ["U1"]}, pd.Series([1]), None):
        with pytest.raises(TypeError, match="criteria is a pandas DataFrame"):
            analysis.read_frame(**(sound() | {"criteria": wrong}))


@pytest.mark.parametrize(
    ("table", "column", "old", "new"),
    [
        ("respondents", "weight", "1", "0"),
        ("respondents", "group", "leaders", "ladies"),
        ("respondents", "unit", "U1", ""),
        ("respondents", "fpc1", "65", "66x"),
        ("respondents", "fpc1", "65", "3"),
        ("respondents", "resp_id", "c1", "c2"),
        ("criteria", "question", "q1", "q2"),
        ("criteria", "max_points", "1.5", ""),
        ("options", "coef", "0.6", "1.6"),
        ("options", "option", "B", "A"),
        ("frame", "N", "65", "-1"),
        ("frame", "unit", "U1", "U2"),
        ("frame", "group", "leaders", "council"),
        ("population", "count", "30", ""),
        ("population", "sex", "m", "f"),
        ("frame_modes", "n_responded", "18", "19"),
    ],
)
def test_the_same_faults_are_found_as_in_files(tmp_path, table, column, old, new):
    folder = small.folder(
        tmp_path / "data",
        frame=test_modes.FRAME,
        frame_modes=test_modes.MODES,
        respondents=with_sex(),
        population=test_weights.POPULATION,
    )
    tables = tables_of(folder)
    tables[table][column] = tables[table][column].replace({old: new})
    for name, content in tables.items():
        content.to_csv(folder / f"{name}.csv", index=False)
    with pytest.raises(analysis.ProblemsFound) as found:
        analysis.read(folder)
    theirs = Counter(problem.slug for problem in found.value.problems)
    assert Counter(problem.slug for problem in faults(**tables)) == theirs


def with_sex():
    header, *rows = small.respondents().splitlines()
    lines = [f"{row},{'mf'[at % 2]},{'yo'[at % 3 == 0]}" for at, row in enumerate(rows)]
    return "\n".join([f"{header},sex,age", *lines]) + "\n"


def test_what_an_option_needs_is_asked_for_as_a_dataframe():
    data = analysis.read_frame(**sound())
    for options, name in (
        ({"weights": "raked"}, "population"),
        ({"adjust": "classes"}, "response_classes"),
        ({"adjust": "frame"}, "frame"),
    ):
        with pytest.raises(analysis.ProblemsFound) as found:
            analysis.score(data, **options)
        assert found.value.problems[0].file == name
        assert ".csv" not in str(found.value)
        assert "--" not in str(found.value).replace("-->", "")
