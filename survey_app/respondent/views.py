"""The phone's door. Every page is reached by the invitation's link and saved as it is left.

A reply to a form is the next page itself, not a redirect to it: on a slow network a redirect
costs a second wait. A small script then gives the page its own address in the history; without
scripts the browser's Back button shows the page as it was.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from survey_app.questionnaire import answers
from survey_app.questionnaire.journey import Page
from survey_app.respondent import pages
from survey_app.respondent.visit import NotBegun, NotComplete, Visit
from survey_app.store.database import StoreBusy
from survey_app.store.responses import AlreadySent, NoSuchInvitation
from survey_app.web import house

blueprint = Blueprint("respondent", __name__, url_prefix="/p", template_folder="templates")


@blueprint.get("/<token>")
def start(token: str) -> Response:
    """The notice, or the receipt of a form that was sent. Opening it changes nothing."""
    visit = _visit(token)
    return _not_open(visit) or _reply(pages.start(visit))


@blueprint.post("/<token>")
def begin(token: str) -> Response:
    """Begin the form, or decline to."""
    visit = _visit(token)
    if gone := _not_open(visit):
        return gone
    if not visit.csrf_holds(request.form.get("csrf_token", "")):
        return _reply(pages.start(visit), 400)
    if request.form.get("go") == "refuse":
        visit.refuse()
        return _reply(pages.told(visit, "refused"))
    visit.begin()
    return _show(visit, pages.next_page(visit.journey))


@blueprint.get("/<token>/<key>")
def show(token: str, key: str) -> Response:
    """One page, or the review; a page that is not asked leads to where the form goes on."""
    visit = _visit(token)
    return _not_open(visit) or _show(visit, _page(visit, key))


@blueprint.post("/<token>/<key>")
def save(token: str, key: str) -> Response:
    """Save a page as it is left, and show the one asked for."""
    visit = _visit(token)
    if gone := _not_open(visit):
        return gone
    if visit.draft is None:
        raise NotBegun
    page, go = _page(visit, key), request.form.get("go", "next")
    if page is None:
        return _leave_review(visit, go)
    if not visit.csrf_holds(request.form.get("csrf_token", "")):
        sent, refused = _read(visit, page)
        return _reply(pages.page(visit, page, sent=sent, refused=refused, stale=True), 400)
    if go == "skip" and page.unit and len(visit.journey.units) > 1:
        visit.skip(page)
        return _show(visit, visit.journey.after(page))
    return _keep(visit, page, go)


def _keep(visit: Visit, page: Page, go: str) -> Response:
    sent, refused = _read(visit, page)
    asked_before = visit.journey.asked(page)
    was_skipped = page.unit in visit.journey.skipped
    visit.keep(page, sent)
    if go.startswith("lang-"):
        visit.switch(go.removeprefix("lang-"))
        return _reply(pages.page(visit, page, refused=refused))
    asked = visit.journey.asked(page)
    if go == "next" and not (was_skipped and not sent):
        refused |= answers.missing([item for item in asked if item.name not in refused], sent)
    new = [item for item in asked if item not in asked_before and item.name not in sent]
    if new and not (refused.keys() - {item.name for item in new}) and go == "next":
        return _reply(pages.page(visit, page))  # an answer has opened further questions: ask them
    if refused:
        return _reply(pages.page(visit, page, sent=_typed(refused), refused=refused))
    journey = visit.journey
    return _show(visit, journey.before(page) or page) if go == "back" else _show(visit, journey.after(page))


def _read(visit: Visit, page: Page) -> tuple[dict[str, str], dict[str, answers.Refused]]:
    """What was sent for the items of a page: those asked, given what was sent with them."""
    items = [item for section in page.sections for item in section.items]
    sent, refused = answers.read(items, request.form)
    asked = {item.name for item in visit.journey.asked(page, sent)}
    return sent, {name: why for name, why in refused.items() if name in asked}


def _typed(refused: dict[str, answers.Refused]) -> dict[str, str]:
    """What was typed for the refused items, so that it can be mended and not typed again."""
    return {name: request.form.get(name, "")[:2000] for name in refused}


def _leave_review(visit: Visit, go: str) -> Response:
    if not visit.csrf_holds(request.form.get("csrf_token", "")):
        return _reply(pages.review(visit, stale=True), 400)
    if go.startswith("lang-"):
        visit.switch(go.removeprefix("lang-"))
    if go != "send":
        return _reply(pages.review(visit))
    try:
        visit.send()
    except NotComplete:
        return _reply(pages.review(visit, failed=True))
    return _reply(pages.receipt(visit))


def _visit(token: str) -> Visit:
    return Visit.of(house(), token, request.args.get("lang", ""))


def _not_open(visit: Visit) -> Response | None:
    """The reply where there is nothing (more) to fill in."""
    if visit.invited.spent:
        return _reply(pages.receipt(visit))
    if visit.invited.closed_at:
        return _reply(pages.told(visit, "closed"), 410)
    if not visit.invited.opened_at:
        return _reply(pages.told(visit, "planned"), 403)
    return None


def _page(visit: Visit, key: str) -> Page | None:
    """The page meant: None is the review. An unknown key means where the form goes on."""
    if key == pages.REVIEW:
        return None
    return visit.journey.find(key) or pages.next_page(visit.journey)


def _show(visit: Visit, page: Page | None) -> Response:
    if page is not None and not visit.journey.asked(page):
        page = visit.journey.after(page)
    return _reply(pages.review(visit) if page is None else pages.page(visit, page))


def _reply(html: str, status: int = 200) -> Response:
    return make_response(html, status)


@blueprint.app_errorhandler(NoSuchInvitation)
def unknown(_: NoSuchInvitation) -> Response:
    """A mistyped, cut or withdrawn link."""
    return _reply(pages.told(None, "unknown"), 404)


@blueprint.errorhandler(AlreadySent)
def already_sent(_: AlreadySent) -> Response:
    """Sent before, from here or from another tab or phone: the same receipt again."""
    assert request.view_args is not None
    return _reply(pages.receipt(_visit(request.view_args["token"])))


@blueprint.errorhandler(NotBegun)
def not_begun(_: NotBegun) -> Response:
    """A page before the beginning: show where to begin."""
    assert request.view_args is not None
    visit = _visit(request.view_args["token"])
    return _not_open(visit) or _reply(pages.start(visit))


@blueprint.errorhandler(StoreBusy)
def busy(_: StoreBusy) -> Response:
    """Nothing was stored, and the page says so."""
    reply = _reply(pages.told(None, "busy"), 503)
    reply.headers["Retry-After"] = "5"
    return reply
