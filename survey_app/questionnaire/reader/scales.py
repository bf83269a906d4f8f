"""Scales: sets of options, with what each is worth.

A scale that is scored says at which end its best option stands, so that coefficients typed the
wrong way round are a fault of the file and not a wrong score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from survey_app.questionnaire.model import Option, Scale
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node

Best = Literal["first", "last"]
_ENDS: tuple[Best, ...] = ("first", "last")
_LAST: tuple[Literal["last"], ...] = ("last",)
_ONE = Decimal(1)


def load_scales(
    root: Node, languages: Sequence[str], sources: Collection[str] | None = None
) -> Mapping[str, Scale]:
    """Every scale of a file, by name. `sources` None: their index is not at hand."""
    root.only("languages", "scales")
    scales: dict[str, Scale] = {}
    for key, node in root.need("scales").pairs():
        name = values.code(key)
        scales[name] = _scale(name, node, languages, sources)
    return scales


def spoken_by(root: Node, others: Sequence[str]) -> tuple[str, ...]:
    """The languages that a scales file says it speaks; where it says nothing, its index's."""
    written = root.get("languages")
    return values.languages(written) if written else tuple(others)


def languages_seen(root: Node) -> tuple[str, ...]:
    """The languages said, or of the first label: what a file speaks when no index is at hand."""
    if root.get("languages"):
        return spoken_by(root, ())
    for _, scale in root.need("scales").pairs():
        for option in scale.need("options").elements():
            return tuple(key.text for key, _ in option.need("label").pairs())
    return ()


def _scale(
    name: str, node: Node, languages: Sequence[str], sources: Collection[str] | None
) -> Scale:
    node.only("provenance", "source", "best", "options")
    written = node.get("best")
    best = values.one_of(written, _ENDS, "first") if written else None
    nodes = node.need("options").elements(least=2)
    options = tuple(_option(name, each, languages, best) for each in nodes)
    provenance, source = values.provenance(node, sources, needed=best is not None)
    _check_no_opinion_last(nodes, options)
    _check_stays_last(nodes, options)
    _check_best(nodes, best)
    if best:
        _check_order(node, options, best)
    return Scale(name, options, best, provenance, source)


def _option(scale: str, node: Node, languages: Sequence[str], best: Best | None) -> Option:
    node.only("code", "label", "coefficient", "no_opinion", "stay")
    code = values.code(node.need("code"))
    values.distinct(node.need("code"), f"option of `{scale}`,", code)
    label = values.words(node.need("label"), languages)
    no_opinion = values.flag(node.get("no_opinion"))
    worth = _coefficient(node, code, best, no_opinion=no_opinion)
    return Option(code, label, worth, no_opinion, _stays_last(node, code, best))


def _stays_last(node: Node, code: str, best: Best | None) -> bool:
    """`stay: last`: "something else" stands at the end also where the others are shuffled."""
    written = node.get("stay")
    if written is None:
        return False
    if best:
        message = f"`{code}` has its place by what it is worth"
        node.key("stay").problem("stay-on-scored-scale", message, "take `stay` out")
    return values.one_of(written, _LAST, "last") == "last" and best is None


def _coefficient(node: Node, code: str, best: Best | None, *, no_opinion: bool) -> Decimal | None:
    written = node.get("coefficient")
    if no_opinion:
        message = f"`{code}` is no opinion, and no opinion is worth nothing, not even 0"
        node.without(["coefficient"], "coefficient-of-no-opinion", message, "take it out")
        return None
    if written is None:
        if best is None:
            return None
        help_ = "add `coefficient: ...`, or `no_opinion: true` if the option is no judgement"
        message = f"option `{code}` of a scored scale has no coefficient"
        if not node.missing:
            node.problem("missing-coefficient", message, help_)
        return None
    return values.decimal(written, values.NOUGHT, _ONE)


def _check_best(nodes: Sequence[Node], best: Best | None) -> None:
    scored = [node for node in nodes if node.get("coefficient")]
    if scored and best is None:
        help_ = "add `best: first` or `best: last` to the scale, or take the coefficients out"
        message = "coefficients, but the scale does not say at which end its best option stands"
        scored[0].key("coefficient").problem("missing-best", message, help_)


def _check_no_opinion_last(nodes: Sequence[Node], options: Sequence[Option]) -> None:
    for node, (before, after) in zip(nodes, pairwise(options), strict=False):
        if before.no_opinion and not after.no_opinion:
            message = f"`{before.code}` is no opinion, but another option follows it"
            node.problem("no-opinion-not-last", message, "move it to the end of the options")


def _check_stays_last(nodes: Sequence[Node], options: Sequence[Option]) -> None:
    for node, (before, after) in zip(nodes, pairwise(options), strict=False):
        if before.stays_last and not (after.stays_last or after.no_opinion):
            message = f"`{before.code}` stays last, but another option follows it"
            help_ = "move it behind the options that may move, before those of no opinion"
            node.key("stay").problem("stay-not-last", message, help_)


def _check_order(node: Node, options: Sequence[Option], best: Best) -> None:
    worth = [option.coefficient for option in options if not option.no_opinion]
    shown = [each for each in worth if each is not None]
    if len(shown) < len(worth) or not shown[1:]:
        return
    falling = shown if best == "first" else shown[::-1]
    if falling[0] <= falling[-1] or any(one < other for one, other in pairwise(falling)):
        way = "never rise" if best == "first" else "never fall"
        listed = ", ".join(str(each) for each in shown)
        message = f"the best option stands {best}, so coefficients {way}, but they go {listed}"
        help_ = "turn the coefficients round, or change `best`"
        node.need("best").problem("reversed-scale", message, help_)
