"""Two hundred random waves (forty at a desk) are published; a stranger finds nothing withheld.

The stranger downloads what anybody can download (pages, of every fourth wave in both languages;
four kinds of files; the chart), writes all numbers down as one linear system, rounding included,
and bounds every number that is withheld, every ratio of few answers, and what few said who make the
difference between two versions. The attack finds something wherever suppression stops short of
that: it is run as well on what is primary alone, and on a second version as if nobody kept the
first.
"""

from __future__ import annotations

import pytest

from analysis.disclosure import pattern, suppression
from survey_app.office.results import withholding
from tests.conftest import IS_CI
from tests.office.attack.everything import attack
from tests.office.attack.waves import public_site

WAVES, TOGETHER = (200 if IS_CI else 40), 10
"""So many waves, so many in one test: tests are shared among processors. All of them take some
minutes, so that all run where every change is checked, and every fifth at a desk."""
IN_TWO_VERSIONS = 4
"""Every so manieth wave has a correction beside it, in which a few forms are left out."""


@pytest.mark.parametrize("first", range(0, WAVES, TOGETHER))
def test_a_stranger_with_everything_public_bounds_nothing_that_is_withheld(first: int) -> None:
    with public_site() as site:
        for seed in range(first, first + TOGETHER):
            left_out = 1 + seed // IN_TWO_VERSIONS % 4 if seed % IN_TWO_VERSIONS == 0 else 0
            assert attack(site, seed, left_out=left_out) == [], seed


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


def test_a_correction_that_is_taken_by_itself_gives_away_what_few_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it was: each version withheld what it had to, and their difference told the rest."""
    together = withholding.pattern_of
    monkeypatch.setattr(withholding, "pattern_of", lambda card, study, _=(): together(card, study))
    with public_site() as site:
        found = [line for seed in range(3) for line in attack(site, seed, left_out=2)]
    assert any("who changed" in line for line in found)
