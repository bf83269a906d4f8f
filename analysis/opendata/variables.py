"""The columns of open data: they follow from questionnaire and units alone, never from data.

All values are numbers, the same in every format, so that any program can give them labels. A code
that is a number stays that number; other codes are numbered in the order of the questionnaire. What
is no answer has a number below zero that says why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from analysis.io.table import Table, read_csv
from analysis.opendata.fielded_texts import FieldedTexts, fielded_texts
from analysis.problems import Problem, ProblemsFound
from analysis.spreadsheets import unguarded

Kind = Literal["design", "choice", "several", "number"]

WITHHELD, NOT_ASKED, NOT_SHOWN, REFUSED, NO_OPINION, NO_ANSWER = -94, -95, -96, -97, -98, -99
"""What stands where there is no answer."""

NO_VALUE: Mapping[int, tuple[str, str]] = {
    WITHHELD: ("Không công bố để bảo vệ người trả lời", "Withheld to protect respondents"),
    NOT_ASKED: ("Phiếu của nhóm không có câu này", "Not in the questionnaire of this group"),
    NOT_SHOWN: ("Không phải trả lời theo điều kiện", "Not shown, by a condition"),
    REFUSED: ("Từ chối trả lời", "Refused"),
    NO_OPINION: ("Không có ý kiến", "No opinion"),
    NO_ANSWER: ("Được hỏi nhưng không trả lời", "Shown, not answered"),
}
"""The words of those numbers; a questionnaire's own words for "no opinion" come first."""

MODES = {"web": 1, "paper": 2, "interview": 3, "open": 4, "kiosk": 5}
_MODE_WORDS = (
    ("Trực tuyến", "Online"),
    ("Phiếu giấy", "On paper"),
    ("Phỏng vấn", "Interview"),
    ("Đường dẫn mở", "Open link"),
    ("Điểm khảo sát tại chỗ", "Kiosk"),
)
LEVELS: Mapping[int, tuple[str, str]] = {
    0: ("Giữ nguyên thiết kế mẫu", "Design as it is"),
    1: ("Không ghi hình thức trả lời", "Without the mode of answering"),
    2: ("Không ghi cả cụm mẫu", "Without primary sampling units either"),
    3: ("Không ghi cả tầng mẫu", "Without strata either"),
    4: ("Quyền số gần nhau được gộp", "Near weights made one"),
}
"""How far the design of a unit × group was made coarser."""

