"""A wave closes: no more answers are taken, and what is still sealed is mixed a last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from survey_app.store import audit, ballot_box, board, shown_counts, waves
from survey_app.store.database import Connection
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House

Writing = Callable[[], AbstractContextManager[Connection]]
"""What opens a transaction, and commits it."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What closing a wave would do: forms lost that are begun and not sent, and small classes.

    `sizes` counts classes of the last ballots that stay too small: size -> how many have it.
    """

    begun: int
    sizes: dict[int, int]

    @property
    def people(self) -> int:
        """How many ballots stay among too few."""
        return sum(size * count for size, count in self.sizes.items())


def outlook(house: House, wave: Wave) -> Outlook:
    """What closing a wave would do; of an open wave, as of the last mixing.

    Whoever looks again and again at an open wave sees nothing change by fewer than five people.
    """
    with house.database.reading() as connection:
        begun = board.total(board.cells(connection, wave)).begun
        sizes = shown_counts.closing(connection, wave.id)
    return Outlook(begun=begun, sizes=sizes if wave.state == "open" else sizes_now(house, wave))


def sizes_now(house: House, wave: Wave) -> dict[int, int]:
    """The classes of the last ballots that stay too small, as they are now: size -> how many."""
    sizes = Counter(batch.size for batch in house.mixer.preview(wave).small)
    return dict(sorted(sizes.items()))


def is_unfinished(house: House, wave: Wave) -> bool:
    """Whether a wave was closed while some of its ballots stayed sealed."""
    if wave.state != "closed":
        return False
    with house.database.reading() as connection:
        return ballot_box.count(connection, wave.id) > 0


def close(house: House, name: str, by: str, *, accepted: bool = False) -> int:
    """Close a wave and open all its ballots. Returns how many were still sealed.

    A wave that is closed already, with ballots that stayed sealed, is gone on with.

    Raises
    ------
    WaveState
        When it is not open, or when too few of the last ballots would show the same and nobody
        `accepted` that: nothing has changed then. When ballots cannot be opened: it is closed then.
    """
    wave = shut(house, name, by, accepted=accepted)
    return house.mixer.close(wave, accepted=accepted)


def shut(
    house: House,
    name: str,
    by: str,
    *,
    accepted: bool = False,
    writing: Writing | None = None,
    also: Callable[[Connection], None] = lambda _: None,
) -> Wave:
    """Take no more answers; the ballots that are still sealed stay so.

    `writing` opens the one transaction in which that is done, and in which `also` is called.

    Raises
    ------
    WaveState
        As above, but for ballots that cannot be opened.
    """
    with house.database.reading() as connection:
        wave = waves.find(connection, name)
    if wave.state != "open" and not is_unfinished(house, wave):
        raise WaveState.of(wave, "not-open", "only an open wave can be closed")
    sizes = sizes_now(house, wave)
    if sizes and not accepted:
        raise _too_small(wave, house.settings.smallest_class)
    with (writing or house.database.writing)() as connection:
        if wave.state == "open":
            waves.close(connection, waves.find(connection, name), house.stamp())
            ballot_box.end_epochs(connection, wave.id)
            audit.append(connection, by, "wave-close", name, house.stamp())
        if sizes:
            people = sum(size * count for size, count in sizes.items())
            detail = f"{name} {people}"
            audit.append(connection, by, "small-classes-accepted", detail, house.stamp())
        also(connection)
    return wave


def _too_small(wave: Wave, fewest: int) -> WaveState:
    """The refusal names no number: asked again and again, it would tell who sends just now."""
    message = (
        f"some of the last ballots of wave `{wave.name}` would show a design that fewer than "
        f"{fewest} of them share, even after modes, PSUs and weights were joined: who holds the "
        "sample list could guess whose they are. Wait for more answers, or accept it"
    )
    return WaveState("small-classes", message, wave=wave.name)
