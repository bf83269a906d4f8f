"""A store with an open wave, its keys, and whoever mixes there."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path

from sqlalchemy import update

from survey_app.settings import Settings
from survey_app.store import tables
from survey_app.store.answers import ballot_box
from survey_app.store.answers.ballot_box import Epoch
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.fielded import field
from tests.support.ballot_box import mixer_of, sealed_ballots
from tests.support.cast import cast_all

KEY = "k" * 40


class Site:
    """Of its citizens every fourth answers on paper."""

    def __init__(self, url: str, folder: Path, people: int = 40) -> None:
        self.database, self.folder = Database(url), folder
        migrate.upgrade(self.database)
        self.fielded = field(self.database, folder, citizens=people)
        self.wave = self.fielded.wave
        with self.database.writing() as connection:
            on_paper = tables.cases.c.id % 4 == 0
            connection.execute(update(tables.cases).where(on_paper).values(mode="paper"))
        self.links = iter(self.fielded.tokens["citizens"])
        self.sent: list[int] = []
        self.began: set[str] = set()
        self.mixer = mixer_of(self.database, folder)
        self.epochs = self.mixer.epochs
        self.epochs.prepare()

    @property
    def keys(self) -> Path:
        """The folder of the private keys."""
        return self.folder / "keys"

    def house(self, **settings: object) -> House:
        """The installation, with settings of its own."""
        url = self.database.url.render_as_string(hide_password=False)
        return House(Settings(self.folder, url, KEY, **settings), self.database)  # type: ignore[arg-type]

    def cast(self, number: int) -> None:
        """More people send their forms."""
        self.sent += cast_all(self.database, list(islice(self.links, number)), len(self.sent))

    def ballots(self) -> Counter[int]:
        """How often each ballot is there, sealed or mixed, by its mark."""
        sealed = sealed_ballots(self.database, self.folder).values()
        marks = [_mark(each.about) for each in sealed]
        with self.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT about FROM ballots").all()
        return Counter([*marks, *(_mark(about) for (about,) in rows)])

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self.database.reading() as connection:
            return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar() or 0)

    def known(self) -> tuple[Epoch, ...]:
        """The epochs of the store."""
        with self.database.reading() as connection:
            return ballot_box.epochs(connection)

    def current(self) -> set[str]:
        """The epochs that ballots are sealed to; every epoch of the store is taken down."""
        epochs = self.known()
        self.began |= {each.id for each in epochs}
        return {each.id for each in epochs if each.is_current}

    def kept_keys(self) -> set[str]:
        """The epochs whose keys are here, but for those that no ballot was ever sealed to.

        Such a one is left by a death between its writing and the beginning of its epoch.
        """
        return self.epochs.keys.epochs() & self.began

    def assert_nothing_is_lost(self) -> None:
        """Every ballot that was sent is there once."""
        self.current()
        assert self.ballots() == Counter(self.sent)
        assert self.count("ratings") == self.count("ballots")

    def assert_tidy(self) -> None:
        """One epoch, one key, and fewer ballots waiting than would be mixed."""
        assert self.count("epochs") == 1
        assert self.kept_keys() == self.current()
        assert not [*self.keys.glob("*.part"), *self.keys.glob("*.retired")]
        assert self.count("sealed_ballots") < 2 * (5 + 3)


def _mark(about: str) -> int:
    return int(json.loads(about)["age"])
