import pytest

from analysis.problems import ProblemsFound
from survey_app.questionnaire import library
from survey_app.questionnaire.library import fingerprint, studies, study, study_from_texts
from tests.builders import NAME, study_texts, write_study, write_texts


def test_a_sound_study_is_read_whole(tmp_path):
    found = study(write_study(tmp_path), tmp_path)
    assert list(found.questionnaires) == ["council", "citizens"]
    assert [leaf.code for leaf in found.index.leaves] == ["1.1", "1.2.1"]
    assert [unit.code for unit in found.units] == ["SNV", "STP"]
    assert found.unit_class_name["en"] == "Department"


def test_a_wave_reads_from_pinned_texts_what_was_read_from_disk(tmp_path):
    on_disk = study(write_study(tmp_path), tmp_path)
    assert study_from_texts(NAME, on_disk.texts) == on_disk


def test_the_texts_of_a_study_are_its_five_files(tmp_path):
    assert study(write_study(tmp_path), tmp_path).texts == study_texts()


def test_line_ends_of_windows_change_neither_text_nor_fingerprint(tmp_path):
    windows = {path: text.replace("\n", "\r\n") for path, text in study_texts().items()}
    write_texts(tmp_path, windows)
    assert fingerprint(study(NAME, tmp_path).texts) == fingerprint(study_texts())


def test_a_fingerprint_changes_with_a_text_and_with_a_path():
    prints = {
        fingerprint({"a": "b"}),
        fingerprint({"a": "c"}),
        fingerprint({"b": "b"}),
        fingerprint({"ab": ""}),
        fingerprint({}),
    }
    assert len(prints) == 5


def test_a_fingerprint_does_not_depend_on_order():
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})


def test_codes_stay_the_text_they_were_written_as():
    texts = study_texts(
        scales=[("code: 1\n", "code: 01\n"), ("code: 2\n", "code: no\n")],
    )
    texts = {
        path: text.replace("used_service: [1]", "used_service: [01]")
        for path, text in texts.items()
    }
    item = study_from_texts(NAME, texts).questionnaires["citizens"].items["used_service"]
    assert item.scale.codes == {"01", "no"}


def test_studies_are_listed_by_name(tmp_path):
    write_study(tmp_path)
    assert studies(tmp_path) == (NAME,)
    assert studies(tmp_path / "nowhere") == ()


@pytest.mark.parametrize("name", ["", "..", "../..", "/etc", "demo/../demo", "demo\x00", "a b"])
def test_a_name_cannot_lead_out_of_the_library(name, tmp_path):
    write_study(tmp_path)
    with pytest.raises(ProblemsFound, match="no-such-study"):
        study(name, tmp_path)


def test_units_of_another_class_are_not_units_of_the_study():
    commune = """\
  - class: commune
    name:
      vi: Xã
      en: Commune
    provenance: proposed
units:
  - unit: X1
    class: commune
    name:
      vi: Xã Một
      en: Commune One
    provenance: proposed
"""
    found = study_from_texts(NAME, study_texts(units=("units:\n", commune)))
    assert "X1" not in {unit.code for unit in found.units}


def test_weights_of_groups_may_be_given_one_by_one():
    change = (
        "groups: [council, citizens]",
        "groups:\n              council: 2\n              citizens: 0.5",
    )
    *_, leaf = study_from_texts(NAME, study_texts(index=change)).index.leaves
    assert {group: str(weight) for group, weight in leaf.groups.items()} == {
        "council": "2",
        "citizens": "0.5",
    }


def test_two_units_may_have_one_name_one_after_the_other():
    change = [
        ("vi: Sở Tư pháp", "vi: Sở Nội vụ"),
        ("      en: Department of Home Affairs\n", "      en: Home\n    valid_to: 2013-12-31\n"),
    ]
    assert len(study_from_texts(NAME, study_texts(units=change)).units) == 2


def test_the_shipped_library_has_no_fault():
    for name in studies(library.LIBRARY):
        assert study(name).index.name == name


def test_units_that_come_before_each_other_are_both_named():
    change = ("      en: Department of Home Affairs\n", "      en: Home\n    predecessors: [STP]\n")
    with pytest.raises(ProblemsFound) as caught:
        study_from_texts(NAME, study_texts(units=change))
    assert [problem.slug for problem in caught.value.problems] == ["own-predecessor"] * 2


@pytest.mark.parametrize(
    "ask",
    [
        "Dân tộc?",
        "Dân tộc của Ông/Bà là gì?",
        "Ông/Bà là người dân tộc nào?",
        "Số CCCD của Ông/Bà?",
    ],
)
def test_ethnicity_and_identity_papers_are_not_asked(ask):
    with pytest.raises(ProblemsFound, match="forbidden-topic"):
        study_from_texts(NAME, study_texts(citizens=("Ông/Bà bao nhiêu tuổi?", ask)))


@pytest.mark.parametrize("ask", ["Ban Dân tộc phục vụ thế nào?", "Ủy ban nhân dân xã ra sao?"])
def test_an_office_may_have_ethnic_affairs_in_its_name(ask):
    assert study_from_texts(NAME, study_texts(citizens=("Ông/Bà bao nhiêu tuổi?", ask)))


def test_a_hard_space_between_words_is_fine():
    assert study_from_texts(NAME, study_texts(units=("Sở Tư pháp", "Sở Tư\u00a0pháp")))
