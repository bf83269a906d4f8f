"""A version of a wave's results at its address, and what of it is public."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import abort, url_for

from survey_app.office.public import keeping
from survey_app.office.results.page import index_of, results_of, study_of
from survey_app.office.results.read import Results
from survey_app.office.results.withholding import for_the_public
from survey_app.questionnaire.model import Index
from survey_app.store import publications, scorecards, waves
from survey_app.store.publications import Edition
from survey_app.store.waves import Wave
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class Published:
    """An edition of a wave, among all that were ever public.

    `asked` is the number in the address; None where it is the wave's own address. Scorecards are
    read only when their numbers are asked for: whether a page still holds is known without them.
    """

    wave: Wave
    editions: tuple[Edition, ...]
    edition: Edition
    asked: int | None = None

    @property
    def index(self) -> Index:
        """The index that the results are of."""
        return index_of(self.wave)

    @property
    def newest(self) -> Edition:
        """The edition that the wave's own address shows."""
        return self.editions[-1]

    def results(self) -> Results:
        """What of it is public. A scorecard never changes, nor do those that were public before."""
        known = tuple(it.scorecard_id for it in self.editions[: self.edition.number])
        return replace(keeping.results(known, self._read), wave=self.wave)

    def _read(self) -> Results:
        with house().database.reading() as connection:
            cards = [it.card for it in publications.versions(connection, self.wave.id)]
        number = self.edition.number
        read = results_of(self.wave, cards[number - 1])
        return for_the_public(read, study_of(self.wave), cards[: number - 1])

    def address(self, view: str, **parts: Any) -> str:
        """Where a page of this edition is, by the address under which it was asked for."""
        values: dict[str, Any] = {"wave": self.wave.name, "version": self.asked, **parts}
        return url_for(f"public.{view}", **values)

    def among_editions(self) -> dict[str, object]:
        """What a page says of the other editions: newest first, and whether this is the newest."""
        listed = [
            (it, url_for("public.results", wave=self.wave.name, version=it.number))
            for it in reversed(self.editions)
        ]
        return {
            "versions": listed if len(listed) > 1 else [],
            "version": self.edition,
            "newest": self.newest,
        }


def published(name: str, version: int | None = None) -> Published:
    """The edition at an address; what is not published does not exist."""
    with house().database.reading() as connection:
        try:
            wave = waves.find(connection, name)
        except waves.NoSuchWave:
            abort(404)
        editions = publications.editions(connection, wave.id)
    if not editions or (version is not None and not 1 <= version <= len(editions)):
        abort(404)
    edition = editions[-1 if version is None else version - 1]
    return Published(wave=wave, editions=editions, edition=edition, asked=version)


def everything() -> tuple[Published, ...]:
    """The newest edition of every wave of which one was ever public, the newest year first."""
    with house().database.reading() as connection:
        listed = []
        for name in scorecards.published_waves(connection):
            wave = waves.find(connection, name)
            editions = publications.editions(connection, wave.id)
            listed.append(Published(wave=wave, editions=editions, edition=editions[-1]))
    return tuple(listed)
