"""A wave opens: its texts are fixed, and the key that its first ballots are sealed to is made."""

from __future__ import annotations

from collections.abc import Sequence

from survey_app.fieldwork.protection import anonymity
from survey_app.fieldwork.protection.anonymity import SmallClass
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.log import audit
from survey_app.store.sample import cases
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House


def small_classes(house: House, wave: Wave) -> tuple[SmallClass, ...]:
    """Of how many cases the ballots could be guessed, by how many returns are expected."""
    with house.database.reading() as connection:
        units = [unit.unit for unit in waves.units(connection, wave.id)]
        drawn = list(cases.drawn(connection, wave.id))
    return anonymity.smallest_classes(drawn, units, expected=house.settings.expected_returns)


def open_(house: House, name: str, by: str, *, known: Sequence[str] = ()) -> tuple[SmallClass, ...]:
    """Let respondents in. Returns the classes that are expected to stay too small.

    The wave and its first epoch begin in one transaction, when the key is safe on the disk. `known`
    are the warnings that were read and accepted, for the log.

    Raises
    ------
    WaveState
        When it is not planned or has no cases, or its key cannot be kept here; nothing has
        changed then.
    """
    try:
        _open(house, name, by, known)
    except OSError as error:
        message = f"the key that ballots are sealed to cannot be kept: {error}"
        raise WaveState("no-room-for-keys", message, wave=name) from error
    with house.database.reading() as connection:
        wave = waves.find(connection, name)
    return small_classes(house, wave)


def _open(house: House, name: str, by: str, known: Sequence[str]) -> None:
    epochs = house.mixer.epochs
    with epochs.keys.changing():
        key = epochs.new_key()
        try:
            with house.database.writing() as connection:
                wave = waves.hold(connection, name)
                waves.open_(connection, wave, house.stamp())
                ballot_box.add_epoch(connection, wave.id, *key)
                if known:
                    detail = " ".join((name, *known))
                    audit.append(connection, by, "warnings-known", detail, house.stamp())
                audit.append(connection, by, "wave-open", name, house.stamp())
        except Exception:
            epochs.keys.retire(key[0])
            raise
