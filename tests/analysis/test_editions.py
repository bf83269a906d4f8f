"""Scorecards of one wave that follow one another are taken together."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from analysis.__main__ import main
from analysis.disclosure import publication_cells
from analysis.disclosure.pattern import suppression_pattern
from analysis.report import score_tables
from analysis.report.publication import tables as publication_tables
from tests.analysis import small_cells
from tests.analysis.test_disclosure import scored


@pytest.fixture
def first(tmp_path):
    """Twelve people in each cell: nothing is withheld."""
    data = small_cells.folder(tmp_path / "first", 1)
    return _everybody(data, 12)


def _everybody(data, people, left_out=()):
    rows = small_cells.table(data, "respondents")
    head, kept = list(rows[0]), []
    for unit in range(6):
        for group in small_cells.GROUPS:
            for person in range(people):
                said = ["ABCD"[(unit + person * at + len(group)) % 4] for at in range(1, 6)]
                if (unit, group, person) not in left_out:
                    label = f"{group}{unit}-{person}"
                    kept.append([label, f"U{unit}", group, "all", person, 1, 30, "", *said])
    small_cells.write(data / "respondents.csv", head, kept)
    (data / "frame.csv").unlink(missing_ok=True)
    return data


def pattern(data, before=()):
    scoring = scored(data)
    card = scoring.scorecard
    definition = publication_tables.definition_of(card, publication_cells.fields_of(data, card))
    return suppression_pattern(score_tables.results(scoring), definition, before=before)


def test_the_same_scores_again_withhold_the_same(first):
    before = pattern(first)
    again = suppression_pattern(
        deepcopy(before.scores.content), before.scores.definition, before=[before]
    )
    assert again.withheld == before.withheld == {}


def test_a_group_of_which_one_form_was_left_out_is_withheld_with_all_that_tells_of_it(
    first, tmp_path
):
    before = pattern(first)
    out = {(0, "leaders", 3)}
    after = pattern(_everybody(small_cells.folder(tmp_path / "after", 1), 12, out), [before])
    assert before.withheld == {}
    leaders = {name for name in after.cells if name[:3] == ("mean", "U0", "leaders")}
    assert leaders
    assert leaders <= set(after.withheld)
    assert after.is_withheld("count", "U0", "leaders")
    for name in (("unit", "U0"), ("criterion", "U0", "C4"), ("criterion", "U0", "C1")):
        assert after.is_withheld(*name), name
    for name in (("criterion", "U0", "C6"), ("mean", "U0", "citizens", "q5"), ("unit", "U1")):
        assert not after.is_withheld(*name), name


def test_five_forms_that_were_left_out_together_withhold_nothing(first, tmp_path):
    before = pattern(first)
    out = {(0, "leaders", person) for person in range(5)}
    after = pattern(_everybody(small_cells.folder(tmp_path / "after", 1), 12, out), [before])
    assert after.withheld == {}


def test_what_was_withheld_before_does_not_follow_from_both(first, tmp_path):
    """One group is small in both; what was withheld beside it stays withheld."""
    few = {(0, "leaders", person) for person in range(9)}
    before = pattern(_everybody(first, 12, few))
    assert before.is_withheld("criterion", "U0", "C4")
    more = few | {(0, "citizens", person) for person in range(6)}
    after = pattern(_everybody(small_cells.folder(tmp_path / "after", 1), 12, more), [before])
    assert after.is_withheld("criterion", "U0", "C4")
    assert after.is_withheld("mean", "U0", "leaders", "q4")


def test_a_third_version_is_held_to_both_before_it(first, tmp_path):
    """Four forms and three more: from the first to the third are seven, from the second three."""
    one = pattern(first)
    four = {(0, "leaders", person) for person in range(4)}
    two = pattern(_everybody(small_cells.folder(tmp_path / "two", 1), 12, four), [one])
    seven = four | {(0, "leaders", person) for person in range(4, 7)}
    data = _everybody(small_cells.folder(tmp_path / "three", 1), 12, seven)
    assert pattern(data, [one]).withheld == {}
    three = pattern(data, [one, two])
    assert three.is_withheld("mean", "U0", "leaders", "q4")


# ---- by the command


@pytest.fixture
def published(first, tmp_path):
    """The folders of two scorecards: one leader was left out of the second."""
    out = {(0, "leaders", 3)}
    after = _everybody(small_cells.folder(tmp_path / "after", 1), 12, out)
    for data in (first, after):
        assert main(["score", str(data), "--out", str(data / "scores")]) == 0
    return first, after


def publish(data, out, *options):
    said = ["publishable", str(data), "--scores", str(data / "scores"), "--out", str(out)]
    assert main([*said, *map(str, options)]) == 0
    rows = json.loads((out / "publishable.json").read_text("utf-8"))["groups"]
    return {(r["unit"], r["group"], r["question"]) for r in rows if "mean" in r["withheld"]}


def test_the_command_takes_what_was_published_earlier_into_account(published, tmp_path):
    first, after = published
    assert publish(first, tmp_path / "one") == set()
    assert publish(after, tmp_path / "alone") == set()
    beside = publish(after, tmp_path / "beside", "--before", first / "scores")
    assert {(unit, group) for unit, group, _ in beside} == {("U0", "leaders")}
    again = pattern(after, [pattern(first)])
    assert beside == {name[1:4] for name in again.withheld if name[0] == "mean"}
    thrice = publish(
        after, tmp_path / "same", "--before", first / "scores", "--before", after / "scores"
    )
    assert thrice == beside


def test_what_the_command_made_beside_earlier_tables_is_verified_with_them(published, tmp_path):
    first, after = published
    publish(after, tmp_path / "out", "--before", first / "scores")
    verify = ["verify", str(after), str(tmp_path / "out"), "--scores", str(after / "scores")]
    assert main([*verify, "--before", str(first / "scores")]) == 0
    assert main(verify) == 1
    assert main([*verify, "--before", str(after / "scores")]) == 1


def test_everybody_alike_stays_withheld_beside_earlier_tables(published, tmp_path):
    _, after = published
    alone = publish(after, tmp_path / "a", "--alike", "withhold")
    beside = publish(after, tmp_path / "b", "--alike", "withhold", "--before", after / "scores")
    assert alone <= beside


def test_scores_of_another_index_are_refused(published, tmp_path, capsys):
    first, after = published
    content = json.loads((first / "scores" / "scores.json").read_text("utf-8"))
    gone = content["criteria"][0]["criterion"]
    content["criteria"] = [it for it in content["criteria"] if it["criterion"] != gone]
    other = tmp_path / "other"
    other.mkdir()
    for wrong in (content, {**content, "criteria": 3}, {**content, "estimates": [3]}):
        (other / "scores.json").write_text(json.dumps(wrong), "utf-8")
        said = ["publishable", str(after), "--scores", str(after / "scores")]
        code = main([*said, "--out", str(tmp_path / "no"), "--before", str(other)])
        assert code != 0
        assert "scores" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
