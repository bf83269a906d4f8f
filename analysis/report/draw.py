"""Every chart that the files at hand allow, as SVG and PNG: same files, same bytes.

    python -m analysis draw FOLDER --scores DIR [--sensitivity DIR] --out DIR

The words come from units.csv, codebook.csv and index.csv of the data set where it has them; the
numbers from scores.json and, where it is given, sensitivity.json.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.dataset import reader
from analysis.dataset.model import Dataset
from analysis.estimation.answer_shares import answer_shares
from analysis.index.profiles import profiles
from analysis.io.table import read_csv
from analysis.problems import Problem, ProblemsFound

Row = Mapping[str, Any]
LOOK = {"svg.hashsalt": "cchc", "text.parse_math": False, "font.size": 9}
LONGEST = 160  # characters of a name in a file's name: no system takes more than 255 bytes
GROUPS_VI = {
    "leaders": "Lãnh đạo",
    "council": "Đại biểu HĐND",
    "delegates": "Đại biểu HĐND",
    "businesses": "Doanh nghiệp",
    "citizens": "Người dân",
}


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart's file name and how it is drawn."""

    name: str
    draw: Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Material:
    """What charts are drawn from: data set, scores.json, sensitivity.json, names of criteria."""

    data: Dataset
    scores: Mapping[str, Any]
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)

    def unit(self, code: str) -> str:
        """The name of a unit."""
        return self.data.labels.get("units", {}).get(code, "") or code

    def question(self, name: str) -> str:
        """The words of a question."""
        return self.data.labels.get("questions", {}).get(name, "") or name

    def option(self, question: str, code: str) -> str:
        """The words of an option."""
        return self.data.labels.get("options", {}).get(f"{question} {code}", "") or code


def draw(folder: Path, scores: Path, out: Path, sensitivity: Path | None = None) -> list[str]:
    """Draw every chart that the files allow.

    Parameters
    ----------
    folder : Path
        The data set.
    scores : Path
        What `python -m analysis score` wrote.
    out : Path
        Where the charts go; it is made where it does not exist.
    sensitivity : Path, optional
        What `python -m analysis sensitivity` wrote.

    Returns
    -------
    list of str
        Names of the files, an SVG and a PNG for each chart.

    Raises
    ------
    ProblemsFound
        When a file is missing or has a fault.
    """
    import matplotlib as mpl

    material = Material(
        data=reader.read(folder),
        scores=_json(scores / "scores.json", ("units", "ranks", "rates", "criteria")),
        sensitivity=_json(sensitivity / "sensitivity.json", ("units",)) if sensitivity else {},
        criteria=_column(folder / "index.csv", "code", "name_vi"),
    )
    out.mkdir(parents=True, exist_ok=True)
    written = []
    look: Any = LOOK
    with mpl.rc_context(look):
        for chart in charts(material):
            figure = chart.draw()
            for kind, no_date in (("svg", {"Date": None}), ("png", {"Software": None})):
                name = f"{chart.name}.{kind}"
                figure.savefig(out / name, format=kind, dpi=144, metadata=no_date)
                written.append(name)
    return written


def charts(material: Material) -> Iterator[Chart]:
    """Every chart that there is material for.

    Parameters
    ----------
    material : Material
        What was read.

    Yields
    ------
    Chart
    """
    from analysis.charts import robust, scores, standing

    units = _named(material, material.scores["units"])
    yield Chart(name="scores", draw=lambda: scores.dots(units, "Điểm điều tra xã hội học"))
    ranks = _named(material, material.scores["ranks"])
    if any(row["rank"] is not None for row in ranks):
        title = "Thứ hạng và nhóm không phân biệt được"
        yield Chart(name="ranks", draw=lambda: standing.rank_intervals(ranks, title))
    rates = [
        {**row, "unit": material.unit(row["unit"]), "group": _group(row["group"])}
        for row in material.scores["rates"]
    ]
    if rates:
        title_rates = "Tỷ lệ trả lời (RR1)"
        yield Chart(name="response", draw=lambda: standing.response_map(rates, title_rates))
    ranges = _named(material, _ranges(material.sensitivity))
    if ranges:
        title_ranges = "Điểm và thứ hạng thay đổi theo phương án tính"
        yield Chart(name="sensitivity", draw=lambda: robust.ranges(ranges, title_ranges))
    yield from _answers(material)
    yield from _profiles(material)


