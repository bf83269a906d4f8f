"""Which units are compared with whom, and who counts as being in both years."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.dataset import reader
from analysis.problems import ProblemsFound
from analysis.scoring import score
from tests.analysis import two_years
from tests.analysis.two_years import compared, refusal, year

BEFORE = {"A": "AABBCCAD", "B": "ABABABCC", "C": "CCDDCBAA", "D": "ABCDABCD"}
UNITS = "unit,name_vi,predecessors,predecessor_rule\n"


def after(path, lines, answers=None, **files):
    """This year, with what units.csv says of predecessors."""
    codes = [line.split(",")[0] for line in lines]
    answers = answers or dict.fromkeys(codes, "AABBABCD")
    units = UNITS + "".join(f"{line}\n" for line in lines)
    return year(path, answers, units=units, **files)


def told(found):
    return [(match.name, match.basis, match.reason, match.detail) for match in found.units]


def test_a_renamed_unit_is_compared_with_what_it_was_called(tmp_path):
    last = year(tmp_path / "last", BEFORE)
    this = after(tmp_path / "this", ["A2,Tên mới,A,", "B,Cũ,,"])
    found = compared(last, this)
    assert told(found) == [("A2", "renamed", "", ""), ("B", "same", "", "")]
    assert found.only_last == ("C", "D")
    same = compared(last, year(tmp_path / "same", {"A": "AABBABCD", "B": "AABBABCD"}))
    for name in ("change", "se_nr", "df", "p"):
        np.testing.assert_array_equal(getattr(found.scores, name), getattr(same.scores, name))


def test_a_unit_in_both_years_is_itself_whatever_it_was_made_from_long_ago(tmp_path):
    last = year(tmp_path / "last", BEFORE)
    found = compared(last, after(tmp_path / "this", ["A,A,X;Y,", "B,B,,"]))
    assert told(found) == [("A", "same", "", ""), ("B", "same", "", "")]


def test_several_predecessors_are_not_compared_without_a_rule_and_say_so(tmp_path):
    last = year(tmp_path / "last", BEFORE | {"G": "ABCD"})
    lines = ["AB,Gộp,A;B,", "C,C,D,", "E,Mới,,", "F,F,F1,", "G,,,"]
    found = compared(last, after(tmp_path / "this", lines))
    assert told(found)[0][1:3] == ("merged", "merged_without_rule")
    assert told(found)[1][1:3] == ("merged", "merged_without_rule"), "C took D in"
    assert told(found)[2][1:3] == ("new", "only_this")
    assert told(found)[3][2:] == ("predecessor_not_in_last", "F1")
    assert np.isnan(found.scores.change[:, 0]).tolist() == [True] * 4 + [False]


def test_a_predecessor_that_went_into_two_units_is_compared_with_neither(tmp_path):
    last = year(tmp_path / "last", BEFORE)
    found = compared(last, after(tmp_path / "this", ["A1,,A,", "A2,,A,", "B,,,", "B2,,B,", "C,,,"]))
    reasons = [match.reason for match in found.units]
    assert reasons == ["predecessor_shared"] * 4 + [""]


def test_merged_units_are_what_their_predecessors_populations_say_together(tmp_path):
    """Means weighted by N, variances by its square; by hand from last year's own scores."""
    there = {"A": 12, "B": 30, "C": 12, "D": 12}
    rows = two_years.respondents({"A": BEFORE["A"], "C": BEFORE["C"], "D": BEFORE["D"]})
    rows += two_years.respondents({"B": BEFORE["B"]}, 30).split("\n", 1)[1].replace(",3.75,", ",1,")
    last = year(tmp_path / "last", BEFORE, respondents=rows, frame=two_years.frame(BEFORE, there))
    this = after(tmp_path / "this", ["AB,Gộp,A;B,frame", "C,,,", "D,,,"])
    found = compared(last, this)
    assert told(found)[0] == ("AB", "merged", "", "")
    alone = score.score(last).units
    share = np.array([12, 30]) / 42
    assert found.scores.last[0, 0] == pytest.approx(share @ alone.score[:2], rel=1e-12)
    merged = np.sqrt(share**2 @ alone.se[:2] ** 2)
    assert found.scores.se_last[0, 0] == pytest.approx(merged, rel=1e-12)
    np.testing.assert_allclose(found.scores.last[1:, 0], alone.score[2:], rtol=1e-12)
    assert found.scores.df[0, 0] > 14, "7 + 7 degrees of freedom last year, and 7 of this one"


