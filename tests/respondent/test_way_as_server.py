"""The helper's rules held against the server's: the same presses lead to the same questions."""

from __future__ import annotations

import json
import random
import re
from urllib.parse import urlencode

import pytest

from survey_app.respondent import offline
from survey_app.respondent.views import pages
from tests.builders import ORDERS_DRAWN, in_a_third, study_texts
from tests.respondent.live_survey import filled_in, live_survey
from tests.respondent.test_many_questions import COOPERATION

PRESSES = 60
STEP = """([form, before, path, body, csrf]) => {
    const state = WAY.noted(before, {path, body});
    const way = WAY.turned(form, before, state, {path, body});
    const link = path.split("/").slice(0, 3).join("/");
    return [state, WAY.page(form, state, link, way)];
}"""


def asked(html):
    """The questions of a page, in order."""
    return re.findall(r'<(?:legend|label for="[^"]*")>(.*?)</l', html)


def listed(html):
    """Where the summary on top leads."""
    return re.findall(r'<li><a href="#([^"]*)-1">', html)


def reviewed(html):
    """Pages of the review and what stands under each, without what spaces lie between."""
    rows = html.partition('<div class="r">')[2].partition("<h2>")[0]
    return re.sub(r"\s+", " ", rows).strip()


def progress(html):
    return re.findall(r'<label class="soft">.*?</label>', html)


def pressed(page, rng):
    """Some button of a page, and some answers in its form, all of them possible."""
    buttons = ["next"] * 6 + ["back"] + (["skip"] if 'value="skip"' in page.html else [])
    sent = {"go": rng.choice(buttons), **page.hidden, **filled_in(page.html)}
    for name, values in _circles(page.html).items():
        if rng.random() < 0.7:
            sent[name] = rng.choice(values)
    for name in re.findall(r'type="text" id="[^"]*" name="(\w+)"', page.html):
        sent[name] = "3/2/2026" if name == "last_visit" else rng.choice(["47", "", "19"])
    return sent


def _circles(html):
    found = {}
    for name, value in re.findall(r'type="(?:radio|checkbox)" name="(\w+)" value="(\w+)"', html):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("group", ["citizens", "council", "council in parts"])
def test_what_the_phone_asks_is_what_the_server_asks(
    phone_page, tmp_path, monkeypatch, group, seed
):
    rng = random.Random(seed)
    study = ORDERS_DRAWN if seed % 2 else {}
    if group == "council in parts":  # a unit on two pages
        monkeypatch.setattr("survey_app.questionnaire.filling.journey.MOST_OPTIONS", 5)
        group, study = "council", {"council": ("  - section: closing\n", COOPERATION)}
    with live_survey(tmp_path, council=1, citizens=1, study=study) as survey:
        with survey.app.app_context():
            phone_page.add_script_tag(content=offline.way())
        phone = survey.phone(group)
        phone.open()
        page = phone.press("begin")
        link = f"/p/{phone.token}"
        form = phone.client.get(f"{link}/~form").json
        state = {key: form[key] for key in ("given", "skipped", "left")}
        for _ in range(PRESSES):
            if page.action.endswith(pages.REVIEW):
                key = rng.choice(form["pages"])["key"]
                page = phone.open(key)
                continue
            sent = pressed(page, rng)
            path, body = page.action, urlencode(sent, doseq=True)
            page = phone.post(path, sent)
            state, made = phone_page.evaluate(STEP, [form, state, path, body, ""])
            assert f"{link}/{made['key']}" == page.action, (path, sent)
            assert asked(made["html"]) == asked(page.html)
            assert listed(made["html"]) == listed(page.html)
            assert reviewed(made["html"]) == reviewed(page.html)
            assert progress(made["html"]) == progress(page.html)


def bare(html):
    """A page without what each drawing of it has of its own: the step, and which drawing it is."""
    return re.sub(r'<label class="soft">.*?</label>|(?<=csrf_token" value=")\w+', "", html)


def test_the_form_holds_the_pages_as_the_server_draws_them(tmp_path):
    with live_survey(tmp_path, council=1, citizens=1, study=ORDERS_DRAWN) as survey:
        for group in ("council", "citizens"):
            phone = survey.phone(group)
            phone.open()
            phone.press("begin")
            form = phone.client.get(f"/p/{phone.token}/~form").json
            for page in form["pages"]:
                items = [each for each in page["items"] if "if" not in each]
                html = page["before"] + "".join(each["html"] for each in items) + page["after"]
                assert progress(html)
                assert bare(html) == bare(phone.open(page["key"]).html)


def test_asking_for_the_form_changes_nothing_and_names_nobody(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        phone = survey.phone("citizens")
        phone.open()
        phone.press("begin")
        before = survey.fingerprint()
        reply = phone.client.get(f"/p/{phone.token}/~form", headers={"CCHC-Ask": "1"})
        assert survey.fingerprint() == before
        assert reply.mimetype == "application/json"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["CCHC-Kept"].startswith("kept ")
        assert "citizens-0" not in json.dumps(reply.json)  # the label of the case
        assert set(reply.json) == {
            *("words", "said", "by_house", "pages", "review", "given", "skipped", "left")
        }


def test_there_is_no_form_before_it_was_begun_and_none_after_it_was_sent(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        phone = survey.phone("citizens")
        address = f"/p/{phone.token}/~form"
        assert phone.client.get(address).mimetype == "text/html"
        phone.open()
        phone.press("begin")
        phone.press("next", used_service="2")
        phone.press("next", leadership="A")
        phone.press("send")
        assert 'id="receipt"' in phone.client.get(address).text


def test_a_language_that_the_house_does_not_speak_is_marked_in_the_form_too(tmp_path):
    texts = study_texts()
    study = {
        "citizens": in_a_third(texts["demo/2026-department/citizens.yaml"]),
        "scales": in_a_third(texts["demo/2026-department/scales.yaml"]),
    }
    with live_survey(tmp_path, citizens=1, study=study) as survey:
        phone = survey.phone("citizens")
        phone.open()
        phone.press("begin")
        phone.press("lang-tai")
        form = phone.client.get(f"/p/{phone.token}/~form").json
        assert form["said"] == ' lang="tai"'
        assert form["pages"][0]["title"].startswith("[tai]")
        assert form["words"]["opened"] == "Xin Ông/Bà trả lời thêm"