def _named(material: Material, rows: Sequence[Row]) -> list[Row]:
    return [{**row, "name_vi": material.unit(row["unit"])} for row in rows]


def _ranges(sensitivity: Mapping[str, Any]) -> Sequence[Row]:
    """Rows of a sensitivity analysis under the names that the chart knows."""
    return [
        {**row, "base": row["index"], "lo": row["index_lo"], "hi": row["index_hi"]}
        for row in sensitivity.get("units", ())
    ]


def _answers(material: Material) -> Iterator[Chart]:
    """For each group a chart of its questions; one more for each other set of options."""
    from analysis.charts import answers

    for group, name in enumerate(material.data.groups):
        by_options: dict[tuple[str, ...], list[Row]] = {}
        for number, question in enumerate(material.data.questions):
            answered = answer_shares(material.data, group, number)
            if answered.n:
                words = tuple(
                    material.option(question.name, question.options[option])
                    for option in answered.options
                )
                row = {
                    "name": material.question(question.name),
                    "shares": answered.shares.tolist(),
                    "n": answered.n,
                }
                by_options.setdefault(words, []).append(row)
        for number, (words, rows) in enumerate(by_options.items(), start=1):
            file = f"answers-{_slug(name)}" + (f"-{number}" if len(by_options) > 1 else "")
            title = f"{_group(name)}: phân bố câu trả lời"
            yield Chart(name=file, draw=_later(answers.diverging, rows, words, title))


def _profiles(material: Material) -> Iterator[Chart]:
    """A chart for each unit: its criteria as shares of their maximum, compared with its class."""
    from analysis.charts import scores

    classes = material.data.labels.get("classes", {})
    for unit, criteria in profiles(material.scores["criteria"], classes).items():
        rows = [
            {
                "name": material.criteria.get(criterion.criterion, "") or criterion.criterion,
                "share": criterion.share,
                "lo": criterion.lo,
                "hi": criterion.hi,
                "class_share": criterion.class_share,
            }
            for criterion in criteria
        ]
        draw_profile = _later(scores.profile, rows, material.unit(unit))
        yield Chart(name=f"profile-{_slug(unit)}", draw=draw_profile)


def _later(draw_: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: draw_(*arguments)


def _group(name: str) -> str:
    return GROUPS_VI.get(name, name)


def _slug(name: str) -> str:
    """A file name: characters that every system allows stay, others are written as numbers."""
    slug = re.sub(r"[^A-Za-z0-9_.-]", lambda match: f"~{ord(match.group()):x}", name)
    if len(slug) <= LONGEST:
        return slug
    return f"{slug[:LONGEST]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _json(path: Path, parts: Sequence[str]) -> Mapping[str, Any]:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        lacking = [part for part in parts if not isinstance(content, dict) or part not in content]
        fault = f"there is no part `{lacking[0]}`" if lacking else ""
    except (OSError, ValueError) as error:
        fault = str(error)
    if fault:
        command = "score" if path.stem == "scores" else path.stem
        help = f"make it with `python -m analysis {command}`"
        problem = Problem("no-scores", f"cannot read these results: {fault}", str(path), help=help)
        raise ProblemsFound([problem])
    return dict(content)


def _column(path: Path, key: str, value: str) -> dict[str, str]:
    """Two columns of a table as a dictionary; empty without the file or the columns."""
    if not path.is_file():
        return {}
    problems: list[Problem] = []
    table = read_csv(path, (), problems)
    if table is None:
        raise ProblemsFound(problems)
    if not table.has(key) or not table.has(value):
        return {}
    columns = zip(table[key].texts(), table[value].texts(), strict=True)
    return {label: words for label, words in columns if label and words}
