"""What stands on a real screen, from the top down, is what the documented rule says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from survey_app.questionnaire import orders
from survey_app.respondent.session import RespondentSession
from tests.builders import ORDERS_DRAWN
from tests.respondent.live_survey import live_survey
from tests.support.server import serving


@pytest.fixture
def fielded(tmp_path: Path) -> Iterator[tuple[Any, str]]:
    """A wave with drawn orders, and where it is served."""
    with ExitStack() as stack:
        survey = stack.enter_context(live_survey(tmp_path, citizens=4, study=ORDERS_DRAWN))
        yield survey, stack.enter_context(serving(survey.app))


def on_screen(page: Any, item: str) -> list[str]:
    """The codes of an item by where their boxes stand on the screen."""
    boxes = page.locator(f"input[name={item}]:not([type=hidden])").all()
    places = [(box.bounding_box()["y"], box.get_attribute("value")) for box in boxes]
    return [code for _, code in sorted(places)]


def by_the_rule(survey: Any, token: str, item: str) -> list[str]:
    session = RespondentSession.of(survey.app.extensions["cchc"], token)
    return [option.code for option in orders.shown(session.questionnaire.items[item], session.seed)]


def press(page: Any, button: str) -> None:
    with page.expect_navigation():
        page.click(f"button[value={button}]:visible")


@pytest.mark.parametrize("scripts", ["phone_page", "plain_page"])
def test_options_stand_on_the_screen_in_the_order_of_the_rule(
    fielded, request, scripts, desktop_page, axe
):
    survey, base = fielded
    page = request.getfixturevalue(scripts)
    for token in survey.wave.tokens["citizens"][:3]:
        page.goto(f"{base}/p/{token}")
        press(page, "begin")
        page.check("[name=used_service][value='1']")
        press(page, "next")
        assert on_screen(page, "ways") == by_the_rule(survey, token, "ways")
        page.check("[name=ways][value=post]")
        press(page, "next")
        assert on_screen(page, "leadership") == by_the_rule(survey, token, "leadership")
    desktop_page.goto(f"{base}/p/{token}/about")  # the same form on another device
    assert on_screen(desktop_page, "ways") == by_the_rule(survey, token, "ways")
    axe(desktop_page)
