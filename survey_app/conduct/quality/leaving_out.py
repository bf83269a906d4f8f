"""Forms are left out of results by two people: one proposes with a reason, another agrees.

Never a form by itself. Results are shown with and without, so whoever subtracts them learns what
those between the two have said: five or more in every unit and group, whichever results of the
wave are compared.
"""

from __future__ import annotations

from collections import Counter

from survey_app.conduct.quality.free_texts import only_closed
from survey_app.quality import classes, codes
from survey_app.quality.classes import ENOUGH, DesignClass
from survey_app.store import scorecards, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.quality import call_backs, exclusions, screenings
from survey_app.store.quality.exclusions import EVER_AGREED, Exclusion
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.waves import Wave
from survey_app.web import House

LONGEST = 400


def propose(house: House, wave: Wave, of: DesignClass, reason: str, basis: str, by: str) -> int:
    """Propose to leave out the forms of a class that the reason is about. Returns the number.

    Raises
    ------
    Refused
        When the reason is none, has no basis, or does not hold for the class; when too few forms
        would be left out, or too few stay.
    """
    only_closed(house, wave)
    told = " ".join(basis.split())
    if reason not in codes.reasons():
        raise QualityRefused("no-reason-code", "choose a reason")
    if not told:
        raise QualityRefused("no-basis", "write down what the proposal rests on")
    flag = codes.reasons()[reason].flag
    with house.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        _is_screened(connection, now)
        if codes.reasons()[reason].needs == "call_backs":
            _is_called_back(connection, now, of)
        forms = screenings.forms_of(connection, now, of, flag)
        forms -= exclusions.left_out(connection, now)
        _may_be_left_out(connection, now, of.group, forms)
        at = house.stamp()
        number = exclusions.propose(
            connection, now, of, forms,
            flag=flag, reason=reason, basis=told[:LONGEST], by=by, at=at,
        )  # fmt: skip
        detail = f"{wave.name} {number} {len(forms)} {reason}"
        audit.append(connection, by, "exclusion-propose", detail, at)
    return number


def _is_screened(connection: Connection, wave: Wave) -> None:
    """See to it that every form was screened, and that no result of fewer forms can be compared."""
    screening = screenings.find(connection, wave)
    if screening is None or screening.at < (wave.closed_at or ""):
        raise QualityRefused("screen-first", "screen the forms first", wave=wave.name)
    cards = scorecards.history(connection, wave.id)
    if wave.reopened_at and any(card.made_at <= wave.reopened_at for card in cards):
        message = "results of before this wave was reopened are known: nothing can be left out"
        raise QualityRefused("reopened-between", message, wave=wave.name)


def _is_called_back(connection: Connection, wave: Wave, of: DesignClass) -> None:
    noted = call_backs.outcomes(connection, wave).get(of, Counter())
    known = codes.outcomes()
    reached = sum(n for code, n in noted.items() if code and known[code].is_reached)
    if reached < ENOUGH:
        message = f"call back about this class first: {ENOUGH} people at least must be reached"
        raise QualityRefused("call-back-first", message)


def _may_be_left_out(connection: Connection, wave: Wave, group: str, forms: frozenset[str]) -> None:
    """See to it that no two results of the wave differ by fewer than five forms anywhere.

    Raises
    ------
    Refused
    """
    if len(forms) < ENOUGH:
        message = f"fewer than {ENOUGH} forms would be left out: results with and without them "
        raise QualityRefused("too-few-to-leave-out", message + "would tell what they say")
    sets = tuple(
        exclusions.forms_of(connection, each)
        for each in exclusions.listed(connection, wave)
        if each.state in EVER_AGREED and each.of.group == group
    )
    if classes.small_part(screenings.cells(connection, wave, group), (*sets, forms)):
        message = f"in some unit fewer than {ENOUGH} forms would be left out, or would stay"
        raise QualityRefused("small-part-left-out", message)


def agree(house: House, wave: Wave, number: int, by: str, note: str = "") -> None:
    """Agree to a proposal of somebody else: from now on results leave the forms out.

    Raises
    ------
    Refused
        When it is one's own, or decided, or what was agreed meanwhile speaks against it.
    """
    with house.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        only_of(now)
        exclusion = _of_another(connection, now, number, by)
        _is_screened(connection, now)
        forms = exclusions.forms_of(connection, exclusion)
        if forms & exclusions.left_out(connection, now):
            message = "some of these forms are left out already: have it proposed anew"
            raise QualityRefused("left-out-already", message)
        _may_be_left_out(connection, now, exclusion.of.group, forms)
        _move(
            connection, house, now, exclusion, "agreed", action="exclusion-agree", by=by, note=note
        )


def refuse(house: House, wave: Wave, number: int, by: str, note: str) -> None:
    """Decline a proposal of somebody else, and say why.

    Raises
    ------
    Refused
    """
    with house.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        exclusion = _of_another(connection, now, number, by)
        _needs_words(note)
        _move(
            connection,
            house,
            now,
            exclusion,
            "refused",
            action="exclusion-refuse",
            by=by,
            note=note,
        )


def withdraw(house: House, wave: Wave, number: int, by: str) -> None:
    """Take one's own proposal back.

    Raises
    ------
    Refused
    """
    with house.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        exclusion = exclusions.find(connection, now, number)
        if exclusion.state != "proposed" or exclusion.proposed_by != by:
            raise QualityRefused(
                "decided-meanwhile", "this proposal is decided, or somebody else's"
            )
        _move(connection, house, now, exclusion, "withdrawn", action="exclusion-withdraw", by=by)


def end(house: House, wave: Wave, number: int, by: str, note: str) -> None:
    """Let results count the forms again; who may agree may also end it, with a reason.

    Raises
    ------
    Refused
    """
    with house.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        exclusion = exclusions.find(connection, now, number)
        if exclusion.state != "agreed":
            raise QualityRefused("not-agreed", "this was never agreed, or has ended")
        _needs_words(note)
        _move(connection, house, now, exclusion, "ended", action="exclusion-end", by=by, note=note)


def only_of(wave: Wave) -> None:
    """See to it that a wave is closed.

    Raises
    ------
    Refused
    """
    if wave.state != "closed":
        raise QualityRefused(
            "not-closed", "only of a closed wave forms are left out", wave=wave.name
        )


def _needs_words(note: str) -> None:
    if not note.strip():
        raise QualityRefused("no-note", "write down why")


def _of_another(connection: Connection, wave: Wave, number: int, by: str) -> Exclusion:
    exclusion = exclusions.find(connection, wave, number)
    if exclusion.state != "proposed":
        raise QualityRefused("decided-meanwhile", "somebody else has decided this meanwhile")
    if exclusion.proposed_by == by:
        raise QualityRefused("own-proposal", "somebody else must decide about one's own proposal")
    return exclusion


def _move(
    connection: Connection,
    house: House,
    wave: Wave,
    exclusion: Exclusion,
    to: exclusions.State,
    *,
    action: str,
    by: str,
    note: str = "",
) -> None:
    at, said = house.stamp(), " ".join(note.split())[:LONGEST]
    exclusions.move(connection, exclusion, to, by=by, at=at, note=said)
    audit.append(connection, by, action, f"{wave.name} {exclusion.id}", at)
