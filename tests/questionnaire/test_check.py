import json

from survey_app.questionnaire.check import check_files
from survey_app.questionnaire.library import studies
from tests.builders import NAME, write_study

LINE = (
    "demo/2026-department: version 1, 1 field, 2 criteria, 1 sub-criterion, 8.5 + 1.5 points,"
    " 2 questionnaires, 2 units"
)


def test_without_files_the_whole_library_is_checked(tmp_path):
    write_study(tmp_path)
    checked = check_files(None, tmp_path)
    assert checked.lines == [LINE, "  provenance: quoted 1, analogous 1, proposed 2"]
    assert checked.problems == []


def test_a_study_may_be_named_by_its_folder_or_by_its_index(tmp_path):
    folder = tmp_path / write_study(tmp_path)
    for path in (folder, folder / "index.yaml", tmp_path):
        assert check_files([path], tmp_path).lines[0] == LINE


def test_a_study_named_twice_is_checked_once(tmp_path):
    folder = tmp_path / write_study(tmp_path)
    assert len(check_files([folder, folder / "index.yaml"], tmp_path).studies) == 1


def test_a_study_outside_the_library_is_checked_too(tmp_path):
    write_study(tmp_path / "desk")
    checked = check_files([tmp_path / "desk" / NAME], tmp_path / "library")
    assert checked.lines[0] == LINE


def test_other_files_are_checked_by_themselves(tmp_path):
    folder = tmp_path / write_study(tmp_path)
    paths = [folder / "council.yaml", folder / "scales.yaml", folder.parent / "units.yaml"]
    lines = check_files(paths, tmp_path).lines
    assert [line.rpartition(": ")[2] for line in lines] == [
        "version 1, 2 sections, 2 items",
        "3 scales",
        "1 class, 2 units",
    ]


def test_a_questionnaire_is_checked_even_where_its_scales_are_not_at_hand(tmp_path):
    folder = tmp_path / write_study(tmp_path, council=("max_length: 500", "max_length: none"))
    (folder / "scales.yaml").unlink()
    checked = check_files([folder / "council.yaml"], tmp_path)
    assert [problem.slug for problem in checked.problems] == ["not-a-whole-number"]


def test_the_faults_of_a_file_of_two_studies_are_listed_once(tmp_path):
    write_study(tmp_path, units=("    class: department\n", "    class: x\n"))
    again = tmp_path / "demo" / "2027-department"
    again.mkdir()
    for file in (tmp_path / NAME).iterdir():
        text = file.read_text(encoding="utf-8").replace("2026-department", "2027-department")
        (again / file.name).write_text(text, encoding="utf-8")
    assert len(studies(tmp_path)) == 2
    assert [problem.slug for problem in check_files(None, tmp_path).problems] == ["unknown-class"]


def test_a_file_that_is_not_there_is_a_problem(tmp_path):
    checked = check_files([tmp_path / "none.yaml"], tmp_path)
    assert [problem.slug for problem in checked.problems] == ["missing-file"]


def test_a_folder_without_a_study_is_a_problem(tmp_path):
    checked = check_files([tmp_path], tmp_path)
    assert [problem.slug for problem in checked.problems] == ["no-such-study"]


def test_a_program_can_read_the_outcome(tmp_path):
    write_study(tmp_path, index=("points: 8.5", "points: 8.4"))
    found = json.loads(json.dumps(check_files(None, tmp_path).as_json()))
    assert found["problems"][0]["slug"] == "points-do-not-add-up"
    assert found["problems"][0]["place"].endswith("index.yaml:22:9")
    sound = json.loads(json.dumps(check_files([], tmp_path / "empty").as_json()))
    assert sound == {"studies": [], "problems": []}
