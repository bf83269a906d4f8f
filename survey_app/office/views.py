"""The pages of the office: every room registers its own; here is what is not found."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from survey_app.office import cards, menu, uploads, wave_pages
from survey_app.office.accounts import coming_in, everybody, own, provider
from survey_app.office.assessment import appraising, attaching, entering, notices
from survey_app.office.assessment import views as assessment
from survey_app.office.blueprint import blueprint
from survey_app.office.board import views as board
from survey_app.office.drawing import places
from survey_app.office.drawing import views as drawing
from survey_app.office.jobs import views as jobs
from survey_app.office.letters import cases as letter_cases
from survey_app.office.letters import reminding
from survey_app.office.letters import views as letters
from survey_app.office.lists import views as lists
from survey_app.office.log import views as log
from survey_app.office.page import problem_page
from survey_app.office.parts import views as parts
from survey_app.office.privacy import views as privacy
from survey_app.office.publication import preview
from survey_app.office.publication import views as publication
from survey_app.office.quality import calls, leaving_out, remarks
from survey_app.office.quality import views as quality
from survey_app.office.reports import views as reports
from survey_app.office.scorecard import choices, explained, years
from survey_app.office.scorecard import views as scorecard
from survey_app.office.waves import acting, changing, listing, making, one, parts_of
from survey_app.watching import attempts

__all__ = [
    "acting",
    "appraising",
    "assessment",
    "attaching",
    "blueprint",
    "board",
    "calls",
    "cards",
    "changing",
    "choices",
    "coming_in",
    "drawing",
    "entering",
    "everybody",
    "explained",
    "jobs",
    "leaving_out",
    "letter_cases",
    "letters",
    "listing",
    "lists",
    "log",
    "making",
    "menu",
    "notices",
    "one",
    "own",
    "parts",
    "parts_of",
    "places",
    "preview",
    "privacy",
    "provider",
    "publication",
    "quality",
    "remarks",
    "reminding",
    "reports",
    "scorecard",
    "uploads",
    "wave_pages",
    "years",
]


@blueprint.errorhandler(404)
def _not_found(_: object) -> ResponseReturnValue:
    return problem_page("not_found"), 404


@blueprint.errorhandler(CSRFError)
def _stale(_: object) -> ResponseReturnValue:
    attempts.note(attempts.FORGED_FORM)
    return problem_page("stale_form"), 400
