"""One study, read file by file: the index first, then whatever it names."""

from __future__ import annotations

import posixpath
from typing import Protocol

from analysis.problems import Problem, ProblemsFound
from survey_app.questionnaire.model import Index, Questionnaire, Scale, Study
from survey_app.questionnaire.reader import links
from survey_app.questionnaire.reader.audio import Heard
from survey_app.questionnaire.reader.forms import load_questionnaire
from survey_app.questionnaire.reader.index import Files, files, load_index
from survey_app.questionnaire.reader.scales import load_scales, spoken_by
from survey_app.questionnaire.reader.units import Register, load_units
from survey_app.questionnaire.yaml.document import Document, Node
from survey_app.questionnaire.yaml.tree import grown


class Texts(Protocol):
    """Where whole texts come from."""

    taken: dict[str, str]

    def text(self, path: str) -> str | None:
        """The text at a path below the library; None when there is none."""
        ...

    def recording(self, path: str) -> Heard | None:
        """The SHA-256 and the size of a recording; None when there is none."""
        ...

    def label(self, path: str) -> str:
        """How a path is shown to an author."""
        ...


class StudyReader:
    """Reads every file of a study, and keeps the problems of all of them."""

    def __init__(self, name: str, texts: Texts) -> None:
        self.name = name
        self.texts = texts
        self.documents: list[Document] = []
        self.undecoded: list[Problem] = []
        self.unread = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem: file by file as they were opened, from the top of each."""
        in_order = list(self.undecoded)
        for document in self.documents:
            in_order += document.in_order
        return tuple(in_order)

    def read(self, path: str) -> Study | None:
        """The study of an index; None when the index cannot be read at all."""
        root = self._open(path)
        if root is None or root.missing:
            return None
        index = load_index(root)
        self._check_name(root, "index", self.name)
        named = files(root)
        scales = self._scales(named, path, index)
        forms = self._forms(named, path, index, scales)
        register = self._units(named, path, index, root)
        self._check_links(index, root, forms, scaled=scales is not None)
        units = tuple(each for each in register.units if each.unit_class == index.unit_class)
        questionnaires = {group: form for group, (form, _) in forms.items()}
        names = register.classes.get(index.unit_class, {})
        return Study(self.name, index, questionnaires, units, dict(self.texts.taken), names)

    def _open(self, path: str, named_by: Node | None = None) -> Node | None:
        try:
            text = self.texts.text(path)
        except ProblemsFound as error:
            self.undecoded += error.problems
            return None
        if text is None:
            self._report_missing(path, named_by)
            return None
        document, root = grown(text, self.texts.label(path), path)
        self.documents.append(document)
        return root

    def _report_missing(self, path: str, named_by: Node | None) -> None:
        help_ = "paths are read from the folder of the index"
        if named_by is None:
            shown = self.texts.label(path)
            self.undecoded.append(Problem("missing-file", "there is no such file", shown))
        else:
            named_by.problem("missing-file", f"there is no file `{named_by.text[:80]}`", help_)

    def _follow(self, node: Node, path: str) -> Node | None:
        """Open the file that a value of the index names."""
        written = node.scalar()
        if not written:
            return None
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
        if target.startswith(("/", "..")) or not target.endswith(".yaml") or "\\" in target:
            help_ = "name a `.yaml` file of the library, with `/` between folders"
            node.problem("outside-library", f"`{written[:80]}` is no file of the library", help_)
            return None
        if target in self.texts.taken:
            node.problem("duplicate-code", f"`{written[:80]}` is named twice", "keep one of them")
            return None
        root = self._open(target, node)
        return None if root is None or root.missing else root

    def _scales(self, named: Files, path: str, index: Index) -> dict[str, Scale] | None:
        root = self._follow(named.scales, path)
        if root is None:
            return None
        spoken = spoken_by(root, index.languages)
        links.check_languages(index, root, spoken)
        return dict(load_scales(root, spoken, index.sources))

    def _forms(
        self, named: Files, path: str, index: Index, scales: dict[str, Scale] | None
    ) -> dict[str, tuple[Questionnaire, Document]]:
        by_group: dict[str, tuple[Questionnaire, Document]] = {}
        for node in named.questionnaires:
            root = self._follow(node, path)
            if root is None:
                self.unread = True
                continue
            form = load_questionnaire(root, scales, self.texts.recording)
            self._check_form(form, root, index, taken=form.group in by_group)
            by_group.setdefault(form.group, (form, root.document))
        return by_group

    def _check_form(self, form: Questionnaire, root: Node, index: Index, *, taken: bool) -> None:
        links.check_languages(index, root, form.languages)
        links.check_scales_speak(index, root, form)
        if form.group:
            links.check_group(index, root, form, taken=taken)
            self._check_name(root, "questionnaire", f"{self.name}/{form.group}")

    def _check_name(self, root: Node, key: str, name: str) -> None:
        written = root.need(key)
        if written.text and written.text != name:
            message = f"this should be called `{name}`, after its folder"
            written.problem("name-differs", message, f"`{key}: {name}`, or move the file")

    def _units(self, named: Files, path: str, index: Index, root: Node) -> Register:
        node = self._follow(named.units, path)
        if node is None:
            return Register({}, (), ())
        register = load_units(node)
        links.check_languages(index, node, register.languages)
        links.check_units(index, root, register)
        return register

    def _check_links(self, index: Index, root: Node, forms: links.Forms, *, scaled: bool) -> None:
        if not self.unread:
            links.check_groups(index, root.document, forms)
        if scaled:
            links.check_questions(index, root.document, forms)
            links.check_same_items(forms)
