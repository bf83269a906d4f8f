"""The attack of test_attack.py on waves of which there are two versions: results and a correction.

In the correction a few forms are left out: what those few said must not follow from both.
"""

from __future__ import annotations

import pytest

from survey_app.office.results import withholding
from tests.office.attack.everything import attack
from tests.office.attack.waves import IN_TWO_VERSIONS, WAVES, public_site

TOGETHER = 24


@pytest.mark.parametrize("first", range(0, WAVES, TOGETHER))
def test_a_stranger_with_both_versions_bounds_nothing_that_is_withheld(first: int) -> None:
    with public_site() as site:
        for seed in range(first, min(first + TOGETHER, WAVES), IN_TWO_VERSIONS):
            left_out = 1 + seed // IN_TWO_VERSIONS % 4
            assert attack(site, seed, left_out=left_out) == [], seed


def test_a_correction_that_is_taken_by_itself_gives_away_what_few_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As it was: each version withheld what it had to, and their difference told the rest."""
    together = withholding.pattern_of
    monkeypatch.setattr(withholding, "pattern_of", lambda card, study, _=(): together(card, study))
    with public_site() as site:
        fallen = [line for seed in range(3) for line in attack(site, seed, left_out=2)]
    assert any("who changed" in line for line in fallen)
