"""A stranger with the open data of every version, and all else that is public, finds out no more.

The attack of test_attack.py, with the archives: their tables, and every ratio that follows from
their rows. And what rows alone could tell: who is like nobody else, and who makes the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pandas as pd
import pytest

from tests.office.attack.archives import WHERE, Archive
from tests.office.attack.everything import LANGUAGES, attack_on
from tests.office.attack.seen import Read
from tests.office.attack.waves import PublicSite, PublicWave, public_site

SEEDS = (4, 8, 12)
"""Waves with a correction in which one, two and three forms are left out."""
DESIGN = ["stratum", "psu", "weight", "fpc1", "fpc2", "mode"]


@pytest.fixture(scope="module")
def site() -> Iterator[PublicSite]:
    with public_site() as site:
        yield site


@pytest.fixture(scope="module")
def waves(site: PublicSite) -> list[PublicWave]:
    """With the open data of both their versions."""
    return [site.wave(seed, left_out=at, with_rows=True) for at, seed in enumerate(SEEDS, 1)]


def archives(wave: PublicWave) -> tuple[Archive, Archive]:
    home = f"/ket-qua/{wave.wave.name}/lan"
    first, second = (wave.client.get(f"{home}/{number}/du-lieu-mo.zip") for number in (1, 2))
    return Archive.of(first.data), Archive.of(second.data)


def test_with_the_rows_of_both_versions_nothing_that_is_withheld_is_bounded(
    waves: list[PublicWave],
) -> None:
    for wave in waves:
        assert attack_on(wave, LANGUAGES[:1]) == [], wave.wave.name


def test_what_is_worked_out_from_the_rows_is_what_the_tables_say(waves: list[PublicWave]) -> None:
    """So the attack has read them right; and they have ratios of their own to be read."""
    for wave in waves:
        for archive in archives(wave):
            read = Read()
            archive.add_to(read)
            by_name: dict[tuple[str, ...], list[float]] = {}
            for seen in read.seen:
                if seen.name[0] == "mean" and seen.where == WHERE:
                    by_name.setdefault(seen.name, []).append(seen.low)
            assert len(by_name) > 10
            for name, values in by_name.items():
                assert len(values) == 2, name
                assert values[0] == pytest.approx(values[1], abs=1e-12), name


def test_the_same_attack_finds_who_changed_where_the_second_archive_was_made_by_itself(
    site: PublicSite,
) -> None:
    found = (
        line
        for seed in (104, 108, 112)
        for line in attack_on(
            site.wave(seed, left_out=2, with_rows=True, together=False), LANGUAGES[:1]
        )
    )
    assert any("who changed" in line for line in found)


def test_every_row_looks_like_four_others_and_fewer_than_five_make_no_difference(
    waves: list[PublicWave],
) -> None:
    changed = 0
    for wave in waves:
        first, second = (archive.rows.fillna(-1) for archive in archives(wave))
        for rows in (first, second):
            assert rows.groupby(["unit", "group", *DESIGN]).size().min() >= 5
        sizes = [rows.groupby(["unit", "group"]).size() for rows in (first, second)]
        changed += len(set(sizes[0].index) ^ set(sizes[1].index))
        for place in set(sizes[0].index) & set(sizes[1].index):
            apart = _apart(first, second, place)
            assert apart == 0 or apart >= 5, (wave.wave.name, place)
    assert changed, "what few changed is not in the second version"


def _apart(first: pd.DataFrame, second: pd.DataFrame, place: tuple[str, str]) -> int:
    """How many rows of a unit and group are in one version only, by what both show of them."""
    cells = [
        rows[(rows["unit"] == place[0]) & (rows["group"] == place[1])] for rows in (first, second)
    ]
    same = [name for name in first if not any((cell[name] == -94).any() for cell in cells)]
    counted = [Counter(cell[same].itertuples(index=False, name=None)) for cell in cells]
    return max((counted[0] - counted[1]).total(), (counted[1] - counted[0]).total())
