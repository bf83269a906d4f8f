import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.fieldwork.protection.sealing import SealBroken, seal, unseal

KEY = bytes(range(32))


@given(st.binary(max_size=5000))
def test_what_is_sealed_comes_out_again(plain):
    assert unseal(KEY, seal(KEY, plain)) == plain


def test_two_drafts_of_different_length_look_alike():
    assert len(seal(KEY, b"", 900)) == len(seal(KEY, b"x" * 900, 900))
    assert len(seal(KEY, b"x" * 900, 900)) < len(seal(KEY, b"x" * 1000, 1000))


def test_the_same_draft_never_looks_the_same_twice():
    assert seal(KEY, b"A") != seal(KEY, b"A")


def test_another_key_opens_nothing():
    with pytest.raises(SealBroken):
        unseal(os.urandom(32), seal(KEY, b"A"))


@given(st.integers(0, 90), st.integers(0, 7))
def test_a_single_changed_bit_shows(place, bit):
    sealed = bytearray(seal(KEY, b"answers"))
    sealed[place] ^= 1 << bit
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed))


def test_a_stump_shows():
    with pytest.raises(SealBroken):
        unseal(KEY, b"short")
