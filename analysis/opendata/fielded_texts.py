"""What the questionnaires of a release say beyond its tables: names of groups, and who is asked.

Only what open data need; whether a questionnaire is sound was seen to before it was fielded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import yaml_texts

Condition = Mapping[str, tuple[str, ...]]
"""The items on which another depends -> the codes with which it is shown."""


@dataclass(frozen=True, kw_only=True)
class FieldedTexts:
    """`groups`: their names in Vietnamese and English; `asked`: conditions by group and item."""

    groups: Mapping[str, tuple[str, str]]
    asked: Mapping[tuple[str, str], Condition]


def fielded_texts(folder: Path) -> FieldedTexts:
    """Read the texts of a release; nothing where there are none."""
    groups: dict[str, tuple[str, str]] = {}
    asked: dict[tuple[str, str], Condition] = {}
    for path in sorted(folder.rglob("*.yaml")) if folder.is_dir() else ():
        content = yaml_texts.read(path)  # `yes` is a code, not a truth
        if not isinstance(content, dict):
            continue
        if isinstance(content.get("index"), str):
            groups |= dict(_names(content.get("groups")))
        if isinstance(group := content.get("group"), str):
            asked |= {(group, item): condition for item, condition in _walked(content, {})}
    return FieldedTexts(groups=groups, asked=asked)


def _names(node: object) -> Iterator[tuple[str, tuple[str, str]]]:
    for group, said in node.items() if isinstance(node, dict) else ():
        if isinstance(said, dict) and (vi := said.get("vi") or said.get("en")):
            yield group, (vi, said.get("en") or vi)


def _walked(node: object, above: Condition) -> Iterator[tuple[str, Condition]]:
    """Every item below a node that has a condition, its own and those of what it stands in."""
    if isinstance(node, list):
        for each in node:
            yield from _walked(each, above)
    if isinstance(node, dict):
        shown = dict(above) | _wanted(node.get("ask_if"))
        if shown and isinstance(node.get("item"), str):
            yield node["item"], shown
        for each in node.values():
            if isinstance(each, list):
                yield from _walked(each, shown)


def _wanted(condition: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(condition, dict):
        return {}
    return {
        item: tuple(codes) if isinstance(codes, list) else (codes,)
        for item, codes in condition.items()
    }
