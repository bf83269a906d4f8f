"""The table of blocks and warnings: every rule is met by some wave, and said in both languages."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

from survey_app.waves import blocks
from survey_app.waves.blocks import RULES
from survey_app.waves.facts import Facts

ROOT = Path(__file__).resolve().parents[2]
NOW, SOON, BEFORE = (f"2026-03-{day:02}T00:00:00+00:00" for day in (10, 20, 5))

READY = Facts(
    state="planned", now=NOW, forms=4, groups=4, units=20, frame_rows=4, cases=200, issued=200
)
OPEN = replace(READY, state="open", returned=150)
DONE = replace(OPEN, state="closed", scorecards=1, merged=True)

MET_BY: dict[str, Facts] = {
    "open-already": OPEN,
    "no-sample": replace(READY, cases=0, issued=0),
    "texts-changed": replace(READY, texts_changed=True),
    "year-differs": replace(READY, year_differs=True),
    "ends-in-the-past": replace(READY, closes_at=BEFORE),
    "over-drawn": replace(READY, over_drawn=2),
    "group-without-sample": replace(READY, groups_without_sample=2),
    "unit-without-sample": replace(READY, units_without_sample=3),
    "no-frame": replace(READY, samples_without_frame=1),
    "weights-off": replace(READY, weights_off=3),
    "links-not-issued": replace(READY, without_link=132),
    "alike-with-few": replace(READY, small_people=7, small_alone=2),
    "before-its-opening": replace(READY, opens_at=SOON),
    "not-open": DONE,
    "before-its-closing": replace(OPEN, closes_at=SOON),
    "few-answered": replace(OPEN, returned=5, issued=132),
    "units-below-minimum": replace(OPEN, units_below_minimum=4),
    "forms-begun": replace(OPEN, begun=5),
    "closing-alike-with-few": replace(OPEN, closing_sizes={1: 2, 2: 1}),
    "never-opened": READY,
    "open-again": replace(OPEN, reopened=True),
    "score-still-sealed": replace(DONE, unfinished=True),
    "publish-not-closed": OPEN,
    "publish-still-sealed": replace(DONE, unfinished=True),
    "nothing-merged": replace(DONE, merged=False),
    "scorecard-outdated": replace(DONE, outdated=True),
    "units-unranked": replace(DONE, unranked=3),
    "exclusions-wait": replace(DONE, proposals=2),
    "calls-wait": replace(DONE, calls_drawn=6, calls_noted=4),
    "sensitivity-unknown": replace(DONE, unexamined=True),
    "reopen-not-closed": OPEN,
    "reopen-still-sealed": replace(DONE, unfinished=True),
    "reopen-published": replace(DONE, published=True),
    "delete-open": OPEN,
    "delete-holds-answers": replace(READY, holds_answers=True),
    "replace-not-planned": OPEN,
}


def test_every_rule_of_the_table_has_a_wave_that_meets_it() -> None:
    assert {rule.code for rule in RULES} == set(MET_BY)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_holds_for_its_wave_and_says_its_counts_in_both_languages(
    rule: blocks.Rule,
) -> None:
    held = {each.code: each for each in blocks.concerns(rule.action, MET_BY[rule.code])}
    counts = held[rule.code].counts
    for said in rule.says.values():
        named = {name for _, name, _, _ in Formatter().parse(said) if name}
        assert named <= set(counts)
    assert held[rule.code].key.startswith(rule.code)


@pytest.mark.parametrize(
    ("action", "facts"),
    [
        ("open", READY),
        ("close", OPEN),
        ("score", DONE),
        ("publish", DONE),
        ("reopen", DONE),
        ("delete", READY),
        ("replace", READY),
    ],
)
def test_nothing_is_said_of_a_wave_that_is_in_order(action: blocks.Action, facts: Facts) -> None:
    assert list(blocks.concerns(action, facts)) == []


def test_a_warning_that_was_ticked_with_other_counts_is_not_the_same() -> None:
    keys = {
        each.key
        for people in (132, 133)
        for each in blocks.warnings("open", replace(READY, without_link=people))
    }
    assert len(keys) == 2


@pytest.mark.parametrize(("file", "language"), [("warnings.md", "en"), ("canh-bao.md", "vi")])
def test_the_manual_lists_the_table(file: str, language: str) -> None:
    kept = (ROOT / "docs/reference" / file).read_text(encoding="utf-8")
    assert kept == _maker().page(language), "run docs/reference/make_warnings_page.py"


def _maker() -> ModuleType:
    path = ROOT / "docs/reference/make_warnings_page.py"
    spec = importlib.util.spec_from_file_location("make_warnings_page", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
