"""Pages held against WCAG by axe, which names faults and nothing else: so it takes a third.

What passed has to be named element by element, which takes twice as long as finding it out.
"""

from __future__ import annotations

from typing import Any

ACCESSIBLE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = {"resultTypes": ["violations"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}


def accessible(page: Any) -> None:
    """Find nothing against WCAG 2.2 AA or good practice."""
    page.wait_for_load_state("load")  # without its stylesheet all targets are too small
    _hold(page, ACCESSIBLE)


def legible_by_night(page: Any) -> None:
    """Find nothing against the colours by night, which are all that is other than by day."""
    page.emulate_media(color_scheme="dark")
    _hold(page, COLOURS)
    page.emulate_media(color_scheme="light")


def _hold(page: Any, rules: object) -> None:
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page, options={**FAULTS, "runOnly": rules})
    assert results.violations_count == 0, results.generate_report()
