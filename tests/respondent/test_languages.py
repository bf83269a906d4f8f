"""A questionnaire in a language that the house does not speak: the questions in it, no more."""

from __future__ import annotations

import re

import pytest

from survey_app.questionnaire.library import study_from_texts
from tests.builders import CITIZENS, COUNCIL, NAME, SCALES, in_a_third, study_texts

THIRD = {
    "citizens": in_a_third(CITIZENS),
    "council": in_a_third(COUNCIL),
    "scales": in_a_third(SCALES),
}


@pytest.fixture
def survey(surveys):
    return surveys(study=THIRD, council=1, citizens=1)


def apart(html: str) -> list[str]:
    """What is marked as being in the third language."""
    return re.findall(r'<\w+ (?:class="[^"]*" )?lang="tai"[^>]*>([^<]*)', html)


def test_a_language_of_the_questionnaires_alone_is_offered_by_its_own_name(survey):
    page = survey.phone("citizens").open()
    assert 'href="?lang=tai" lang="tai">Tiếng Thái</a>' in page.html
    assert page.html.count('lang="tai"') == 1


def test_the_house_falls_back_to_vietnamese_and_every_word_is_marked_as_what_it_is(survey):
    phone = survey.phone("citizens")
    page = phone.open(lang="tai")
    assert '<html lang="vi">' in page.html
    assert "[tai] Gọi số 0212 3850 000." in apart(page.html)
    assert "Bắt đầu</button>" in page.html
    phone.press("begin")
    assert '<fieldset lang="tai"><legend>[tai] Trong năm 2026' in phone.page.html
    assert "[tai] Có</label>" in phone.page.html
    phone.press("next", used_service="2", age="mười")
    assert '<p class="m" lang="vi" id="age-e">Xin nhập một số' in phone.page.html
    assert '<span lang="tai">[tai] Ông/Bà bao nhiêu tuổi?</span></a>' in phone.page.html


def test_a_third_language_is_switched_to_on_any_page_with_what_was_just_typed(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    phone.press("lang-tai", used_service="2", age="41,5")
    assert 'value="41,5"' in phone.page.html
    assert 'value="2" checked' in phone.page.html
    assert "[tai] Về Ông/Bà" in apart(phone.page.html)
    phone.press("next")
    phone.press("lang-en", leadership="B")
    assert 'value="B" checked' in phone.page.html
    phone.press("lang-tai")
    phone.press("next")
    assert '<dl lang="tai">' in phone.page.html
    assert phone.press("send").receipt
    (ballot,) = survey.ballots()
    assert ballot["language"] == "tai"
    assert ballot["units"] == {"SNV": {"leadership": "B"}}


def test_nothing_of_this_weighs_on_a_page_in_a_language_of_the_house(survey):
    phone = survey.phone("citizens")
    for language in ("vi", "en"):
        html = phone.open(lang=language).html
        assert html.count(f'lang="{language}"') == 1


def test_a_language_may_name_itself(survey):
    del survey
    named = ("group: council", "language_names:\n  tai: Pháxá Tay\ngroup: council")
    texts = study_texts(**THIRD)
    path = f"{NAME}/council.yaml"
    texts[path] = texts[path].replace(*named)
    form = study_from_texts(NAME, texts).questionnaires["council"]
    assert form.language_names == {"vi": "Tiếng Việt", "en": "English", "tai": "Pháxá Tay"}


def test_pages_in_a_third_language_are_accessible(survey, serve, phone_page, axe):
    base, page = serve(survey.app), phone_page
    page.goto(f"{base}/p/{survey.wave.tokens['citizens'][0]}?lang=tai")
    axe(page)
    page.click("button[value=begin]")
    axe(page)
    page.click("button[value=next]:visible")
    page.click("button[value=next]:visible")
    assert page.title().startswith("Lỗi:")
    axe(page)
