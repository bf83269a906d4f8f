import re

from hypothesis import given
from hypothesis import strategies as st

from survey_app.fieldwork import tokens


def test_a_token_holds_128_bits_or_more_and_no_letter_that_is_misread():
    token = tokens.new()
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", token)
    assert tokens.looks_like_one(token)


def test_no_two_tokens_are_alike():
    assert len({tokens.new() for _ in range(1000)}) == 1000


def test_a_token_survives_being_copied_by_hand():
    token = tokens.new()
    copied = (
        " " + token.upper().replace("0", "O").replace("1", "l")[:13] + " - " + token[13:] + "\n"
    )
    assert tokens.tidied(copied) == token


def test_nothing_that_is_made_from_a_token_equals_anything_else_that_is():
    token = tokens.new()
    made = {tokens.digest(token), tokens.draft_key(token), tokens.seal_key(token).hex(), token}
    assert len(made) == 4
    assert len(tokens.seal_key(token)) == 32
    assert len(tokens.digest(token)) == len(tokens.draft_key(token)) == 64


@given(st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26))
def test_a_receipt_spells_no_word_and_no_letter_that_is_misread(token):
    receipt = tokens.receipt(token, "salt")
    assert re.fullmatch(r"[A-Z]{2}[2-9][A-Z]-[A-Z][2-9][A-Z]{2}", receipt)
    assert not set(receipt) & set("IOQZ01")


def test_a_receipt_is_the_same_every_time_and_another_in_another_wave():
    token = tokens.new()
    assert tokens.receipt(token, "a") == tokens.receipt(token, "a") != tokens.receipt(token, "b")


def test_a_form_is_known_by_its_own_token_and_secret_only():
    token = tokens.new()
    made = tokens.csrf(token, "secret")
    assert tokens.csrf_matches(tokens.csrf(token, "secret"), made)
    assert not tokens.csrf_matches(tokens.csrf(tokens.new(), "secret"), made)
    assert not tokens.csrf_matches(tokens.csrf(token, "another"), made)
    assert not tokens.csrf_matches("chữ có dấu", made)
