"""What a test may know that nobody else does: every ballot, sealed or mixed, read with the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.mixing.epochs import Epochs
from survey_app.mixing.keyring import Keyring
from survey_app.mixing.mixing import Mixer
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.answers.ballots import Ballot
from survey_app.store.engine.database import Database


def sealed_ballots(database: Database, folder: Path) -> dict[str, Ballot]:
    """The ballots that are still sealed, by the key of the sealed one; nothing is changed."""
    keyring = Keyring(folder / "keys")
    opened = {}
    with database.reading() as connection:
        for epoch in ballot_box.epochs(connection):
            waiting = [one.id for one in ballot_box.waiting(connection, [epoch.id])]
            if not waiting:
                continue
            private = keyring.private(epoch.id, epoch.public_key)
            for key, body in ballot_box.bodies(connection, waiting).items():
                opened[key] = Ballot.load(ballot_sealing.unseal(private, epoch.id, body))
    return opened


def mixer_of(database: Database, folder: Path, **more: Any) -> Mixer:
    """What mixes the ballots of a site whose data folder this is."""
    epochs = Epochs(database=database, keyring=Keyring(folder / "keys"))
    return Mixer(epochs=epochs, **more)


def open_all(database: Database, folder: Path) -> int:
    """Mix every ballot of every wave that goes on, however few there are."""
    mixer = mixer_of(database, folder)
    with database.reading() as connection:
        every = waves.list_(connection)
    return sum(mixer.open_everything(wave) for wave in every)
