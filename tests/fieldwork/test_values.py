from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.fieldwork import values
from survey_app.fieldwork.values import Unreadable


@given(st.decimals(-1000, 1000, places=4))
def test_a_decimal_comma_and_a_decimal_point_mean_the_same(number):
    assert values.decimal(str(number)) == values.decimal(str(number).replace(".", ",")) == number


@pytest.mark.parametrize("text", ["1.234,5", "1,234.5", "1.234.567", "1 234,5"])
def test_a_number_that_can_be_read_in_two_ways_is_not_read(text):
    with pytest.raises(Unreadable) as refused:
        values.decimal(text)
    assert refused.value.slug == "ambiguous-number"
    assert "thousands" in refused.value.help


@pytest.mark.parametrize("text", ["", "x", "1e3", "nan", "inf", "--1", "1,", ".", "½", "١٢"])
def test_what_is_no_number_is_not_read(text):
    with pytest.raises(Unreadable) as refused:
        values.decimal(text)
    assert refused.value.slug == "not-a-number"


@given(st.decimals(0, 10**12, places=6))
def test_a_number_is_kept_without_an_exponent_and_exactly(number):
    text = values.plain(number)
    assert "E" not in text
    assert Decimal(text) == number


def test_a_code_that_lost_its_zero_is_recognised_but_not_mended():
    with pytest.raises(Unreadable) as refused:
        values.known("3646", ["03646", "SNV"], "unit")
    assert refused.value.slug == "lost-zero"
    assert "`03646`" in refused.value.help


@pytest.mark.parametrize(
    "text", ["0912345678", "0912 345 678", "0912.345.678", "(+84) 912-345-678", "84912345678"]
)
def test_a_telephone_number_is_kept_as_dialled_in_the_country(text):
    assert values.phone(text) == "0912345678"
