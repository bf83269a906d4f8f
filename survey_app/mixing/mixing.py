"""Mixing: sealed ballots of one class are opened together and written in an order of chance.

An epoch ends by the next one's beginning. What was sealed to it is then mixed, batch by batch, each
in one transaction that deletes the sealed ones and writes the opened ones; ballots of a class with
too few, and a few of every class, wait, sealed anew to the next epoch. When nothing is left, the
key is destroyed. A crash anywhere leaves an epoch that is not current with ballots that are still
sealed, or none: the next mixing goes on from there.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.anonymity import ENOUGH, as_seen
from survey_app.fieldwork.protection.ballot_sealing import SealBroken, size_of
from survey_app.fieldwork.protection.coarsening import Batch, Coarsened, coarsened
from survey_app.i18n import VIETNAM
from survey_app.mixing.ahead import ahead
from survey_app.mixing.batches import of_classes, parts, together
from survey_app.mixing.epochs import Epochs, Openers
from survey_app.store import shown_counts, waves
from survey_app.store.answers import ballot_box
from survey_app.store.answers.ballot_box import MixedMeanwhile, NoEpoch, SealedBallot
from survey_app.store.answers.ballots import Ballot, NotABallot
from survey_app.store.engine.database import StoreBusy
from survey_app.store.waves import Wave, WaveState

_log = logging.getLogger(__name__)
_CHANCE = random.SystemRandom()

_GIVE_WAY = 0.00001
"""Seconds; the system makes a twentieth of a millisecond of it, as long as opening a ballot."""
_OPENED_AT_ONCE = 5
"""Ballots after which the others get their turn: some 0.6 ms of work."""

FEWEST_AT_CLOSING = 3
"""The fewest ballots of a closing wave that must show the same, unless it is set otherwise."""


@dataclass(frozen=True, kw_only=True)
class Mixer:
    """Mixes the ballots of one site.

    `pause` is called between transactions; whoever measures or breaks them may do so there.
    `today` is the day for which forms are counted that boards begin to show.
    """

    epochs: Epochs
    fewest_at_closing: int = FEWEST_AT_CLOSING
    pause: Callable[[], None] = lambda: None
    today: Callable[[], str] = lambda: datetime.now(VIETNAM).date().isoformat()

    def mix_all(self, share: float = 0, *, wait: bool = False) -> int:
        """Mix what can be mixed of every open wave. Returns how many ballots that were.

        Does nothing while another process mixes, unless it is to `wait`. What stands in the way of
        one wave does not hold up the others.
        """
        if self.epochs.keyring is None:
            return 0
        mixed = 0
        with self.epochs.keys.mixing(wait=wait) as is_alone:
            for wave in self.epochs.read(waves.list_) if is_alone else ():
                try:
                    mixed += self.mix(wave, share)
                except (StoreBusy, OSError, MixedMeanwhile) as error:
                    _log.error("wave %s could not be mixed: %s", wave.name, error)
        return mixed

    def mix(self, wave: Wave, share: float = 0) -> int:
        """Mix the classes of an open wave that hold enough ballots, and end their epoch.

        A few of each class are held back, enough for the last batch when the wave closes.

        Less than a `share` of what waits is left for a later time: whatever is not mixed has to be
        sealed anew. Of a wave that is not open, only what a crash has left is tidied up.

        Returns
        -------
        int
            How many ballots were mixed.
        """
        with self.epochs.keys.mixing():
            units = self._units(wave)
            ready, waiting = self._ready(wave, units)
            if ready and ready >= share * waiting:
                self.epochs.begin(wave.id)
            is_open = any(epoch.is_current for epoch in self.epochs.known(wave))

            def batches(sealed: Sequence[SealedBallot]) -> list[Batch]:
                return of_classes(sealed, units, self.fewest_at_closing) if is_open else []

            mixed = self._settle(wave, batches, ENOUGH)
            if is_open:
                self._show_counts(wave)
        return mixed

    def _ready(self, wave: Wave, units: frozenset[str]) -> tuple[int, int]:
        """How many ballots can be mixed, and how many wait; those whose key is here."""
        here = self._here(wave)
        sizes: dict[Case, int] = {}
        for epoch, case, size in self.epochs.read(ballot_box.classes, wave.id):
            if epoch in here:
                shown = as_seen(case, units)
                sizes[shown] = sizes.get(shown, 0) + size
        held_back = self.fewest_at_closing
        ready = [size - held_back for size in sizes.values() if size >= ENOUGH + held_back]
        return sum(ready), sum(sizes.values())

    def preview(self, wave: Wave) -> Coarsened:
        """What closing a wave would do with the ballots that are still sealed."""
        here, sealed = self._here(wave), self.epochs.read(ballot_box.of_wave, wave.id)
        return self._coarsened(wave, [one for one in sealed if one.epoch_id in here])

    def _coarsened(self, wave: Wave, sealed: Iterable[SealedBallot]) -> Coarsened:
        members = ((one.id, one.case) for one in sealed)
        opened = self.epochs.read(ballot_box.opened, wave.id)
        return coarsened(members, self._units(wave), self.fewest_at_closing, opened)

    def close(self, wave: Wave, *, accepted: bool = False) -> int:
        """Mix all that is left of a closed wave, made coarser where few show the same.

        Raises
        ------
        WaveState
            When batches stay too small and nobody `accepted` that, or when a key is lost; what can
            be mixed is mixed all the same, the others stay sealed.
        """
        with self.epochs.keys.mixing():
            self.epochs.write(ballot_box.end_epochs, wave.id)
            mixed = self._open_rest(wave, accepted=accepted)
            left = self.epochs.read(ballot_box.count, wave.id)
            unreadable = len(self.unreadable(wave))
        if unreadable:
            raise _unreadable(wave, unreadable)
        if left:
            raise _too_few_alike(wave, left, self.fewest_at_closing)
        return mixed

    def open_everything(self, wave: Wave) -> int:
        """Mix every ballot of a wave that goes on, however few are alike.

        For invented respondents alone: of others it would tell who answered what.
        """
        with self.epochs.keys.mixing():
            self.epochs.begin(wave.id)
            opened = self._open_rest(wave, accepted=True)
            self._show_counts(wave, 1)
        return opened

    def _open_rest(self, wave: Wave, *, accepted: bool) -> int:
        def batches(sealed: Sequence[SealedBallot]) -> list[Batch]:
            coarsened_batches = self._coarsened(wave, sealed)
            return [*coarsened_batches.batches, *(coarsened_batches.small if accepted else ())]

        return self._settle(wave, batches, 1 if accepted else self.fewest_at_closing)

    def unreadable(self, wave: Wave) -> dict[str, str]:
        """The sealed ballots that cannot be opened, each with its epoch."""
        openers, sealed = self._here(wave), self.epochs.read(ballot_box.of_wave, wave.id)
        epoch_of = {one.id: one.epoch_id for one in sealed}
        lost = {key: epoch for key, epoch in epoch_of.items() if epoch not in openers}
        box = _Box(epoch_of, openers)
        for part in parts([key for key in epoch_of if key not in lost]):
            bodies = self.epochs.read(ballot_box.bodies, part)
            lost |= {key: epoch_of[key] for key in part if box.open(key, bodies) is None}
        return lost

    def give_up(self, wave: Wave) -> int:
        """Throw away the ballots of a closed wave that cannot be opened. Returns how many."""
        with self.epochs.keys.mixing():
            lost = self.unreadable(wave)
            self.epochs.write(ballot_box.give_up, lost)
        return len(lost)

    def _settle(
        self,
        wave: Wave,
        batches_of: Callable[[Sequence[SealedBallot]], Sequence[Batch]],
        fewest: int,
    ) -> int:
        """Mix the ballots of epochs that have ended, seal the rest anew, and destroy the keys."""
        epochs = self.epochs.known(wave)
        ended = [epoch for epoch in epochs if not epoch.is_current and not epoch.given_up]
        openers = self.epochs.here(ended)
        sealed = self.epochs.read(ballot_box.waiting, list(openers))
        epoch_of = {one.id: one.epoch_id for one in sealed}
        box, done = _Box(epoch_of, openers), set[str]()
        opening = partial(self._opened, box=box, fewest=fewest)
        with closing(ahead(opening, together(batches_of(sealed)))) as groups:
            for opened in groups:
                if opened:
                    written = [ballot for batch in opened for ballot in batch.values()]
                    _CHANCE.shuffle(written)
                    keys = {key for batch in opened for key in batch}
                    self.epochs.write(ballot_box.mix, wave.id, keys, written)
                    done |= keys
                self.pause()
        if any(epoch.is_current for epoch in epochs):
            self._reseal(wave, [key for key in epoch_of if key not in done], box)
        for epoch in ended:
            self.epochs.end(epoch, self.pause)
        self.epochs.destroy_retired()
        return len(done)

    def _opened(
        self, group: Sequence[Batch], box: _Box, fewest: int
    ) -> list[dict[str, tuple[Case, Ballot]]]:
        """The ballots of some batches by the keys that they had sealed, each as it shows itself.

        Of a batch in which too few can be opened none is.
        """
        keys = [key for batch in group for key, _ in batch.members]
        bodies = self.epochs.read(ballot_box.bodies, keys)
        opened = [
            {
                key: (batch.shown, whole[1])
                for key, _ in batch.members
                if (whole := box.open(key, bodies))
            }
            for batch in group
        ]
        return [batch for batch in opened if batch and len(batch) >= fewest]

    def _reseal(self, wave: Wave, keys: Sequence[str], box: _Box) -> None:
        for part in parts(keys):
            try:
                epoch, public = self.epochs.read(ballot_box.current, wave.id)
            except NoEpoch:  # closed meanwhile: there they are opened
                return
            bodies = self.epochs.read(ballot_box.bodies, part)
            anew = {
                key: ballot_sealing.seal(public, epoch, whole[0], size_of(body))
                for key, body in bodies.items()
                if (whole := box.open(key, bodies))
            }
            self.epochs.write(ballot_box.reseal, epoch, anew)
            self.pause()

    def _show_counts(self, wave: Wave, fewest: int = ENOUGH) -> None:
        if changed := self.epochs.read(shown_counts.changes, wave.id, fewest):
            self.epochs.write(shown_counts.show, wave.id, changed, self.today())
        if sent := self.epochs.read(shown_counts.sent_since, wave.id, fewest):
            sizes = Counter(batch.size for batch in self.preview(wave).small)
            self.epochs.write(shown_counts.show_closing, wave.id, sent, sizes)

    def _here(self, wave: Wave) -> Openers:
        return self.epochs.here(self.epochs.known(wave))

    def _units(self, wave: Wave) -> frozenset[str]:
        return frozenset(unit.unit for unit in self.epochs.read(waves.units, wave.id))


@dataclass(frozen=True)
class _Box:
    """Sealed ballots by their epochs, and what opens them."""

    epoch_of: Mapping[str, str]
    openers: Openers
    turns: Iterator[int] = field(default_factory=count)

    def open(self, key: str, bodies: Mapping[str, bytes]) -> tuple[bytes, Ballot] | None:
        """What was sealed; None where it is damaged. Such a ballot does not hold up the others.

        Gives way after a few: threads that answer respondents would wait for many of them.
        """
        if next(self.turns) % _OPENED_AT_ONCE == 0:
            time.sleep(_GIVE_WAY)
        epoch = self.epoch_of[key]
        try:
            plain = self.openers[epoch].unseal(epoch, bodies[key])
            return plain, Ballot.load(plain)
        except (SealBroken, NotABallot):
            _log.error("a sealed ballot of epoch %s is damaged, or not made by this program", epoch)
            return None


def _unreadable(wave: Wave, count: int) -> WaveState:
    message = (
        f"{count} ballots of wave `{wave.name}` cannot be opened: their keys are not here. Put the "
        "keys back (cchc keys recover), then close it again; or give them up (cchc keys give-up)"
    )
    return WaveState("ballots-unreadable", message, wave=wave.name, count=str(count))


def _too_few_alike(wave: Wave, count: int, fewest: int) -> WaveState:
    message = (
        f"{count} ballots of wave `{wave.name}` stay sealed: fewer than {fewest} of them would "
        "show the same. Close it again and accept that, or leave them sealed"
    )
    return WaveState("small-classes", message, wave=wave.name)
