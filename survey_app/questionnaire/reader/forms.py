"""A questionnaire file: notice, sections and items, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey_app.questionnaire.model import Item, Notice, Questionnaire, Scale, Section
from survey_app.questionnaire.reader import audio
from survey_app.questionnaire.reader.items import Asked, load_item
from survey_app.questionnaire.yaml import values
from survey_app.questionnaire.yaml.document import Node

_KEYS = (
    "questionnaire", "version", "languages", "language_names", "group", "title", "notice",
    "sections",
)  # fmt: skip
_NOTICE = ("asks", "why", "kept", "until", "voluntary", "contact")
_YEAR = ("year",)


def load_questionnaire(
    root: Node, scales: Mapping[str, Scale] | None, seek: audio.Seek | None = None
) -> Questionnaire:
    """A questionnaire. `scales`, `seek` None: the files that they stand for are not at hand."""
    root.only(*_KEYS)
    group = values.code(root.need("group"))
    languages = values.languages(root.need("languages"))
    return Questionnaire(
        name=_name(root.need("questionnaire"), group),
        version=values.whole(root.need("version"), 1, 9999, 1),
        languages=languages,
        group=group,
        title=values.words(root.need("title"), languages, _YEAR),
        notice=_notice(root.need("notice"), languages, seek),
        sections=_sections(root.need("sections"), Asked(languages, scales, seek)),
        file=root.document.path,
        language_names=values.language_names(root, languages),
    )


def _name(node: Node, group: str) -> str:
    name = node.scalar()
    if name and group and name.rpartition("/")[2] != group:
        help_ = f"the name is the study's, then the group: `.../{group}`"
        node.problem("name-differs", f"`{name}` does not end with its group `{group}`", help_)
    return name


def _notice(node: Node, languages: Sequence[str], seek: audio.Seek | None) -> Notice:
    if node.is_mapping():
        node.only(*_NOTICE, "audio")
    said = {part: values.words(node.need(part), languages, _YEAR) for part in _NOTICE}
    return Notice(**said, audio=audio.recordings(node.get("audio"), languages, seek))


def _sections(node: Node, asked: Asked) -> tuple[Section, ...]:
    nodes = node.elements()
    sections = tuple(_section(each, asked) for each in nodes)
    _check_one_run(nodes, sections)
    return sections


def _section(node: Node, asked: Asked) -> Section:
    node.only("section", "title", "each_unit", "items")
    name = values.code(node.need("section"))
    values.distinct(node.need("section"), "section", name)
    each_unit = values.flag(node.get("each_unit"))
    allowed = ("unit", "year") if each_unit else _YEAR
    title = values.words(node.need("title"), asked.languages, allowed)
    return Section(name, title, _items(node.need("items"), asked, each_unit=each_unit), each_unit)


def _items(node: Node, asked: Asked, *, each_unit: bool) -> tuple[Item, ...]:
    items: list[Item] = []
    for each in node.elements():
        item = load_item(each, asked, each_unit=each_unit)
        if item is None:
            continue
        items.append(item)
        asked.items[item.name] = item
        if each_unit:
            asked.of_units.add(item.name)
    return tuple(items)


def _check_one_run(nodes: Sequence[Node], sections: Sequence[Section]) -> None:
    runs = 0
    for at, section in enumerate(sections):
        begins = section.each_unit and (at == 0 or not sections[at - 1].each_unit)
        runs += begins
        if begins and runs > 1:
            nodes[at].problem(
                "each-unit-apart",
                f"section `{section.name}` asks about every unit, apart from the others that do",
                "let the sections with `each_unit: true` stand together",
            )
