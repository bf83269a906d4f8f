"""Labels that differ only in spelling are known as such, and how they differ is said."""

from __future__ import annotations

import itertools
import random
import unicodedata

import pytest

from analysis.spelling import alike, differences, skeleton

PAIRS = [
    ("Thôn Hoà Bình", "Thôn Hòa Bình", "the place of the tone mark"),
    ("Thuỷ Tạ", "Thủy Tạ", "the place of the tone mark"),
    ("Khuỷu", "Khủyu", "the place of the tone mark"),
    ("Mỹ Lộc", "Mĩ Lộc", "y for i"),
    ("Quý", "Quí", "y for i"),
    ("Nữ", "NỮ", "capitals"),
    ("Nữ", "Nữ ", "blanks"),
    ("Bản Mòn", "Bản  Mòn", "blanks"),
    ("Bản Mòn", "Bản\u00a0Mòn", "blanks"),
    ("Bản Mòn", "Bản\u2003Mòn", "blanks"),
    ("Bản Mòn", "Bản Mòn\u200b", "cannot be seen"),
    ("Bản Mòn", "\ufeffBản Mòn", "cannot be seen"),
    ("Bản Mòn", "Bản M\u00adòn", "cannot be seen"),
    ("Đông", "Ðông", "look alike"),
    ("Đông", "Ɖông", "look alike"),
    ("đông", "ðông", "look alike"),
    ("Ban Mon", "Ваn Моn", "look alike"),  # Cyrillic letters among them
    ("Ban Mon", "Βan Μon", "look alike"),  # Greek
    ("SNV", "ＳＮＶ", "look alike"),
    ("Tổ 1-2", "Tổ 1\u20132", "marks"),
    ("Nữ", unicodedata.normalize("NFD", "Nữ"), "NFC, NFD"),
    ("Nữ", unicodedata.normalize("NFD", "nữ "), "NFC, NFD"),
]


@pytest.mark.parametrize(("one", "other", "how"), PAIRS)
def test_two_spellings_are_alike_and_the_difference_is_named(one, other, how):
    assert skeleton(one) == skeleton(other)
    assert alike([one, other, one, "khác"]) == [(one, other)]
    assert how in differences(one, other)
    assert how in differences(other, one)


DIFFERENT = [
    "Hòa", "Hóa", "Hoa", "Hỏa", "Hoan", "Bản Mon", "Bản Môn", "Bản Mòn", "Bản 1 1", "Bản 11",
    "Bản 1.1", "A1", "A10", "A01", "Hai", "Hay", "Thúi", "Thúy", "Da", "Đa", "MY1", "MI1", "o", "ơ",
    "ô", "u", "ư", "a", "ă", "â", "Tổ 12", "Tổ 1 2",
]  # fmt: skip


def test_other_tones_vowels_and_numbers_are_other_names():
    assert alike(DIFFERENT) == []


def spelled(name: str, rng: random.Random) -> str:
    """The name as someone else would type it."""
    changes = [
        lambda text: text.replace("Hoà", "Hòa"),
        lambda text: text.replace("Thuỷ", "Thủy"),
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace(" ", rng.choice(["  ", "\u00a0", " \u200b"])),
        lambda text: text.replace("Đ", "Ð"),
        lambda text: text.translate(str.maketrans("aoecB", "аоесВ")),
        str.upper,
        lambda text: f" {text}",
    ]
    for change in rng.sample(changes, rng.randrange(1, 5)):
        name = change(name)
    return name


def test_any_of_the_habits_together_are_seen_through_and_other_villages_stay_apart():
    rng = random.Random(3)
    villages = [
        "Thôn Hoà Bình",
        "Thôn Hoá Bình",
        "Bản Thuỷ Điện",
        "Bản Thuỳ Điện",
        "Bó Cón",
        "Bo Con",
    ]
    for village in villages:
        for _ in range(60):
            other = spelled(village, rng)
            assert skeleton(other) == skeleton(village), other
            assert other == village or differences(village, other) != "spelling"
    assert len({skeleton(village) for village in villages}) == len(villages)


def test_a_skeleton_is_the_skeleton_of_itself():
    for one, other in itertools.chain(
        ((a, b) for a, b, _ in PAIRS), zip(DIFFERENT, DIFFERENT, strict=True)
    ):
        for label in (one, other):
            assert skeleton(skeleton(label)) == skeleton(label)
