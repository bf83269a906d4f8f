"""Which passwords are taken, by NIST SP 800-63B."""

from __future__ import annotations

import pytest

from survey_app.identity import passwords
from survey_app.identity.passwords import WeakPassword


def why(password: str, name: str = "lan", fewest: int = passwords.SHORTEST) -> str:
    """Why a password is refused; blank: it is taken."""
    try:
        passwords.check(password, name, fewest)
    except WeakPassword as error:
        return error.why
    return ""


def test_a_password_needs_ten_characters_beside_a_phone_and_fifteen_alone() -> None:
    beside = passwords.shortest(has_second_factor=True)
    alone = passwords.shortest(has_second_factor=False)
    assert (beside, alone) == (10, 15)
    phrase = "mèo trèo cây cau"
    assert [why(phrase[:size], fewest=beside) for size in (9, 10)] == ["short", ""]
    assert [why(phrase[:size], fewest=alone) for size in (14, 15)] == ["short", ""]


def test_up_to_two_hundred_characters_are_taken() -> None:
    phrase = "một câu rất dài " * 20
    assert why(phrase[:200]) == ""
    assert why(phrase[:201]) == "long"


@pytest.mark.parametrize(
    "phrase",
    ["toàn chữ thường", "TOÀN CHỮ HOA", "8241739506", "🐈🌳🍌🌊🔥🐈🌳🍌🌊🔥", "con mèo\ttrèo"],
)
def test_no_rule_asks_for_digits_capitals_or_signs(phrase: str) -> None:
    assert why(phrase) == ""


@pytest.mark.parametrize(
    "guess",
    [
        "matkhau123",
        "MatKhau123",
        "mật khẩu 123",
        "matkhau@123",
        "password123",
        "P@ssw0rd123",
        "qwertyuiop",
        "1234567890",
        "anhyeuem123",
        "vietnam2025",
        "caicachhanhchinh",
        "Cải cách hành chính",
        "sonla@2025 ",
    ],
)
def test_what_everybody_guesses_first_is_refused(guess: str) -> None:
    assert why(guess) == "common"


def test_the_list_has_several_thousand_lines_none_of_them_in_vain() -> None:
    lines = passwords._common()
    assert len(lines) > 5000
    assert all(line == passwords._folded(line) for line in lines)
    assert all(len(line) >= passwords.SHORTEST for line in lines)


@pytest.mark.parametrize("guess", ["aaaaaaaaaaaa", "abababababab", "123123123123", "0000000001"])
def test_a_few_keys_in_turn_are_refused(guess: str) -> None:
    assert why(guess) == "few-letters"


@pytest.mark.parametrize(
    "guess", ["nguyenlan1985", "Nguyễn Lan 85", "1985nguyenlan", "nguyenlan!!!!!"]
)
def test_a_password_is_not_made_of_the_accounts_name(guess: str) -> None:
    assert why(guess, "nguyen.lan") == "name"


def test_a_long_phrase_may_mention_the_name() -> None:
    assert why("hôm nay lan đi chợ mua cá", "lan") == ""


def test_one_time_passwords_differ_and_can_be_read_aloud() -> None:
    drawn = {passwords.one_time() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(each) == 19 and why(each) == "" for each in drawn)
    assert not set("".join(drawn)) & set("il1o0")


def test_of_an_unknown_name_no_password_is_right() -> None:
    assert not passwords.is_right("whatever", None)
