"""The analysts' pages: waves, how they stand, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from analysis.problems import ProblemsFound
from survey_app import closing, opening, publish
from survey_app.office import cards, faults, uploads
from survey_app.office.access import needs
from survey_app.office.accounts import coming_in, everybody, own, provider
from survey_app.office.blueprint import blueprint
from survey_app.office.forms import Confirm
from survey_app.office.login import one, who
from survey_app.office.page import language, page, problem_page, words
from survey_app.office.results.page import index_of
from survey_app.store import audit, board, scorecards
from survey_app.store import waves as kept
from survey_app.store.board import Cell
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import NoSuchWave, Refused, Wave
from survey_app.web import House, house

__all__ = ["blueprint", "cards", "coming_in", "everybody", "own", "provider", "uploads"]

_ACTIONS = "open, close, score, merge, publish"
_PERMISSIONS = {
    "open": "wave.open",
    "close": "wave.close",
    "score": "results.compute",
    "merge": "results.compute",
    "publish": "results.publish",
}


@blueprint.get("/")
def waves() -> ResponseReturnValue:
    """Every wave and how far it is, for those who see waves; for others that nothing waits."""
    if not one().may("wave.see"):
        return page("accounts/welcome", person=one())
    with house().database.reading() as connection:
        found = [
            (wave, board.total(board.cells(connection, wave))) for wave in kept.list_(connection)
        ]
    return page("waves", waves=found)


@blueprint.get("/dot/<name>")
@needs("wave.see")
def wave(name: str) -> ResponseReturnValue:
    """One wave: what to do next, its scorecards, its counts as they are now."""
    found = _wave(name)
    with house().database.reading() as connection:
        cells, modes = board.cells(connection, found), board.by_mode(connection, found)
        cards = scorecards.history(connection, found.id)
        current = scorecards.current(connection, found.id)
        units = kept.units(connection, found.id)
    return page(
        "wave",
        wave=found,
        index=index_of(found),
        units=units,
        names={unit.unit: unit.name(language()) for unit in units},
        cells=cells,
        by_group=_by_group(cells),
        by_mode=modes,
        total=board.total(cells),
        cards=cards,
        current=current.id if current else None,
        uploads=uploads.offered(found),
        actions=_open_actions(found, cards[0] if cards else None),
        next_step="unfinished" if closing.is_unfinished(house(), found) else found.state,
    )


@blueprint.get("/nhat-ky")
@needs("log.see")
def audit_log() -> ResponseReturnValue:
    """What was done here, by whom, and whether the log is whole."""
    with house().database.reading() as connection:
        said = {
            "lines": audit.last(connection, 200),
            "broken": audit.verify(connection),
            "newest": audit.head(connection),
        }
    return page("audit_log", **said)


@blueprint.route(f"/dot/<name>/<any({_ACTIONS}):action>", methods=["GET", "POST"])
@needs(_PERMISSIONS, by="action")
def act(name: str, action: str) -> ResponseReturnValue:
    """Ask whether it is meant; on the answer, do it."""
    found = _wave(name)
    with house().database.reading() as connection:
        card = scorecards.latest(connection, found.id)
        begun = board.begun(connection, found) if action == "close" else None
    form = Confirm()
    shown = {
        "wave": found,
        "action": action,
        "form": form,
        "begun": begun,
        "card": card if action == "publish" else None,
        "outlook": closing.outlook(house(), found) if action == "close" else None,
    }
    if not form.validate_on_submit():
        return page("confirm", **shown)
    if action == "publish" and request.form.get("card", "") != str(card.id if card else ""):
        return page("confirm", problem=words()["newer_scorecard"], **shown), 409
    try:
        made = ACTIONS[action].do(house(), found, who())
    except ProblemsFound as refused:
        return page("confirm", **faults.shown(refused), **shown), 422
    except Refused as refused:
        may_accept = refused.slug == "small-classes"
        return page("confirm", may_accept=may_accept, **faults.shown(refused), **shown), 409
    flash(words()[f"done_{action}"])
    if made is not None:
        return redirect(url_for("office.results", number=made.id))
    return redirect(url_for("office.wave", name=name))


@dataclass(frozen=True)
class Action:
    """Something done to a wave, and when it is offered."""

    offered: Callable[[Wave, Scorecard | None], bool]
    do: Callable[[House, Wave, str], Scorecard | None]


def _open(house: House, wave: Wave, by: str) -> None:
    uploads.warn_of(opening.open_(house, wave.name, by))


def _close(house: House, wave: Wave, by: str) -> None:
    closing.close(house, wave.name, by, accepted="accept" in request.form)


ACTIONS: Mapping[str, Action] = {
    "open": Action(lambda wave, _: wave.state == "planned", _open),
    "close": Action(
        lambda wave, _: wave.state == "open" or closing.is_unfinished(house(), wave), _close
    ),
    "publish": Action(
        lambda wave, card: (
            wave.state == "closed"
            and card is not None
            and card.merged is not None
            and card.published_at is None
        ),
        publish.publish,
    ),
    "merge": Action(
        lambda wave, _: wave.state != "planned",
        lambda house, wave, by: publish.score(house, wave, by, merge=True),
    ),
    "score": Action(lambda wave, _: wave.state != "planned", publish.score),
}


def _open_actions(wave: Wave, card: Scorecard | None) -> tuple[str, ...]:
    return tuple(name for name, action in ACTIONS.items() if action.offered(wave, card))


def _by_group(cells: tuple[Cell, ...]) -> tuple[tuple[str, Cell], ...]:
    return tuple(
        (group, board.total(tuple(of_group)))
        for group, of_group in groupby(cells, key=lambda cell: cell.grp)
    )


def _wave(name: str) -> Wave:
    with house().database.reading() as connection:
        try:
            return kept.find(connection, name)
        except NoSuchWave:
            abort(404)


@blueprint.errorhandler(404)
def _not_found(_: object) -> ResponseReturnValue:
    return problem_page("not_found"), 404


@blueprint.errorhandler(CSRFError)
def _stale(_: object) -> ResponseReturnValue:
    return problem_page("stale_form"), 400
