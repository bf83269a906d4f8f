import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.questionnaire.filling.answers import Refused, missing, read
from survey_app.questionnaire.library import study_from_texts
from survey_app.questionnaire.model import Item, Option, Scale
from tests.builders import NAME, study_texts

ASK = {"vi": "?"}
SCALE = Scale(
    "level",
    (
        Option("A", ASK, Decimal(1)),
        Option("B", ASK, Decimal(0)),
        Option("KB", ASK, no_opinion=True),
    ),
    "first",
)
CHOICE = Item("one", ASK, "choice", SCALE, required=True)
CHOICES = Item("many", ASK, "choices", SCALE)
NUMBER = Item("age", ASK, "number", low=Decimal(18), high=Decimal(5000))
DAY = Item("day", ASK, "date")
WORDS = Item("word", ASK, "text", max_length=10)
LINES = Item("remark", ASK, "long_text", max_length=100)
EVERY_KIND = (CHOICE, CHOICES, NUMBER, DAY, WORDS, LINES)


class Form(dict):
    def getlist(self, key):
        return self.get(key, [])


def answer(item, *sent):
    """What is kept, or the slug of why not; an empty text when nothing was answered."""
    kept, refused = read([item], Form({item.name: list(sent)}))
    return refused[item.name].slug if refused else kept.get(item.name, "")


def test_an_option_is_kept_by_its_code():
    assert answer(CHOICE, "A") == "A"


@pytest.mark.parametrize("sent", [["a"], ["Z"], ["A", "B"], ["A "], ["A\x00"], ["\x00"], [" "]])
def test_whatever_is_no_option_is_refused(sent):
    assert answer(CHOICE, *sent) == "not-an-option"


def test_several_options_are_kept_in_the_order_of_the_scale():
    assert answer(CHOICES, "B", "A", "B") == "A B"


def test_no_opinion_does_not_go_with_an_opinion():
    assert answer(CHOICES, "KB", "A") == "no-opinion-and-others"
    assert answer(CHOICES, "KB") == "KB"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("35", "35"),
        (" 35 ", "35"),
        ("035", "35"),
        ("35,5", "35.5"),
        ("+35", "35"),
        ("35.50", "35.50"),
    ],
)
def test_a_number_is_kept_with_a_decimal_point(sent, kept):
    assert answer(Item("n", ASK, "number"), sent) == kept


@pytest.mark.parametrize("sent", ["1.000", "1,000", "12.500", "-1.000"])
def test_what_may_be_thousands_or_decimals_is_not_guessed(sent):
    assert answer(Item("n", ASK, "number"), sent) == "not-a-number"


def test_a_fraction_below_one_cannot_be_thousands():
    assert answer(Item("n", ASK, "number"), "0,125") == "0.125"


@pytest.mark.parametrize("sent", ["-0", "-0,0", "+0"])
def test_there_is_no_negative_nought(sent):
    assert not answer(Item("n", ASK, "number"), sent).startswith("-")


@pytest.mark.parametrize(
    "sent",
    [
        "²",
        "٣",
        "３５",
        "1e3",
        "nan",
        "inf",
        "0x10",
        "1_000",
        "1.2.3",
        "--1",
        "",
        "35\x001",
        "９" * 9,
        "9" * 100_000,
        "1" * 16,
        "½",
        "三",
    ],
)
def test_only_plain_digits_are_a_number(sent):
    assert answer(NUMBER, sent) in ("not-a-number", "")
    assert not answer(NUMBER, sent).isdigit()


@pytest.mark.parametrize("sent", ["17", "5001", "17,999999"])
def test_a_number_out_of_range_is_refused(sent):
    assert answer(NUMBER, sent) == "out-of-range"


@pytest.mark.parametrize("sent", ["2026-03-01", "1/3/2026", "01-03-2026", "1.3.2026", " 1/3/2026 "])
def test_a_day_is_kept_as_year_month_day(sent):
    assert answer(DAY, sent) == "2026-03-01"


@pytest.mark.parametrize(
    "sent",
    [
        "29/2/2026",
        "2026-W01-1",
        "20260301",
        "0/0/0000",
        "٠١/٠٣/٢٠٢٦",
        "1/3/26",
        "2026-3-1",
        "x" * 99_999,
    ],
)
def test_no_other_text_is_a_day(sent):
    assert answer(DAY, sent) == "not-a-date"


def test_words_are_composed_trimmed_and_free_of_control_characters():
    assert answer(WORDS, " e\u0302\u0301\x00\n ") == "ế"


def test_only_a_long_text_keeps_its_lines():
    assert answer(LINES, "một\r\nhai") == "một\nhai"
    assert answer(WORDS, "một\r\nhai") == "một hai"


def test_words_are_measured_after_they_are_composed():
    assert answer(WORDS, "e\u0302\u0301" * 10) == "ế" * 10
    assert answer(WORDS, "ế" * 11) == "too-long"


def test_a_text_crafted_to_be_slow_is_refused_at_once():
    begun = time.perf_counter()
    assert answer(LINES, "a" + "\u0301\u0316" * 500_000) == "too-long"
    assert time.perf_counter() - begun < 1


def test_a_blank_form_keeps_nothing_and_refuses_nothing():
    assert read(EVERY_KIND, Form()) == ({}, {})
    assert read(EVERY_KIND, Form({item.name: [""] for item in EVERY_KIND})) == ({}, {})


def test_what_must_be_answered_and_is_not_is_missing():
    assert missing(EVERY_KIND, {}) == {"one": Refused("answer-missing")}
    assert missing(EVERY_KIND, {"one": "KB"}) == {}


@given(st.lists(st.text(st.characters(exclude_categories=[])), max_size=3))
def test_any_sent_text_is_kept_or_refused(sent):
    for item in EVERY_KIND:
        kept, refused = read([item], Form({item.name: sent}))
        assert not (kept and refused)
        for text in kept.values():
            text.encode()
            assert "\x00" not in text


@given(st.lists(st.text(), max_size=3))
def test_what_is_kept_is_kept_again_when_it_is_sent_back(sent):
    for item in (NUMBER, DAY, WORDS, LINES, CHOICE):
        kept, _ = read([item], Form({item.name: sent}))
        if kept:
            assert read([item], Form({item.name: [kept[item.name]]})) == (kept, {})


def test_fields_that_nobody_asked_about_are_ignored():
    form = study_from_texts(NAME, study_texts()).questionnaires["council"]
    kept, refused = read(form.unit_items, Form({"weight": ["99"], "leadership": ["A"]}))
    assert (kept, refused) == ({"leadership": "A"}, {})
