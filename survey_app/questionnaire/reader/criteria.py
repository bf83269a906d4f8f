"""The tree of an index: fields, criteria, sub-criteria, and who assesses each leaf."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from analysis.problems import closest
from survey_app.questionnaire.model import Assessed, Criterion, Field, Leaf
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node

_ASSESSED: tuple[Assessed, ...] = ("self", "survey")
_LEAF = ("points", "assessed", "question", "groups")
_ENTRY = ("name", "provenance", "source")


@dataclass(frozen=True)
class Reader:
    """What every node of the tree is read with."""

    languages: Sequence[str]
    sources: Collection[str]
    groups: Collection[str]
    unread: list[Node] = field(default_factory=list)
    """Points that are no sound number: a sum that then differs would only say so again."""


def load_fields(node: Node, reader: Reader) -> tuple[Field, ...]:
    """Every field of the tree, in order."""
    return tuple(_field(each, reader) for each in node.elements())


def _field(node: Node, reader: Reader) -> Field:
    node.only("field", *_ENTRY, "appraised_by", "criteria")
    code = _code(node, "field")
    name = values.words(node.need("name"), reader.languages)
    provenance, source = values.provenance(node, reader.sources)
    agencies = node.get("appraised_by")
    appraised_by = tuple(map(values.code, agencies.elements())) if agencies else ()
    below = tuple(_criterion(each, reader) for each in node.need("criteria").elements())
    return Field(code, name, provenance, below, source, appraised_by)


def _criterion(node: Node, reader: Reader) -> Criterion:
    node.only("criterion", *_ENTRY, "sub_criteria", *_LEAF)
    below = node.get("sub_criteria")
    if below is None:
        leaf = _leaf(node, "criterion", reader)
        said = (leaf.code, leaf.name, leaf.provenance)
        return Criterion(*said, (leaf,), is_leaf=True, source=leaf.source)
    help_ = "only what has nothing below it is worth points"
    message = "`{key}` stands beside `sub_criteria`"
    node.without(_LEAF, "points-above-sub-criteria", message, help_)
    code = _code(node, "criterion")
    name = values.words(node.need("name"), reader.languages)
    provenance, source = values.provenance(node, reader.sources)
    leaves = tuple(_sub_criterion(each, reader) for each in below.elements())
    return Criterion(code, name, provenance, leaves, source=source)


def _sub_criterion(node: Node, reader: Reader) -> Leaf:
    node.only("sub_criterion", *_ENTRY, *_LEAF)
    return _leaf(node, "sub_criterion", reader)


def _leaf(node: Node, level: str, reader: Reader) -> Leaf:
    code = _code(node, level)
    node.remember("leaf", code)
    name = values.words(node.need("name"), reader.languages)
    provenance, source = values.provenance(node, reader.sources)
    written = node.need("points", why="a leaf of the tree is worth points: `points: ...`")
    points = _points(written, reader)
    assessed = values.one_of(node.need("assessed"), _ASSESSED, "self")
    question, groups = _asked(node, assessed, reader)
    return Leaf(code, name, points, assessed, provenance, source, question, groups)


def _code(node: Node, level: str) -> str:
    written = node.need(level)
    code = values.code(written)
    values.distinct(written, "code", code)
    return code


def _points(node: Node, reader: Reader) -> Decimal:
    points = values.decimal(node)
    if points is not None and points <= 0:
        help_ = "every leaf is worth more than 0"
        node.problem("points-not-positive", f"a leaf is worth {points} points", help_)
    if points is None or points <= 0:
        reader.unread.append(node)
        return values.NOUGHT
    return points


def _asked(node: Node, assessed: Assessed, reader: Reader) -> tuple[str, Mapping[str, Decimal]]:
    if assessed == "self":
        if node.need("assessed").text == "self":
            message = "`{key}` does not go with `assessed: self`"
            help_ = "take it out, or write `assessed: survey`"
            node.without(("question", "groups"), "self-with-question", message, help_)
        return "", {}
    question = values.code(
        node.need("question", why="a surveyed leaf names an item: `question: ...`")
    )
    groups = node.need("groups", why="a surveyed leaf says who is asked: `groups: [...]`")
    return question, _weights(groups, reader.groups)


def _weights(node: Node, known: Collection[str]) -> Mapping[str, Decimal]:
    """A list of groups weighs them equally; a mapping gives each its weight."""
    weights: dict[str, Decimal] = {}
    for key, weight in _weighted(node):
        group = key.scalar()
        if group and group not in known:
            message = f"respondent group `{group[:40]}` is not declared"
            key.problem("unknown-group", message, closest(group, known))
        elif group in weights:
            key.problem("duplicate-code", f"`{group}` stands here twice", "keep one of them")
        elif group:
            weights[group] = weight
    if weights and not any(weights.values()):
        node.problem("weights-all-zero", "every group weighs 0", "give one of them a weight")
    return weights


def _weighted(node: Node) -> list[tuple[Node, Decimal]]:
    if node.shape != "mapping":
        return [(each, Decimal(1)) for each in node.elements()]
    return [(key, _weight(value)) for key, value in node.pairs()]


def _weight(node: Node) -> Decimal:
    weight = values.decimal(node)
    if weight is not None and weight < 0:
        node.problem("negative-weight", f"a weight of {weight}", "a weight is 0 or more")
        return Decimal(1)
    return Decimal(1) if weight is None else weight
