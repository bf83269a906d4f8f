"""The order in which options are shown: as written, or drawn for each form.

What is shown first is chosen more often, so an author may let the order differ between forms. A
form keeps one small number, its seed; the order of every item follows from the seed and the item's
name by the rule below, on every machine and for ever. Whoever has the seeds can redo it by hand:

* `reverse`: a form with an odd seed shows the judgements of a scale from its other end.
* `shuffle`: the codes that move are sorted by the SHA-256 of `item|code`. The seeds are sorted by
  that of `item|seed`, which gives this seed a place, from 0. The codes are turned to the left by
  `place`, and read backwards where `place` divided by their number, without remainder, is odd.

Over all seeds every option so stands in every place equally often, or once more than another. An
option with `stay: last` keeps its place after those that move, and no opinion is always last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from survey_app.questionnaire.model import Item, Option, Questionnaire, Study

SEEDS = 12
"""Seeds are 0 to 11: with 2, 3, 4 or 6 options every place is taken equally often, and a seed is
shared by a twelfth of all forms, so that it says nothing of whose form it is (decision 7)."""


class Place(NamedTuple):
    """A row of option_orders.csv: which option stands at which place, from 1, under a seed."""

    seed: str
    question: str
    position: str
    option: str


def is_drawn(item: Item) -> bool:
    """Whether the order of an item's options differs between forms."""
    return item.scale is not None and item.order != "fixed"


def has_drawn(questionnaire: Questionnaire) -> bool:
    """Whether a form of this questionnaire needs a seed."""
    return any(is_drawn(item) for item in questionnaire.items.values())


def variant(item: Item, seed: int | None) -> int | None:
    """What of the seed this item shows; None: the order as written. Equal variants look alike."""
    if seed is None or not is_drawn(item):
        return None
    return seed % 2 if item.order == "reverse" else seed


def shown(item: Item, seed: int | None) -> tuple[Option, ...]:
    """The options of an item in the order of a form. `seed` None: the order as written."""
    options = item.scale.options if item.scale else ()
    kind = variant(item, seed)
    if kind is None:
        return options
    moving, staying = parted(options)
    if item.order == "reverse":
        return (*(moving[::-1] if kind else moving), *staying)
    by_code = {option.code: option for option in moving}
    return (*(by_code[code] for code in _turned(item.name, tuple(by_code), kind)), *staying)


def parted(options: Sequence[Option]) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    """The options that move, and those that keep their place at the end."""
    stays = [option.no_opinion or option.stays_last for option in options]
    return (
        tuple(option for option, stay in zip(options, stays, strict=True) if not stay),
        tuple(option for option, stay in zip(options, stays, strict=True) if stay),
    )


def places(study: Study) -> list[Place]:
    """Every order that forms of a study were shown: by seed, question and place."""
    drawn = {
        name: item
        for questionnaire in study.questionnaires.values()
        for name, item in questionnaire.items.items()
        if is_drawn(item)
    }
    return [row for seed in range(SEEDS) for item in drawn.values() for row in _rows(item, seed)]


def _rows(item: Item, seed: int) -> Iterator[Place]:
    for at, option in enumerate(shown(item, seed), 1):
        yield Place(str(seed), item.name, str(at), option.code)


@lru_cache(maxsize=4096)
def _turned(name: str, codes: tuple[str, ...], seed: int) -> tuple[str, ...]:
    place = _sorted(name, map(str, range(SEEDS))).index(str(seed))
    order = _sorted(name, codes)
    turn = place % len(order)
    turned = (*order[turn:], *order[:turn])
    return turned[::-1] if place // len(order) % 2 else turned


def _sorted(name: str, words: Sequence[str] | map[str]) -> list[str]:
    return sorted(words, key=lambda word: sha256(f"{name}|{word}".encode()).hexdigest())
