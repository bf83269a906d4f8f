"""The units of a programme over time: offices come, go and merge, so each has its dates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from analysis.problems import closest
from survey_app.questionnaire.model import Text, Unit
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node


@dataclass(frozen=True)
class Register:
    """What a units file holds: the names of the classes, and every unit of every class."""

    classes: Mapping[str, Text]
    units: tuple[Unit, ...]
    languages: tuple[str, ...]


def load_units(root: Node) -> Register:
    """The classes and units of a file."""
    root.only("programme", "languages", "sources", "classes", "units")
    values.code(root.need("programme"))
    languages = values.languages(root.need("languages"))
    sources = values.sources(root.get("sources"), languages)
    classes = _classes(root.need("classes"), languages, sources)
    nodes = root.need("units").elements()
    units = tuple(_unit(node, languages, sources, classes) for node in nodes)
    known = [unit.code for unit in units if unit.code]
    before = {unit.code: unit.predecessors for unit in units}
    for node, unit in zip(nodes, units, strict=True):
        _check_predecessors(node, known)
        _check_no_circle(node, unit, before)
    _check_names(root, units)
    return Register(classes, units, languages)


def _classes(node: Node, languages: Sequence[str], sources: Collection[str]) -> Mapping[str, Text]:
    classes: dict[str, Text] = {}
    for each in node.elements():
        each.only("class", "name", "provenance", "source", "valid_from", "valid_to")
        code = values.code(each.need("class"))
        values.distinct(each.need("class"), "class", code)
        values.provenance(each, sources)
        _dates(each)
        classes[code] = values.words(each.need("name"), languages)
    return classes


def _unit(
    node: Node, languages: Sequence[str], sources: Collection[str], classes: Collection[str]
) -> Unit:
    node.only(
        "unit", "class", "name", "valid_from", "valid_to", "predecessors", "provenance", "source"
    )
    code = values.code(node.need("unit"))
    values.distinct(node.need("unit"), "unit", code)
    unit_class = node.need("class").scalar()
    if unit_class and unit_class not in classes:
        message = f"class `{unit_class[:40]}` is not declared"
        node.need("class").problem("unknown-class", message, closest(unit_class, classes))
    name = values.words(node.need("name"), languages)
    valid_from, valid_to = _dates(node)
    written = node.get("predecessors")
    before = tuple(each.scalar() for each in written.elements(least=0)) if written else ()
    provenance, source = values.provenance(node, sources)
    return Unit(code, unit_class, name, valid_from, valid_to, before, provenance, source)


def _dates(node: Node) -> tuple[date | None, date | None]:
    first, last = values.day(node.get("valid_from")), values.day(node.get("valid_to"))
    if first and last and first > last:
        message = f"valid from {first}, but only to {last}"
        node.key("valid_from").problem("dates-reversed", message, "put the earlier day first")
    return first, last


def _check_predecessors(node: Node, known: Collection[str]) -> None:
    written = node.get("predecessors")
    for each in written.items if written else ():
        if each.text and each.text not in known:
            message = f"unit `{each.text[:40]}` is not in this file"
            each.problem("unknown-unit", message, closest(each.text, known))


def _check_no_circle(node: Node, unit: Unit, before: Mapping[str, Sequence[str]]) -> None:
    """Whoever follows the predecessors back in time must come to an end."""
    earlier: set[str] = set()
    ahead = list(unit.predecessors)
    while ahead:
        code = ahead.pop()
        if code not in earlier:
            earlier.add(code)
            ahead += before.get(code, ())
    if unit.code and unit.code in earlier:
        message = f"`{unit.code}` comes before itself"
        help_ = "name the units it was made from, and only those"
        node.need("predecessors").problem("own-predecessor", message, help_)


def _check_names(root: Node, units: Sequence[Unit]) -> None:
    alike: dict[tuple[str, str, str], list[Unit]] = {}
    for unit in units:
        for language, name in unit.name.items():
            alike.setdefault((unit.unit_class, language, name.casefold()), []).append(unit)
    reported: set[str] = set()
    for (_, _, name), namesakes in alike.items():
        for one, other in combinations(namesakes, 2):
            if name and one.code != other.code and _overlap(one, other):
                _report_name(root, one, other, reported)


def _overlap(one: Unit, other: Unit) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    return first <= min(one.valid_to or date.max, other.valid_to or date.max)


def _report_name(root: Node, one: Unit, other: Unit, reported: set[str]) -> None:
    if other.code in reported or not other.code:
        return
    reported.add(other.code)
    root.document.place("unit", other.code).problem(
        "same-name",
        f"`{other.code}` and `{one.code}` have one name, one class, and exist at the same time",
        "tell them apart by name, or mend their dates",
    )
