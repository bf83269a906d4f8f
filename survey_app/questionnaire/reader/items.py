"""One item of a questionnaire: what it asks, of what kind, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from analysis.problems import closest
from survey_app.questionnaire.model import ALWAYS, Condition, Item, Kind, Scale
from survey_app.questionnaire.reader import audio
from survey_app.questionnaire.reader.ordering import order
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node

_COLUMNS = (
    "resp_id unit group sample stratum psu weight fpc1 fpc2 mode language pace position order_seed"
)
_FORM = "csrf_token go page skip lang"
RESERVED = frozenset(f"{_COLUMNS} {_FORM}".split())
"""Columns of the data set and fields of the form: an item of that name would overwrite them."""

_KINDS: tuple[Kind, ...] = ("choice", "choices", "number", "date", "text", "long_text")
_KEYS_OF_KINDS = {
    "scale": ("choice", "choices"),
    "order": ("choice", "choices"),
    "low": ("number",),
    "high": ("number",),
    "max_length": ("text", "long_text"),
}
_FORBIDDEN = re.compile(
    r"\bcccd\b|\bcmnd\b|\bcmtnd\b|căn cước|chứng minh (nhân dân|thư)|số định danh|số hộ chiếu"
    r"|dân tộc (của|nào|gì)|(thành phần|thuộc|là người) dân tộc|^\s*dân tộc\W*$"
    r"|\bethnic(ity| group| origin)\b|\b(id|identity|identification|passport) (number|card)\b",
    re.IGNORECASE,
)


@dataclass
class Asked:
    """What is known while a questionnaire is read: its scales and the items asked so far.

    `scales` is None when the file that defines them is not at hand.
    """

    languages: Sequence[str]
    scales: Mapping[str, Scale] | None
    seek: audio.Seek | None = None
    items: dict[str, Item] = field(default_factory=dict)
    of_units: set[str] = field(default_factory=set)


def load_item(node: Node, asked: Asked, *, each_unit: bool) -> Item | None:
    """An item, or None when it has no usable name."""
    node.only(
        "item",
        "ask",
        "hint",
        "kind",
        "scale",
        "required",
        "ask_if",
        "low",
        "high",
        "max_length",
        "audio",
        "order",
    )
    name = _name(node.need("item"))
    written = node.get("kind")
    kind = values.one_of(written, _KINDS, "choice") if written else "choice"
    allowed = ("unit", "year") if each_unit else ("year",)
    hint = node.get("hint")
    scale = _scale(node, name, kind, asked)
    low, high = _range(node)
    item = Item(
        name=name,
        ask=values.words(node.need("ask"), asked.languages, allowed),
        kind=kind,
        scale=scale,
        hint=values.words(hint, asked.languages, allowed) if hint else None,
        required=_required(node, name, kind, scale),
        ask_if=_condition(node, name, asked, each_unit=each_unit),
        low=low,
        high=high,
        max_length=_max_length(node),
        audio=audio.recordings(node.get("audio"), asked.languages, asked.seek),
        order=order(node, name, scale),
    )
    _check_topics(node)
    _check_keys(node, kind)
    return item if _is_new(node, name, asked) else None


def _name(node: Node) -> str:
    name = values.code(node)
    if name.lower() in RESERVED:
        help_ = "choose another name; these are taken: " + ", ".join(sorted(RESERVED))
        node.problem("reserved-name", f"`{name}` is a column of the data set already", help_)
    return name


def _is_new(node: Node, name: str, asked: Asked) -> bool:
    return values.distinct(node.need("item"), "item", name) and name not in asked.items


def _scale(node: Node, name: str, kind: Kind, asked: Asked) -> Scale | None:
    if kind not in _KEYS_OF_KINDS["scale"]:
        return None
    written = node.need("scale", why="a question with options names a scale: `scale: ...`")
    wanted = written.scalar()
    if asked.scales is None or not wanted:
        return None
    if wanted not in asked.scales:
        message = f"item `{name}` uses scale `{wanted[:40]}`, which is not defined"
        written.problem("unknown-scale", message, closest(wanted, asked.scales))
    return asked.scales.get(wanted)


def _check_keys(node: Node, kind: Kind) -> None:
    for key, kinds in _KEYS_OF_KINDS.items():
        if kind not in kinds:
            message = f"`{key}` does not go with kind `{kind}`"
            help_ = f"take it out, or change the kind to {' or '.join(kinds)}"
            node.without([key], "key-not-for-kind", message, help_)


def _range(node: Node) -> tuple[Decimal | None, Decimal | None]:
    ends = [node.get("low"), node.get("high")]
    low, high = (values.decimal(end) if end else None for end in ends)
    if low is not None and high is not None and low > high:
        message = f"`low` is {low}, but `high` is {high}"
        node.key("low").problem("range-empty", message, "put the smaller one in `low`")
    return low, high


def _max_length(node: Node) -> int:
    written = node.get("max_length")
    return values.whole(written, 1, 10_000, 1000) if written else 1000


def _required(node: Node, name: str, kind: Kind, scale: Scale | None) -> bool:
    required = values.flag(node.get("required"))
    unknown = scale is None and kind in _KEYS_OF_KINDS["scale"]
    if required and not unknown and not (scale and scale.has_no_opinion):
        node.key("required").problem(
            "required-without-no-opinion",
            f"`{name}` must be answered, but has no option for those without an opinion",
            "take `required` out, or use a scale with an option `no_opinion: true`",
        )
    return required


def _check_topics(node: Node) -> None:
    for place in ("ask", "hint"):
        for _, text in node.entries[place][1].entries.values() if place in node.entries else ():
            if forbidden := _FORBIDDEN.search(text.text):
                help_ = "the survey asks for no ethnicity and for no number of an identity paper"
                message = f"`{forbidden[0]}` is not asked about"
                text.problem("forbidden-topic", message, help_, at=forbidden[0])


def _condition(node: Node, name: str, asked: Asked, *, each_unit: bool) -> Condition:
    written = node.get("ask_if")
    if written is None:
        return ALWAYS
    codes: dict[str, frozenset[str]] = {}
    for key, wanted in written.pairs():
        if key.text not in asked.items:
            message = f"`{name}` depends on `{key.text[:40]}`, which is not asked before it"
            key.problem("unknown-item", message, closest(key.text, asked.items))
            continue
        if key.text in asked.of_units and not each_unit:
            message = f"`{name}` is asked once, but `{key.text}` is asked of every unit"
            key.problem("ask-if-each-unit", message, "move the item into an `each_unit` section")
            continue
        codes[key.text] = _codes(key, wanted, asked)
    return Condition(codes)


def _codes(key: Node, wanted: Node, asked: Asked) -> frozenset[str]:
    other = asked.items[key.text]
    elements = [each for each in wanted.elements() if each.scalar()]
    if other.scale is None:
        if asked.scales is not None and other.kind not in ("choice", "choices"):
            help_ = "depend on an item with options"
            message = f"`{key.text}` has no codes to depend on: its kind is `{other.kind}`"
            key.problem("ask-if-without-codes", message, help_)
    else:
        known = [option.code for option in other.scale.options]
        for each in elements:
            if each.text not in known:
                message = f"`{key.text}` has no code `{each.text[:40]}`"
                each.problem("unknown-code", message, closest(each.text, known, 8))
    return frozenset(each.text for each in elements)
