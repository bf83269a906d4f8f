"""The order of options: a rule that a stranger can redo, and that favours no option."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from survey_app.questionnaire import orders
from survey_app.questionnaire.library import study_from_texts
from survey_app.questionnaire.model import Item, Option, Scale
from tests.builders import NAME, ORDERS_DRAWN, study_texts

SEEDS = range(orders.SEEDS)


@pytest.fixture(scope="module")
def study():
    return study_from_texts(NAME, study_texts(**ORDERS_DRAWN))


@pytest.fixture(scope="module")
def ways(study):
    return study.questionnaires["citizens"].items["ways"]


@pytest.fixture(scope="module")
def judged(study):
    return study.questionnaires["citizens"].items["leadership"]


def codes(item, seed):
    return [option.code for option in orders.shown(item, seed)]


def shuffled(size: int, name: str = "item") -> Item:
    options = tuple(Option(f"o{number}", {}) for number in range(size))
    return Item(name, {}, "choice", Scale("s", options), order="shuffle")


def by_sha256(name: str, words: list[str]) -> list[str]:
    return [word for _, word in sorted((sha256(f"{name}|{w}".encode()).digest(), w) for w in words)]


def by_hand(item: Item, seed: int) -> list[str]:
    """The rule as the reference words it, written a second time."""
    moving = [o.code for o in item.scale.options if not (o.no_opinion or o.stays_last)]
    order = by_sha256(item.name, moving)
    place = by_sha256(item.name, [str(each) for each in SEEDS]).index(str(seed))
    for _ in range(place % len(order)):
        order = [*order[1:], order[0]]
    if (place // len(order)) % 2 == 1:
        order.reverse()
    return order + [o.code for o in item.scale.options if o.code not in moving]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_can_be_redone_by_the_rule_in_the_reference(ways, seed):
    assert codes(ways, seed) == by_hand(ways, seed)


def test_the_order_of_a_fielded_item_never_becomes_another(ways):
    # By `printf %s "ways|counter" | sha256sum` and its like the codes are sorted post, friend,
    # counter, online, and the seeds 2, 0, 8, 1, 7, ...: seed 0 has place 1, and seed 7 place 4.
    assert codes(ways, 0)[:4] == ["friend", "counter", "online", "post"]
    assert codes(ways, 7)[:4] == ["online", "counter", "friend", "post"]


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("name", ["ways", "reason", "source"])
def test_every_option_stands_in_every_place_equally_often_or_once_more(size, name):
    item = shuffled(size, name)
    for place in range(size):
        seen = Counter(codes(item, seed)[place] for seed in SEEDS)
        times = [seen[option.code] for option in item.scale.options]
        assert max(times) - min(times) <= (0 if orders.SEEDS % size == 0 else 1), (place, times)


def test_items_of_one_form_do_not_turn_together():
    one, other = shuffled(4, "ways"), shuffled(4, "reason")
    pairs = Counter((codes(one, seed)[0], codes(other, seed)[0]) for seed in SEEDS)
    assert len(pairs) > len(one.scale.options)


def test_what_stays_last_stays_last_and_no_opinion_comes_after_it(ways):
    for seed in SEEDS:
        assert codes(ways, seed)[-2:] == ["other", "none"]
        assert set(codes(ways, seed)) == ways.scale.codes


def test_judgements_come_from_either_end_half_and_half_with_no_opinion_last(judged):
    seen = Counter(tuple(codes(judged, seed)) for seed in SEEDS)
    half = orders.SEEDS // 2
    assert seen == {("A", "B", "C", "D", "KB"): half, ("D", "C", "B", "A", "KB"): half}


def test_one_form_shows_all_its_judgements_in_one_direction(judged):
    other = replace(judged, name="another")
    assert all(codes(judged, seed) == codes(other, seed) for seed in SEEDS)


def test_without_a_seed_or_a_wish_the_order_is_as_written(ways):
    written = [option.code for option in ways.scale.options]
    assert codes(ways, None) == written
    assert all(codes(replace(ways, order="fixed"), seed) == written for seed in SEEDS)
    assert orders.shown(Item("remark", {}, "text"), 3) == ()


def test_variants_tell_apart_exactly_what_looks_different(ways, judged):
    for item in (ways, judged):
        looks = {}
        for seed in SEEDS:
            looks.setdefault(orders.variant(item, seed), set()).add(tuple(codes(item, seed)))
        assert all(len(each) == 1 for each in looks.values())


def test_a_questionnaire_knows_whether_its_forms_need_a_seed(study):
    plain = study_from_texts(NAME, study_texts())
    assert orders.has_drawn(study.questionnaires["citizens"])
    assert not orders.has_drawn(plain.questionnaires["citizens"])
    assert orders.places(plain) == []


def test_the_table_of_a_release_says_what_was_shown(study, ways, judged):
    told: dict[tuple[str, str], list[str]] = {}
    for row in orders.places(study):
        here = told.setdefault((row.seed, row.question), [])
        here.append(row.option)
        assert row.position == str(len(here))
    assert told == {
        (str(seed), item.name): codes(item, seed) for seed in SEEDS for item in (ways, judged)
    }


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_order_is_the_same_in_every_process(ways, hash_seed):
    script = (
        "from tests.questionnaire.test_orders import *\n"
        "item = study_from_texts(NAME, study_texts(**ORDERS_DRAWN)).questionnaires['citizens']"
        ".items['ways']\nprint([codes(item, seed) for seed in SEEDS])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str([codes(ways, seed) for seed in SEEDS])
