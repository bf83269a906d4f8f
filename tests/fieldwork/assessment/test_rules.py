from dataclasses import replace

import pytest

from survey_app.fieldwork.assessment import differences, stages
from survey_app.fieldwork.assessment.differences import Proposal
from survey_app.fieldwork.assessment.points import Adjustment, Assessed, Line
from survey_app.fieldwork.assessment.scope import Person
from survey_app.fieldwork.assessment.stages import STAGES, Deadlines, Progress
from survey_app.permissions import ROLES, of_roles
from survey_app.questionnaire import library
from tests.builders import write_study

NOW, BEFORE, AFTER = "2026-02-10T00:00:00", "2026-02-01T00:00:00", "2026-02-20T00:00:00"
NOTHING = Progress(leaves=3)
SUBMITTED = Progress(leaves=3, own=3, submitted_at=BEFORE)
WHOLE = replace(SUBMITTED, appraised=3)


@pytest.mark.parametrize(
    ("progress", "stage"),
    [
        (NOTHING, "not_begun"),
        (replace(NOTHING, own=1), "in_work"),
        (SUBMITTED, "submitted"),
        (replace(SUBMITTED, appraised=2), "submitted"),
        (WHOLE, "appraised"),
        (replace(WHOLE, waiting=1), "questioned"),
        (replace(SUBMITTED, waiting=1), "questioned"),
        (replace(WHOLE, agreed_at=NOW), "agreed"),
        (replace(WHOLE, agreed_at=NOW, waiting=1), "questioned"),
    ],
)
def test_a_unit_stands_at_one_stage(progress, stage):
    assert stages.stage(progress, Deadlines(), NOW) == stage
    assert stage in STAGES


def test_a_question_that_was_not_answered_in_time_holds_nobody_up():
    late = Deadlines(answer_by=BEFORE)
    assert stages.stage(replace(WHOLE, waiting=1), late, NOW) == "appraised"


@pytest.mark.parametrize(
    ("progress", "submit_by", "late"),
    [
        (NOTHING, None, False),
        (NOTHING, AFTER, False),
        (NOTHING, BEFORE, True),
        (replace(NOTHING, own=3), BEFORE, True),
        (replace(SUBMITTED, submitted_at=NOW), BEFORE, True),
        (replace(SUBMITTED, submitted_at=BEFORE), BEFORE, False),
        (replace(WHOLE, submitted_at=None), BEFORE, False),
    ],
)
def test_who_has_not_submitted_in_time_is_late(progress, submit_by, late):
    assert stages.is_late(progress, Deadlines(submit_by=submit_by), NOW) is late


def test_other_points_give_another_receipt():
    said = [("1.1", "2"), ("1.2", "0")]
    given = stages.receipt("d1", "SNV", NOW, said)
    assert given == stages.receipt("d1", "SNV", NOW, said)
    assert len(given) == 14
    others = [
        stages.receipt("d1", "SNV", NOW, [("1.1", "2"), ("1.2", "1")]),
        stages.receipt("d1", "STP", NOW, said),
        stages.receipt("d1", "SNV", AFTER, said),
    ]
    assert len({given, *others}) == 4


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    named = "    source: decision\n    criteria:"
    agencies = "    source: decision\n    appraised_by: [SNV, STP]\n    criteria:"
    name = write_study(folder, index=(named, agencies))
    return library.study(name, folder).index


def test_who_appraises_a_field_is_data_of_the_index(index):
    assert index.fields[0].appraised_by == ("SNV", "STP")
    appraiser = of_roles(["appraiser"])
    assert Person(permissions=appraiser, unit="STP").fields_of(index) == {"1"}
    assert Person(permissions=appraiser, unit="SYT").fields_of(index) == frozenset()
    assert Person(permissions=appraiser, fields=["1", "9"]).fields_of(index) == {"1"}
    assert Person(permissions=appraiser).fields_of(index) == frozenset()
    assert Person(permissions=of_roles(["unit"]), unit="STP").fields_of(index) == frozenset()
    assert Person(permissions=of_roles(["analyst"])).fields_of(index) == {"1"}


