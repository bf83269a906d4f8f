"""Publishing takes two people: one prepares, another approves what was prepared.

What was public stays known: a correction is a new version beside the old, and a version that is
withdrawn leaves its reason at its address.
"""

from __future__ import annotations

from collections.abc import Sequence

from survey_app.conduct.scoring import publish
from survey_app.store import publications, scorecards, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.publications import Standing
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave
from survey_app.web import House

SHORTEST_REASON = 10
LONGEST_REASON = 2000
"""Characters of a reason that is written down; a withdrawal's is read by everyone."""

COMMAND = "cchc:"
"""How the log marks whoever works at the command line: it is the same person as in the office."""


class PublicationRefused(Refused):
    """A step that cannot be taken."""


def prepare(
    connection: Connection,
    house: House,
    wave: Wave,
    card: Scorecard,
    by: str,
    known: Sequence[str] = (),
) -> None:
    """Put a scorecard before whoever approves. Nothing becomes public by it.

    `card` is what `publish.publishable` gave; `known` are the warnings that were read.

    Raises
    ------
    WaveState, PublicationRefused
    """
    wave, at = waves.hold(connection, wave.name), house.stamp()
    publish.hold_to(wave, card)
    state = _standing(connection, card).state
    if state == "prepared":
        raise PublicationRefused(
            "prepared-already",
            f"scorecard {card.id} waits for approval already",
            scorecard=str(card.id),
        )
    if state in {"public", "withdrawn"}:
        raise PublicationRefused(
            "published-already",
            f"scorecard {card.id} was published already",
            scorecard=str(card.id),
        )
    publications.add(connection, card.id, "prepared", by, at)
    if known:
        audit.append(connection, by, "warnings-known", " ".join((wave.name, *known)), at)
    audit.append(connection, by, "publication-prepare", f"{wave.name} {card.fingerprint}", at)


def approve(
    connection: Connection, house: House, wave: Wave, card: Scorecard, by: str
) -> Scorecard:
    """Show a scorecard to everyone that somebody else prepared, and forget whom the office invited.

    Raises
    ------
    WaveState, PublicationRefused
    """
    waves.hold(connection, wave.name)
    prepared = _prepared_by_another(connection, card, by)
    shown = publish.show(connection, house, wave, card, by)
    publications.add(connection, card.id, "approved", by, house.stamp())
    detail = f"{wave.name} {card.id} {prepared}"
    audit.append(connection, by, "publication-approve", detail, house.stamp())
    return shown


def send_back(
    connection: Connection, house: House, wave: Wave, card: Scorecard, by: str, reason: str
) -> None:
    """Give a prepared scorecard back to whoever prepared it.

    Raises
    ------
    PublicationRefused
    """
    waves.hold(connection, wave.name)
    said = checked(reason)
    _prepared_by_another(connection, card, by)
    publications.add(connection, card.id, "returned", by, house.stamp(), said)
    audit.append(connection, by, "publication-return", f"{wave.name} {card.id}", house.stamp())


def withdraw(
    connection: Connection, house: House, wave: Wave, card: Scorecard, by: str, reason: str
) -> None:
    """Take a public scorecard from its pages; the reason stays readable there for everyone.

    Raises
    ------
    PublicationRefused
    """
    waves.hold(connection, wave.name)
    said = checked(reason)
    if _standing(connection, card).state != "public":
        raise PublicationRefused(
            "not-public", f"scorecard {card.id} is not public", scorecard=str(card.id)
        )
    publications.add(connection, card.id, "withdrawn", by, house.stamp(), said)
    audit.append(connection, by, "publication-withdraw", f"{wave.name} {card.id}", house.stamp())


def checked(reason: str) -> str:
    """A reason as it is kept.

    Raises
    ------
    PublicationRefused
        When it says too little, or too much to be kept.
    """
    said = " ".join(reason.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        message = f"a reason has from {SHORTEST_REASON} to {LONGEST_REASON} characters"
        raise PublicationRefused("reason-lacking", message)
    return said


def are_one(one: str, other: str) -> bool:
    """Whether two names of the log are those of one account, here and at the command line."""
    return one.removeprefix(COMMAND) == other.removeprefix(COMMAND)


def _prepared_by_another(connection: Connection, card: Scorecard, by: str) -> str:
    standing = _standing(connection, card)
    if standing.state != "prepared" or standing.prepared is None:
        raise PublicationRefused(
            "not-prepared",
            f"scorecard {card.id} was not prepared by anybody",
            scorecard=str(card.id),
        )
    if are_one(standing.prepared.done_by, by):
        message = f"{by} has prepared scorecard {card.id}: somebody else approves it"
        raise PublicationRefused("own-preparation", message, scorecard=str(card.id))
    return standing.prepared.done_by


def _standing(connection: Connection, card: Scorecard) -> Standing:
    now = scorecards.find(connection, card.id)
    return publications.standing(now, publications.steps(connection, now.wave_id))
