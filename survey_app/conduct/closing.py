"""A wave closes: no more answers are taken, and what is still sealed is mixed a last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from survey_app.conduct import reopening
from survey_app.store import board, shown_counts, waves
from survey_app.store.answers import ballot_box
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
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


def close(
    house: House,
    name: str,
    by: str,
    *,
    accepted: bool = False,
    leave_out: bool = False,
    known: Sequence[str] = (),
) -> int:
    """Close a wave and open all its ballots. Returns how many were still sealed.

    A wave that is closed already, with ballots that stayed sealed, is gone on with. `known` are the
    warnings that were read and accepted, for the log.

    Raises
    ------
    WaveState
        When it is not open, or when too few of the last ballots would show the same and nobody
        `accepted` that, or too few came since it was reopened and nobody wants to `leave_out`
        these: nothing has changed then. When ballots cannot be opened: it is closed then.
    """
    wave = shut(house, name, by, accepted=accepted, leave_out=leave_out, known=known)
    return finish(house, wave, by, accepted=accepted, leave_out=leave_out)


def shut(
    house: House,
    name: str,
    by: str,
    *,
    accepted: bool = False,
    leave_out: bool = False,
    known: Sequence[str] = (),
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
    if reopening.too_few_to_count(house, wave) and not leave_out:
        raise _too_few_since(wave)
    with (writing or house.database.writing)() as connection:
        if wave.state == "open":
            _stop(connection, house, wave, by, known)
        if sizes:
            people = sum(size * count for size, count in sizes.items())
            detail = f"{name} {people}"
            audit.append(connection, by, "small-classes-accepted", detail, house.stamp())
        also(connection)
    return wave


def finish(
    house: House,
    wave: Wave,
    by: str,
    *,
    accepted: bool = False,
    leave_out: bool = False,
    pause: Callable[[], None] | None = None,
) -> int:
    """Open the ballots of a wave that was shut, but for those to leave out. Returns how many.

    What was begun before is gone on with. `pause` is called now and then; what it raises ends the
    work.

    Raises
    ------
    WaveState
        When ballots cannot be opened.
    """
    _leave_out(house, wave, by, leave_out=leave_out)
    mixer = replace(house.mixer, pause=pause) if pause else house.mixer
    return mixer.close(wave, accepted=accepted)


def stop(house: House, wave: Wave, by: str, known: Sequence[str] = ()) -> None:
    """Take no more answers; what is sealed stays so.

    Raises
    ------
    WaveState
        When it is not open (any more).
    """
    with house.database.writing() as connection:
        _stop(connection, house, wave, by, known)


def _stop(connection: Connection, house: House, wave: Wave, by: str, known: Sequence[str]) -> None:
    waves.close(connection, waves.hold(connection, wave.name), house.stamp())
    ballot_box.end_epochs(connection, wave.id)
    if known:
        detail = " ".join((wave.name, *known))
        audit.append(connection, by, "warnings-known", detail, house.stamp())
    audit.append(connection, by, "wave-close", wave.name, house.stamp())


def finish_what_can_be(house: House, wave: Wave) -> None:
    """Open the ballots of a closed wave for which nobody need be asked.

    Raises
    ------
    WaveState
        When ballots stay sealed until somebody has accepted what opening them would tell.
    """
    if reopening.too_few_to_count(house, wave):
        raise _too_few_since(wave)
    house.mixer.close(wave)


def _leave_out(house: House, wave: Wave, by: str, *, leave_out: bool) -> None:
    """Of a reopened wave, throw away the new ballots that are too few; it is closed by now."""
    short = reopening.too_few_to_count(house, wave)
    if not short:
        return
    if not leave_out:  # the last came while it was being closed
        raise _too_few_since(wave)
    with house.database.writing() as connection:
        ballot_box.leave_out(connection, short)
        waves.leave_out(connection, wave, len(short))
        detail = f"{wave.name} {len(short)}"
        audit.append(connection, by, "forms-left-out", detail, house.stamp())


def _too_few_since(wave: Wave) -> WaveState:
    """The refusal names no number either."""
    message = (
        f"since wave `{wave.name}` was reopened, fewer than 5 people have answered about some unit "
        "in some group: scores of before and after would tell what they said. Wait for more "
        "answers, or leave these few out"
    )
    return WaveState("few-since-reopening", message, wave=wave.name)


def _too_small(wave: Wave, fewest: int) -> WaveState:
    """The refusal names no number: asked again and again, it would tell who sends just now."""
    message = (
        f"some of the last ballots of wave `{wave.name}` would show a design that fewer than "
        f"{fewest} of them share, even after modes, PSUs and weights were joined: who holds the "
        "sample list could guess whose they are. Wait for more answers, or accept it"
    )
    return WaveState("small-classes", message, wave=wave.name)