def test_those_who_rated_both_predecessors_rate_the_merged_unit_once(tmp_path):
    """Of delegates who rate all units: half of each rating, with the covariance of the two."""
    rng = np.random.default_rng(3)
    rows = ["resp_id,unit,group,sample,stratum,psu,weight,fpc1,q1,q2"]
    for delegate in range(20):
        for unit in "ABC":
            if (delegate, unit) != (3, "B"):
                codes = ",".join(rng.choice(list("ABCD"), 2))
                rows.append(f"d{delegate},{unit},leaders,all,s,{delegate},3.25,65,{codes}")
    rows[10] = rows[10].rsplit(",", 1)[0] + ","
    last_rows = "\n".join([*rows, ""])
    frame = two_years.frame(dict.fromkeys("ABC", ""), 65)
    last = year(tmp_path / "last", {}, respondents=last_rows, frame=frame)
    now = last_rows.replace(",A,leaders", ",AB,leaders")
    now = "\n".join(line for line in now.splitlines() if ",B,leaders" not in line) + "\n"
    this = after(tmp_path / "this", ["AB,,A;B,frame", "C,,,"], respondents=now,
                 frame=two_years.frame({"AB": "", "C": ""}, 65))  # fmt: skip
    found = compared(last, this)
    card = score.score(last)
    half = np.array([0.5, 0.5])
    assert not found.scores.reason[0, 0]
    by_hand = np.sqrt(half @ card.covariance[:2, :2] @ half)
    assert found.scores.last[0, 0] == pytest.approx(half @ card.units.score[:2], rel=0.01)
    assert found.scores.se_last[0, 0] == pytest.approx(by_hand, rel=0.03), "but for two blanks"
    assert found.scores.se_last[1, 0] == pytest.approx(card.units.se_nr[2], rel=1e-12)
    both = compared(last, this, panel="persons")
    assert both.scores.covariance[0, 0] > 0, "they are a panel of the merged unit too"


@pytest.mark.parametrize(
    ("reason", "settings", "frame"),
    [
        ("predecessor_without_population", {}, "B,leaders,,12,8"),
        ("merged_needs_base_weights", {"adjust": "frame"}, "B,leaders,12,12,8"),
    ],
)
def test_what_merging_needs_is_told(tmp_path, reason, settings, frame):
    lines = two_years.frame(BEFORE).replace("B,leaders,12,12,8", frame)
    last = year(tmp_path / "last", BEFORE, frame=lines)
    this = after(tmp_path / "this", ["AB,,A;B,frame", "C,,,"])
    found = compared(last, this, **settings)
    assert [match.reason for match in found.units] == [reason, ""]


def test_a_predecessor_that_nobody_answered_about_leaves_its_merged_unit_out(tmp_path):
    last = year(tmp_path / "last", BEFORE | {"B": "KK  "})
    found = compared(last, after(tmp_path / "this", ["AB,,A;B,frame", "C,,,"]))
    assert found.units[0].reason == "predecessor_without_answers"
    assert found.units[0].detail == "B, leaders, q1"


@pytest.mark.parametrize(
    ("line", "slug", "column"),
    [
        ("AB,,A;;B,frame", "unclear-predecessors", 5),
        ("AB,,A;A,frame", "unclear-predecessors", 5),
        ("AB,,A;B,sum", "unknown-predecessor-rule", 9),
        ("C,,A;B,frame", "repeated-unit", 1),
    ],
)
def test_a_faulty_line_of_units_csv_is_refused_with_its_place(tmp_path, line, slug, column):
    last = year(tmp_path / "last", BEFORE)
    this = after(tmp_path / "this", ["C,,,", line], {"AB": "AB", "C": "AB"})
    with pytest.raises(ProblemsFound) as raised:
        compared(last, this)
    problem = refusal(raised)
    assert (problem.slug, problem.line, problem.column) == (slug, 3, column)
    assert problem.file.endswith("units.csv")
    assert problem.help


