"""Whether the files of a study fit together: leaves find their questions, groups their forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.problems import closest
from survey_app.questionnaire.model import Index, Item, Leaf, Questionnaire
from survey_app.questionnaire.reader.units import Register
from survey_app.questionnaire.yaml.document import Document, Node

Forms = Mapping[str, tuple[Questionnaire, Document]]
"""Respondent group -> its questionnaire, and the file it was read from."""


def check_groups(index: Index, home: Document, forms: Forms) -> None:
    """Every group has a questionnaire, and every questionnaire a group."""
    for group in index.groups:
        if group and group not in forms:
            message = f"no questionnaire of this study is for `{group}`"
            help_ = "add its file to `questionnaires`, or take the group out"
            home.place("group", group).problem("group-without-questionnaire", message, help_)


def check_group(index: Index, root: Node, form: Questionnaire, *, taken: bool) -> None:
    """A questionnaire is for one group of its index, and the only one for it."""
    node = root.need("group")
    if form.group not in index.groups:
        message = f"respondent group `{form.group}` is not declared by the index"
        node.problem("unknown-group", message, closest(form.group, index.groups))
    elif taken:
        message = f"another questionnaire of this study is for `{form.group}` too"
        node.problem("duplicate-group", message, "one group, one questionnaire")


def check_questions(index: Index, home: Document, forms: Forms) -> None:
    """Every surveyed leaf is asked about, of every unit, on a scored scale, in all its groups."""
    for leaf in index.leaves:
        if not leaf.question:
            continue
        node = home.place("leaf", leaf.code).need("question")
        asked = [forms[group][0] for group in leaf.groups if group in forms]
        if lacking := [form for form in asked if leaf.question not in form.items]:
            known = {name for form in lacking for name in form.items}
            listed = " and ".join(f"`{form.group}`" for form in lacking)
            message = f"`{leaf.code}` asks `{leaf.question}`, but {listed} are not asked that"
            node.problem("unknown-question", message, closest(leaf.question, sorted(known)))
        for form in asked:
            if leaf.question in form.items:
                _check_question(leaf, node, form)


def _check_question(leaf: Leaf, node: Node, form: Questionnaire) -> None:
    item = form.items[leaf.question]
    if item not in form.unit_items:
        message = f"`{leaf.question}` is asked of `{form.group}` once, not about every unit"
        help_ = "move it into a section with `each_unit: true`"
        node.problem("question-not-each-unit", message, help_)
    elif _is_read(item) and not _is_scored(item):
        message = f"`{leaf.question}` of `{form.group}` earns no points: its options have no worth"
        help_ = "give it `kind: choice` and a scale with `best` and coefficients"
        node.problem("question-not-scored", message, help_)


def _is_scored(item: Item) -> bool:
    worth = item.scale.options if item.scale else ()
    return item.kind == "choice" and any(option.coefficient is not None for option in worth)


def check_same_items(forms: Forms) -> None:
    """An item of one name is one column of the data: it is alike in every questionnaire."""
    first: dict[str, tuple[str, Item]] = {}
    for group, (form, document) in forms.items():
        for name, item in form.items.items():
            where, known = first.setdefault(name, (group, item))
            if _is_read(item) and _is_read(known) and _column(item) != _column(known):
                document.place("item", name).problem(
                    "item-differs",
                    f"`{name}` is {_said(item)} here, but {_said(known)} in `{where}`",
                    "make them alike, or choose another name",
                )


def _is_read(item: Item) -> bool:
    """Whether the scale that the item needs could be read; its absence is reported already."""
    return item.scale is not None or item.kind not in ("choice", "choices")


def _column(item: Item) -> tuple[str, str, str]:
    return item.kind, item.scale.name if item.scale else "", item.order


def _said(item: Item) -> str:
    on = f" on scale `{item.scale.name}`" if item.scale else ""
    return f"`{item.kind}`{on}" + (f" in order `{item.order}`" if item.order != "fixed" else "")


def check_languages(index: Index, root: Node, spoken: Sequence[str]) -> None:
    """A file of a study speaks at least the languages of its index."""
    lacking = [each for each in index.languages if each not in spoken]
    if lacking and spoken:
        listed = ", ".join(f"`{each}`" for each in lacking)
        message = f"the index speaks {listed}, this file does not"
        help_ = f"languages: [{', '.join(index.languages)}]"
        root.need("languages").problem("languages-differ", message, help_)


def check_scales_speak(index: Index, root: Node, form: Questionnaire) -> None:
    """A language that only some questionnaires speak is spoken by the scales they use, too."""
    more = [each for each in form.languages if each not in index.languages]
    used = {item.scale.name: item.scale for item in form.items.values() if item.scale}
    for language in more:
        mute = [
            f"`{name}`"
            for name, scale in used.items()
            if any(language not in option.label for option in scale.options)
        ]
        if mute:
            message = f"`{language}` is spoken here, but not by the scale {', '.join(mute)}"
            help_ = "add it to `languages` of the scales file, and to every label there"
            root.need("languages").problem("scale-lacks-language", message, help_)


def check_units(index: Index, root: Node, register: Register) -> None:
    """There are units to assess."""
    node = root.need("unit_class")
    if not index.unit_class or not register.classes:
        return
    if index.unit_class not in register.classes:
        message = f"class `{index.unit_class}` is not declared in the units file"
        node.problem("unknown-class", message, closest(index.unit_class, register.classes))
    elif not any(unit.unit_class == index.unit_class for unit in register.units):
        message = f"the units file has no unit of class `{index.unit_class}`"
        node.problem("no-units", message, "add the units that are assessed")
