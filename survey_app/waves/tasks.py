"""The task list of a wave: what is to be done, how each task stands, and which comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey_app.waves import blocks
from survey_app.waves.blocks import Action, Count
from survey_app.waves.facts import Facts

Mark = Literal["todo", "doing", "done", "review", "idle"]

ORDER = (
    "forms",
    "units",
    "frame",
    "sample",
    "letters",
    "open",
    "watch",
    "close",
    "points",
    "quality",
    "score",
    "report",
    "publish",
)
"""Every task, in the order of a wave's year."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One line: which task, its mark, and its state as a key of words with counts.

    `waits_for` is the task that must be done before it.
    """

    code: str
    mark: Mark
    state: str
    counts: Mapping[str, Count] = field(default_factory=dict)
    waits_for: str = ""


Standing = tuple[Mark, str, Mapping[str, Count]]


def tasks(facts: Facts) -> tuple[Task, ...]:
    """Every task of a wave, as it stands."""
    listed = []
    for code in ORDER:
        mark, state, counts = _STANDING[code](facts)
        waits = _waits_for(code, facts) if mark in {"todo", "idle"} else ""
        listed.append(Task(code=code, mark=mark, state=state, counts=counts, waits_for=waits))
    return tuple(listed)


def next_task(facts: Facts) -> str:
    """The task that the primary button leads to.

    Never closing, before the day that was set for it or before enough have answered: until then
    there is fieldwork to watch.
    """
    standing = {task.code: task for task in tasks(facts)}
    if facts.state == "planned":
        before = [standing[code] for code in ("forms", "frame", "sample", "letters")]
        return next((task.code for task in before if _comes_first(task, facts)), "open")
    if facts.state == "open":
        return "close" if _may_end(facts) else "watch"
    if facts.unfinished:
        return "close"
    if facts.waiting:
        return "publish"
    if facts.published:
        return "report"
    after = [standing[code] for code in ("points", "quality", "score", "publish")]
    return next((task.code for task in after if task.mark in {"todo", "doing", "review"}), "report")


def _comes_first(task: Task, facts: Facts) -> bool:
    """Whether a task is to be done before opening; a sample that only warns does not hold it up."""
    if task.code == "sample" and task.mark == "review":
        return facts.groups_without_sample > 0 and facts.issued == 0
    return task.mark in {"todo", "doing", "review"}


def _may_end(facts: Facts) -> bool:
    """Whether it is time to think of closing."""
    if facts.closes_at:
        return facts.now >= facts.closes_at
    return facts.issued > 0 and facts.rate >= facts.expected


def _forms(it: Facts) -> Standing:
    if it.state == "planned" and (it.texts_changed or it.year_differs):
        return "review", "forms_changed", {}
    return "done", "forms_pinned", {"forms": it.forms}


def _units(it: Facts) -> Standing:
    if it.state == "planned" and it.cases and it.units_without_sample:
        counts = {"units": it.units, "without": it.units_without_sample}
        return "review", "units_without_sample", counts
    return "done", "units_fixed", {"units": it.units}


def _frame(it: Facts) -> Standing:
    if it.over_drawn:
        return "review", "frame_over_drawn", {"samples": it.over_drawn}
    if it.samples_without_frame:
        return "review", "frame_lacks", {"samples": it.samples_without_frame}
    if not it.frame_rows:
        return "todo", "frame_none", {}
    return "done", "frame_there", {"rows": it.frame_rows}


def _sample(it: Facts) -> Standing:
    if not it.cases:
        return "todo", "sample_none", {}
    counts = {"people": it.cases, "groups": it.groups - it.groups_without_sample, "of": it.groups}
    is_doubtful = it.groups_without_sample or (it.state == "planned" and it.small_people)
    if is_doubtful and it.state != "closed":
        return "review", "sample_there", counts
    return "done", "sample_there", counts


def _letters(it: Facts) -> Standing:
    if not it.cases:
        return "idle", "letters_none", {}
    if it.without_link:
        mark: Mark = "doing" if it.issued else "todo"
        return mark, "letters_lack", {"people": it.without_link, "of": it.cases}
    return "done", "letters_issued", {"people": it.issued}


def _open(it: Facts) -> Standing:
    if it.state != "planned":
        return "done", "open_done", {}
    held = blocks.blocks("open", it)
    if held and it.cases:
        return "review", "open_blocked", {"blocks": len(held)}
    mark: Mark = "todo" if it.cases else "idle"
    return (mark, "open_set", {"day": it.opens_at}) if it.opens_at else (mark, "open_by_hand", {})


def _watch(it: Facts) -> Standing:
    counts: Mapping[str, Count] = {
        "returned": it.returned, "issued": it.issued, "rate": round(it.rate, 3)
    }  # fmt: skip
    if it.state == "planned":
        return "idle", "watch_not_yet", {}
    return ("doing" if it.state == "open" else "done"), "watch_counts", counts


def _close(it: Facts) -> Standing:
    if it.unfinished:
        return "review", "close_unfinished", {}
    if it.state == "closed":
        return "done", "close_done", {}
    if it.closes_at:
        return ("todo" if _may_end(it) else "idle"), "close_set", {"day": it.closes_at}
    return ("todo" if it.state == "open" and _may_end(it) else "idle"), "close_by_hand", {}


def _points(it: Facts) -> Standing:
    counts = {"own": it.self_units, "appraised": it.appraised_units, "of": it.units}
    if it.self_units >= it.units and it.appraised_units >= it.units:
        return "done", "points_there", counts
    return ("doing" if it.self_units else "todo"), "points_there", counts


def _quality(it: Facts) -> Standing:
    if it.state != "closed" or it.unfinished:
        return "idle", "quality_not_yet", {}
    if not it.screened:
        return "todo", "quality_to_screen", {}
    if it.proposals:
        return "review", "quality_proposed", {"proposals": it.proposals}
    if it.calls_noted < it.calls_drawn:
        counts = {"noted": it.calls_noted, "drawn": it.calls_drawn}
        return "doing", "quality_calls", counts
    return "done", "quality_done", {"drawn": it.calls_drawn, "forms": it.left_out}


def _score(it: Facts) -> Standing:
    if it.state == "planned" or it.unfinished:
        return "idle", "score_not_yet", {}
    if it.state == "open":
        return "idle", ("score_open_again" if it.reopened else "score_trial"), {}
    if not it.scorecards:
        return "todo", "score_none", {}
    if it.outdated:
        return "review", "score_outdated", {}
    state = "score_there" if it.merged else "score_not_merged"
    return ("done" if it.merged else "doing"), state, {"scorecards": it.scorecards}


def _report(it: Facts) -> Standing:
    if not it.scorecards:
        return "idle", "report_not_yet", {}
    return "doing", "report_there", {}


def _publish(it: Facts) -> Standing:
    if it.waiting:
        return "doing", "publish_waiting", {}
    if it.returned_to:
        return "review", "publish_returned", {}
    if it.withdrawn:
        return "review", "publish_withdrawn", {}
    if it.published:
        return "done", "publish_done", {}
    is_ready = it.state == "closed" and it.merged and not it.outdated and not it.unfinished
    return ("todo", "publish_ready", {}) if is_ready else ("idle", "publish_not_yet", {})


_STANDING: Mapping[str, Callable[[Facts], Standing]] = {
    "forms": _forms,
    "units": _units,
    "frame": _frame,
    "sample": _sample,
    "letters": _letters,
    "open": _open,
    "watch": _watch,
    "close": _close,
    "points": _points,
    "quality": _quality,
    "score": _score,
    "report": _report,
    "publish": _publish,
}

_WAITS = {
    "watch": "open",
    "close": "open",
    "quality": "close",
    "score": "close",
    "report": "score",
    "publish": "score",
}


def _waits_for(code: str, facts: Facts) -> str:
    """The task that this one waits for, where that is not done."""
    if code in {"open", "letters"}:
        return "" if facts.cases else "sample"
    before = _WAITS.get(code, "")
    return before if before and _STANDING[before](facts)[0] != "done" else ""


def action_of(task: str) -> Action | None:
    """The action of a task, for those that are one."""
    actions: Mapping[str, Action] = {
        "open": "open",
        "close": "close",
        "score": "score",
        "publish": "publish",
    }
    return actions.get(task)
