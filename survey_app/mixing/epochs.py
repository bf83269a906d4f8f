"""Epochs: that every open wave has a key to seal to, and that every key is here that is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from survey_app.fieldwork.protection.ballot_sealing import Opener
from survey_app.mixing.keyring import KeyLost, Keyring, for_recovery, recovered
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.answers.ballot_box import Epoch
from survey_app.store.engine.database import Connection, Database
from survey_app.store.waves import Wave, WaveState

_T = TypeVar("_T")

Openers = Mapping[str, Opener]
"""Epoch -> its private key, ready to open its ballots."""


@dataclass(frozen=True, kw_only=True)
class Epochs:
    """The epochs of one site: public halves in the store, private ones in the keyring.

    Without a keyring nothing can be done that needs a key: another machine mixes.
    """

    database: Database
    keyring: Keyring | None
    recovery_key: str = ""

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
            began = self.write(ballot_box.add_epoch, wave_id, epoch, public, recovery)
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
            epochs = self.known()
            here = self.here(epochs)
            ready = {epoch.wave_id for epoch in epochs if epoch.is_current and epoch.id in here}
            for wave in self.read(waves.list_):
                if wave.state == "open" and wave.id not in ready:
                    self.begin(wave.id)
            return self._lost(epochs, here)

    def lost(self) -> tuple[KeyLost, ...]:
        """The keys that ballots are sealed to and that are not here."""
        epochs = self.known()
        return self._lost(epochs, self.here(epochs))

    def _lost(self, epochs: Sequence[Epoch], here: Openers) -> tuple[KeyLost, ...]:
        away = [epoch for epoch in epochs if epoch.id not in here]
        holding = {one.epoch_id for one in self.read(ballot_box.waiting, [e.id for e in away])}
        return tuple(self.keys.lost(epoch.id) for epoch in away if epoch.id in holding)

    def recover(self, recovery_private: bytes) -> int:
        """Put missing keys back by the office's private recovery key. Returns how many.

        Raises
        ------
        ballot_sealing.SealBroken
            When they were sealed to another recovery key; those before it are back.
        """
        back = 0
        with self.keys.changing():
            for epoch in self.known():
                if self.keys.has(epoch.id, epoch.public_key):
                    continue
                sealed = self.read(ballot_box.recovery, epoch.id)
                if sealed is not None:
                    self.keys.keep(epoch.id, recovered(sealed, recovery_private))
                    back += 1
        return back

    def known(self, wave: Wave | None = None) -> tuple[Epoch, ...]:
        """The epochs of a wave, or of all, whose keys are still needed."""
        return self.read(ballot_box.epochs, wave.id if wave else None)

    def here(self, epochs: Iterable[Epoch]) -> Openers:
        """The private keys that are here."""
        openers: dict[str, Opener] = {}
        for epoch in epochs:
            with suppress(KeyLost):
                openers[epoch.id] = Opener(self.keys.private(epoch.id, epoch.public_key))
        return openers

    def end(self, epoch: Epoch, pause: Callable[[], None]) -> None:
        """Forget an epoch, where it has ended and nothing is sealed to it any more."""
        if self.read(ballot_box.is_done, epoch):
            self.keys.retire(epoch.id)
            pause()
            self.write(ballot_box.drop_epoch, epoch.id)
            pause()

    def destroy_retired(self) -> None:
        """Destroy the keys of epochs that are forgotten."""
        with self.keys.changing():
            self.keys.destroy_retired({epoch.id for epoch in self.known()})

    def read(self, look: Callable[..., _T], *what: object) -> _T:
        """What a function of the store finds."""
        with self.database.reading() as connection:
            return look(connection, *what)

    def write(self, job: Callable[..., _T], *what: object) -> _T:
        """What a function of the store does, once it is durable."""

        def written(connection: Connection) -> _T:
            return job(connection, *what)

        return self.database.write(written)
