"""This year against last: identities, and what is compared and what is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.comparison.comparison import ComparisonRules, compare
from analysis.dataset import reader
from analysis.problems import ProblemsFound
from analysis.ranking import league_table, ranks
from analysis.scoring import score
from tests.analysis import reference, small, two_years
from tests.analysis.two_years import compared, refusal, year

MIXED = {"U1": "AABBCCAD", "U2": "ABABAB C", "U3": "CCDDCBAA"}
LATER = {"U1": "AAAABBAB", "U2": "BBABABAC", "U3": "CDDDDBAK"}


def column(changes, name):
    return getattr(changes, name)[:, 0]


# ------------------------------------------------------------------------------ identities


@pytest.mark.parametrize("name", ["clean", "missing", "matrix"])
def test_a_year_compared_with_itself_as_a_panel_has_no_change_no_error_and_no_verdict(name):
    data = reference.data(name)
    found = compared(data, data, panel="persons")
    for changes in (found.scores, found.by_criterion):
        assert not changes.reason.any()
        for attribute in ("change", "se", "se_nr", "verdict"):
            assert not getattr(changes, attribute).any(), attribute
        assert (changes.p == 1).all()
        assert (changes.lo < 0).all(), "that all answered alike is no proof that nothing changed"
        assert (changes.hi > 0).all()
    assert not found.ranks.change.any()


@pytest.mark.parametrize("name", ["two_stage", "rotating"])
def test_independent_years_add_their_variances_and_the_output_says_so(name):
    last, this = two_years.reference(name)
    found = compared(last, this)
    cards = [score.score(data) for data in (last, this)]
    for ours, theirs in (("se", "se"), ("se_nr", "se_nr")):
        both = np.hypot(*(getattr(card.units, theirs) for card in cards))
        np.testing.assert_allclose(column(found.scores, ours), both, rtol=1e-12)
    assert not found.scores.covariance.any()
    assert found.panel is None
    np.testing.assert_allclose(
        column(found.scores, "change"), cards[1].units.score - cards[0].units.score, rtol=1e-12
    )


@pytest.mark.parametrize("average", ["equal", "pooled"])
def test_a_full_panel_is_the_covariance_of_two_units_rated_by_the_same_people(tmp_path, average):
    """Both years as one data set: `U1 last` and `U1 this` are two units of common samples."""
    files = {}
    for one in ("last", "this"):
        folder = two_years.REFERENCE / "two_stage" / one
        files[one] = (folder / "respondents.csv").read_text(encoding="utf-8").splitlines()
    stacked = [files["last"][0]]
    for one, lines in files.items():
        for line in lines[1:]:
            cells = line.split(",")
            cells[3] = cells[3] or f"{cells[1]} {cells[2]}"
            cells[1] += f" {one}"
            stacked.append(",".join(cells))
    criteria = (two_years.REFERENCE / "two_stage" / "this" / "criteria.csv").read_text("utf-8")
    head, *rows = criteria.splitlines()
    rows = [f"{row},{average}" for row in rows]
    criteria = "\n".join([f"{head},average", *rows, ""])
    options = (two_years.REFERENCE / "two_stage" / "this" / "options.csv").read_text("utf-8")
    folders = {"stacked": stacked} | files
    for name, lines in folders.items():
        text = "\n".join([*lines, ""])
        small.folder(tmp_path / name, respondents=text, criteria=criteria, options=options)
        (tmp_path / name / "frame.csv").unlink()
    last, this, both = (reader.read(tmp_path / name) for name in ("last", "this", "stacked"))
    found = compared(last, this, panel="persons")
    league = league_table.rank_units(score.score(both))
    for unit, name in enumerate(this.units):
        pair = [both.units.index(f"{name} {one}") for one in ("last", "this")]
        joint = league.covariance_nr[tuple(pair)]
        assert math.isclose(column(found.scores, "covariance")[unit], joint, rel_tol=1e-9)
        assert math.isclose(column(found.scores, "df")[unit], league.df[tuple(pair)], rel_tol=1e-9)


def test_rows_in_any_order_and_units_in_any_order_give_the_same(tmp_path):
    last, this = two_years.reference("rotating")
    mixed = []
    for number, data in enumerate((last, this)):
        head, *lines = (data.folder / "respondents.csv").read_text("utf-8").splitlines()
        np.random.default_rng(number).shuffle(lines)
        files = {n: (data.folder / f"{n}.csv").read_text("utf-8") for n in ("options", "criteria")}
        folder = small.folder(
            tmp_path / str(number), respondents="\n".join([head, *lines, ""]), **files
        )
        (folder / "frame.csv").unlink()
        mixed.append(reader.read(folder))
    panel = {"*": "persons", "citizens": "psus"}
    plain, shuffled = compared(last, this, panel=panel), compared(*mixed, panel=panel)
    assert plain.units == shuffled.units
    for name in ("change", "se_nr", "covariance", "df", "p_holm"):
        for changes in ("scores", "by_criterion"):
            ours, theirs = (getattr(getattr(c, changes), name) for c in (plain, shuffled))
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-15)


# ---------------------------------------------------------------------- errors and verdicts


def test_answers_that_are_equal_by_luck_are_no_certain_change(tmp_path):
    last = year(tmp_path / "last", {"U1": "BBBBBBBB"})
    this = year(tmp_path / "this", {"U1": "AAAAAAAA"})
    found = compared(last, this).scores
    assert (found.change > 0).all()
    assert not found.se_nr.any()
    assert (found.se_test > 0.1).all()
    assert (found.p > 0).all()


def test_a_change_that_the_whole_panel_makes_alike_is_not_certain(tmp_path):
    last = year(tmp_path / "last", {"U1": "BCBCBCCB"})
    this = year(tmp_path / "this", {"U1": "ABABABBA"})
    found = compared(last, this, panel="persons").scores
    assert found.change[0, 0] == pytest.approx(0.4 * 2)
    assert found.se[0, 0] == 0
    apart = compared(last, this).scores
    assert found.se_test[0, 0] == pytest.approx(apart.se_nr[0, 0], rel=1e-12)
    assert found.df[0, 0] == pytest.approx(apart.df[0, 0], rel=1e-12)


def test_a_census_of_both_years_is_certain(tmp_path):
    last = year(tmp_path / "last", {"U1": "BCBCBCCBAADD", "U2": "BCBCBCCBAADD"})
    this = year(tmp_path / "this", {"U1": "BCBCBCCBAADA", "U2": "CBBCBCCBADAD"})
    found = compared(last, this).scores
    assert column(found, "se_test").tolist() == [0, 0]
    assert column(found, "p").tolist() == [0, 1]
    assert column(found, "verdict").tolist() == [1, 0]
    assert (found.lo == found.change).all()


def test_intervals_stay_within_what_is_possible(tmp_path):
    last, this = year(tmp_path / "last", {"U1": "DA"}), year(tmp_path / "this", {"U1": "AD"})
    found = compared(last, this).scores
    assert (found.lo[0, 0], found.hi[0, 0]) == (-2, 2)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_verdicts_are_holm_s_over_their_own_family_and_intervals_are_t_s(level):
    last, this = two_years.reference("two_stage")
    found = compared(last, this, panel="persons", level=level)
    for changes in (found.scores, found.by_criterion):
        p = changes.p.ravel()
        order = np.argsort(p, kind="stable")
        steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
        np.testing.assert_allclose(changes.p_holm.ravel()[order], np.minimum(steps, 1), rtol=1e-12)
        sure = changes.p_holm <= 1 - level
        assert (changes.verdict == np.where(sure, np.sign(changes.change), 0)).all()
        outside = (changes.lo > 0) | (changes.hi < 0)
        assert (outside == (changes.p < 1 - level)).all()
        assert changes.tests == changes.p.size
    assert (found.by_criterion.verdict != 0).any(), "or the test tests nothing"


def test_ranks_change_within_both_years_intervals_at_half_the_error(tmp_path):
    strong = {"U1": "AAAAABAAAB", "U2": "BCBCBBCBCB", "U3": "DDDDCDDDDC", "U4": "AB"}
    weak = {"U1": "DDDDCDDDDC", "U2": "BCBCBBCBCB", "U3": "AAAAABAAAB", "U5": "AB"}
    last, this = year(tmp_path / "last", strong), year(tmp_path / "this", weak)
    found = compared(last, this)
    assert found.ranks.ranked == 3
    assert found.ranks.change[:3].tolist() == [2, 0, -2]
    assert np.isnan(found.ranks.change[3])
    assert found.ranks.verdict.tolist() == [-1, 0, 1, 0]
    for data, at in ((last, "last"), (this, "this")):
        card = score.score(data)
        covariance = np.diag(card.units.se_nr**2)
        own = ranks.ranking(
            card.units.score, covariance, 0.975, np.arange(4) < 3, ranks.Rule(method="holm-t"),
            card.units.df,
        )  # fmt: skip
        for end in ("lo", "hi"):
            assert getattr(found.ranks, f"{end}_{at}")[:3].tolist() == list(getattr(own, end)[:3])
    lo, hi = found.ranks.lo, found.ranks.hi
    np.testing.assert_array_equal(lo, found.ranks.lo_this - found.ranks.hi_last)
    np.testing.assert_array_equal(hi, found.ranks.hi_this - found.ranks.lo_last)


def test_what_a_comparison_cannot_be_asked_for_is_refused_with_what_it_can():
    last, this = two_years.reference("two_stage")
    with pytest.raises(ValueError, match="'taylor' only"):
        compared(last, this, variance="jkn")
    with pytest.raises(ValueError, match="one of 'compare', 'leave-out'"):
        ComparisonRules(reworded="drop")
    with pytest.raises(ValueError, match="one of 'holm', 'holm-t', 'mrsw'"):
        ComparisonRules(rank_method="t")


# -------------------------------------------------------------------------------- criteria

HEAD = two_years.CRITERIA.splitlines()[0]
ASKED = {
    "max_points_differ": "C2,0.6,leaders,q2,1",
    "questions_differ": "C2,0.5,leaders,q1,1",
    "only_last": "C3,0.5,leaders,q2,1",
}


@pytest.mark.parametrize("reason", ASKED)
def test_a_criterion_that_is_not_asked_or_scored_alike_is_left_out_with_its_reason(
    tmp_path, reason
):
    last = year(tmp_path / "last", MIXED)
    criteria = f"{HEAD}\nC1,1.5,leaders,q1,1\n{ASKED[reason]}\n"
    found = compared(last, year(tmp_path / "this", LATER, criteria=criteria))
    assert found.common == ("C1",)
    reasons = {match.name: match.reason for match in found.criteria}
    assert reasons["C2"] == reason
    assert reasons.get("C3") == ("only_this" if reason == "only_last" else None)
    assert found.scores.maximum.tolist() == [1.5]
    np.testing.assert_array_equal(found.scores.change, found.by_criterion.change)


def test_a_way_of_averaging_or_an_option_that_differs_leaves_a_criterion_out(tmp_path):
    last = year(tmp_path / "last", MIXED)
    pooled = f"{HEAD},average\nC1,1.5,leaders,q1,1,pooled\nC2,0.5,leaders,q2,1,\n"
    options = two_years.OPTIONS.replace("q2,C,0.2", "q2,C,0.25")
    found = compared(last, year(tmp_path / "a", LATER, criteria=pooled, options=two_years.OPTIONS))
    assert [(m.reason, m.detail) for m in found.criteria] == [
        ("average_differs", "equal, pooled"), ("", "")]  # fmt: skip
    found = compared(last, year(tmp_path / "b", LATER, options=options))
    assert [(m.reason, m.detail) for m in found.criteria] == [
        ("", ""), ("options_differ", "q2 C: 0.2, 0.25")]  # fmt: skip
    dropped = year(tmp_path / "c", LATER, options=two_years.OPTIONS + "q1,E,0.1\n")
    assert compared(last, dropped).criteria[0].detail == "q1 E: none, 0.1"


@pytest.mark.parametrize(("weights", "reason"), [((2, 3), ""), ((1, 1), "group_weights_differ")])
def test_group_weights_are_alike_when_their_shares_are(tmp_path, weights, reason):
    def criteria(leaders, council):
        return f"{HEAD}\nC1,1.5,leaders,q1,{leaders}\nC1,1.5,council,q1,{council}\n"

    frame = two_years.frame({"U1": "AABBCC"}) + "U1,council,65,20,6\n"
    rows = two_years.respondents({"U1": "AABBCC"})
    rows += "".join(f"d{n},U1,council,all,{n},1,65,{c},\n" for n, c in enumerate("ABABCD"))
    files = {"frame": frame, "respondents": rows, "options": two_years.OPTIONS}
    last = year(tmp_path / "last", {"U1": "AABBCC"}, criteria=criteria(0.4, 0.6), **files)
    this = year(tmp_path / "this", {"U1": "AABBCC"}, criteria=criteria(*weights), **files)
    if reason:
        with pytest.raises(ProblemsFound) as raised:
            compared(last, this)
        assert refusal(raised).slug == "no-common-criteria"
        assert reason in refusal(raised).message
    else:
        assert compared(last, this).common == ("C1",)


def test_a_rewording_is_told_and_left_out_where_asked_but_a_year_is_none(tmp_path):
    words = (
        "variable,label_vi,code,code_label_vi\nq1,Năm {}  tốt không?,A,Tốt\nq2,{} thế nào?,A,Tốt\n"
    )
    last = year(tmp_path / "last", MIXED, codebook=words.format(2024, "Thái độ"))
    this = year(tmp_path / "this", LATER, codebook=words.format(2025, "Tinh thần"))
    found = compare(last, this)
    assert [match.reworded for match in found.criteria] == [(), ("q2",)]
    assert found.common == ("C1", "C2")
    found = compare(last, this, rules=ComparisonRules(reworded="leave-out"))
    assert found.common == ("C1",)
    assert (found.criteria[1].reason, found.criteria[1].detail) == ("reworded", "q2")


def test_a_criterion_that_other_groups_answered_is_not_compared(tmp_path):
    criteria = f"{HEAD}\nC1,1.5,leaders,q1,1\nC1,1.5,council,q1,1\nC2,0.5,leaders,q2,1\n"
    data = []
    for one, council in (("last", "ABABCD"), ("this", "AB")):
        rows = two_years.respondents({"U1": "AABBCC"})
        rows += "".join(f"d{n},U1,council,all,{n},1,65,{c},\n" for n, c in enumerate(council))
        frame = two_years.frame({"U1": "AABBCC"}) + "U1,council,65,20,6\n"
        files = {"respondents": rows, "frame": frame, "criteria": criteria}
        data.append(year(tmp_path / one, {"U1": "AABBCC"}, **files))
    found = compared(*data, min_group=5)
    assert found.scores.reason[0, 0] == "groups_differ"
    assert found.scores.detail[0, 0] == "C1"
    assert found.by_criterion.reason[0].tolist() == ["groups_differ", ""]
    assert np.isnan(found.scores.change).all()
    assert not np.isnan(found.by_criterion.change[0, 1])


def test_a_unit_without_a_score_or_an_error_says_in_which_year_and_why(tmp_path):
    last = year(tmp_path / "last", {"U1": "AABB", "U2": "    ", "U3": "A"})
    this = year(tmp_path / "this", {"U1": "ABBB", "U2": "ABCD", "U3": "AB"})
    found = compared(last, this).scores
    assert column(found, "reason").tolist() == ["", "no_score_last", "no_se_last"]
    assert found.detail[1, 0] == "C1, C2"
    assert np.isnan(column(found, "change")).tolist() == [False, True, False]
    assert column(found, "verdict").tolist()[1:] == [0, 0]
    assert found.tests == 1


def test_fields_add_up_their_common_criteria_where_both_years_put_them_alike(tmp_path):
    index = "code,parent\nF1,\nF2,\nC1,F1\nC2,{}\n"
    last = year(tmp_path / "last", MIXED, index=index.format("F1"))
    this = year(tmp_path / "this", LATER, index=index.format("F1"))
    moved = year(tmp_path / "moved", LATER, index=index.format("F2"))
    found = compared(last, this)
    assert found.by_field.targets == ("F1",)
    np.testing.assert_allclose(found.by_field.se_nr, found.scores.se_nr, rtol=1e-12)
    found = compared(last, moved)
    assert found.field_of == {"C1": "F1"}
    assert found.by_field.maximum.tolist() == [1.5]
    assert compared(year(tmp_path / "plain", MIXED), moved).field_of == {"C1": "F1", "C2": "F2"}
