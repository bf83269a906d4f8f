"""Folders on which other versions, or other programs, gave wrong numbers or none: what is right."""

from __future__ import annotations

import csv
import shutil
import unicodedata
from pathlib import Path

import pytest

from analysis.__main__ import main

CASES = Path(__file__).with_name("cases")


def table(file: Path) -> list[dict[str, str]]:
    """The rows of a table that was written."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_exact_ties_share_their_rank_whatever_the_last_digits_of_their_sums(tmp_path):
    assert main(["score", str(CASES / "s7_ties"), "--out", str(tmp_path)]) == 0
    ranks = {row["unit"]: row["rank"] for row in table(tmp_path / "ranks.csv")}
    assert sorted(ranks.values()) == ["1", "1", "3", "3", "5", "5"]


LABELS = {
    "s4_nfd_label": ("label-not-in-population", "composed in another way", "respondents.csv:"),
    "s4_trailing_space": ("label-not-in-population", "blanks", "respondents.csv:"),
    "s4_zero_count": ("counted-zero", "0", "population.csv:4:"),
}


@pytest.mark.parametrize("kind", ["raked", "poststratified"])
@pytest.mark.parametrize("case", LABELS)
def test_labels_that_do_not_meet_are_named_with_their_place_and_nothing_is_written(
    tmp_path, capsys, case, kind
):
    out, folder = tmp_path / "out", tmp_path / case
    shutil.copytree(CASES / case, folder)
    if case == "s4_nfd_label":  # the letters as macOS writes them, which no file here may have
        file = folder / "respondents.csv"
        composed = file.read_text(encoding="utf-8")
        file.write_text(unicodedata.normalize("NFD", composed), encoding="utf-8")
    assert main(["score", str(folder), "--out", str(out), "--weights", kind]) == 1
    said = unicodedata.normalize("NFC", capsys.readouterr().err)
    for words in LABELS[case]:
        assert words in said
    assert not out.exists()


def test_nothing_beside_a_withheld_count_tells_that_it_is_one(tmp_path):
    scores, published = tmp_path / "scores", tmp_path / "published"
    assert main(["score", str(CASES / "d1_counts"), "--out", str(scores)]) == 0
    command = ["publishable", str(CASES / "d1_counts"), "--scores", str(scores)]
    assert main([*command, "--out", str(published), "--fewest", "5"]) == 0
    answers = {(row["unit"], row["group"]): 0 for row in table(CASES / "d1_counts/respondents.csv")}
    for row in table(CASES / "d1_counts/respondents.csv"):
        answers[row["unit"], row["group"]] += row["q1"] != ""
    small = {cell for cell, count in answers.items() if 0 < count < 5}
    assert 1 in {answers[cell] for cell in small}, "there is one to be found out"
    rows = {(row["unit"], row["group"]): row for row in table(published / "groups.csv")}
    told = {
        cell: {name: rows[cell][name] for name in rows[cell] if name not in {"unit", "group"}}
        for cell in small
    }
    of_one = [row for cell, row in told.items() if answers[cell] == 1]
    of_more = [row for cell, row in told.items() if answers[cell] > 1]
    assert of_more
    for row in of_one:
        assert row in of_more, "it looks like others"
