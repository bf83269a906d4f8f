"""A large plain CSV file is read by Arrow, and gives the table that our own reader gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.io.plain_csv import read_plain
from analysis.io.table import read_csv

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
HEADER = "resp_id,unit,q\n"


@pytest.mark.parametrize("name", ["clean", "missing", "edge"])  # matrix has CRLF
def test_both_readers_give_the_same_table(name):
    path = REFERENCE / name / "respondents.csv"
    fast, slow = read_plain(path, ("resp_id",), minimum_size=0), read_csv(path, ("resp_id",), [])
    assert fast.names == slow.names
    assert fast.lines.tolist() == slow.lines.tolist()
    for column in slow.names:
        assert fast[column].texts() == slow[column].texts()
        assert np.array_equal(fast[column].codes, slow[column].codes), "in the same order"


@pytest.mark.parametrize(
    "body",
    ['a,"x,y",1\n', "a,x\n", "a,x,1,2\n", "a,x,1\n\nb,x,1\n", "a,x,1\r\n", "a,x,1", "\xff,x,1\n"],
)
def test_whatever_could_be_read_in_two_ways_is_left_to_our_own_reader(body, tmp_path):
    path = tmp_path / "respondents.csv"
    path.write_bytes((HEADER + body).encode("latin-1"))
    assert read_plain(path, ("resp_id",), minimum_size=0) is None


def test_labels_stay_texts_and_blank_stays_blank(tmp_path):
    path = tmp_path / "respondents.csv"
    path.write_text(HEADER + "01,NA,\n1,nan,null\n01,,1.0\n", encoding="utf-8")
    table = read_plain(path, ("resp_id",), minimum_size=0)
    assert table["resp_id"].texts() == ["01", "1", "01"]
    assert table["unit"].texts() == ["NA", "nan", ""]
    assert table["q"].texts() == ["", "null", "1.0"]


def test_small_files_do_not_wait_for_arrow():
    assert read_plain(REFERENCE / "clean" / "respondents.csv", ("resp_id",)) is None
