from hypothesis import given
from hypothesis import strategies as st

from survey_app.questionnaire.text import words

ASK = {"vi": "Ông/Bà đánh giá {unit} năm {year} thế nào?", "en": "How is {unit} in {year}?"}


def test_unit_and_year_are_filled_in():
    assert words(ASK, "en", unit="SNV", year="2026") == "How is SNV in 2026?"


def test_what_is_not_given_stays():
    assert words(ASK, "en", unit="SNV") == "How is SNV in {year}?"


def test_the_name_of_a_unit_is_never_read_as_a_placeholder():
    assert words(ASK, "en", unit="{year}{unit.__class__}", year="2026") == (
        "How is {year}{unit.__class__} in 2026?"
    )


@given(st.text())
def test_any_name_of_a_unit_appears_as_it_is(name):
    assert words(ASK, "en", unit=name, year="1") == f"How is {name} in 1?"
