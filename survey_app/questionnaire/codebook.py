"""A study as tables: what a release holds beside the answers, for a stranger to redo a score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from survey_app.questionnaire import orders
from survey_app.questionnaire.model import Criterion, Field, Item, Leaf, Option, Study, Text


class Entry(NamedTuple):
    """A row of codebook.csv: one code of an item, or an item without codes."""

    variable: str
    groups: str
    label_vi: str
    label_en: str
    kind: str
    code: str
    code_label_vi: str
    code_label_en: str
    coefficient: str
    no_opinion: str
    criterion: str


class Worth(NamedTuple):
    """A row of options.csv; `coef` is blank where an answer is not counted."""

    question: str
    option: str
    coef: str


class Link(NamedTuple):
    """A row of criteria.csv: whose answers to which question earn a criterion its points."""

    criterion: str
    max_points: str
    group: str
    question: str
    group_weight: str


class IndexRow(NamedTuple):
    """A row of index.csv; only leaves are assessed, the others are worth what their leaves are."""

    code: str
    parent: str
    level: str
    assessed: str
    max_points: str
    name_vi: str
    name_en: str
    provenance: str
    source: str


class GradeRow(NamedTuple):
    """A row of grading.csv."""

    grade: str
    label_vi: str
    label_en: str
    min: str
    component_floor: str


def codebook(study: Study) -> list[Entry]:
    """Every item of every questionnaire once, with its codes, in the order of asking."""
    earning: dict[str, list[str]] = {}
    for leaf in study.index.leaves:
        earning.setdefault(leaf.question, []).append(leaf.code)
    return [
        *_seed(study),
        *(
            _entry(item, groups, option, earning.get(name, []))
            for name, (item, groups) in _items(study).items()
            for option in (item.scale.options if item.scale else (None,))
        ),
    ]


def _seed(study: Study) -> list[Entry]:
    """What `order_seed` means, where the order of options was drawn."""
    groups = [group for group, form in study.questionnaires.items() if orders.has_drawn(form)]
    said = (
        "Số bốc ngẫu nhiên cho thứ tự phương án (option_orders.csv); trống: thứ tự như trong phiếu",
        "Drawn number for the order of options (option_orders.csv); blank: the order as written",
    )
    blank = [""] * (len(Entry._fields) - 5)
    return [Entry("order_seed", " ".join(groups), *said, "number", *blank)] if groups else []


def options(study: Study) -> list[Worth]:
    """What each option of each question that earns points is worth."""
    asked = {leaf.question for leaf in study.index.leaves if leaf.question}
    return [
        Worth(name, option.code, plain(option.coefficient))
        for name, (item, _) in _items(study).items()
        if name in asked and item.scale
        for option in item.scale.options
    ]


def criteria(study: Study) -> list[Link]:
    """Every surveyed leaf, with the groups that are asked about it; groups of weight 0 left out."""
    return [
        Link(leaf.code, plain(leaf.points), group, leaf.question, plain(weight))
        for leaf in study.index.leaves
        for group, weight in leaf.groups.items()
        if weight
    ]


def index_rows(study: Study) -> list[IndexRow]:
    """The tree, from the top, each node after its parent."""
    return list(_tree(study))


def grading_rows(study: Study) -> list[GradeRow]:
    """The grades, the best first."""
    return [
        GradeRow(
            grade.code,
            *_both(grade.label),
            plain(grade.min),
            plain(grade.component_floor),
        )
        for grade in study.index.grades
    ]


def plain(number: Decimal | None) -> str:
    """A decimal as it was written, never with an exponent; blank for none."""
    return "" if number is None else format(number, "f")


def _items(study: Study) -> dict[str, tuple[Item, list[str]]]:
    items: dict[str, tuple[Item, list[str]]] = {}
    for group, form in study.questionnaires.items():
        for name, item in form.items.items():
            items.setdefault(name, (item, []))[1].append(group)
    return items


def _entry(item: Item, groups: list[str], option: Option | None, earning: list[str]) -> Entry:
    code, label, coefficient, declines = "", ("", ""), "", ""
    if option:
        code, label = option.code, _both(option.label)
        coefficient = plain(option.coefficient)
        declines = "true" if option.no_opinion else "false"
    start = (item.name, " ".join(groups), *_both(item.ask), item.kind)
    return Entry(*start, code, *label, coefficient, declines, " ".join(earning))


def _tree(study: Study) -> Iterator[IndexRow]:
    for top in study.index.fields:
        yield IndexRow(top.code, "", "field", "", _worth(top.leaves), *_said(top))
        for middle in top.criteria:
            if not middle.is_leaf:
                yield IndexRow(
                    middle.code, top.code, "criterion", "", _worth(middle.leaves), *_said(middle)
                )
            for leaf in middle.leaves:
                level = "criterion" if middle.is_leaf else "sub_criterion"
                parent = top.code if middle.is_leaf else middle.code
                worth = (leaf.assessed, plain(leaf.points))
                yield IndexRow(leaf.code, parent, level, *worth, *_said(leaf))


def _worth(leaves: Iterable[Leaf]) -> str:
    """What leaves are worth together, exactly."""
    return plain(sum((leaf.points for leaf in leaves), Decimal(0)))


def _said(node: Field | Criterion | Leaf) -> tuple[str, str, str, str]:
    return (*_both(node.name), node.provenance, node.source)


def _both(text: Text) -> tuple[str, str]:
    """Vietnamese and English; blank for a language that the study does not speak."""
    return text.get("vi", ""), text.get("en", "")
