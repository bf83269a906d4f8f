"""Rates by mode: the frame once more, by how people answered."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import results
from analysis.dataset import reader
from analysis.dataset.model import FrameRow
from analysis.nonresponse.response_rates import CLASSES, frame_rates, open_rates, outcome_rates
from analysis.problems import ProblemsFound
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import small

FRAME = """unit,group,N,n_invited,n_responded,I,P,R,NC,O,UH,UO,NE
U1,council,65,50,40,38,2,4,2,1,3,0,0
U1,leaders,30,20,15,15,0,1,0,0,4,0,0
"""
MODES = """unit,group,mode,N,n_invited,n_responded,I,P,R,NC,O,UH,UO,NE
U1,council,paper,,20,18,17,1,0,1,0,1,0,0
U1,council,web,,30,22,21,1,4,1,1,2,0,0
U1,leaders,web,,20,15,15,0,1,0,0,4,0,0
"""
OPEN = MODES.replace("U1,council,web,,30,22", "U1,council,web,,30,12") + (
    "U1,council,kiosk,,,10,,,,,,,,\n"
)
counts = st.fixed_dictionaries({name: st.integers(0, 500) for name in CLASSES})


def rates_of(path, modes=MODES):
    folder = small.folder(path, frame=FRAME, frame_modes=modes)
    return score_tables.results(results.of(score.score(reader.read(folder))))


def test_each_mode_has_its_rates_with_what_they_are_made_of(tmp_path):
    rows = {(row["group"], row["mode"]): row for row in rates_of(tmp_path)["rates_by_mode"]}
    paper = rows["council", "paper"]
    assert (paper["invited"], paper["responded"]) == (20, 18)
    assert paper["RR1"] == 17 / 20
    assert (paper["numerators"]["RR2"], paper["denominators"]["RR2"]) == (18, 20)
    wanted = outcome_rates(dict(zip(CLASSES, (21, 1, 4, 1, 1, 2, 0, 0), strict=True)))
    assert {name: rows["council", "web"][name] for name in wanted} == {
        name: found.rate for name, found in wanted.items()
    }


def test_an_open_mode_has_a_count_and_never_a_rate(tmp_path):
    rows = {(row["group"], row["mode"]): row for row in rates_of(tmp_path, OPEN)["rates_by_mode"]}
    kiosk = rows["council", "kiosk"]
    assert (kiosk["invited"], kiosk["responded"], kiosk["RR1"]) == (None, 10, None)
    assert (kiosk["numerators"], kiosk["denominators"]) == ({"RR1": 10}, {"RR1": None})
    assert "nobody was invited" in kiosk["reasons"]["RR1"]
    assert not {"RR2", "COOP1", "CON1"} & kiosk.keys()


def test_the_csv_holds_the_same(tmp_path):
    folder = small.folder(tmp_path / "data", frame=FRAME, frame_modes=OPEN)
    score_tables.write(results.of(score.score(reader.read(folder))), tmp_path)
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["rates_by_mode"]
    with (tmp_path / "rates_by_mode.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["mode"] for row in rows] == [row["mode"] for row in found]
    assert [float(row["RR1"]) if row["RR1"] else None for row in rows] == [
        row["RR1"] for row in found
    ]
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert "frame_modes.csv" in manifest["inputs"]


def test_without_the_file_there_are_no_rates_by_mode(tmp_path):
    assert (
        score_tables.results(results.of(score.score(reader.read(small.folder(tmp_path)))))[
            "rates_by_mode"
        ]
        == []
    )


@pytest.mark.parametrize(
    ("modes", "slug", "line", "column"),
    [
        (MODES.replace(",30,22,", ",31,22,"), "modes-differ", 2, 19),
        (MODES.replace(",30,22,", ",30,21,"), "modes-differ", 2, 22),
        (MODES.replace(",22,21,", ",22,20,"), "modes-differ", 2, 25),
        (OPEN.replace("kiosk,,,", "kiosk,,5,"), "open-mode-invited", 5, 19),
        (MODES.replace("U1,council,web", "U1,council,"), "blank-label", 3, 12),
        (MODES.replace("council,web", "council,paper"), "repeated-cell", 3, 12),
        (MODES.replace("U1,leaders", "U9,leaders"), "unknown-unit", 4, 1),
        (MODES.replace("leaders", "leader"), "unknown-group", 4, 4),
        (MODES.replace(",30,22,", ",-30,22,"), "negative-count", 3, 17),
        (MODES.replace(",NE\n", ",XX\n"), "missing-column", 1, 1),
        (MODES.replace(",mode,", ",how,"), "missing-column", 1, 1),
    ],
)
def test_faults_are_told_where_they_stand(tmp_path, modes, slug, line, column):
    folder = small.folder(tmp_path, frame=FRAME, frame_modes=modes)
    with pytest.raises(ProblemsFound) as found:
        reader.read(folder)
    told = {(p.slug, p.line, p.column) for p in found.value.problems}
    assert (slug, line, column) in told
    assert all(p.help and p.file.endswith("frame_modes.csv") for p in found.value.problems)


def test_what_is_not_known_of_the_whole_is_not_held_against_its_modes(tmp_path):
    blank = FRAME.replace(",65,50,40,", ",65,,40,")
    folder = small.folder(tmp_path, frame=blank, frame_modes=MODES)
    assert reader.read(folder).modes


@given(st.lists(counts, min_size=1, max_size=4))
def test_modes_add_up_to_the_whole_and_their_rates_keep_the_order_of_rates(modes):
    rows = [
        frame_rates(
            FrameRow(population=None, invited=None, responded=None, outcomes=counts_of_mode)
        )
        for counts_of_mode in modes
    ]
    whole = outcome_rates(sum((Counter(each) for each in modes), Counter()))
    for name in ("RR1", "RR2", "RR5", "RR6", "COOP1", "COOP4", "REF1", "CON1"):
        for part in ("numerator", "denominator"):
            assert sum(getattr(row[name], part) for row in rows) == getattr(whole[name], part)
    for row in rows:
        assert all((found.rate is None) == (found.reason != "") for found in row.values())
        for chain in (("RR1", "RR3", "RR5"), ("RR2", "RR4", "RR6"), ("REF1", "REF2", "REF3")):
            rates = [row[name].rate for name in chain]
            if None not in rates:
                assert all(low <= high + 1e-12 for low, high in pairwise(rates))


@given(st.integers(0, 10_000))
def test_however_many_take_part_an_open_mode_has_no_rate(people):
    found = open_rates(FrameRow(population=None, invited=None, responded=float(people)))
    assert [each.rate for each in found.values()] == [None]
    assert found["RR1"].numerator == people
