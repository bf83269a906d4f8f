"""A new version of a questionnaire held against the last one: answers of two years stay comparable.

An item keeps its kind, a code keeps its meaning and its place. Wording may change, and is listed.
To ask something else, choose another name. A questionnaire of another name counts its versions
anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.problems import Problem
from survey_app.questionnaire.model import Item, Option, Questionnaire, Scale, Text


@dataclass(frozen=True)
class Rewording:
    """Words that differ between two versions; `what` is an item, or an item and its code."""

    what: str
    language: str
    old: str
    new: str


def changes(old: Questionnaire, new: Questionnaire) -> tuple[Problem, ...]:
    """What makes the answers to the new version mean something else than those to the old one.

    A problem about an item names it in its `values`.
    """
    problems = list(_version(old, new))
    for name, item in new.items.items():
        if name in old.items:
            problems += _item(old.items[name], item, new)
    return tuple(problems)


def rewordings(old: Questionnaire, new: Questionnaire) -> tuple[Rewording, ...]:
    """Every item and option that both versions have, but in other words."""
    reworded: list[Rewording] = []
    for name, item in new.items.items():
        if name not in old.items:
            continue
        before = old.items[name]
        reworded += _reworded(name, before.ask, item.ask)
        reworded += _reworded(f"{name} hint", before.hint or {}, item.hint or {})
        codes = _options(before.scale)
        for code, option in _options(item.scale).items():
            if code in codes:
                reworded += _reworded(f"{name} {code}", codes[code].label, option.label)
    return tuple(reworded)


def _reworded(what: str, old: Text, new: Text) -> Iterator[Rewording]:
    for language in dict.fromkeys((*old, *new)):
        before, after = old.get(language, ""), new.get(language, "")
        if before != after:
            yield Rewording(what, language, before, after)


def _version(old: Questionnaire, new: Questionnaire) -> Iterator[Problem]:
    if new.name != old.name or new.version > old.version or replace(new, file=old.file) == old:
        return
    yield Problem(
        "version-not-raised",
        f"the text differs from version {old.version}, but it is called version {new.version}",
        new.file,
        help=f"raise `version` to {old.version + 1}",
    )


def _item(old: Item, new: Item, home: Questionnaire) -> Iterator[Problem]:
    for problem in _item_changes(old, new, home):
        yield replace(problem, values={"item": new.name})


def _item_changes(old: Item, new: Item, home: Questionnaire) -> Iterator[Problem]:
    if old.kind != new.kind:
        message = f"item `{new.name}` was `{old.kind}` and is `{new.kind}`"
        yield Problem("kind-changed", message, home.file, help="give the new question another name")
        return
    before, after = _options(old.scale), _options(new.scale)
    for code, option in before.items():
        if code not in after:
            message = f"item `{new.name}` has lost the code `{code}`"
            yield Problem("code-removed", message, home.file, help=_KEEP)
        elif option.no_opinion != after[code].no_opinion:
            message = (
                f"code `{code}` of `{new.name}` is no longer what it was: `no_opinion` differs"
            )
            yield Problem("code-changed", message, home.file, help=_KEEP)
    kept = [code for code in before if code in after]
    if kept != [code for code in after if code in before]:
        message = f"the codes of `{new.name}` stand in another order"
        yield Problem("code-moved", message, home.file, help=_KEEP)


_KEEP = "keep code and place, or give the item another name"


def _options(scale: Scale | None) -> dict[str, Option]:
    return {option.code: option for option in scale.options} if scale else {}
