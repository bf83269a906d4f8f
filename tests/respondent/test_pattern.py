"""Pages put together from pieces that were compressed once."""

from __future__ import annotations

import random
import re

import brotli
import pytest

from survey_app.fieldwork import tokens
from survey_app.respondent.pattern import Pattern, _stand_in
from tests.respondent.live_survey import live_survey

HOW_MANY = 3
WORDS = ("Quý vị đánh giá thế nào", "về thái độ phục vụ", "Rất hài lòng", "Hài lòng", "?", "/")


def letters():
    return {"token": tokens.new(), "csrf": tokens.csrf(tokens.new(), "k"), "receipt": "ABC2-DE3F"}


def a_page(rng: random.Random, mine: dict[str, str], holes: list[str]) -> str:
    """Random Vietnamese with somebody's letters in it, at random places."""
    parts = []
    for hole in [*holes, ""]:
        words = rng.choices(WORDS, k=rng.randint(1, 400))
        parts += ['="', " ".join(words), '="' if hole else "", mine.get(hole, "")]
    return "".join(parts)


@pytest.mark.parametrize("number", range(60))
def test_a_pattern_unpacks_to_the_page_with_anybody_s_letters_in_it(number):
    rng = random.Random(number)
    holes = rng.choices(["token", "csrf", "receipt"], k=number % 5)
    mine = letters()
    pattern = Pattern.of(a_page(rng, mine, holes), mine)
    assert list(pattern.holes) == holes
    for _ in range(5):
        other = letters()
        packed = pattern.packed(other)
        assert packed is not None
        assert brotli.decompress(packed).decode() == pattern.filled(other)


def test_the_letters_of_the_one_it_was_drawn_for_are_nowhere_in_a_pattern():
    mine = letters()
    pattern = Pattern.of(a_page(random.Random(1), mine, ["token", "csrf", "token"]), mine)
    other = letters()
    for page in (pattern.filled(other), brotli.decompress(pattern.packed(other)).decode()):
        assert mine["token"] not in page
        assert mine["csrf"] not in page


def test_stand_ins_hold_no_pair_of_neighbours_twice():
    seen: set[bytes] = set()
    for step in (1, 4, 7, 10):
        stand_in = _stand_in(26, step)
        pairs = {stand_in[at : at + 2] for at in range(25)}
        assert len(stand_in) == 26
        assert len(pairs) == 25
        assert not pairs & seen
        seen |= pairs


def test_what_cannot_be_put_together_from_pieces_is_filled_in_and_not_packed(monkeypatch):
    taken_for_words = "lòng Rất hài lòng hài lòng Rất".encode()
    monkeypatch.setattr(
        "survey_app.respondent.pattern._stand_in", lambda length, _: taken_for_words[:length]
    )
    mine = letters()
    pattern = Pattern.of(a_page(random.Random(1), mine, ["token", "csrf"]), mine)
    assert pattern.packed(mine) is None
    assert mine["token"] in pattern.filled(mine)


def test_two_respondents_are_sent_the_same_page_with_their_own_letters(tmp_path):
    with live_survey(tmp_path, citizens=HOW_MANY) as survey:
        pages = []
        for phone in [survey.phone("citizens", number) for number in range(HOW_MANY)]:
            phone.open()
            phone.press("begin")
            pages.append((phone, phone.page.html))
    assert survey.app.extensions["cchc"].patterns
    bare = set()
    for phone, page in pages:
        assert page.count(phone.token) == 1
        proof = phone.csrf()[:16]  # what follows it is another in every page that is drawn
        assert page.count(proof) == 1
        others = [other for other, _ in pages if other is not phone]
        strange = [proof for other in others for proof in (other.token, other.csrf()[:16])]
        assert not [each for each in strange if each in page]
        bare.add(re.sub(rf"{proof}\w{{8}}", "", page.replace(phone.token, "")))
    assert len(bare) == 1


def test_a_packed_page_is_the_page_that_is_sent_unpacked(tmp_path):
    with live_survey(tmp_path, citizens=HOW_MANY) as survey:
        client = survey.app.test_client()
        for phone in [survey.phone("citizens", number) for number in range(HOW_MANY)]:
            plain = client.get(f"/p/{phone.token}")
            packed = client.get(f"/p/{phone.token}", headers={"Accept-Encoding": "br"})
            assert packed.headers["Content-Encoding"] == "br"
            assert packed.headers["Cache-Control"] == "no-store"
            assert "Vary" not in packed.headers  # it would tell caches, and none may keep this
            assert brotli.decompress(packed.data) == plain.data
            assert re.search(rf'action="/p/{phone.token}', plain.text)
