"""Tasks and concerns in the language of the page, with their numbers as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from survey_app import i18n
from survey_app.office.page import language, words
from survey_app.office.waves.found import address, may_go
from survey_app.store.waves import Wave
from survey_app.waves import blocks
from survey_app.waves.blocks import Concern, Count
from survey_app.waves.facts import Facts
from survey_app.waves.tasks import Task, tasks

_SHARES, _TIMES = {"rate", "share"}, {"day"}


@dataclass(frozen=True, kw_only=True)
class SaidTask:
    """A line of the task list, as `parts.tasks` takes it."""

    code: str
    name: str
    href: str
    state_text: str
    mark: str
    mark_text: str
    note: str


@dataclass(frozen=True, kw_only=True)
class SaidConcern:
    """What stands in the way, or must be known: words, remedy, and where that is."""

    code: str
    key: str
    text: str
    help: str
    href: str
    task: str


def numbers(counts: Mapping[str, Count]) -> dict[str, str]:
    """The counts of a sentence, as it writes them."""
    spoken = language()
    return {name: _number(name, count, spoken) for name, count in counts.items()}


def _number(name: str, count: Count, spoken: str) -> str:
    if name in _TIMES:
        return i18n.moment(str(count), spoken)
    if name in _SHARES:
        return i18n.percent(count, spoken, 0)
    return i18n.number(count, spoken, 0)


def said_tasks(facts: Facts, wave: Wave) -> tuple[SaidTask, ...]:
    """The whole task list of a wave."""
    return tuple(_said_task(task, wave) for task in tasks(facts))


def _said_task(task: Task, wave: Wave) -> SaidTask:
    w = words()
    waits = w[f"waves_task_{task.waits_for}"] if task.waits_for else ""
    return SaidTask(
        code=task.code,
        name=w[f"waves_task_{task.code}"],
        href=_leads_to(task, wave),
        state_text=w[f"waves_is_{task.state}"].format(**numbers(task.counts)),
        mark=task.mark,
        mark_text=w[f"waves_mark_{task.mark}"],
        note=w["waves_waits_for"].format(task=waits) if waits else "",
    )


def _leads_to(task: Task, wave: Wave) -> str:
    """Where a task is done; of what is done or waits, where its state is seen.

    Blank where that is not for whoever looks.
    """
    if not may_go(task.code):
        return ""
    if task.code in {"open", "close", "score"} or (task.code == "publish" and task.waits_for):
        if wave.state == "planned" and task.code == "close":
            return address("change", wave) if may_go("change") else ""
        if task.mark == "done" or task.waits_for:
            return url_for("office.wave", name=wave.name)
    return address(task.code, wave)


def said_concerns(concerns: Iterable[Concern], wave: Wave) -> tuple[SaidConcern, ...]:
    """Some concerns of a wave."""
    return tuple(said_concern(each, wave) for each in concerns)


def said_concern(concern: Concern, wave: Wave) -> SaidConcern:
    """One concern of a wave."""
    spoken, rule = language(), concern.rule
    return SaidConcern(
        code=rule.code,
        key=concern.key,
        text=rule.says[spoken].format(**numbers(concern.counts)),
        help=rule.help[spoken],
        href=address(rule.remedy, wave) if may_go(rule.remedy) else "",
        task=words()[f"waves_task_{rule.task}"],
    )


def held_back(wave: Wave, facts: Facts) -> tuple[SaidConcern, ...]:
    """Why a wave did not open by itself, as far as that still stands."""
    codes = set(wave.held_back.split())
    if not codes or wave.state != "planned":
        return ()
    return said_concerns(
        (each for each in blocks.blocks("open", facts) if each.code in codes), wave
    )
