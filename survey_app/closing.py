"""A wave closes: no more answers are taken, and what is still sealed is mixed a last time."""

from __future__ import annotations

from collections import Counter

from survey_app.fieldwork.coarsening import Coarsened
from survey_app.mixing.mixing import ENOUGH_AT_CLOSING
from survey_app.store import audit, ballot_box, board, waves
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House


def preview(house: House, wave: Wave) -> Coarsened:
    """What closing an open wave would do with the ballots that are still sealed."""
    return house.mixer.preview(wave)


def begun(house: House, wave: Wave) -> int:
    """How many forms are begun and not sent, as boards show it."""
    with house.database.reading() as connection:
        return board.total(board.cells(connection, wave)).begun


def close(house: House, name: str, by: str, *, accepted: bool = False) -> int:
    """Close a wave and open all its ballots. Returns how many were still sealed.

    A wave that is closed already, with ballots that stayed sealed, is gone on with.

    Raises
    ------
    WaveState
        When it is not open, or when fewer than three of the last ballots would show the same and
        nobody `accepted` that; nothing has changed then.
    """
    with house.database.reading() as connection:
        wave = waves.find(connection, name)
        sealed = ballot_box.count(connection, wave.id)
    if wave.state == "closed" and not sealed:
        raise WaveState.of(wave, "not-open", "only an open wave can be closed")
    small = house.mixer.preview(wave).small
    if small and not accepted:
        raise _too_small(wave, Counter(batch.size for batch in small))
    if wave.state != "closed":
        with house.database.writing() as connection:
            waves.close(connection, waves.find(connection, name), house.stamp())
            ballot_box.end_epochs(connection, wave.id)
            audit.append(connection, by, "wave-close", name, house.stamp())
    mixed = house.mixer.close(wave, accepted=accepted)
    if small:
        at = house.stamp()
        with house.database.writing() as connection:
            people = sum(batch.size for batch in small)
            audit.append(connection, by, "small-classes-accepted", f"{name} {people}", at)
    return mixed


def _too_small(wave: Wave, sizes: Counter[int]) -> WaveState:
    told = ", ".join(f"{count} of {size}" for size, count in sorted(sizes.items()))
    message = (
        f"of the last ballots of wave `{wave.name}`, {told} would show a design that fewer than "
        f"{ENOUGH_AT_CLOSING} share, even after modes, PSUs and weights were joined: who holds the "
        "sample list could guess whose they are. Wait for more answers, or accept it "
        "(--accept-small-classes)"
    )
    return WaveState("small-classes", message, wave=wave.name, sizes=told)
