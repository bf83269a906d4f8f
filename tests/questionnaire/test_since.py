from pathlib import Path

import pytest

from survey_app.questionnaire.check import check_files
from survey_app.questionnaire.editions.since import forms, refielded
from survey_app.questionnaire.library import study_from_texts
from tests.builders import COUNCIL, NAME, changed, study_texts, write_study

REWORDED = [("version: 1", "version: 2"), ("en: Choose one", "en: Pick one")]
SAME_VERSION = ("en: Choose one", "en: Pick one")
LAST_CODE = "      - code: D\n"
OTHER_KIND = [
    ("version: 1", "version: 2"),
    ("kind: long_text\n        max_length: 500", "kind: date"),
]


def held(tmp_path, **change):
    """The tiny study with a change, held against itself as it was."""
    before = tmp_path / "before" / write_study(tmp_path / "before")
    now = tmp_path / "now" / write_study(tmp_path / "now", **change)
    return check_files([now], since=before)


def test_a_study_that_did_not_change_has_nothing_to_list(tmp_path):
    checked = held(tmp_path)
    assert checked.problems == []
    assert [line.rpartition(": ")[2] for line in checked.lines[2:]] == [
        "0 reworded, 0 new, 0 gone"
    ] * 2


def test_what_was_reworded_is_listed_with_its_line_and_language(tmp_path):
    checked = held(tmp_path, council=REWORDED)
    assert checked.problems == []
    number = changed(COUNCIL, REWORDED).splitlines().index("      - item: leadership") + 1
    first = checked.lines.index("    - Choose one answer.")
    assert checked.lines[first + 1] == "    + Pick one answer."
    place = f"{tmp_path}/now/{NAME}/council.yaml:{number}"
    assert checked.lines[first - 1] == f"  {place}: `leadership hint` (en)"


def test_a_text_changed_under_the_same_version_is_a_fault_at_the_version(tmp_path):
    (problem,) = held(tmp_path, council=SAME_VERSION).problems
    assert problem.slug == "version-not-raised"
    assert (problem.line, problem.text) == (2, "version: 1")
    assert problem.help == "raise `version` to 2"


def test_a_change_of_kind_is_a_fault_at_the_item(tmp_path):
    (problem,) = held(tmp_path, council=OTHER_KIND).problems
    assert problem.slug == "kind-changed"
    assert problem.text.strip() == "- item: remark"
    assert problem.text[problem.column - 1 :][: problem.width] == "item: remark"


def test_a_code_lost_from_a_scale_is_a_fault_of_every_item_that_had_it(tmp_path):
    lost = """\
      - code: D
        label:
          vi: Kém
          en: Poor
        coefficient: 0
"""
    change = {"scales": (lost, ""), "council": ("version: 1", "version: 2")}
    found = held(
        tmp_path,
        **change,
        citizens=[("version: 1", "version: 2"), ("leadership: [C, D]", "leadership: [C]")],
    )
    assert {problem.slug for problem in found.problems} == {"code-removed"}
    assert {Path(problem.file).name for problem in found.problems} == {
        "council.yaml",
        "citizens.yaml",
    }


def test_items_that_came_and_went_are_listed(tmp_path):
    change = [("version: 1", "version: 2"), ("item: remark", "item: idea")]
    lines = held(tmp_path, council=change).lines
    assert any("`idea` is new" in line for line in lines)
    assert any("`remark` is no longer asked" in line for line in lines)


def test_the_study_of_another_year_is_held_against_by_its_groups(tmp_path):
    before = tmp_path / write_study(tmp_path)
    texts = {
        path.replace("2026-", "2027-"): text.replace("2026-", "2027-")
        for path, text in study_texts(council=OTHER_KIND[1]).items()
    }
    for path, text in texts.items():
        file = tmp_path / "next" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    checked = check_files([tmp_path / "next"], since=before)
    # its versions begin anew, its items keep their meaning
    assert [problem.slug for problem in checked.problems] == ["kind-changed"]


def test_one_file_may_be_held_against_one_file(tmp_path):
    before = tmp_path / "before" / write_study(tmp_path / "before")
    now = tmp_path / write_study(tmp_path, council=SAME_VERSION)
    checked = check_files([now / "council.yaml"], since=before / "council.yaml")
    assert [problem.slug for problem in checked.problems] == ["version-not-raised"]


@pytest.mark.parametrize(
    ("remove", "since", "slug"),
    [
        ("scales.yaml", "council.yaml", "scales-not-at-hand"),
        ("", "scales.yaml", "nothing-to-compare"),
    ],
)
def test_what_cannot_be_compared_is_said(tmp_path, remove, since, slug):
    before = tmp_path / "before" / write_study(tmp_path / "before")
    now = tmp_path / write_study(tmp_path)
    if remove:
        (before / remove).unlink()
    checked = check_files([now], since=before / since)
    assert [problem.slug for problem in checked.problems] == [slug]


def test_faults_of_the_earlier_files_are_shown(tmp_path):
    folder = tmp_path / "before"
    before = folder / write_study(folder, council="any: text")
    checked = check_files([tmp_path / write_study(tmp_path)], since=before)
    assert checked.problems
    assert checked.since is None


def test_a_program_can_read_what_changed(tmp_path):
    found = held(tmp_path, council=REWORDED).as_json()["since"]
    assert [each["questionnaire"] for each in found] == [f"{NAME}/council", f"{NAME}/citizens"]
    (reworded,) = found[0]["reworded"]
    assert reworded["what"] == "leadership hint"
    assert reworded["line"] > 0
    assert found[0]["since"] == {"questionnaire": f"{NAME}/council", "version": 1}


def fielded(**change):
    return forms(study_from_texts(NAME, study_texts(**change)))


def test_what_was_fielded_may_be_fielded_again_as_it_was_even_under_an_old_version():
    assert refielded([*fielded(), *fielded(council=REWORDED)], fielded()).problems == []


def test_what_is_fielded_is_held_against_the_last_version():
    second = fielded(council=REWORDED)
    third = fielded(council=[("version: 1", "version: 2"), ("en: Choose one", "en: Take one")])
    (problem,) = refielded([*second, *fielded()], third).problems
    assert problem.help == "raise `version` to 3"


def test_a_questionnaire_that_was_never_fielded_is_held_against_nothing():
    assert refielded([], fielded()).lines == []
