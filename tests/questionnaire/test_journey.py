import pytest

from survey_app.questionnaire import library
from survey_app.questionnaire.filling.journey import ABOUT, Journey, _shares
from survey_app.questionnaire.library import study_from_texts
from tests.builders import NAME, study_texts


@pytest.fixture(scope="module")
def forms():
    return study_from_texts(NAME, study_texts()).questionnaires


@pytest.fixture
def citizen(forms):
    """A citizen's way through the form, given the units to rate and the answers so far."""

    def journey(units=("SNV",), skipped=(), **given):
        about = given.pop("about", {})
        return Journey(forms["citizens"], units, {ABOUT: about, **given}, frozenset(skipped))

    return journey


def names(items):
    return [item.name for item in items]


def keys(pages):
    return [page.key for page in pages]


def test_with_one_unit_a_page_is_a_section(citizen):
    assert keys(citizen().pages) == ["about", "service"]
    assert [page.unit for page in citizen().pages] == [ABOUT, "SNV"]


def test_with_many_units_a_page_is_a_unit(citizen):
    assert keys(citizen(["SNV", "STP"]).pages) == ["about", "service~SNV", "service~STP"]


def pages_of(study, group, units):
    """How many questions stand on each page that is about a unit."""
    form = library.study(study).questionnaires[group]
    journey = Journey(form, units)
    return [(page.unit, len(page.sections)) for page in journey.pages if page.unit], [
        sum(len(section.items) for section in page.sections) for page in journey.pages if page.unit
    ]


def test_eight_questions_of_five_options_about_each_unit_stand_on_one_page():
    pages, questions = pages_of("sonla/2025-department", "council", ["A", "B"])
    assert pages == [("A", 2), ("B", 2)]
    assert questions == [8, 8]


def test_more_questions_about_each_unit_are_on_several_pages_of_much_the_same_length():
    pages, questions = pages_of("sonla/2025-department", "leaders", ["A", "B"])
    assert pages == [("A", 1), ("A", 2), ("B", 1), ("B", 2)]
    assert questions == [5, 6, 5, 6]


@pytest.mark.parametrize(
    ("lengths", "shares"),
    [
        ((45,), (1,)),
        ((20, 25), (2,)),
        ((25, 20, 15), (1, 2)),
        ((26, 15, 21), (1, 2)),
        ((5, 60, 5), (1, 1, 1)),
        ((10, 10, 10, 10, 10), (3, 2)),
    ],
)
def test_sections_are_divided_among_as_few_pages_as_have_room(lengths, shares):
    assert _shares(lengths, 45) == shares


def test_without_units_only_the_other_sections_are_asked(citizen):
    assert keys(citizen([]).pages) == ["about"]


def test_an_item_is_asked_when_its_condition_holds(citizen):
    about = citizen().pages[0]
    assert names(citizen().asked(about)) == ["used_service", "age"]
    asked = citizen(about={"used_service": "1"}).asked(about)
    assert names(asked) == ["used_service", "ways", "age", "last_visit"]


def test_what_the_phone_has_just_sent_decides_what_is_asked_on_its_page(citizen):
    journey = citizen(about={"used_service": "1"})
    assert names(journey.asked(journey.pages[0], {"used_service": "2"})) == ["used_service", "age"]
    assert "ways" in names(citizen().asked(journey.pages[0], {"used_service": "1"}))


def test_all_conditions_of_an_item_must_hold(citizen):
    page = citizen().pages[1]
    used = {"used_service": "1"}
    assert names(citizen(about=used, SNV={"leadership": "A"}).asked(page)) == ["leadership"]
    assert names(citizen(SNV={"leadership": "D"}).asked(page)) == ["leadership"]
    both = citizen(about=used, SNV={"leadership": "D"})
    assert names(both.asked(page)) == ["leadership", "waiting"]


def test_an_old_answer_to_an_item_that_is_hidden_does_not_count(citizen):
    about = {"used_service": "2", "ways": "online", "age": "40"}
    assert citizen(about=about).counted[ABOUT] == {"used_service": "2", "age": "40"}


