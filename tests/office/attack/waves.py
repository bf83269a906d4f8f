"""Random small data sets: a real index, a few units, groups of one to fourteen people."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select

from survey_app.app import create_app
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import scorecards, tables
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.conftest import IS_CI
from tests.office import scored
from tests.office.attack.archives import publish_with_rows
from tests.support.stores import make_tables

WAVES = 200 if IS_CI else 40
"""How many are tried: all where every change is checked, every fifth at a desk."""
IN_TWO_VERSIONS = 4
"""Every so manieth has a correction beside it, in which a few forms are left out."""

STUDY = "sonla/2025-department"
FEW = (3, 5, 7, 9, 12, 16, 20)
FIRST, SECOND = "2026-09-01T01:00:00+00:00", "2026-10-01T01:00:00+00:00"


@dataclass(frozen=True, kw_only=True)
class PublicWave:
    """A wave whose scorecards are public, the first one first, and a stranger's browser."""

    house: House
    wave: Wave
    study: Study
    cards: tuple[Scorecard, ...]
    client: FlaskClient


@lru_cache(maxsize=1)
def study() -> Study:
    """The departments of 2025, two of them."""
    folder = Path(tempfile.mkdtemp(prefix="attack-"))
    shutil.copytree(library.LIBRARY / "sonla", folder / "sonla")
    path = folder / "sonla" / "units.yaml"
    units = yaml.safe_load(path.read_text("utf-8"))
    kept = {"VPUB", "STP"}
    units["units"] = [
        unit for unit in units["units"] if unit["class"] != "department" or unit["unit"] in kept
    ]
    path.write_text(yaml.safe_dump(units, allow_unicode=True, sort_keys=False), "utf-8")
    return library.study(STUDY, folder)


@dataclass(frozen=True, kw_only=True)
class PublicSite:
    """A site for random waves, and a stranger's browser at it."""

    house: House
    client: FlaskClient

    def wave(
        self, seed: int, *, left_out: int = 0, with_rows: bool = False, together: bool = True
    ) -> PublicWave:
        """Publish a random wave; with `left_out`, a second scorecard without so many forms.

        `with_rows`: and the open data of each; `together`: fitted to those of before, as they are.
        """
        draw, name = random.Random(seed), f"dot-{seed}"
        wave = scored._answered(
            self.house, study(), lambda *_: draw.choice(FEW), scored.SHARED, seed, name=name
        )
        cards: list[Scorecard] = []
        for at in (FIRST, SECOND) if left_out else (FIRST,):
            if cards:
                _leave_out(self.house.database, wave, draw, left_out)
            card = _published(self.house, wave, at)
            if with_rows:
                publish_with_rows(self.house, wave, card, cards if together else ())
            cards.append(card)
        return PublicWave(
            house=self.house, wave=wave, study=study(), cards=tuple(cards), client=self.client
        )


@contextmanager
def public_site() -> Iterator[PublicSite]:
    """A site without waves; it is the same for all that are tried together, to be quick."""
    with tempfile.TemporaryDirectory() as work, _texts_read_once():
        folder = Path(work)
        database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
        make_tables(database.engine)
        house = scored.house_at(database, folder)
        client = create_app(house.settings, house=house).test_client()
        yield PublicSite(house=house, client=client)
        database.close()


@contextmanager
def _texts_read_once() -> Iterator[None]:
    """All waves have the same texts; reading them twice a wave would take a third of the time.

    Nobody changes what was read.
    """
    read, by_text = library.study_from_texts, dict[tuple[object, ...], Study]()

    def once(name: str, texts: Mapping[str, str]) -> Study:
        of = name, *sorted(texts.items())
        if of not in by_text:
            by_text[of] = read(name, texts)
        return by_text[of]

    with pytest.MonkeyPatch.context() as lasting:
        lasting.setattr(library, "study_from_texts", once)
        yield


def _published(house: House, wave: Wave, at: str) -> Scorecard:
    card = scored.kept_scorecard(house, wave)
    with house.database.writing() as connection:
        scorecards.publish(connection, card.id, at, "minh")
        return scorecards.find(connection, card.id)


def _leave_out(database: Database, wave: Wave, draw: random.Random, forms: int) -> None:
    """Take so many forms of one group away, as a later screening would: as if nobody had sent."""
    kept, cases, unspent = tables.ballots, tables.cases, tables.unspent
    with database.writing() as connection:
        of_wave = kept.c.wave_id == wave.id
        groups = sorted(set(connection.execute(select(kept.c.grp).where(of_wave)).scalars()))
        group = draw.choice(groups)
        wanted = select(kept).where(of_wave, kept.c.grp == group)
        of_group = connection.execute(wanted).mappings().all()
        for ballot in draw.sample(sorted(of_group, key=lambda row: row["id"]), forms):
            rated = select(tables.ratings.c.unit).where(tables.ratings.c.ballot_id == ballot["id"])
            unit = "" if ballot["sample"] else connection.execute(rated).scalar_one()
            spent = select(cases.c.id).where(
                cases.c.wave_id == wave.id,
                cases.c.grp == group,
                cases.c.unit == unit,
                cases.c.id.not_in(select(unspent.c.case_id)),
            )
            case = connection.execute(spent.order_by(cases.c.id)).scalars().first()
            connection.execute(insert(unspent).values(case_id=case))
            ratings = tables.ratings
            connection.execute(delete(ratings).where(ratings.c.ballot_id == ballot["id"]))
            connection.execute(delete(kept).where(kept.c.id == ballot["id"]))
