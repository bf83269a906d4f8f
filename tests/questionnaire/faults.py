"""One fault of each kind, made in the tiny study; tests/golden/problems/ holds what is said of it.

python -m tests.questionnaire.faults     # writes the messages anew, to be read before a commit
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.problems import Problem, ProblemsFound
from survey_app.questionnaire.check import check_files
from survey_app.questionnaire.editions.changes import changes
from survey_app.questionnaire.library import study, study_from_texts
from survey_app.questionnaire.model import Item, Scale
from survey_app.questionnaire.yaml import encoding
from tests.builders import (
    COUNCIL,
    INDEX,
    NAME,
    SCALES,
    UNITS,
    Change,
    in_a_third,
    study_texts,
    write_study,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "problems"

_LEAVES = "groups: [council, citizens]"
_COUNTER = "          en: At the counter\n"
_AGE = "        kind: number\n        low: 18\n        high: 120\n"
_REVERSED = "        scale: level4\n        order: reverse\n"
_LAST_ITEM = "        kind: long_text\n        max_length: 500\n"
_USED = "        ask_if:\n          used_service: [1]\n"
_COMMUNE = """\
  - class: commune
    name:
      vi: Xã, phường
      en: Commune
    provenance: proposed
"""
_ONCE: Change = [
    ("    each_unit: true\n", ""),
    ("lãnh đạo {unit}?", "lãnh đạo?"),
    ("leaders of {unit}?", "leaders?"),
    ("chờ ở {unit}", "chờ"),
    ("long at {unit}?", "long?"),
]
_SECOND = """\
  - section: again
    title:
      vi: Lại nữa
      en: Again
    each_unit: true
    items:
      - item: again
        ask:
          vi: Thế nào?
          en: How?
        kind: text