def test_an_old_answer_counts_again_when_its_item_is_asked_again(citizen):
    about = {"used_service": "1", "ways": "online"}
    assert citizen(about=about).counted[ABOUT] == about


def test_an_answer_hidden_by_another_page_does_not_count(citizen):
    given = {"leadership": "D", "waiting": "1"}
    assert citizen(about={"used_service": "2"}, SNV=given).counted["SNV"] == {"leadership": "D"}


def test_a_condition_on_a_unit_reads_the_answers_about_that_unit_only(citizen):
    journey = citizen(
        ["SNV", "STP"],
        about={"used_service": "1"},
        SNV={"leadership": "D"},
        STP={"leadership": "A"},
    )
    assert [names(journey.asked(page)) for page in journey.pages[1:]] == [
        ["leadership", "waiting"],
        ["leadership"],
    ]


def test_a_required_answer_is_lacking_until_it_is_given(citizen):
    page = citizen().pages[1]
    assert names(citizen().lacking(page)) == ["leadership"]
    assert not citizen().is_done(page)
    assert citizen(SNV={"leadership": "KB"}).is_done(page)


def test_next_is_the_first_page_that_lacks_an_answer(citizen):
    units = ["SNV", "STP"]
    assert citizen(units).next.key == "service~SNV"
    assert citizen(units, SNV={"leadership": "A"}).next.key == "service~STP"
    done = {"SNV": {"leadership": "A"}, "STP": {"leadership": "B"}}
    assert citizen(units, **done).next is None


def test_a_skipped_unit_needs_nothing_and_counts_nothing(citizen):
    journey = citizen(["SNV", "STP"], skipped=["SNV"], SNV={"leadership": "A"})
    assert journey.lacking(journey.find("service~SNV")) == ()
    assert "SNV" not in journey.counted
    assert journey.next.key == "service~STP"


def test_a_skipped_unit_keeps_only_the_first_of_its_pages():
    form = library.study("sonla/2025-department").questionnaires["leaders"]
    journey = Journey(form, ["A", "B"], skipped=frozenset(["A"]))
    first, second, other, *_ = journey.pages
    assert journey.asked(first)
    assert not journey.asked(second)
    assert journey.after(first) == journey.after(second) == other
    assert journey.before(other) == first


def test_the_questions_about_oneself_cannot_be_skipped(citizen):
    journey = citizen(skipped=[ABOUT], about={"age": "40"})
    assert journey.counted[ABOUT] == {"age": "40"}


def test_before_and_after_walk_the_pages_in_order(citizen):
    journey = citizen(["SNV", "STP"])
    about, first, last = journey.pages
    assert (journey.before(about), journey.after(about)) == (None, first)
    assert (journey.before(first), journey.after(first)) == (about, last)
    assert journey.after(last) is None


def test_a_page_without_a_question_to_ask_is_passed_over():
    change = [
        (
            "        kind: long_text\n        max_length: 500\n",
            "        kind: long_text\n        ask_if:\n          mood: [D]\n",
        ),
        (
            "  - section: direction\n",
            """\
  - section: start
    title:
      vi: Trước tiên
      en: First
    items:
      - item: mood
        ask:
          vi: Ông/Bà thế nào?
          en: How are you?
        scale: level4
  - section: direction
""",
        ),
    ]
    form = study_from_texts(NAME, study_texts(council=change)).questionnaires["council"]
    journey = Journey(form, ["SNV"])
    assert keys(journey.shown) == ["start", "direction"]
    assert journey.after(journey.pages[1]) is None
    low = Journey(form, ["SNV"], {ABOUT: {"mood": "D"}})
    assert keys(low.shown) == ["start", "direction", "closing"]
    assert low.before(low.pages[2]) == low.pages[1]


def test_an_unknown_page_is_not_found(citizen):
    assert citizen().find("service~STP") is None


def test_progress_counts_what_is_asked_and_what_is_answered(citizen):
    units = ["SNV", "STP"]
    assert citizen(units).progress == (0, 4)
    journey = citizen(units, about={"age": "40"}, SNV={"leadership": "A"}, skipped=["STP"])
    assert journey.progress == (3, 4)
