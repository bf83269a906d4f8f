"""Every file is read by another program than the one that wrote it, value for value."""

from __future__ import annotations

import csv
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from analysis.__main__ import main
from analysis.opendata.formats.fixed_width import write_dta, write_sav
from analysis.opendata.rows import Rows
from analysis.opendata.variables import NO_VALUE, Layout, Variable, with_names
from tests.analysis.opendata.conftest import unpacked
from tests.analysis.opendata.releases import release

STATA = {-94: ".a", -95: ".b", -96: ".c", -97: ".d", -98: ".e", -99: ".f"}


@cache
def lacking() -> str:
    if not shutil.which("Rscript"):
        return "there is no Rscript here"
    asked = ["Rscript", "-e", "library(haven); library(foreign)"]
    done = subprocess.run(asked, capture_output=True, check=False)
    return "R has no packages haven and foreign" if done.returncode else ""


with_haven = pytest.mark.skipif(bool(lacking()), reason=f"{lacking()}: R was NOT asked to read")


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def numbers(path):
    return pd.read_csv(path).astype(float)


@pytest.fixture(scope="module")
def in_r(archive, tmp_path_factory):
    """What R's haven and foreign read, as CSV."""
    out = tmp_path_factory.mktemp("r")
    script = f"{__file__.rsplit('/', 1)[0]}/read_back.R"
    files = (archive / "data" / "ratings.sav", archive / "data" / "ratings.dta")
    subprocess.run(["Rscript", script, *files, out], check=True)
    return out


@pytest.fixture(scope="module")
def codebook(archive):
    rows = table(archive / "codebook" / "codebook.csv")
    return {
        name: [row for row in rows if row["variable"] == name]
        for name in dict.fromkeys(row["variable"] for row in rows)
    }


@with_haven
def test_haven_and_foreign_read_every_value_of_the_spss_file(archive, in_r):
    written = numbers(archive / "data" / "ratings.csv")
    pd.testing.assert_frame_equal(numbers(in_r / "sav.csv"), written)
    pd.testing.assert_frame_equal(numbers(in_r / "foreign.csv"), written)


@with_haven
def test_haven_reads_every_value_of_the_stata_file_and_why_there_is_none(archive, in_r):
    written = table(archive / "data" / "ratings.csv")
    for mine, read in zip(written, table(in_r / "dta.csv"), strict=True):
        for name, cell in mine.items():
            number = float(cell) if cell else None
            expected = STATA.get(number, number)
            value = read[name]
            assert (value if value[:1] == "." else float(value) if value else None) == expected


@with_haven
@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_haven_reads_the_vietnamese_words_of_every_column_and_value(kind, in_r, codebook):
    read = table(in_r / f"{kind}-labels.csv")
    limit = {"sav": lambda text: len(text.encode()) <= 255, "dta": lambda text: len(text) <= 80}
    for name, rows in codebook.items():
        own = [row for row in read if row["variable"] == name]
        label = own[0]["label"]
        assert limit[kind](label)
        whole = rows[0]["label_vi"]
        assert label == whole or (label.endswith("…") and whole.startswith(label[:-1].rstrip()))
        key = "stata" if kind == "dta" else "value"
        expected = {
            (row[key] if row["missing"] == "True" else row["value"]): row["value_label_vi"]
            for row in rows
            if row["value"]
        }
        assert {row["value"]: row["words"] for row in own if row["value"]} == expected
    assert any(row["label"].endswith("…") for row in read), "some label has to be cut"
    (asked,) = {row["label"] for row in read if row["variable"] == "online_used"}
    assert asked == "Đã nộp: - trực tuyến?", "without the apostrophe that a table for Excel needs"


@with_haven
def test_spss_knows_which_numbers_are_no_answers(in_r, codebook):
    ranges = {row["variable"]: row["range"] for row in table(in_r / "missing.csv")}
    for name, rows in codebook.items():
        has_none = any(row["missing"] == "True" for row in rows)
        assert ranges[name] == ("-99 -94" if has_none else "")


