"""Two hundred random waves (forty at a desk) are published; a stranger finds nothing withheld.

The stranger downloads what anybody can download (pages, of every fourth wave in both languages;
four kinds of files; the chart: attack/reading.py says what of which wave), writes all numbers down
as one linear system, rounding included, and bounds every number that is withheld, every ratio of
few answers, and what few said who make the difference between two versions. The attack finds
something wherever suppression stops short of that: it is run as well on what is primary alone, and
on a second version as if nobody kept the first.

Every fourth wave has a correction beside it: those are tried in test_attack_on_versions.py.
"""

from __future__ import annotations

import pytest

from analysis.disclosure import pattern, suppression
from survey_app.office.results import withholding
from tests.office.attack.everything import attack
from tests.office.attack.waves import IN_TWO_VERSIONS, WAVES, public_site

TOGETHER = 12
"""So many waves are tried in one test: the site beneath them is the same."""


@pytest.mark.parametrize("first", range(0, WAVES, TOGETHER))
def test_a_stranger_with_everything_public_bounds_nothing_that_is_withheld(first: int) -> None:
    with public_site() as site:
        for seed in range(first, min(first + TOGETHER, WAVES)):
            if seed % IN_TWO_VERSIONS:
                assert attack(site, seed) == [], seed


def test_without_complementary_suppression_the_same_attack_finds_small_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def primary_alone(cells, withheld=None, **_):
        return {**(withheld or {}), **suppression.primary_suppression(cells)}

    monkeypatch.setattr(pattern, "complementary_suppression", primary_alone)
    withholding._pattern.cache_clear()
    try:
        with public_site() as site:
            assert any(attack(site, seed) for seed in range(3))
    finally:
        withholding._pattern.cache_clear()
