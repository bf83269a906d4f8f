"""The respondent blueprint: every page is reached by the invitation's link and saved as it is left.

A reply to a form is the next page itself, not a redirect to it: on a slow network a redirect
costs a second wait. A small script gives that page its own address in the history, so that Back and
"reload" fetch it anew. A phone without scripts says so in its forms and is redirected
(docs/decisions/0005).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, redirect, request
from limits import parse
from limits.strategies import RateLimiter
from werkzeug.exceptions import HTTPException

from survey_app.fieldwork import tokens
from survey_app.questionnaire.filling import answers
from survey_app.questionnaire.filling.answers import Refused
from survey_app.questionnaire.filling.journey import Page
from survey_app.respondent import came, closing, offline, pages, whole
from survey_app.respondent.drawn import Drawn
from survey_app.respondent.session import NotBegun, NotComplete, RespondentSession
from survey_app.store.answers.ballot_box import NoEpoch
from survey_app.store.answers.responses import AlreadySent, NoSuchInvitation
from survey_app.store.engine.database import StoreBusy
from survey_app.watching import attempts, disk
from survey_app.web import house, visitor, wanted_coding

blueprint = Blueprint("respondent", __name__, url_prefix="/p", template_folder="templates")

MOST_WRONG = 60
"""How many links a minute one address may ask for that are none."""

_log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
"""The largest form taken: several times the longest answers there can be on a page."""


@blueprint.before_request
def limit() -> None:
    """Take no more than a form can hold, and keep it as it came: its receipt is made from it."""
    request.max_content_length = MOST_BYTES
    request.get_data()
    if request.method == "POST" and disk.is_short(house().settings):
        raise StoreBusy("less is free on the disk than the site keeps for itself")


@blueprint.after_request
def confine(reply: Response) -> Response:
    """Let the page load nothing but itself, and prove to the phone's helper that it is ours."""
    is_ours = reply.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    asks = is_ours and g.get("has_questions", False)
    reply.headers["Content-Security-Policy"] = offline.POLICIES[asks, g.get("has_sound", False)]
    token = tokens.tidied((request.view_args or {}).get("token", ""))
    if "CCHC-Ask" not in request.headers:
        return reply
    if is_ours and not g.get("too_large") and tokens.looks_like_one(token):
        verb = "kept" if reply.status_code < HTTPStatus.BAD_REQUEST else "told"
        reply.headers["CCHC-Kept"] = f"{verb} {tokens.kept(token, verb, request.get_data())}"
    return reply


@blueprint.get("/sw.js")
def helper() -> Response:
    """The phone's helper. Asked for again after an hour, and hardly ever sent again."""
    reply = make_response(offline.worker())
    if wanted_coding() == "br":
        reply = make_response(offline.packed())
        reply.headers["Content-Encoding"] = "br"
        reply.headers["Vary"] = "Accept-Encoding"
    reply.mimetype = "text/javascript"
    reply.headers["Cache-Control"] = "max-age=3600"
    reply.add_etag()
    reply.make_conditional(request)
    return reply


@blueprint.get("/plain.js")
def plain() -> Response:
    """The script of phones that can keep nothing."""
    return _script(offline.plain(), pages.PLAIN)


@blueprint.get("/way.js")
def way() -> Response:
    """The part of the helper that knows what is asked next."""
    return _script(offline.way(), offline.way_address())


def _script(text: str, address: str) -> Response:
    reply = make_response(text)
    reply.mimetype = "text/javascript"
    is_this_one = request.full_path == address
    reply.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if is_this_one else "no-cache"
    )
    return reply


@blueprint.get("/<token>")
def start(token: str) -> Response:
    """The notice, or the receipt of a form that was sent. Opening it changes nothing."""
    session = _session(token)
    return _not_open(session) or _reply(pages.start(session))


@blueprint.post("/<token>")
def begin(token: str) -> Response:
    """Begin the form or go on with it, or decline to."""
    session = _session(token)
    if gone := _not_open(session):
        return gone
    if not _csrf_holds(session):
        return _reply(pages.start(session, stale=True), 400)
    if request.form.get("go") == "refuse":
        session.refuse()
        return _reply(closing.told(session, "refused"))
    session.begin()
    return _turn_to(session, session.next_page)


@blueprint.route("", methods=["GET", "POST"])
@blueprint.route("/", methods=["GET", "POST"])
@blueprint.route("/<path:typed>", methods=["GET", "POST"])
def mistyped(typed: str = "") -> Response:
    """A link that lost its end, or has one slash too many: the notice, or what is wrong with it."""
    return start(typed.partition("/")[0])


@blueprint.get("/<token>/~form")
def whole_form(token: str) -> Response:
    """Every page at once, for the phone's helper: it then asks without a network what we would."""
    session = _session(token)
    if gone := _not_open(session):
        return gone
    text = json.dumps(whole.form(session), ensure_ascii=False, separators=(",", ":"))
    return Response(text, mimetype="application/json")


