"""An index definition: one year's tree of criteria for one class of units, and what it is worth.

What the decision declares is held against what the tree adds up to, in exact decimals: a criterion
left out or typed twice shows here and not in a unit's score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from survey_app.questionnaire.model import Average, Field, Grade, Index, Text
from survey_app.questionnaire.reader import criteria
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node

_KEYS = (
    "index", "version", "languages", "unit_class", "units", "scales", "questionnaires", "title",
    "legal_basis", "sources", "declared", "average", "min_group", "min_valid_share", "publish_from",
    "grades", "groups", "fields",
)  # fmt: skip
_AVERAGES: tuple[Average, ...] = ("equal", "pooled")
_ONE, _HUNDRED = Decimal(1), Decimal(100)
_HALF = Decimal("0.5")
_MEND = "mend the tree, or what is declared"


@dataclass(frozen=True)
class Files:
    """The other files of a study, as the index names them."""

    units: Node
    scales: Node
    questionnaires: tuple[Node, ...]


def files(root: Node) -> Files:
    """Which files belong to the study of this index."""
    listed = root.need("questionnaires").elements()
    return Files(root.need("units"), root.need("scales"), tuple(listed))


def load_index(root: Node) -> Index:
    """The index of a file; the files it names are not opened here."""
    root.only(*_KEYS)
    languages = values.languages(root.need("languages"))
    sources = values.sources(root.get("sources"), languages)
    groups = _groups(root.need("groups"), languages)
    reader = criteria.Reader(languages, sources, groups)
    fields = criteria.load_fields(root.need("fields"), reader)
    _check_counts(root.need("declared"), fields)
    if fields and not reader.unread:
        _check_sums(root.need("declared"), fields)
    return Index(
        name=root.need("index").scalar(),
        version=values.whole(root.need("version"), 1, 9999, 1),
        languages=languages,
        unit_class=values.code(root.need("unit_class")),
        title=values.words(root.need("title"), languages),
        legal_basis=values.words(root.need("legal_basis"), languages),
        groups=groups,
        sources=sources,
        fields=fields,
        grades=_grades(root.need("grades"), languages),
        average=_average(root.get("average")),
        min_group=_min_group(root.get("min_group")),
        min_valid_share=_share(root.get("min_valid_share")),
        publish_from=_publish_from(root.get("publish_from")),
        file=root.document.path,
    )


def _average(node: Node | None) -> Average:
    return values.one_of(node, _AVERAGES, "equal") if node else "equal"


def _min_group(node: Node | None) -> int:
    return values.whole(node, 1, 9999, 2) if node else 2


def _share(node: Node | None) -> Decimal:
    share = values.decimal(node, values.NOUGHT, _ONE) if node else None
    return _HALF if share is None else share


def _publish_from(node: Node | None) -> int:
    return values.whole(node, 1, 9999, 5) if node else 5


def _groups(node: Node, languages: Sequence[str]) -> Mapping[str, Text]:
    groups: dict[str, Text] = {}
    for key, value in node.pairs():
        name = values.code(key)
        key.remember("group", name)
        groups[name] = values.words(value, languages)
    return groups


def _grades(node: Node, languages: Sequence[str]) -> tuple[Grade, ...]:
    nodes = node.elements()
    least = [values.decimal(each.need("min"), values.NOUGHT, _HUNDRED) for each in nodes]
    _check_descending(nodes, least)
    return tuple(_grade(each, languages, low) for each, low in zip(nodes, least, strict=True))


def _check_descending(nodes: Sequence[Node], least: Sequence[Decimal | None]) -> None:
    for each, (better, worse) in zip(nodes[1:], pairwise(least), strict=False):
        if better is not None and worse is not None and worse >= better:
            message = f"this grade begins at {worse}, and the one above it at {better}"
            help_ = "write the best grade first, each with a smaller `min` than the one before"
            each.key("min").problem("grades-not-descending", message, help_)
    if least and least[-1]:
        message = f"the last grade begins at {least[-1]}, so that some units get no grade"
        nodes[-1].key("min").problem("last-grade-not-zero", message, "give the last one `min: 0`")


def _grade(node: Node, languages: Sequence[str], least: Decimal | None) -> Grade:
    node.only("grade", "label", "min", "component_floor")
    code = values.code(node.need("grade"))
    values.distinct(node.need("grade"), "grade", code)
    label = values.words(node.need("label"), languages)
    floor = node.get("component_floor")
    held = values.decimal(floor, values.NOUGHT, _HUNDRED) if floor else None
    return Grade(code, label, least or values.NOUGHT, held)


def _check_counts(node: Node, fields: Sequence[Field]) -> None:
    """A decision may declare some of the counts, or none."""
    node.only("fields", "criteria", "sub_criteria", "self", "survey")
    for key, count in counts(fields).items() if fields else ():
        declared = node.get(key)
        if declared and (wanted := values.whole(declared, 0, 99_999, count)) != count:
            message = f"`{key}` is declared as {wanted}, but the tree holds {count}"
            declared.problem("count-differs", message, _MEND)


def _check_sums(node: Node, fields: Sequence[Field]) -> None:
    """What the decision declares and what the tree adds up to are the same decimal, exactly."""
    for key, summed in sums(fields).items():
        declared = node.need(key)
        wanted = values.decimal(declared, values.NOUGHT)
        if wanted is not None and wanted != summed:
            message = f"`{key}` is declared as {wanted} points, but the tree adds up to {summed}"
            declared.problem("points-do-not-add-up", message, _MEND)


def counts(fields: Sequence[Field]) -> dict[str, int]:
    """How many nodes stand at each level of the tree."""
    criteria = [criterion for each in fields for criterion in each.criteria]
    below = sum(len(criterion.leaves) for criterion in criteria if not criterion.is_leaf)
    return {"fields": len(fields), "criteria": len(criteria), "sub_criteria": below}


def sums(fields: Sequence[Field]) -> dict[str, Decimal]:
    """Points by who gives them, exact."""
    points = {"self": values.NOUGHT, "survey": values.NOUGHT}
    for each in fields:
        for leaf in each.leaves:
            points[leaf.assessed] += leaf.points
    return points
