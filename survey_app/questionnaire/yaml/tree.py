"""A YAML text grown into a tree of nodes, from the parser's events.

Built from events and not by `yaml.compose`: no recursion, so a hostile depth is a fault in the
file and not a crash; anchors, aliases and tags are refused before they mean anything.
"""

from __future__ import annotations

from typing import Any

import yaml

from analysis.problems import Problem
from survey_app.questionnaire.yaml import encoding
from survey_app.questionnaire.yaml.document import Document, Node
from survey_app.questionnaire.yaml.syntax_errors import ERRORS, FAST, not_yaml

DEEPEST = 40


def grown(text: str, file: str, path: str = "") -> tuple[Document, Node]:
    """The document and its root; a text that is no YAML has an empty root and says why."""
    document = Document(file, text.split("\n"), path)
    document.problems += encoding.faults(text, file)
    root = Node(document, 1, 1, 1, missing=True)
    if any(problem.slug != "not-nfc" for problem in document.problems):
        return document, root
    if not text.strip():
        document.problems.append(Problem("empty-file", "the file is empty", file, help=_EMPTY_HELP))
        return document, root
    return document, _Grower(document).grow(text) or root


_EMPTY_HELP = "docs/reference/questionnaires.md says what each file holds"


class _Grower:
    """Turns events into nodes, keeping the open lists and mappings on a stack."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Node | None = None
        self.open: list[Node] = []
        self.keys: list[Node | None] = []
        self.stopped = False

    def grow(self, text: str) -> Node | None:
        """The root, or None when there is none that can be read."""
        try:
            for event in yaml.parse(text, Loader=FAST):
                self._take(event)
                if self.stopped:
                    return None
        except ERRORS as error:
            document = self.document
            document.problems.append(not_yaml(text, document.lines, document.file, error))
            return None
        if self.root is None or self.root.shape == "nothing":
            self.document.problems.append(
                Problem("empty-file", "the file is empty", self.document.file, help=_EMPTY_HELP)
            )
            return None
        return self.root

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
                self.keys.pop()
            case yaml.AliasEvent():
                node = self._node(event)
                node.problem("alias", "aliases are not used here", "write the text out again")
                node.missing = True
                self._add(node)
            case yaml.DocumentStartEvent() if self.root is not None:
                self._node(event).problem(
                    "second-document", "a second document begins here", "one file, one document"
                )
                self.stopped = True

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        node = self._node(event)
        node.shape = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        node.flow = bool(event.flow_style)
        self._refuse_extras(event, node)
        self._add(node)
        self.open.append(node)
        self.keys.append(None)
        if len(self.open) > DEEPEST:
            node.problem("too-deep", f"more than {DEEPEST} levels deep", "check the indentation")
            self.stopped = True

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        node = self._node(event)
        is_blank = not event.value and not event.style
        node.shape = "nothing" if is_blank else "words"
        node.text = event.value
        self._refuse_extras(event, node)
        if event.style == '"' and (fault := encoding.spoken(event.value)):
            message = f"the text holds an escape for what may not stand here ({fault})"
            node.problem("unseen-character", message, "write letters as letters, without `\\`")
        return node

    def _refuse_extras(self, event: Any, node: Node) -> None:
        if event.anchor:
            node.problem("alias", f"anchors (`&{event.anchor}`) are not used here", "take it out")
        if event.tag and event.tag != "!":
            node.problem("tag", "YAML tags (`!...`) are not used here", "take it out")

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = self.root or node
        elif self.open[-1].shape == "list":
            self.open[-1].items.append(node)
        elif (key := self.keys[-1]) is None:
            self._key(node)
        else:
            self.keys[-1] = None
            self._pair(self.open[-1], key, node)

    def _key(self, node: Node) -> None:
        if node.shape != "words":
            node.problem("key-not-text", "a key is a single word", "write `key: value`")
        self.keys[-1] = node

    def _pair(self, mapping: Node, key: Node, value: Node) -> None:
        if value.shape == "nothing":
            value.line, value.column, value.width = key.line, key.column, key.width
        if key.shape != "words":
            return
        if first := mapping.entries.get(key.text):
            message = f"`{key.text[:40]}` stands here twice; first on line {first[0].line}"
            key.problem("duplicate-key", message, "keep one of them")
            return
        mapping.entries[key.text] = (key, value)

    def _node(self, event: yaml.Event) -> Node:
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        line = self.document.lines[start.line] if start.line < len(self.document.lines) else ""
        is_words = isinstance(event, yaml.ScalarEvent) and end.line == start.line
        last = end.column if is_words else len(line.rstrip())
        return Node(self.document, start.line + 1, start.column + 1, max(last - start.column, 1))
