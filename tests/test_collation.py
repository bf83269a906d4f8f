"""Vietnamese order, from lists as a dictionary or an office would write them down."""

import random
import unicodedata

import pytest

from survey_app import collation

IN_ORDER = {
    "letters": "a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y",
    "tones": "ma mà mả mã má mạ",
    "letters before tones": "ba bà bả bã bá bạ băm bằm bẳm bẵm bắm bặm bâm bầm bẩm bẫm bấm bậm be",
    "a longer word after a shorter": "an án anh ánh ăn ân",
    "tones of letters with marks": "ê ề ể ễ ế ệ ô ồ ổ ỗ ố ộ ơ ờ ở ỡ ớ ợ ư ừ ử ữ ứ ự",
    "d before đ": "da dạ dung dũng đa đà đặng",
    "letters that only others have": "f g j k v w x z",
}
NAMES = {
    "departments": """Sở Công Thương
        Sở Dân tộc và Tôn giáo
        Sở Giáo dục và Đào tạo
        Sở Khoa học và Công nghệ
        Sở Ngoại vụ
        Sở Nội vụ
        Sở Nông nghiệp và Môi trường
        Sở Tài chính
        Sở Tư pháp
        Sở Văn hóa, Thể thao và Du lịch
        Sở Xây dựng
        Sở Y tế
        Thanh tra tỉnh
        Văn phòng Ủy ban nhân dân tỉnh""",
    "syllable by syllable": """Ba Đình
        Ba Vì
        Bà Rịa
        Bá Thước
        Bạch Long Vĩ
        Bắc Yên""",
    "numbers as numbers": """Phường 1
        Phường 2
        Phường 10
        Phường 11
        Phường Chiềng An""",
    "codes of criteria": """1.2
        1.2.1
        1.2.9
        1.2.10
        1.10
        2""",
    "numbers with zeros": """Tổ 08
        Tổ 9
        Tổ 010""",
}


@pytest.mark.parametrize("case", IN_ORDER)
def test_syllables_stand_as_in_a_dictionary(case):
    wanted = IN_ORDER[case].split()
    shuffled = random.Random(1).sample(wanted, len(wanted))
    assert sorted(shuffled, key=collation.key) == wanted


@pytest.mark.parametrize("case", NAMES)
def test_names_stand_as_an_official_would_list_them(case):
    wanted = [line.strip() for line in NAMES[case].splitlines()]
    shuffled = random.Random(2).sample(wanted, len(wanted))
    assert sorted(shuffled, key=collation.key) == wanted


def test_the_order_is_not_that_of_bytes():
    assert sorted(["Sở Xây dựng", "Đảng ủy", "Ủy ban"]) != sorted(
        ["Sở Xây dựng", "Đảng ủy", "Ủy ban"], key=collation.key
    )


def test_letters_that_are_put_together_or_not_are_the_same():
    for word in ("Nội vụ", "Thường Tín", "Ủy ban", "ưỡn ẹo"):
        apart = unicodedata.normalize("NFD", word)
        assert apart != word
        assert collation.key(apart)[0] == collation.key(word)[0]


def test_capitals_and_marks_between_words_only_decide_between_equals():
    assert sorted(["SỞ", "sở b", "Sở a", "sở"], key=collation.key) == ["sở", "SỞ", "Sở a", "sở b"]
    assert collation.key("Tây-Bắc")[0] == collation.key("Tây Bắc")[0]


def test_any_text_has_a_place_and_equal_keys_only_stand_for_equal_texts():
    odd = ["", " ", "٣", "²", "ß", "İ", "東京", "🙂", "a\u0300\u0301", "9" * 5000, "\u0323", "x\0y"]
    assert sorted(odd, key=collation.key) == sorted(set(odd), key=collation.key)
    assert len({collation.key(text) for text in odd}) == len(odd)