@blueprint.get("/<token>/<key>")
def show(token: str, key: str) -> Response:
    """One page, or the review; a page that is not asked leads to where the form goes on."""
    session = _session(token)
    return _not_open(session) or _show(session, _page(session, key))


@blueprint.post("/<token>/<key>")
def save(token: str, key: str) -> Response:
    """Save a page as it is left, and show the one asked for."""
    session = _session(token)
    if gone := _not_open(session):
        return gone
    if session.draft is None:
        raise NotBegun
    page, go = _page(session, key), request.form.get("go", "next")
    if page is None:
        return _leave_review(session, go)
    if not _csrf_holds(session):
        return _reply(_as_sent(session, page, stale=True), 400)
    if go == "skip" and page.unit and len(session.journey.units) > 1:
        was_whole = session.next_page is None
        session.skip(page)
        return _turn_to(session, session.next_page if was_whole else session.journey.after(page))
    is_known = go in {"back", "keep"} or go.startswith("lang-")
    return _keep(session, page, go if is_known else "next")


@blueprint.get("/", defaults={"beyond": ""})
@blueprint.get("/<path:beyond>")
def no_link(beyond: str) -> Response:
    """A link that was cut short, or has something behind it."""
    del beyond
    raise NoSuchInvitation


def _keep(session: RespondentSession, page: Page, go: str) -> Response:
    sent, refused = came.read(session, page)
    asked_before, was_whole = session.journey.asked(page), session.next_page is None
    was_skipped = session.journey.is_skipped(page)
    language = go.removeprefix("lang-") if go.startswith("lang-") else ""
    cleared = came.cleared(page) | refused.keys()
    overtaken = session.keep(
        page,
        sent,
        cleared,
        left=go == "next",
        seen=came.seen(),
        language=language,
        is_left=go == "keep",
    )
    if go == "keep":  # a phone that leaves the page without pressing a button
        return _reply("", 204)
    refused |= {name: Refused("answered-elsewhere", kept) for name, kept in overtaken.items()}
    if language:
        return _again(session, page, sent, refused)
    asked, lacking = session.journey.asked(page), {}
    if go == "next" and not (was_skipped and not sent):
        kept = session.journey.counted.get(page.unit, {})
        lacking = answers.missing([item for item in asked if item.name not in refused], kept)
    opened = frozenset(item.name for item in asked if item not in asked_before) - sent.keys()
    if opened and go == "next" and not refused and not lacking.keys() - opened:
        return _reply(_drawn(session, page, opened=opened))
    if refused or lacking:
        return _again(session, page, sent, {**refused, **lacking})
    if go == "back":
        return _turn_to(session, session.journey.before(page) or page)
    return _turn_to(session, session.next_page if was_whole else session.journey.after(page))


def _again(
    session: RespondentSession, page: Page, sent: Mapping[str, str], refused: Mapping[str, Refused]
) -> Response:
    """The page again with what was typed, so that it can be mended and not typed again."""
    shown = {**came.typed(refused), **{name: sent[name] for name in refused.keys() & sent.keys()}}
    reply = _reply(_drawn(session, page, sent=shown, refused=refused))
    if _wants_redirects():  # the one page that Back must find as it was: it has no address
        reply.headers["Cache-Control"] = "private, no-cache"
    return reply


def _as_sent(session: RespondentSession, page: Page, *, stale: bool) -> Drawn:
    sent, refused = came.read(session, page)
    shown = {**sent, **came.typed(refused)}
    overtaken = session.overtaken(page, sent, came.seen())
    refused |= {name: Refused("answered-elsewhere", kept) for name, kept in overtaken.items()}
    return _drawn(session, page, sent=shown, refused=refused, stale=stale)


def _leave_review(session: RespondentSession, go: str) -> Response:
    if not _csrf_holds(session):
        return _reply(closing.review(session, stale=True), 400)
    if go.startswith("lang-"):
        session.switch(go.removeprefix("lang-"))
    return submit_ballot(session) if go == "send" else _turn_to(session, None)


def submit_ballot(session: RespondentSession) -> Response:
    """Store the ballot, spend the invitation, show the receipt: in one transaction, and once.

    `store.responses.submit` writes the rows; what is sent a second time gets the same receipt.
    """
    try:
        session.submit_ballot()
    except NotComplete:
        return _reply(closing.review(session, failed=True))
    except NoEpoch:  # closed between this request and its reply
        return _reply(closing.told(session, "closed"), 410)
    if _wants_redirects():
        return _redirect(pages.link(session))
    return _reply(closing.receipt(session))


def _session(token: str) -> RespondentSession:
    session = RespondentSession.of(house(), token, request.args.get("lang", ""))
    g.has_sound = bool(session.questionnaire.recordings)
    return session