"""


FAULTS: Mapping[str, Mapping[str, Change]] = {
    "alias": {"units": ("source: list", "source: *list")},
    "anchor": {"units": ("source: list", "source: &here list")},
    "ask-if-each-unit": {
        "council": (_LAST_ITEM, _LAST_ITEM + "        ask_if:\n          leadership: [D]\n")
    },
    "ask-if-without-codes": {"citizens": ("leadership: [C, D]", "age: [18]")},
    "bad-code": {"units": ("unit: STP", "unit: Sở Tư pháp")},
    "bad-language": {"council": ("languages: [vi, en]", "languages: [vi, en, Tiếng Thái]")},
    "byte-order-mark": {"scales": ("scales:\n", "\ufeffscales:\n")},
    "coefficient-of-no-opinion": {
        "scales": ("no_opinion: true", "no_opinion: true\n        coefficient: 0")
    },
    "count-differs": {"index": ("criteria: 2", "criteria: 3")},
    "dates-reversed": {
        "units": ("valid_from: 2014-01-01", "valid_from: 2014-01-01\n    valid_to: 2013-12-31")
    },
    "decimal-comma": {"index": ("points: 1.5", "points: 1,5")},
    "duplicate-code": {"scales": ("code: B", "code: A")},
    "duplicate-group": {"index": ("citizens.yaml]", "citizens.yaml, ../again.yaml]")},
    "duplicate-item": {"council": ("item: remark", "item: leadership")},
    "duplicate-key": {"index": ("version: 1\n", "version: 1\nversion: 2\n")},
    "each-unit-apart": {"council": (_LAST_ITEM, _LAST_ITEM + _SECOND)},
    "empty-file": {"scales": "# nothing yet\n"},
    "empty-list": {"index": (_LEAVES, "groups: []")},
    "empty-value": {"index": ("en: Trial index", "en:")},
    "forbidden-topic": {
        "citizens": ("vi: Ông/Bà bao nhiêu tuổi?", "vi: Số căn cước của Ông/Bà là gì?")
    },
    "grades-not-descending": {"index": ("min: 80", "min: 0")},
    "group-without-questionnaire": {"index": ("[council.yaml, citizens.yaml]", "[council.yaml]")},
    "item-differs": {"citizens": ("item: age", "item: remark")},
    "key-not-for-kind": {"citizens": (_AGE, _AGE + "        scale: yes_no\n")},
    "order-not-for-kind": {"citizens": (_AGE, _AGE + "        order: shuffle\n")},
    "order-differs": {"council": ("        scale: level4\n", _REVERSED)},
    "key-not-text": {"scales": ("scales:\n", "? [a]\n: b\nscales:\n")},
    "languages-differ": {
        "units": "\n".join(line for line in UNITS.splitlines() if " en: " not in line).replace(
            "[vi, en]", "[vi]"
        )
    },
    "last-grade-not-zero": {"index": ("min: 0", "min: 10")},
    "missing-best": {"scales": ("    best: first\n", "")},
    "missing-coefficient": {"scales": ("        coefficient: 0.2\n", "")},
    "missing-file": {"index": ("scales: scales.yaml", "scales: scale.yaml")},
    "missing-key": {"council": ("        scale: level4\n", "")},
    "missing-language": {"council": ("          en: Choose one answer.\n", "")},
    "missing-language-name": {
        "council": in_a_third(COUNCIL, "xyz"),
        "scales": in_a_third(SCALES, "xyz"),
    },
    "missing-source": {"index": ("    source: decision\n    criteria", "    criteria")},
    "name-differs": {"council": ("2026-department/council", "2025-department/council")},
    "negative-weight": {"index": (_LEAVES, "groups:\n              council: -1")},
    "no-opinion-not-last": {"scales": (_COUNTER, _COUNTER + "        no_opinion: true\n")},
    "no-units": {
        "index": ("unit_class: department", "unit_class: commune"),
        "units": ("units:\n", _COMMUNE + "units:\n"),
    },
    "not-a-date": {"units": ("2014-01-01", "2014-02-30")},
    "not-a-number": {"scales": ("coefficient: 0.6", "coefficient: 2/3")},
    "not-a-whole-number": {"index": ("version: 1", "version: 1.0")},
    "not-nfc": {"council": ("Ý kiến khác", "Y\u0301 kiến khác")},
    "not-true-or-false": {"council": ("required: true", "required: yes")},
    "nothing-to-move": {
        "scales": [
            ("code: counter", "code: counter\n        stay: last"),
            ("code: online", "code: online\n        stay: last"),
        ],
        "citizens": ("        scale: ways\n", "        scale: ways\n        order: shuffle\n"),
    },
    "not-yaml": {"council": ("title:\n      vi: Chỉ", "title:\n      vi: Chủ đề: Chỉ")},
    "not-yaml-indent": {"units": ("  - unit: STP", " - unit: STP")},
    "out-of-range": {"scales": ("coefficient: 0.6", "coefficient: 60")},
    "outside-library": {"index": ("../units.yaml", "../../../etc/units.yaml")},
    "own-predecessor": {"units": ("predecessors: [SNV]", "predecessors: [STP]")},
    "points-above-sub-criteria": {
        "index": ("        sub_criteria:\n", "        points: 2\n        sub_criteria:\n")
    },
    "points-do-not-add-up": {"index": ("points: 8.5", "points: 8.4")},
    "points-not-positive": {"index": ("points: 8.5", "points: 0")},
    "question-not-each-unit": {"citizens": _ONCE},
    "question-not-scored": {
        "index": [("question: leadership", "question: lead"), (_LEAVES, "groups: [council]")],
        "council": [("item: leadership", "item: lead"), ("scale: level4", "scale: ways")],
    },
    "range-empty": {"citizens": ("low: 18", "low: 180")},
    "required-without-no-opinion": {
        "citizens": (
            "scale: yes_no\n      - item: ways",
            "scale: yes_no\n        required: true\n      - item: ways",
        )
    },
    "reserved-name": {"council": ("item: remark", "item: weight")},
    "reverse-without-best": {
        "citizens": ("        scale: ways\n", "        scale: ways\n        order: reverse\n")
    },
    "reversed-scale": {"scales": ("best: first", "best: last")},
    "same-name": {"units": ("vi: Sở Tư pháp", "vi: Sở Nội vụ")},
    "scale-lacks-language": {"council": in_a_third(COUNCIL)},
    "second-document": {"scales": ("scales:\n", "scales:\n---\n")},
    "self-with-question": {
        "index": ("assessed: self\n", "assessed: self\n        question: leadership\n")
    },
    "shuffled-judgements": {
        "citizens": (
            "at {unit}?\n        scale: yes_no\n",
            "at {unit}?\n        scale: level4\n        order: shuffle\n",
        )
    },
    "stay-not-last": {"scales": ("code: counter", "code: counter\n        stay: last")},
    "stay-on-scored-scale": {"scales": ("code: D", "code: D\n        stay: last")},
    "tab": {"units": ("  - unit: SNV", "\t- unit: SNV")},
    "tag": {"index": ("version: 1", "version: !!int 1")},
    "text-cut-by-hash": {"index": ("en: Trial index", "en: Trial index #1")},
    "too-deep": {"scales": "[" * 60},
    "unbalanced-braces": {"council": ("{unit} in {year}?", "{unit in {year}?")},
    "unit-outside-each-unit": {"citizens": ("bao nhiêu tuổi?", "bao nhiêu tuổi, {unit}?")},
    "unknown-class": {"units": ("    class: department", "    class: departement")},
    "unknown-code": {"citizens": ("leadership: [C, D]", "leadership: [C, X]")},
    "unknown-group": {"index": (_LEAVES, "groups: [council, citizen]")},
    "unknown-item": {
        "citizens": (_USED + "  - sec", "        ask_if:\n          waiting: [1]\n  - sec")
    },
    "unknown-key": {"council": ("        hint:", "        hnt:")},
    "unknown-language": {
        "council": ("          en: Choose one", "          fr: Un choix\n          en: Choose one")
    },
    "unknown-placeholder": {"council": ("{unit} in {year}?", "{units} in {year}?")},
    "unknown-question": {"index": ("question: leadership", "question: leaderships")},
    "unknown-scale": {"council": ("scale: level4", "scale: levels4")},
    "unknown-source": {"index": ("source: decision", "source: decison")},
    "unknown-unit": {"units": ("predecessors: [SNV]", "predecessors: [SNW]")},
    "unknown-word": {"index": ("provenance: analogous", "provenance: analogus")},
    "unseen-character": {"units": ("vi: Sở Tư pháp", "vi: Sở\u200b Tư pháp")},
    "unseen-indent": {"units": ("      en: Department of Justice", "\u00a0     en: Justice")},
    "unseen-escape": {"units": ("en: Department of Justice", 'en: "Justice\\x00"')},
    "weights-all-zero": {"index": (_LEAVES, "groups:\n              council: 0")},
    "words-in-one-line": {
        "index": ("title:\n  vi: Chỉ số thử nghiệm\n  en: Trial index", "title: {vi: A, en: B}")
    },
    "wrong-shape": {"index": ("languages: [vi, en]", "languages: vi, en")},
}


def _not_utf8() -> Sequence[Problem]:
    try:
        encoding.decoded(b"units:\n  - vi: S\xf4 th\xf4ng tin", "units.yaml")
    except ProblemsFound as found:
        return found.problems
    return ()


def _no_such_study() -> Sequence[Problem]:
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder))
        try:
            study("demo/2026-departments", Path(folder))
        except ProblemsFound as found:
            return found.problems
    return ()


def _checked_as(name: str, text: str) -> Sequence[Problem]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path(name).write_text(text, encoding="utf-8")
        return check_files([Path(name)]).problems


def _changed(change: Callable[[Item, Scale], Item]) -> Sequence[Problem]:
    """What is said when the first item of the council's questionnaire becomes another."""
    old = study_from_texts(NAME, study_texts()).questionnaires["council"]
    item = old.sections[0].items[0]
    assert item.scale
    section = replace(old.sections[0], items=(change(item, item.scale),))
    new = replace(old, version=2, sections=(section, *old.sections[1:]))
    return changes(old, new)