def test_pandas_reads_the_stata_file_that_pyreadstat_began(archive):
    written = numbers(archive / "data" / "ratings.csv")
    read = pd.read_stata(archive / "data" / "ratings.dta", convert_categoricals=False)
    is_answer = ~written.isin(list(STATA)).to_numpy()
    np.testing.assert_array_equal(read.to_numpy(float)[is_answer], written.to_numpy()[is_answer])
    assert np.isnan(read.to_numpy(float)[~is_answer]).all()


def test_parquet_has_the_same_values_with_their_types_and_words(archive):
    from pyarrow import parquet

    read = pd.read_parquet(archive / "data" / "ratings.parquet").astype(float)
    pd.testing.assert_frame_equal(read, numbers(archive / "data" / "ratings.csv"))
    schema = parquet.read_schema(archive / "data" / "ratings.parquet")
    kinds = {field.name: str(field.type) for field in schema}
    assert {name for name, kind in kinds.items() if kind == "double"} == {"weight", "visits"}
    assert schema.field("service").metadata[b"label_vi"].decode().startswith("Ông/Bà đánh giá")


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice was NOT asked to read")
def test_libreoffice_reads_every_value_of_the_csv(archive, tmp_path):
    source = archive / "data" / "ratings.csv"
    how = "CSV:44,34,76,1,,1033,false,true,false"  # comma, quotes, UTF-8, from line 1, English
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    asked = ["soffice", home, "--headless", f"--infilter={how}", "--convert-to", "fods",
             "--outdir", tmp_path, source]  # fmt: skip
    subprocess.run(asked, check=True, capture_output=True, timeout=120)
    spaces = {
        "t": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "o": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    }
    written, lines = numbers(source), []
    for row in ET.parse(tmp_path / "ratings.fods").iter(f"{{{spaces['t']}}}table-row"):
        cells = []
        for cell in row.iter(f"{{{spaces['t']}}}table-cell"):
            value = cell.get(f"{{{spaces['o']}}}value")
            times = int(cell.get(f"{{{spaces['t']}}}number-columns-repeated", "1"))
            cells += [float(value) if value else np.nan] * min(times, written.shape[1])
        times = int(row.get(f"{{{spaces['t']}}}number-rows-repeated", "1"))
        lines += [cells[: written.shape[1]]] * min(times, len(written))
    np.testing.assert_allclose(
        np.array(lines[1 : len(written) + 1]), written.to_numpy(), rtol=1e-12
    )


def test_names_columns_words_and_widths_follow_from_the_questionnaire_alone(archive, other):
    """Two years' people, one questionnaire: all but the rows and their number is the same."""
    assert len(numbers(archive / "data" / "ratings.csv")) != len(
        numbers(other / "data/ratings.csv")
    )
    for name, ends in (("ratings.sav", None), ("ratings.dta", b"<data>")):
        one, two = ((each / "data" / name).read_bytes() for each in (archive, other))
        size = len(one) - _rows(archive) * 8 * _width(archive)
        assert size == len(two) - _rows(other) * 8 * _width(other)
        head = size if ends is None else one.index(ends)
        apart = [at for at in range(head) if one[at] != two[at]]
        assert len(apart) <= (4 if ends is None else 8 + 4 * 8), "counts and places only"
        if ends:
            assert one[-(size - head - 13) :] == two[-(size - head - 13) :]
    kept = ("variable", "label_vi", "value", "code", "value_label_vi", "missing", "measure")
    books = [
        [[row[name] for name in kept] for row in table(each / "codebook" / "codebook.csv")]
        for each in (archive, other)
    ]
    assert books[0] == books[1]


def _rows(archive):
    return len(numbers(archive / "data" / "ratings.csv"))


def _width(archive):
    return len(numbers(archive / "data" / "ratings.csv").columns)