def _csrf_holds(session: RespondentSession) -> bool:
    holds = session.csrf_holds(request.form.get("csrf_token", ""))
    if not holds:
        attempts.note(attempts.FORGED_FORM)
    return holds


def _not_open(session: RespondentSession) -> Response | None:
    """The reply where there is nothing (more) to fill in."""
    if session.invited.spent:
        return _reply(closing.receipt(session))
    if session.invited.closed_at or (session.invited.opened_at and session.has_ended):
        return _reply(closing.told(session, "closed"), 410)
    if not session.invited.opened_at:
        return _reply(closing.told(session, "planned"), 403)
    return None


def _page(session: RespondentSession, key: str) -> Page | None:
    """The page meant: None is the review. An unknown key means where the form goes on."""
    if key == pages.REVIEW:
        return None
    return session.journey.find(key) or session.next_page


def _turn_to(session: RespondentSession, page: Page | None) -> Response:
    """What follows when a form was kept: the page itself, or the way to it."""
    return _redirect(pages.address(session, page)) if _wants_redirects() else _show(session, page)


def _wants_redirects() -> bool:
    return request.form.get("page") == "redirect"


def _redirect(address: str) -> Response:
    return make_response(redirect(address, 303))


def _show(session: RespondentSession, page: Page | None) -> Response:
    if page is not None and not session.journey.asked(page):
        page = session.journey.after(page)
    return _reply(closing.review(session) if page is None else _drawn(session, page))


def _drawn(session: RespondentSession, page: Page, **more: Any) -> Drawn:
    g.has_questions = True
    return Drawn(pages.typed_page(session, page, **more)) if more else pages.page(session, page)


def _reply(page: str | Drawn, status: int = 200) -> Response:
    if isinstance(page, str):
        return make_response(page, status)
    if wanted_coding() == "br" and (packed := page.packed):
        headers = {"Content-Encoding": "br", "Vary": "Accept-Encoding"}
        return Response(packed, status, headers, mimetype="text/html")
    return Response(page.html, status, mimetype="text/html")


@blueprint.errorhandler(NoSuchInvitation)
def unknown(_: NoSuchInvitation) -> Response:
    """A mistyped, cut or withdrawn link, or a guess at one."""
    if _may_be_wrong():
        return _reply(closing.told(None, "unknown"), 404)
    reply = _reply(closing.told(None, "too_many"), 429)
    reply.headers["Retry-After"] = "60"
    return reply


def _may_be_wrong() -> bool:
    """Whether this address has not asked for too many links that are none.

    Only these are counted, and only these are refused: a whole commune may be behind an address,
    and its own links open whatever somebody else guesses there.
    """
    limiter: RateLimiter = current_app.extensions["cchc.limiter"]
    share = max(1, MOST_WRONG // house().settings.processes)
    return limiter.hit(parse(f"{share} per minute"), "link", visitor())


@blueprint.errorhandler(AlreadySent)
def already_sent(_: AlreadySent) -> Response:
    """Sent before, from here or from another tab or phone: the same receipt again."""
    assert request.view_args is not None
    return _reply(closing.receipt(_session(request.view_args["token"])))


@blueprint.errorhandler(NotBegun)
def not_begun(_: NotBegun) -> Response:
    """A page before the beginning: show where to begin."""
    assert request.view_args is not None
    session = _session(request.view_args["token"])
    return _not_open(session) or _reply(pages.start(session))


@blueprint.errorhandler(StoreBusy)
def busy(_: StoreBusy) -> Response:
    """Nothing was stored, and the page says so; it holds what was sent, to send it once more."""
    form = [] if request.method in {"GET", "HEAD"} else list(request.form.items(multi=True))
    reply = _reply(closing.told(None, "busy", again=request.path, form=form), 503)
    reply.headers["Retry-After"] = "5"
    return reply


@blueprint.errorhandler(413)
def too_large(_: HTTPException) -> Response:
    """More than a form can hold."""
    g.too_large = True
    return _reply(closing.told(None, "too_large"), 413)


_TOLD = {404: "unknown", 405: "unknown", 429: "too_many", 503: "busy"}
"""What is told of a request that cannot be answered, by its status; of others that it failed."""


def _refused(fault: HTTPException) -> Response | HTTPException:
    """A page of ours for what Flask refuses, in our own words; a redirect stays one."""
    if not fault.code or fault.code < HTTPStatus.BAD_REQUEST:
        return fault
    return _reply(closing.told(None, _TOLD.get(fault.code, "broken")), fault.code)


@blueprint.errorhandler(Exception)
def broken(fault: Exception) -> Response | HTTPException:
    """A fault of ours: nothing internal is shown, and no token is written to a log."""
    if isinstance(fault, HTTPException):
        return _refused(fault)
    _log.error("a page of the respondent blueprint failed", exc_info=fault)
    return _reply(closing.told(None, "broken"), 500)