def test_years_without_a_unit_in_common_are_refused_with_the_reasons(tmp_path):
    last = year(tmp_path / "last", {"U10": "ABCD"})
    with pytest.raises(ProblemsFound) as raised:
        compared(last, after(tmp_path / "this", ["V1,,U1,", "W1,,,"]))
    assert refusal(raised).slug == "no-common-units"
    assert "V1: predecessor_not_in_last U1 (did you mean U10?); W1: only_this" in str(raised.value)


# ----------------------------------------------------------------------------------- panels


def test_equal_labels_alone_are_no_panel():
    last, this = two_years.reference("two_stage")
    assert compared(last, this).panel is None
    assert not compared(last, this).scores.covariance.any()


def test_clusters_are_linked_by_psus_and_persons_by_persons_only():
    last, this = two_years.reference("rotating")
    found = compared(last, this, panel="psus")
    by_group = {row["group"]: row for row in found.panel.table}
    assert by_group["citizens"]["psus_both"] == 3 * 2 * 4
    assert by_group["leaders"]["psus_both"] == 0, "their PSUs are persons"
    both = compared(last, this, panel={"*": "persons", "citizens": "psus"})
    by_group = {row["group"]: row for row in both.panel.table}
    assert by_group["leaders"]["persons_both"] == 3 * 6
    assert by_group["council"]["persons_both"] == 24
    assert by_group["citizens"]["persons_both"] == 0


def test_a_renamed_unit_keeps_its_panel(tmp_path):
    last = year(tmp_path / "last", {"A": "AABBCCAD"})
    same = compared(last, year(tmp_path / "same", {"A": "AABBCDAD"}), panel="persons")
    renamed = after(tmp_path / "this", ["A2,,A,"], {"A2": "AABBCDAD"})
    found = compared(last, renamed, panel="persons")
    assert found.scores.covariance[0, 0] > 0
    np.testing.assert_allclose(found.scores.se, same.scores.se, rtol=1e-12)


def test_a_panel_in_parquet_is_that_in_csv(tmp_path):
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    last, this = two_years.reference("rotating")
    packed = []
    for data in (last, this):
        folder = tmp_path / data.folder.name
        folder.mkdir()
        for name in ("options.csv", "criteria.csv"):
            (folder / name).write_bytes((data.folder / name).read_bytes())
        names = (data.folder / "respondents.csv").read_text("utf-8").split("\n", 1)[0].split(",")
        kinds = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        table = pyarrow.csv.read_csv(data.folder / "respondents.csv", convert_options=kinds)
        pq.write_table(table, folder / "respondents.parquet")
        packed.append(reader.read(folder))
    ours, theirs = (compared(*pair, panel="persons") for pair in (packed, (last, this)))
    np.testing.assert_array_equal(ours.scores.se, theirs.scores.se)
    assert ours.scores.covariance.any()


@pytest.mark.parametrize(
    ("panel", "slug"),
    [
        ({"councl": "persons"}, "unknown-group"),
        ({"council": "people"}, "unknown-panel"),
        ({"leaders": "psus"}, "no-overlap"),
    ],
)
def test_a_panel_that_cannot_be_is_refused_with_a_remedy(panel, slug):
    with pytest.raises(ProblemsFound) as raised:
        compared(*two_years.reference("two_stage"), panel=panel)
    assert refusal(raised).slug == slug
    assert refusal(raised).help


def test_groups_that_share_a_sample_are_one_panel(tmp_path):
    rows = ["resp_id,unit,group,sample,stratum,psu,weight,fpc1,q1,q2"]
    for number, codes in enumerate(("A,B", "B,C", "C,C", "A,A", "D,B", "B,B")):
        for group in ("leaders", "council"):
            rows.append(f"r{number},U1,{group},all,s,{number},2,20,{codes}")
    criteria = two_years.CRITERIA + "C3,1,council,q1,1\n"
    frame = "unit,group,N,n_invited,n_responded\nU1,leaders,20,8,6\nU1,council,20,8,6\n"
    files = {"respondents": "\n".join([*rows, ""]), "criteria": criteria, "frame": frame}
    last, this = (year(tmp_path / one, {}, **files) for one in ("last", "this"))
    with pytest.raises(ProblemsFound) as raised:
        compared(last, this, panel={"council": "persons"})
    assert {problem.slug for problem in raised.value.problems} == {"mixed-panel"}
    found = compared(last, this, panel="persons")
    assert not found.scores.se.any()
    assert not found.by_criterion.se.any()
