"""What stands in the way of an action, and what must be known before it: one table.

The words and where a remedy is stand in blocks.yaml; here is when each holds, and with which
counts. docs/reference/warnings.md lists the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from survey_app.waves.facts import Facts

Action = Literal["open", "close", "score", "publish", "reopen", "delete", "replace"]
Kind = Literal["block", "warning"]
Count = int | float | str
Counts = Mapping[str, Count]

_FILE = Path(__file__).with_name("blocks.yaml")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A line of the table. `remedy` names the page on which it can be mended."""

    code: str
    action: Action
    task: str
    kind: Kind
    remedy: str
    says: Mapping[str, str]
    help: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Concern:
    """A rule that holds now, and its counts."""

    rule: Rule
    counts: Counts

    @property
    def code(self) -> str:
        """The rule's name, which logs and pages use."""
        return self.rule.code

    @property
    def key(self) -> str:
        """What somebody knows who has ticked it: the rule, and its counts as they were shown."""
        return ":".join([self.code, *(f"{name}={it}" for name, it in self.counts.items())])


def _table() -> tuple[Rule, ...]:
    lines = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(Rule(code=code, **line) for code, line in lines.items())


RULES = _table()
"""Every rule, in the order in which it is shown."""


def _if(holds: bool, **counts: Count) -> Counts | None:  # noqa: FBT001 - what is asked
    return counts if holds else None


def _too_early_to_open(it: Facts) -> Counts | None:
    return _if(bool(it.opens_at) and it.now < str(it.opens_at), day=it.opens_at or "")


def _ends_in_the_past(it: Facts) -> Counts | None:
    return _if(bool(it.closes_at) and it.now >= str(it.closes_at), day=it.closes_at or "")


def _too_early_to_close(it: Facts) -> Counts | None:
    return _if(bool(it.closes_at) and it.now < str(it.closes_at), day=it.closes_at or "")


def _few_answered(it: Facts) -> Counts | None:
    counts: Counts = {"returned": it.returned, "issued": it.issued, "rate": round(it.rate, 3)}
    return counts if it.rate < it.expected else None


_WHEN: Mapping[str, Callable[[Facts], Counts | None]] = {
    "open-already": lambda it: _if(it.state != "planned"),
    "no-sample": lambda it: _if(it.cases == 0),
    "texts-changed": lambda it: _if(it.texts_changed),
    "year-differs": lambda it: _if(it.year_differs),
    "ends-in-the-past": _ends_in_the_past,
    "over-drawn": lambda it: _if(it.over_drawn > 0, samples=it.over_drawn),
    "group-without-sample": lambda it: _if(
        it.cases > 0 and it.groups_without_sample > 0,
        groups=it.groups_without_sample,
        of=it.groups,
    ),
    "unit-without-sample": lambda it: _if(
        it.cases > 0 and it.units_without_sample > 0, units=it.units_without_sample, of=it.units
    ),
    "no-frame": lambda it: _if(it.samples_without_frame > 0, samples=it.samples_without_frame),
    "weights-off": lambda it: _if(it.weights_off > 0, strata=it.weights_off),
    "links-not-issued": lambda it: _if(it.without_link > 0, people=it.without_link, of=it.cases),
    "alike-with-few": lambda it: _if(
        it.small_people > 0, people=it.small_people, alone=it.small_alone, share=it.expected
    ),
    "before-its-opening": _too_early_to_open,
    "not-open": lambda it: _if(it.state != "open" and not it.unfinished),
    "before-its-closing": lambda it: None if it.unfinished else _too_early_to_close(it),
    "few-answered": lambda it: None if it.unfinished else _few_answered(it),
    "units-below-minimum": lambda it: _if(
        not it.unfinished and it.units_below_minimum > 0,
        units=it.units_below_minimum,
        of=it.units,
        minimum=it.minimum,
    ),
    "forms-begun": lambda it: _if(not it.unfinished and it.begun > 0, forms=it.begun),
    "closing-alike-with-few": lambda it: _if(
        bool(it.closing_sizes),
        forms=sum(size * classes for size, classes in it.closing_sizes.items()),
    ),
    "never-opened": lambda it: _if(it.state == "planned"),
    "open-again": lambda it: _if(it.reopened and it.state == "open"),
    "score-still-sealed": lambda it: _if(it.unfinished),
    "publish-not-closed": lambda it: _if(it.state != "closed"),
    "publish-still-sealed": lambda it: _if(it.unfinished),
    "nothing-merged": lambda it: _if(not it.merged),
    "scorecard-outdated": lambda it: _if(it.merged and it.outdated),
    "units-unranked": lambda it: _if(it.unranked > 0, units=it.unranked, of=it.units),
    "exclusions-wait": lambda it: _if(it.proposals > 0, proposals=it.proposals),
    "calls-wait": lambda it: _if(
        it.calls_noted < it.calls_drawn, calls=it.calls_drawn - it.calls_noted, of=it.calls_drawn
    ),
    "sensitivity-unknown": lambda it: _if(it.merged and it.unexamined),
    "reopen-not-closed": lambda it: _if(it.state != "closed"),
    "reopen-still-sealed": lambda it: _if(it.unfinished),
    "reopen-published": lambda it: _if(it.published),
    "delete-open": lambda it: _if(it.state == "open"),
    "delete-holds-answers": lambda it: _if(it.state != "open" and it.holds_answers),
    "replace-not-planned": lambda it: _if(it.state != "planned"),
}
"""Code -> whether it holds, and its counts."""

assert {rule.code for rule in RULES} == set(_WHEN), "blocks.yaml and its conditions differ"


def concerns(action: Action, facts: Facts) -> Iterator[Concern]:
    """Every rule of an action that holds now."""
    for rule in RULES:
        counts = _WHEN[rule.code](facts) if rule.action == action else None
        if counts is not None:
            yield Concern(rule=rule, counts=counts)


def blocks(action: Action, facts: Facts) -> tuple[Concern, ...]:
    """What makes an action impossible now."""
    return tuple(each for each in concerns(action, facts) if each.rule.kind == "block")


def warnings(action: Action, facts: Facts) -> tuple[Concern, ...]:
    """What must be known before an action is gone on with."""
    return tuple(each for each in concerns(action, facts) if each.rule.kind == "warning")