@pytest.mark.parametrize("role", ROLES)
def test_a_clerk_enters_the_points_of_one_unit_and_only_the_office_those_of_all(role):
    person = Person(permissions=of_roles([role]), unit="SNV")
    assert person.may_enter("SNV") is (role in {"unit", "analyst"})
    assert person.may_enter("STP") is (role == "analyst")
    assert person.may_see("STP") is (role in {"analyst", "approver", "appraiser"})
    assert not Person(permissions=of_roles([role])).may_enter("") or role == "analyst"


KEPT = {("SNV", "1.1"): Line(unit="SNV", criterion="1.1", own="5", evidence="cũ", appraised="4")}


def proposal(whose, *rows, adjusted=()):
    return Proposal(whose=whose, units=("SNV",), rows=rows, adjustments=tuple(adjusted))


def test_an_import_says_what_it_replaces_and_what_is_new():
    rows = (Assessed("SNV", "1.1", "6", "mới"), Assessed("SNV", "1.2", "1"))
    changed = differences.difference(proposal("own", *rows), KEPT, {})
    (replaced,) = changed.replaced
    assert (replaced.before, replaced.after) == ("5", "6")
    assert (replaced.words_before, replaced.words_after) == ("cũ", "mới")
    assert len(changed.changes) == 2
    assert changed.takes_something_away


def test_what_is_kept_already_is_no_change_and_blanks_touch_nothing():
    same = differences.difference(proposal("own", Assessed("SNV", "1.1", "5", "cũ")), KEPT, {})
    blank = differences.difference(proposal("appraised", Assessed("SNV", "1.1", "")), KEPT, {})
    assert same.is_empty
    assert blank.is_empty
    assert not same.takes_something_away


def test_adjustments_are_replaced_by_lines_and_never_by_their_absence():
    fine, bonus = Adjustment("SNV", "-1", "CV 1"), Adjustment("SNV", "1", "CV 2")
    rows = [Assessed("SNV", "1.1", "4", is_silent=True)]
    silent = differences.difference(proposal("appraised", *rows), KEPT, {"SNV": (fine,)})
    said = differences.difference(
        proposal("appraised", *rows, adjusted=[bonus]), KEPT, {"SNV": (fine,)}
    )
    assert silent.is_empty
    assert [(each.before, each.after) for each in said.adjusted] == [((fine,), (bonus,))]


def test_who_confirms_has_seen_this_and_nothing_else():
    wanted = proposal("own", Assessed("SNV", "1.1", "6", "cũ"))
    seen = differences.difference(wanted, KEPT, {}).fingerprint
    meanwhile = {("SNV", "1.1"): replace(KEPT["SNV", "1.1"], own="7")}
    assert differences.difference(wanted, KEPT, {}).fingerprint == seen
    assert differences.difference(wanted, meanwhile, {}).fingerprint != seen


def test_what_waits_is_kept_and_read_again_as_it_was():
    place = ("a.xlsx", "Tự đánh giá!D9")
    rows = (
        Assessed("SNV", "1.1", "6", "Kế hoạch\nsố 2", *place),
        Assessed("SNV", "1.2", "1", "", *place, is_silent=True),
    )
    wanted = proposal("appraised", *rows, adjusted=[Adjustment("SNV", "-0.5", "CV")])
    assert Proposal.of_text("appraised", wanted.as_text()) == wanted


def test_reasons_are_replaced_by_a_workbook_that_has_room_for_them_and_by_no_other():
    kept = {("SNV", "1.1"): replace(KEPT["SNV", "1.1"], reason="Chậm")}
    mute = proposal("appraised", Assessed("SNV", "1.1", "4", is_silent=True))
    said = proposal("appraised", Assessed("SNV", "1.1", "4", "Thiếu"))
    assert differences.difference(mute, kept, {}).is_empty
    (change,) = differences.difference(said, kept, {}).changes
    assert (change.words_before, change.words_after) == ("Chậm", "Thiếu")


def test_what_waits_since_before_reasons_were_read_touches_none():
    text = (
        '{"units": ["SNV"], "rows": [["SNV", "1.1", "4", "", "a.xlsx", "E9"]], "adjustments": []}'
    )
    assert Proposal.of_text("appraised", text).rows[0].is_silent
    assert not Proposal.of_text("own", text).rows[0].is_silent