def test_a_wave_without_a_row_to_show_has_files_that_open_all_the_same(tmp_path, archive):
    folder = release(tmp_path / "r", clusters=1)
    path = folder / "release" / "respondents.csv"
    header, *lines = path.read_text("utf-8").splitlines()
    kept = [
        line
        for group in ("council", "citizens", "leaders")
        for line in [line for line in lines if f",SNV,{group}," in line][:3]
    ]
    path.write_text("\n".join([header, *kept]) + "\n", "utf-8")
    (folder / "release" / "frame.csv").unlink()
    where = str(folder / "release")
    assert main(["score", where, "--out", str(folder / "results"), "--missing", "renormalise"]) == 0
    empty = unpacked(folder)
    names = list(numbers(archive / "data" / "ratings.csv").columns)
    assert list(numbers(empty / "data" / "ratings.csv").columns) == names
    assert pd.read_stata(empty / "data" / "ratings.dta").shape == (0, len(names))
    assert pd.read_parquet(empty / "data" / "ratings.parquet").shape == (0, len(names))


CODES = (
    *("all_", "with_", "if.", "str5", "str2045", "TRUE", "byte", "Byte", "NA", "1", "a-b", "a.b"),
    *("kenh_tiep_nhan_thong_tin_cua_ong", "kenh_tiep_nhan_thong_tin_cua_ba0"),
)
"""Of questions: words of SPSS, Stata and R, twins, and the longest that there are."""
LONG = "Thông qua cán bộ, công chức của Bộ phận Tiếp nhận và Trả kết quả thủ tục hành chính tại "


def without_rows(tmp_path, variables, kind):
    """What pyreadstat knows of a file of these columns."""
    columns = Layout(variables=with_names(variables), units=(), groups=())
    rows = Rows(file=tmp_path / "rows", count=0, columns=len(variables), levels={})
    rows.file.touch()
    with (tmp_path / f"of.{kind}").open("wb") as out:
        {"sav": write_sav, "dta": write_dta}[kind](rows, columns, "Thử", out)
    return getattr(pyreadstat, f"read_{kind}")(tmp_path / f"of.{kind}")[1]


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_every_code_that_a_question_may_have_becomes_a_name_that_the_format_takes(tmp_path, kind):
    labelled = {"kind": "choice", "label": ("Câu", "Item"), "labels": NO_VALUE}
    many = [Variable(name=f"c{number}", **labelled) for number in range(120)]
    of_codes = [Variable(name=code, **labelled) for code in CODES]
    names = without_rows(tmp_path, [*many, *of_codes], kind).column_names[len(many) :]
    assert len({name.lower() for name in names}) == len(CODES)
    assert {"q_all", "q_with", "q_if", "q_str5", "q_str2045", "q_TRUE", "q_NA"} <= set(names)


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_what_is_cut_alike_is_told_apart(tmp_path, kind):
    asked = f"{LONG * 3}đâu?"
    words = (f"{LONG}xã", f"{LONG}tỉnh", "Nơi khác", "Nơi khác")
    labels = {number: (word, word) for number, word in enumerate(words, 1)}
    one = Variable(name="one", kind="choice", label=(asked, asked), labels=labels)
    options = [
        replace(
            one, name=f"o{n}", kind="several", label=(f"{asked} — {word}",) * 2, asked=one.label
        )
        for n, word in enumerate(("Đến tận nơi", "Qua mạng"))
    ]
    known = without_rows(tmp_path, [one, *options], kind)
    words = list(known.variable_value_labels["one"].values())
    assert len(set(words)) == len(words)
    assert words[2:] == ["Nơi khác [3]", "Nơi khác [4]"]
    told = known.column_labels[1:]
    assert [label.rpartition("… — ")[2] for label in told] == ["Đến tận nơi", "Qua mạng"]
    assert all(asked.startswith(label.rpartition("… — ")[0]) for label in told)
