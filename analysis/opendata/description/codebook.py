"""The codebook: every column with its words, its values and how many rows have each.

Counts are of what the data file shows, nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import isnan

import numpy as np

from analysis.dataset.scoring_key import ScoringKey
from analysis.io.writing import Row
from analysis.opendata.formats.fixed_width import STATA_LETTERS, measure
from analysis.opendata.formats.texts import one_line
from analysis.opendata.rows import Rows
from analysis.opendata.variables import NO_VALUE, Layout, Variable

FEW = "–"
"""What people read where a count is under the threshold."""

Counts = Mapping[str, Mapping[int | None, int]]


def counted(rows: Rows, layout: Layout, fewest: int) -> Counts:
    """How many rows have each number that has words, by column; nothing for a few."""
    counts: dict[str, Counter[int | None]] = {
        each.name: Counter(dict.fromkeys(each.labels, 0)) for each in layout.variables
    }
    for chunk in rows.chunks():
        for at, each in enumerate(layout.variables):
            values, sizes = np.unique(chunk[:, at], return_counts=True)
            for value, size in zip(values.tolist(), sizes.tolist(), strict=True):
                if value in each.labels:
                    counts[each.name][int(value)] += size
    return {
        name: {value: size for value, size in sizes.items() if not 0 < size < fewest}
        for name, sizes in counts.items()
    }


def table(layout: Layout, counts: Counts, key: ScoringKey) -> list[Row]:
    """codebook.csv: a row for each value of each column, a row for a column without."""
    coefficients = coefficients_of(layout, key)
    return [
        {
            "variable": each.name,
            "source": each.source,
            "kind": each.kind,
            "measure": measure(each),
            "label_vi": one_line(each.label[0]),
            "label_en": one_line(each.label[1]),
            "groups": " ".join(each.groups),
            "shown_if": condition_of(each),
            "criterion": each.criteria,
            "value": value,
            "code": code_of(each, value),
            "value_label_vi": one_line(words[0]),
            "value_label_en": one_line(words[1]),
            "missing": value in NO_VALUE,
            "stata": _in_stata(value),
            "coefficient": coefficients.get((each.name, value)),
            "rows": counts[each.name].get(value) if each.labels else None,
        }
        for each in layout.variables
        for value, words in _values(each)
    ]


def _values(each: Variable) -> list[tuple[int | None, tuple[str, str]]]:
    """Numbers and their words; one line without a number where there are none."""
    return [*sorted(each.labels.items())] or [(None, ("", ""))]


def coefficients_of(layout: Layout, key: ScoringKey) -> dict[tuple[str, int | None], float]:
    """What each number of each column earns; what carries no opinion is not there."""
    worth = {
        (each.name, option): float(coef)
        for each in key.questions
        for option, coef in zip(each.options, each.coefs, strict=True)
        if not isnan(coef)
    }
    return {
        (each.name, number): worth[each.source, code]
        for each in layout.questions
        for code, number in each.numbers.items()
        if (each.source, code) in worth
    }


def code_of(each: Variable, value: int | None) -> str:
    """The code of a number in the release and in the questionnaire."""
    return next((code for code, number in each.numbers.items() if number == value), "")


def _in_stata(value: int | None) -> str | None:
    return next((f".{letter}" for code, letter in STATA_LETTERS.items() if code == value), None)


def condition_of(each: Variable) -> str:
    """When a question is shown: `online_used=1`; by group where they differ."""
    by_group = {
        group: " & ".join(f"{item}={'|'.join(codes)}" for item, codes in conditions.items())
        for group, conditions in each.conditions.items()
    }
    said = set(by_group.values())
    if len(said) == 1 and len(by_group) == len(each.groups):
        return said.pop()
    return "; ".join(f"{group}: {condition}" for group, condition in by_group.items())


def readable(layout: Layout, counts: Counts, title: str) -> str:
    """The codebook for people, in Vietnamese and English (Markdown)."""
    lines = [f"# Bảng mã / Codebook: {title}", ""]
    lines += [
        "Mỗi hàng là phần đánh giá của một người về một đơn vị.",
        "Mỗi mục dưới đây là một cột; số ở bên trái là số ghi trong tệp.",
        "",
        "Each row is one person's rating of one unit.",
        "Each entry below is a column; the number on the left is what the files hold.",
        "",
    ]
    for each in layout.variables:
        lines += [f"## {each.name}", "", one_line(each.label[0])]
        if each.label[1] != each.label[0]:
            lines.append(f"*{one_line(each.label[1])}*")
        if condition := condition_of(each):
            lines += ["", f"Điều kiện / shown if: `{condition}`"]
        if each.groups:
            lines += ["", f"Nhóm / groups: {', '.join(each.groups)}"]
        if each.labels:
            lines += ["", "| | Tiếng Việt | English | số hàng / rows |", "|---:|---|---|---:|"]
            lines += [
                f"| {n} | {_cell(vi)} | {_cell(en)} | {counts[each.name].get(n, FEW)} |"
                for n, (vi, en) in sorted(each.labels.items())
            ]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
