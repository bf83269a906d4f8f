from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from survey_app.fieldwork.case import Invitation
from survey_app.fieldwork.letters import Sender, pages
from survey_app.questionnaire import library
from tests.builders import write_study

INVITATION = Invitation("C1", "council", "", "Lò <b>Văn</b> An", "", "", "0" * 26)
SENDER = Sender("https://khaosat.vn/", "Bà Hà & ông An, 0212 3850 000")


@pytest.fixture
def study(tmp_path):
    return library.study(write_study(tmp_path), tmp_path)


def letters(study, *invitations):
    return "".join(pages(invitations, SENDER, study.questionnaires, 2026))


def test_a_letter_carries_the_link_in_words_and_as_a_picture(study):
    page = letters(study, INVITATION)
    assert f"<code>https://khaosat.vn/p/{'0' * 26}</code>" in page
    assert page.count("<svg") == 1


def test_a_letter_promises_what_the_form_promises(study):
    page = letters(study, INVITATION)
    notice = study.questionnaires["council"].notice
    assert notice.voluntary["vi"] in page
    assert notice.kept["vi"] in page
    assert "{year}" not in page


def test_a_letter_names_whom_to_call(study):
    assert "Bà Hà &amp; ông An, 0212 3850 000" in letters(study, INVITATION)


def test_a_name_cannot_change_the_page(study):
    page = letters(study, INVITATION)
    assert "Lò &lt;b&gt;Văn&lt;/b&gt; An" in page
    for article in page.split("<article>")[1:]:
        ET.fromstring("<article>" + article.split("</article>")[0] + "</article>")


def test_there_is_a_page_for_each_case_and_nothing_from_elsewhere(study):
    page = letters(study, INVITATION, replace(INVITATION, label="C2", group="citizens", name=""))
    assert page.count("<article>") == 2
    assert "Kính gửi: <b>Ông/Bà</b>" in page
    assert "<script" not in page
    assert "src=" not in page