_LONGEST_NAME = 28
"""Letters. Stata's limit is 32, and SPSS has 64 bytes, but pyreadstat calls the set of labels of a
column by its name and a number, which must be within the 32 too."""
_RESERVED = frozenset(
    {
        *("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"),
        *("if", "in", "using", "byte", "int", "long", "float", "double", "str", "strl"),
        *("true", "false", "null", "na", "inf", "nan", "next", "repeat", "while", "function"),
        *("else", "for", "break"),
    }
)
"""Words of SPSS, Stata and R that cannot be names."""
_STATA_TYPE = re.compile(r"str[0-9]+")
"""Stata's types of short texts, which cannot be names either."""
_UNUSED = {"order_seed"}
"""Paradata that a release has in its codebook, and open data leave out."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A column.

    `labels` gives the words of each number, in Vietnamese and English, with those for what is no
    answer. `source` is the question in the release, `code` the option where the column is one
    option of a question with several answers, and `asked` then the question without the option.
    `numbers` leads from a code to its number.
    """

    name: str
    kind: Kind
    label: tuple[str, str]
    labels: Mapping[int, tuple[str, str]]
    source: str = ""
    code: str = ""
    asked: tuple[str, str] = ("", "")
    numbers: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    criteria: str = ""
    ordinal: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are whole."""
        return self.name != "weight" and self.kind != "number"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All columns of a wave's open data, its units and its groups in their order."""

    variables: tuple[Variable, ...]
    units: tuple[tuple[str, str, str], ...]
    groups: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The header."""
        return tuple(each.name for each in self.variables)

    @property
    def questions(self) -> tuple[Variable, ...]:
        """The columns of answers."""
        return tuple(each for each in self.variables if each.kind != "design")

    def at(self, name: str) -> int:
        """The place of a column."""
        return self.names.index(name)


def layout(release: Path, year: int) -> Layout:
    """The columns that a release has in open data.

    Raises
    ------
    ProblemsFound
        When a file that says so is missing or cannot be read.
    """
    problems: list[Problem] = []
    book = table(release / "codebook.csv", _BOOK, problems)
    known = table(release / "units.csv", ("unit", "name_vi", "name_en"), problems)
    links = table(release / "criteria.csv", ("group", "question"), problems)
    if problems:
        raise ProblemsFound(problems)
    codes, *named = (known[name].texts() for name in known.names[:3])
    units = tuple(zip(codes, *(map(unguarded, each) for each in named), strict=True))
    rows = [dict(zip(_BOOK, row, strict=True)) for row in zip(*columns(book, _BOOK), strict=True)]
    asked = (group for row in rows for group in row["groups"].split())
    groups = tuple(dict.fromkeys([*links["group"].texts(), *asked]))
    texts = fielded_texts(release / "texts")
    design = _design(units, groups, texts)
    questions = _questions([_of_year(row, year) for row in rows], texts)
    return Layout(variables=with_names((*design, *questions)), units=units, groups=groups)


_BOOK = (
    "variable",
    "groups",
    "label_vi",
    "label_en",
    "kind",
    "code",
    "code_label_vi",
    "code_label_en",
    "coefficient",
    "no_opinion",
    "criterion",
)


def table(path: Path, required: Sequence[str], problems: list[Problem]) -> Table:
    """A small file of a release; an empty table where it cannot be used."""
    if path.is_file():
        read = read_csv(path, required, problems)
        if read is not None:
            return read
    else:
        help_ = "give the folder of a release"
        problems.append(Problem("no-such-file", "there is no such file", str(path), help=help_))
    return Table(file=str(path), columns={}, rows=0, lines=())


def columns(read: Table, names: Sequence[str]) -> list[list[str]]:
    """Columns of a table, as texts."""
    return [read[name].texts() for name in names]


def _design(
    units: Sequence[tuple[str, ...]], groups: Sequence[str], texts: FieldedTexts
) -> tuple[Variable, ...]:
    numbered = {at: (f"{u[0]} {u[1]}", f"{u[0]} {u[2] or u[1]}") for at, u in enumerate(units, 1)}
    said = {at: texts.groups.get(name, (name, name)) for at, name in enumerate(groups, 1)}
    modes = dict(zip(MODES.values(), _MODE_WORDS, strict=True))
    hidden = {WITHHELD: NO_VALUE[WITHHELD]}
    specs: tuple[tuple[str, str, str, Mapping[int, tuple[str, str]]], ...] = (
        ("unit", "Đơn vị được đánh giá", "Assessed unit", numbered),
        ("group", "Nhóm đối tượng", "Respondent group", said),
        (
            "stratum",
            "Tầng mẫu (đánh số trong đơn vị và nhóm)",
            "Stratum, within unit x group",
            hidden,
        ),
        ("psu", "Cụm mẫu (đánh số trong tầng)", "Primary sampling unit, within stratum", hidden),
        ("weight", "Quyền số cuối cùng", "Final weight", {}),
        ("fpc1", "Số cụm của tầng trong tổng thể", "PSUs in the population stratum", hidden),
        ("fpc2", "Số người của cụm trong tổng thể", "Persons in the PSU", hidden),
        ("mode", "Hình thức trả lời", "Mode of answering", modes | hidden),
        ("coarsened", "Mức làm thô thiết kế mẫu", "How far the design is coarser", LEVELS),
    )
    return tuple(
        Variable(name=name, kind="design", label=(vi, en), labels=labels)
        for name, vi, en, labels in specs
    )


def _questions(
    rows: Iterable[Mapping[str, str]],
    texts: FieldedTexts,
) -> Iterable[Variable]:
    by_question: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if row["kind"] not in {"text", "long_text"} and row["variable"] not in _UNUSED:
            by_question.setdefault(row["variable"], []).append(row)
    for name, options in by_question.items():
        first = options[0]
        groups = tuple(first["groups"].split())
        conditions = {g: texts.asked[g, name] for g in groups if (g, name) in texts.asked}
        common = Variable(
            name=name,
            kind="number",
            label=(first["label_vi"], first["label_en"] or first["label_vi"]),
            labels=NO_VALUE,
            source=name,
            groups=groups,
            conditions=conditions,
            criteria=first["criterion"],
        )
        if first["kind"] == "choices":
            yield from _several(common, options)
        elif first["code"]:
            yield _choice(common, options)
        else:
            yield common


def _of_year(row: Mapping[str, str], year: int) -> dict[str, str]:
    """A line of the codebook as it was written, with words in place of `{year}` and `{unit}`."""
    said = {name: unguarded(text) for name, text in row.items() if "label" in name}
    for name, unit in {"label_vi": "đơn vị", "label_en": "the unit"}.items():
        said[name] = said[name].replace("{unit}", unit)
    return dict(row) | {name: text.replace("{year}", str(year)) for name, text in said.items()}


def _choice(question: Variable, options: Sequence[Mapping[str, str]]) -> Variable:
    numbers = _numbers(options)
    labels = dict(NO_VALUE)
    for option in options:
        vi = option["code_label_vi"]
        labels[numbers[option["code"]]] = (vi, option["code_label_en"] or vi)
    ordinal = any(option["coefficient"] for option in options)
    return replace(question, kind="choice", labels=labels, numbers=numbers, ordinal=ordinal)


def _several(question: Variable, options: Sequence[Mapping[str, str]]) -> Iterable[Variable]:
    """A column of 0 and 1 for each option."""
    for option in options:
        said = option["code_label_vi"], option["code_label_en"] or option["code_label_vi"]
        vi, en = (f"{ask} — {words}" for ask, words in zip(question.label, said, strict=True))
        labels = {**NO_VALUE, 0: ("Không chọn", "Not chosen"), 1: ("Chọn", "Chosen")}
        name, code = f"{question.name}_{option['code']}", option["code"]
        column = replace(question, kind="several", asked=question.label, code=code)
        yield replace(column, name=name, label=(vi, en), labels=labels)


def _numbers(options: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """The number of each code: its own where all are whole numbers, else its place."""
    silent = [option["code"] for option in options if option["no_opinion"] == "true"][:1]
    codes = [option["code"] for option in options if option["code"] not in silent]
    are_numbers = all(re.fullmatch(r"0|[1-9][0-9]{0,6}", code) for code in codes)
    numbers = {code: int(code) if are_numbers else at for at, code in enumerate(codes, 1)}
    return numbers | dict.fromkeys(silent, NO_OPINION)


def with_names(variables: Iterable[Variable]) -> tuple[Variable, ...]:
    """Names that every format takes: ASCII, short enough, unique whatever the case."""
    taken: set[str] = set()
    named = []
    for each in variables:
        plain = unicodedata.normalize("NFD", each.name.replace("đ", "d").replace("Đ", "D"))
        name = re.sub(r"[^A-Za-z0-9_]", "_", plain.encode("ascii", "ignore").decode()).rstrip("_")
        if not name[:1].isalpha() or _is_reserved(name) or name.lower() in taken:
            name = f"q_{name}"
        name = _short(name, taken)
        taken.add(name.lower())
        named.append(replace(each, name=name))
    return tuple(named)


def _is_reserved(name: str) -> bool:
    return name.lower() in _RESERVED or _STATA_TYPE.fullmatch(name.lower()) is not None


def _short(name: str, taken: set[str]) -> str:
    short, number = name[:_LONGEST_NAME].rstrip("_"), 1
    while short.lower() in taken:
        number += 1
        end = f"_{number}"
        short = name[: _LONGEST_NAME - len(end)].rstrip("_") + end
    return short