def _other(item: Item, scale: Scale, at: slice) -> Item:
    return replace(item, scale=replace(scale, options=scale.options[at]))


def _judging(item: Item, scale: Scale) -> Item:
    *rest, last = scale.options
    return replace(item, scale=replace(scale, options=(*rest, replace(last, no_opinion=False))))


def _same_version() -> Sequence[Problem]:
    old = study_from_texts(NAME, study_texts()).questionnaires["council"]
    return changes(old, replace(old, title={"vi": "Khác", "en": "Other"}))


def _since(file: str) -> Sequence[Problem]:
    """What is said when the study is held against one file of it, alone in a folder."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        now, texts = Path(write_study(Path())), study_texts()
        text = next(each for path, each in texts.items() if path.endswith(f"/{file}"))
        Path(file).write_text(text, encoding="utf-8")
        return check_files([now], Path(), since=Path(file)).problems


def _recorded(written: str, size: int = 10) -> Sequence[Problem]:
    """What is said of a study whose first question names a recording."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        ask = ("        hint:", f"        audio:\n          vi: {written}\n        hint:")
        name = write_study(Path(folder), council=ask)
        file = Path(folder, name, "audio", "question.mp3")
        file.parent.mkdir()
        file.write_bytes(bytes(size))
        try:
            study(name, Path(folder))
        except ProblemsFound as found:
            return found.problems
    return ()


