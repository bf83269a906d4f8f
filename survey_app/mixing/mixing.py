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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from survey_app.fieldwork import ballot_sealing
from survey_app.fieldwork.anonymity import ENOUGH, as_seen
from survey_app.fieldwork.ballot_sealing import SealBroken, size_of
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.coarsening import Batch, Coarsened, coarsened
from survey_app.mixing.batches import in_parts, of_classes, parts
from survey_app.mixing.keyring import KeyLost, Keyring, for_recovery, recovered
from survey_app.store import ballot_box, shown_counts, waves
from survey_app.store.ballot_box import Epoch, MixedMeanwhile, NoEpoch, SealedBallot
from survey_app.store.ballots import Ballot, NotABallot
from survey_app.store.database import Connection, Database, StoreBusy
from survey_app.store.waves import Wave, WaveState

_log = logging.getLogger(__name__)
_CHANCE = random.SystemRandom()
_T = TypeVar("_T")

FEWEST_AT_CLOSING = 3
"""The fewest ballots of a closing wave that must show the same, unless it is set otherwise."""

Private = Mapping[str, bytes]
"""Epoch -> its private key."""


@dataclass(frozen=True, kw_only=True)
class Mixer:
    """Mixes the ballots of one site.

    Without a keyring it can do nothing that needs a key: another machine mixes. `pause` is called
    between transactions; whoever measures or breaks them may do so there.
    """

    database: Database
    keyring: Keyring | None
    recovery_key: str = ""
    fewest_at_closing: int = FEWEST_AT_CLOSING
    pause: Callable[[], None] = lambda: None

    @property
    def keys(self) -> Keyring:
        """The keyring.

        Raises
        ------
        WaveState
            When the keys are on another machine.
        """
        if self.keyring is None:
            message = "this machine holds no keys (CCHC_KEYS=none): do it on the one that does"
            raise WaveState("keys-elsewhere", message)
        return self.keyring

    def new_key(self) -> tuple[str, bytes, bytes | None]:
        """A key that is safe on the disk: its epoch's name, the public half, and for recovery.

        Raises
        ------
        OSError
            When it cannot be kept.
        """
        epoch, public = self.keys.new()
        if not self.recovery_key:
            return epoch, public, None
        return epoch, public, for_recovery(self.keys.private(epoch, public), self.recovery_key)

    def begin(self, wave_id: int) -> bool:
        """Begin an epoch of a wave: its key is safe before any ballot is sealed to it.

        False where the wave is not open.

        Raises
        ------
        OSError
            When the key cannot be kept; nothing has changed then.
        """
        with self.keys.changing():
            epoch, public, recovery = self.new_key()
            began = self._write(ballot_box.add_epoch, wave_id, epoch, public, recovery)
            if not began:
                self.keys.retire(epoch)
        return began

    def prepare(self) -> tuple[KeyLost, ...]:
        """See to it that every open wave can take ballots; tells which needed keys are not here.

        Asked before the first ballot is taken and again and again: a key that is missing is then
        found before it costs a ballot. An open wave whose key is gone has a new one afterwards.

        Raises
        ------
        OSError
            When a new key cannot be kept.
        """
        if self.keyring is None:
            return ()
        with self.keys.changing():
            epochs, opened = self._epochs(), [w for w in self._waves() if w.state == "open"]
            here = self._here(epochs)
            for wave in opened:
                if not any(e.is_current and e.id in here for e in epochs if e.wave_id == wave.id):
                    self.begin(wave.id)
            return self._lost(epochs, here)

    def lost(self) -> tuple[KeyLost, ...]:
        """The keys that ballots are sealed to and that are not here."""
        epochs = self._epochs()
        return self._lost(epochs, self._here(epochs))

    def _lost(self, epochs: Sequence[Epoch], here: Private) -> tuple[KeyLost, ...]:
        away = [epoch for epoch in epochs if epoch.id not in here]
        holding = {one.epoch_id for one in self._read(ballot_box.waiting, [e.id for e in away])}
        return tuple(
            KeyLost(epoch.id, self.keys.folder / f"{epoch.id}.key")
            for epoch in away
            if epoch.id in holding
        )

    def recover(self, recovery_private: bytes) -> int:
        """Put missing keys back by the office's private recovery key. Returns how many.

        Raises
        ------
        SealBroken
            When they were sealed to another recovery key; those before it are back.
        """
        epochs, back = self._epochs(), 0
        with self.keys.changing():
            for epoch in (e for e in epochs if not self.keys.has(e.id, e.public_key)):
                sealed = self._read(ballot_box.recovery, epoch.id)
                if sealed is not None:
                    self.keys.keep(epoch.id, recovered(sealed, recovery_private))
                    back += self.keys.has(epoch.id, epoch.public_key)
        return back

    def mix_all(self, share: float = 0, *, wait: bool = False) -> int:
        """Mix what can be mixed of every open wave. Returns how many ballots that were.

        Does nothing while another process mixes, unless it is to `wait`. What stands in the way of
        one wave does not hold up the others.
        """
        if self.keyring is None:
            return 0
        mixed = 0
        with self.keys.mixing(wait=wait) as is_alone:
            for wave in self._waves() if is_alone else ():
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
        with self.keys.mixing():
            units, epochs = self._units(wave), self._epochs(wave)
            here = self._here(epochs)
            sizes: dict[Case, int] = {}
            for epoch, case, size in self._read(ballot_box.classes, wave.id):
                if epoch in here:
                    shown = as_seen(case, units)
                    sizes[shown] = sizes.get(shown, 0) + size
            ready = sum(
                size - self.fewest_at_closing
                for size in sizes.values()
                if size >= ENOUGH + self.fewest_at_closing
            )
            if ready and ready >= share * sum(sizes.values()):
                self.begin(wave.id)
            is_open = any(epoch.is_current for epoch in self._epochs(wave))

            def batches(sealed: Sequence[SealedBallot]) -> list[Batch]:
                return of_classes(sealed, units, self.fewest_at_closing) if is_open else []

            mixed = self._settle(wave, batches, ENOUGH)
            if is_open:
                self._show_counts(wave)
        return mixed

    def preview(self, wave: Wave) -> Coarsened:
        """What closing a wave would do with the ballots that are still sealed."""
        here, units = self._here(self._epochs(wave)), self._units(wave)
        sealed = [one for one in self._read(ballot_box.of_wave, wave.id) if one.epoch_id in here]
        return self._coarsened(sealed, units)

    def _coarsened(self, sealed: Iterable[SealedBallot], units: frozenset[str]) -> Coarsened:
        return coarsened(((one.id, one.case) for one in sealed), units, self.fewest_at_closing)

    def close(self, wave: Wave, *, accepted: bool = False) -> int:
        """Mix all that is left of a closed wave, made coarser where few show the same.

        Raises
        ------
        WaveState
            When batches stay too small and nobody `accepted` that, or when a key is lost; what can
            be mixed is mixed all the same, the others stay sealed.
        """
        with self.keys.mixing():
            units = self._units(wave)
            self._write(ballot_box.end_epochs, wave.id)
            self._write(ballot_box.end_epochs, wave.id)

            def batches(sealed: Sequence[SealedBallot]) -> list[Batch]:
                made = self._coarsened(sealed, units)
                return [*made.batches, *(made.small if accepted else ())]

            mixed = self._settle(wave, batches, 1 if accepted else self.fewest_at_closing)
            left = self._read(ballot_box.count, wave.id)
            unreadable = len(self.unreadable(wave))
        if unreadable:
            raise _unreadable(wave, unreadable)
        if left:
            raise _too_few_alike(wave, left, self.fewest_at_closing)
        return mixed

    def unreadable(self, wave: Wave) -> dict[str, str]:
        """The sealed ballots that cannot be opened, each with its epoch."""
        private = self._here(self._epochs(wave))
        sealed = self._read(ballot_box.of_wave, wave.id)
        lost = {one.id: one.epoch_id for one in sealed if one.epoch_id not in private}
        for part in parts([one for one in sealed if one.id not in lost]):
            bodies = self._read(ballot_box.bodies, [one.id for one in part])
            for one in part:
                if _opened(one, private, bodies) is None:
                    lost[one.id] = one.epoch_id
        return lost

    def give_up(self, wave: Wave) -> int:
        """Throw away the ballots of a closed wave that cannot be opened. Returns how many."""
        with self.keys.mixing():
            lost = self.unreadable(wave)
            self._write(ballot_box.give_up, lost)
        return len(lost)

    def _settle(
        self,
        wave: Wave,
        batches_of: Callable[[Sequence[SealedBallot]], Sequence[Batch]],
        fewest: int,
    ) -> int:
        """Mix the ballots of epochs that have ended, seal the rest anew, and destroy the keys."""
        epochs = self._epochs(wave)
        ended = [epoch for epoch in epochs if not epoch.is_current and not epoch.given_up]
        if not ended:
            return 0
        private = self._here(ended)
        sealed = self._read(ballot_box.waiting, list(private))
        by_key = {one.id: one for one in sealed}
        done: set[str] = set()
        for batch in batches_of(sealed):
            for members in in_parts(batch.members):
                own = [by_key[key] for key, _ in members]
                done |= self._mix_part(wave, batch.shown, own, private, fewest)
                self.pause()
        if any(epoch.is_current for epoch in epochs):
            self._reseal(wave, [one for one in sealed if one.id not in done], private)
        for epoch in ended:
            self._end(epoch)
            self.pause()
        self._destroy_retired()
        return len(done)

    def _mix_part(
        self,
        wave: Wave,
        shown: Case,
        sealed: Sequence[SealedBallot],
        private: Private,
        fewest: int,
    ) -> set[str]:
        """Open and write some ballots of one class; those that were, by the key they had sealed."""
        bodies = self._read(ballot_box.bodies, [one.id for one in sealed])
        opened = {
            one.id: (shown, whole[1])
            for one in sealed
            if (whole := _opened(one, private, bodies)) is not None
        }
        if len(opened) < fewest:
            return set()
        written = list(opened.values())
        _CHANCE.shuffle(written)
        self._write(ballot_box.mix, wave.id, set(opened), written)
        return set(opened)

    def _reseal(self, wave: Wave, sealed: Sequence[SealedBallot], private: Private) -> None:
        for part in parts(sealed):
            try:
                epoch, public = self._read(ballot_box.current, wave.id)
            except NoEpoch:  # closed meanwhile: there they are opened
                return
            bodies = self._read(ballot_box.bodies, [one.id for one in part])
            anew: dict[str, bytes] = {}
            for one in part:
                if (whole := _opened(one, private, bodies)) is not None:
                    size = size_of(bodies[one.id])
                    anew[one.id] = ballot_sealing.seal(public, epoch, whole[0], size)
            self._write(ballot_box.reseal, epoch, anew)
            self.pause()

    def _end(self, epoch: Epoch) -> None:
        """Forget an epoch, where nothing is sealed to it any more, and say so of its key."""
        if self._read(ballot_box.is_done, epoch):
            self.keys.retire(epoch.id)
            self.pause()
            self._write(ballot_box.drop_epoch, epoch.id)

    def _destroy_retired(self) -> None:
        with self.keys.changing():
            self.keys.destroy_retired({epoch.id for epoch in self._epochs()})

    def _show_counts(self, wave: Wave) -> None:
        if begun := self._read(shown_counts.begun_since, wave.id, ENOUGH):
            self._write(shown_counts.show_begun, wave.id, begun)
        if sent := self._read(shown_counts.sent_since, wave.id, ENOUGH):
            sizes = Counter(batch.size for batch in self.preview(wave).small)
            self._write(shown_counts.show_closing, wave.id, sent, sizes)

    def _here(self, epochs: Iterable[Epoch]) -> Private:
        """The private keys that are here."""
        private: dict[str, bytes] = {}
        for epoch in epochs:
            try:
                private[epoch.id] = self.keys.private(epoch.id, epoch.public_key)
            except KeyLost:
                continue
        return private

    def _waves(self) -> tuple[Wave, ...]:
        return self._read(waves.list_)

    def _units(self, wave: Wave) -> frozenset[str]:
        return frozenset(unit.unit for unit in self._read(waves.units, wave.id))

    def _epochs(self, wave: Wave | None = None) -> tuple[Epoch, ...]:
        return self._read(ballot_box.epochs, wave.id if wave else None)

    def _read(self, look: Callable[..., _T], *what: object) -> _T:
        with self.database.reading() as connection:
            return look(connection, *what)

    def _write(self, job: Callable[..., _T], *what: object) -> _T:
        def written(connection: Connection) -> _T:
            return job(connection, *what)

        return self.database.write(written)


def _opened(
    one: SealedBallot, private: Private, bodies: Mapping[str, bytes]
) -> tuple[bytes, Ballot] | None:
    """What was sealed; None where it is damaged. Such a ballot does not hold up the others."""
    try:
        plain = ballot_sealing.unseal(private[one.epoch_id], one.epoch_id, bodies[one.id])
        return plain, Ballot.load(plain)
    except (SealBroken, NotABallot):
        _log.error("sealed ballot %s is damaged, or was not made by this program", one.id)
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
