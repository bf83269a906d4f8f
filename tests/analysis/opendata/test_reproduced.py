"""The scripts in the archive compute the published scores again, each by another program."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import zipfile

import nbformat
import pytest
from nbclient import NotebookClient

from analysis.opendata.archive import write_archive
from analysis.problems import ProblemsFound
from tests.analysis.opendata.releases import release
from tests.support import r_survey

WRITE = "again[['unit', 'score']].to_csv({!r}, index=False)"
"""A cell that hands out what the notebook has worked out."""


def scores(scored):
    content = json.loads((scored / "results" / "scores.json").read_text("utf-8"))
    return {row["unit"]: row["score"] for row in content["units"]}


def headline(archive):
    with (archive / "results" / "headline.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(path):
    with path.open(encoding="utf-8") as file:
        return {row["unit"]: float(row["score"]) for row in csv.DictReader(file)}


def expected(scored, archive):
    units = {row["unit"] for row in headline(archive) if row["reproducible"] == "True"}
    assert len(units) == 3, "some can be computed again, some cannot"
    return {
        unit: pytest.approx(score, abs=1e-9)
        for unit, score in scores(scored).items()
        if unit in units
    }


@r_survey.needed("to compute scores from open data again")
def test_r_alone_computes_the_scores_again(scored, archive, tmp_path):
    out = tmp_path / "r.csv"
    subprocess.run(["Rscript", archive / "reproduce.R", "--out", out], check=True)
    assert read(out) == expected(scored, archive)


def test_the_notebook_computes_the_scores_again_in_a_kernel_from_the_archive_alone(
    scored, archive, tmp_path, monkeypatch
):
    monkeypatch.delenv("PYTHONPATH", raising=False)  # nothing of ours is there for its reader
    notebook = nbformat.read(archive / "reproduce.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)
    out = tmp_path / "pandas.csv"
    notebook.cells.append(nbformat.v4.new_code_cell(WRITE.format(str(out))))
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(cwd=str(archive))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    said = [output for cell in cells for output in cell.outputs]
    assert {output.output_type for output in said} <= {"execute_result", "display_data", "stream"}
    assert read(out) == expected(scored, archive)


def test_units_that_cannot_be_computed_again_say_why(archive):
    reasons = {row["unit"]: row["reason"] for row in headline(archive)}
    assert reasons == {
        "SNV": "answers_withheld",
        "SYT": "answers_withheld",
        "STC": "",
        "Đ-1": "",
        "SXD": "",
    }


def test_every_file_has_its_checksum(archive):
    lines = (archive / "SHA256SUMS").read_text("utf-8").splitlines()
    said = {name: sum_ for sum_, name in (line.split("  ") for line in lines)}
    files = {
        path.relative_to(archive).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in archive.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert said == files


def test_the_same_data_give_the_same_bytes_however_they_are_cut(scored, tmp_path, monkeypatch):
    whole, cut, told = tmp_path / "whole.zip", tmp_path / "cut.zip", []
    write_archive(scored / "release", scored / "results", whole)
    monkeypatch.setattr("analysis.opendata.rows.CHUNK", 7)
    write_archive(scored / "release", scored / "results", cut, told=lambda *said: told.append(said))
    without_parquet = [
        name
        for name in _contents(whole)
        if not name.endswith(("parquet", "SHA256SUMS", "manifest.json"))
    ]  # which has row groups
    assert {name: _contents(cut)[name] for name in without_parquet} == {
        name: _contents(whole)[name] for name in without_parquet
    }
    write_archive(scored / "release", scored / "results", cut)
    assert told[0][0] == "read"
    assert told[-1] == ("pack", 336, 336)


def _contents(path):
    with zipfile.ZipFile(path) as content:
        return {name: content.read(name) for name in content.namelist()}


def test_scores_of_other_data_and_open_waves_are_refused(scored, tmp_path):
    other = release(tmp_path / "other", seed=3)
    with pytest.raises(ProblemsFound) as refused:
        write_archive(scored / "release", other / "results", tmp_path / "no.zip")
    assert refused.value.problems[0].slug == "scores-of-other-data"
    open_ = release(tmp_path / "open", state="open")
    with pytest.raises(ProblemsFound) as refused:
        write_archive(open_ / "release", open_ / "results", tmp_path / "no.zip")
    assert refused.value.problems[0].slug == "wave-not-closed"
    assert not (tmp_path / "no.zip").exists()