SPECIAL: Mapping[str, Callable[[], Sequence[Problem]]] = {
    "not-utf-8": _not_utf8,
    "no-such-study": _no_such_study,
    "unknown-audio": lambda: _recorded("audio/question.wav"),
    "audio-too-large": lambda: _recorded("audio/question.mp3", 200_001),
    "audio-missing": lambda: _recorded("audio/questions.mp3"),
    "audio-outside": lambda: _recorded("../audio/question.mp3"),
    "file-too-large": lambda: list(encoding.faults("a" * 1_000_001, "units.yaml")),
    "misplaced-index": lambda: _checked_as("first.yaml", INDEX),
    "unknown-file": lambda: _checked_as("notes.yaml", "notes:\n  - one\n"),
    "version-not-raised": _same_version,
    "kind-changed": lambda: _changed(lambda item, _: replace(item, kind="text", scale=None)),
    "code-removed": lambda: _changed(lambda item, scale: _other(item, scale, slice(1, None))),
    "code-moved": lambda: _changed(lambda item, scale: _other(item, scale, slice(None, None, -1))),
    "code-changed": lambda: _changed(_judging),
    "nothing-to-compare": lambda: _since("units.yaml"),
    "scales-not-at-hand": lambda: _since("council.yaml"),
}


def said(name: str) -> str:
    """What is printed for a fault: one problem, or as many as the fault makes."""
    found = SPECIAL[name]() if name in SPECIAL else problems_of(_texts(name))
    return "\n\n".join(str(problem) for problem in found) + "\n"


def _texts(name: str) -> Mapping[str, str]:
    texts = study_texts(**FAULTS[name])
    return texts | {"demo/again.yaml": texts[f"{NAME}/council.yaml"]}


def problems_of(texts: Mapping[str, str]) -> Sequence[Problem]:
    """What is wrong with the study in these texts."""
    try:
        study_from_texts(NAME, texts)
    except ProblemsFound as found:
        return found.problems
    return ()


if __name__ == "__main__":
    for each in (*FAULTS, *SPECIAL):
        (GOLDEN / f"{each}.txt").write_text(said(each), encoding="utf-8")
