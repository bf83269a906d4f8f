"""Mixing: sealed ballots of one class are opened together and written in an order of chance.

An epoch ends by the next one's beginning. What was sealed to it is then mixed, batch by batch, each
in one transaction that deletes the sealed ballots and writes the opened ones; ballots of a class
with too few wait, sealed anew to the next epoch. When nothing is left, the key is destroyed. A
crash anywhere leaves an epoch that is not current with ballots that are still sealed, or none: the
next mixing goes on from there.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from survey_app.fieldwork import ballot_sealing
from survey_app.fieldwork.anonymity import ENOUGH, as_seen
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.coarsening import Batch, Coarsened, Member, coarsened
from survey_app.mixing.keyring import KeyLost, Keyring, for_recovery
from survey_app.store import ballot_box, waves
from survey_app.store.ballot_box import Epoch, SealedBallot
from survey_app.store.ballots import Ballot
from survey_app.store.database import Database
from survey_app.store.waves import Wave, WaveState

_log = logging.getLogger(__name__)
_CHANCE = random.SystemRandom()

MOST_AT_ONCE = 60
"""Ballots that are mixed in one transaction: a respondent waits no longer than it lasts."""

ENOUGH_AT_CLOSING = 3
"""The fewest ballots of a closing wave that must show the same."""


@dataclass(frozen=True, kw_only=True)
class Mixer:
    """Mixes the ballots of one site.

    `pause` is called between transactions; whoever measures or breaks them may do so there.
    """

    database: Database
    keyring: Keyring
    recovery_key: str = ""
    pause: Callable[[], None] = lambda: None

    def begin(self, wave_id: int) -> str:
        """Begin an epoch of a wave: its key is safe before any ballot is sealed to it.

        Raises
        ------
        OSError
            When the key cannot be kept; nothing has changed then.
        """
        with self.keyring.alone():
            epoch, public = self.keyring.new()
            recovery = None
            if self.recovery_key:
                recovery = for_recovery(self.keyring.private(epoch, public), self.recovery_key)
            self.database.write(
                lambda connection: ballot_box.add_epoch(
                    connection, wave_id, epoch, public, recovery
                )
            )
        return epoch

    def prepare(self) -> None:
        """See to it that every open wave can take ballots, and that every needed key is here.

        Asked before the first ballot is taken and again and again: a key that is missing is then
        found before it costs a ballot.

        Raises
        ------
        KeyLost
            When ballots are sealed to a key that is not here; each open wave has a new epoch then.
        """
        with self.keyring.alone():
            self._prepare()

    def _prepare(self) -> None:
        lost: list[KeyLost] = []
        with self.database.reading() as connection:
            epochs = ballot_box.epochs(connection)
            opened = [wave for wave in waves.list_(connection) if wave.state == "open"]
        usable: set[int] = set()
        for epoch in epochs:
            try:
                self.keyring.private(epoch.id, epoch.public_key)
            except KeyLost as error:
                if self._holds_ballots(epoch):
                    lost.append(error)
                continue
            if epoch.is_current:
                usable.add(epoch.wave_id)
        for wave in opened:
            if wave.id not in usable:
                self.begin(wave.id)
        if lost:
            raise lost[0]

    def _holds_ballots(self, epoch: Epoch) -> bool:
        with self.database.reading() as connection:
            return bool(ballot_box.waiting(connection, epoch.id))

    def mix_open_waves(self) -> int:
        """Mix what can be mixed of every open wave. Returns how many ballots that were.

        Does nothing while another process mixes.
        """
        with self.keyring.alone(wait=False) as is_alone:
            if not is_alone:
                return 0
            with self.database.reading() as connection:
                opened = [wave for wave in waves.list_(connection) if wave.state == "open"]
            return sum(self.mix(wave) for wave in opened)

    def mix(self, wave: Wave) -> int:
        """Mix the classes of an open wave that hold enough ballots, and end their epoch.

        Returns
        -------
        int
            How many ballots were mixed; 0 leaves the epoch as it is.
        """
        with self.keyring.alone():
            with self.database.reading() as connection:
                epochs = ballot_box.epochs(connection, wave.id)
                units = frozenset(unit.unit for unit in waves.units(connection, wave.id))
                sealed = ballot_box.of_wave(connection, wave.id)
            unfinished = [epoch for epoch in epochs if not epoch.is_current]
            mixed = 0
            if _classes(sealed, units, ENOUGH) or unfinished:
                self.begin(wave.id)
                mixed = self._end(wave, lambda ended: _classes(ended, units, ENOUGH))
            self._show_begun(wave)
        return mixed

    def preview(self, wave: Wave, enough: int = ENOUGH_AT_CLOSING) -> Coarsened:
        """What closing a wave would do with the ballots that are still sealed."""
        with self.database.reading() as connection:
            units = frozenset(unit.unit for unit in waves.units(connection, wave.id))
            sealed = ballot_box.of_wave(connection, wave.id)
        return coarsened(((one.id, one.case) for one in sealed), units, enough)

    def close(self, wave: Wave, *, enough: int = ENOUGH_AT_CLOSING, accepted: bool = False) -> int:
        """Mix all that is left of a closed wave, made coarser where few show the same.

        Raises
        ------
        WaveState
            When batches stay too small and nobody `accepted` that; what is large enough is mixed
            all the same, the others stay sealed.
        """
        with self.keyring.alone():
            with self.database.reading() as connection:
                units = frozenset(unit.unit for unit in waves.units(connection, wave.id))
            self.database.write(lambda connection: ballot_box.end_epochs(connection, wave.id))
            mixed = self._end(
                wave,
                lambda sealed: _last_classes(sealed, units, enough, accepted=accepted),
                last=True,
            )
            with self.database.reading() as connection:
                left = ballot_box.count(connection, wave.id)
        if left:
            raise WaveState(
                "small-classes",
                f"{left} ballots of wave `{wave.name}` stay sealed: fewer than {enough} of them "
                "would show the same. Close it again and accept that, or leave them sealed",
                wave=wave.name,
                count=str(left),
            )
        return mixed

    def _end(
        self,
        wave: Wave,
        batches_of: Callable[[Sequence[SealedBallot]], list[Batch]],
        *,
        last: bool = False,
    ) -> int:
        """Mix the ballots of all epochs that have ended, and destroy their keys."""
        with self.database.reading() as connection:
            epochs = ballot_box.epochs(connection, wave.id)
            ended = [epoch for epoch in epochs if not epoch.is_current]
            sealed = [one for e in ended for one in ballot_box.waiting(connection, e.id)]
        private = {
            e.id: self.keyring.private(e.id, e.public_key)
            for e in ended
            if any(one.epoch_id == e.id for one in sealed)
        }
        by_key = {one.id: one for one in sealed}
        batches = batches_of(sealed)
        for batch in batches:
            for members in _in_parts(batch.members):
                self._write(wave, batch.shown, [by_key[key] for key, _ in members], private)
                self.pause()
        if not last:
            done = {key for batch in batches for key, _ in batch.members}
            self._reseal(wave, [one for one in sealed if one.id not in done], private)
        for epoch in ended:
            if self.database.write(partial(ballot_box.drop_epoch, epoch_id=epoch.id)):
                self.keyring.destroy(epoch.id)
            self.pause()
        self._destroy_unknown_keys()
        return sum(batch.size for batch in batches)

    def _write(
        self, wave: Wave, shown: Case, sealed: Sequence[SealedBallot], private: dict[str, bytes]
    ) -> None:
        keys = sorted(one.id for one in sealed)
        with self.database.reading() as connection:
            bodies = ballot_box.bodies(connection, keys)
        opened = []
        for one in sealed:
            plain = ballot_sealing.unseal(private[one.epoch_id], one.epoch_id, bodies[one.id])
            opened.append((shown, Ballot.load(plain)))
        _CHANCE.shuffle(opened)
        self.database.write(lambda connection: ballot_box.mix(connection, wave.id, keys, opened))

    def _reseal(
        self, wave: Wave, sealed: Sequence[SealedBallot], private: dict[str, bytes]
    ) -> None:
        if not sealed:
            return
        with self.database.reading() as connection:
            epoch, public = ballot_box.current(connection, wave.id)
        for part in _parts(sealed):
            with self.database.reading() as connection:
                bodies = ballot_box.bodies(connection, [one.id for one in part])
            resealed = [
                (
                    one.id,
                    ballot_sealing.reseal(
                        private[one.epoch_id], one.epoch_id, bodies[one.id], public, epoch
                    ),
                )
                for one in part
            ]
            self.database.write(partial(ballot_box.reseal, epoch_id=epoch, bodies=resealed))
            self.pause()

    def _show_begun(self, wave: Wave) -> None:
        self.database.write(lambda connection: ballot_box.show_begun(connection, wave.id, ENOUGH))

    def _destroy_unknown_keys(self) -> None:
        """Keys of epochs that the store does not know any more, or never came to know."""
        with self.database.reading() as connection:
            known = {epoch.id for epoch in ballot_box.epochs(connection)}
        for epoch in self.keyring.epochs() - known:
            self.keyring.destroy(epoch)


def _classes(sealed: Iterable[SealedBallot], units: frozenset[str], enough: int) -> list[Batch]:
    """The classes with enough ballots."""
    alike: dict[Case, list[Member]] = {}
    for one in sealed:
        shown = as_seen(one.case, units)
        alike.setdefault(shown, []).append((one.id, shown))
    return [
        Batch(members=tuple(members), shown=shown)
        for shown, members in alike.items()
        if len(members) >= enough
    ]


def _last_classes(
    sealed: Iterable[SealedBallot], units: frozenset[str], enough: int, *, accepted: bool
) -> list[Batch]:
    """All that is left, made coarser; batches that stay too small only where that is accepted."""
    made = coarsened(((one.id, one.case) for one in sealed), units, enough)
    return [*made.batches, *(made.small if accepted else ())]


def _in_parts(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    """A batch in parts drawn by chance, none of them smaller than it must be."""
    drawn = list(members)
    _CHANCE.shuffle(drawn)
    parts = max(1, len(drawn) // MOST_AT_ONCE)
    for at in range(parts):
        yield drawn[at::parts]


def _parts(sealed: Sequence[SealedBallot]) -> Iterator[Sequence[SealedBallot]]:
    for at in range(0, len(sealed), MOST_AT_ONCE):
        yield sealed[at : at + MOST_AT_ONCE]
