"""Every chart that the files at hand allow, as SVG and PNG: same files, same bytes.

    python -m analysis draw FOLDER --scores DIR [--sensitivity DIR] --out DIR

The words come from units.csv, codebook.csv and index.csv of the data set where it has them; the
numbers from scores.json and, where it was made, sensitivity.json.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.dataset import reader
from analysis.dataset.model import Dataset
from analysis.io.table import read_csv
from analysis.numeric import sums
from analysis.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


@dataclass(frozen=True)
class Chart:
    """A chart's file name and how it is drawn."""

    name: str
    draw: Callable[[], Any]


@dataclass(frozen=True)
class Material:
    """What there is to draw from."""

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

    def named(self, rows: Sequence[Row]) -> list[Row]:
        """Rows of units with the name of each."""
        return [{**row, "name_vi": self.unit(row["unit"])} for row in rows]

    @cached_property
    def criteria_of(self) -> Mapping[str, Sequence[Row]]:
        """The criteria of each unit."""
        rows: dict[str, list[Row]] = {}
        for row in self.scores["criteria"]:
            rows.setdefault(row["unit"], []).append(row)
        return rows


def draw(folder: Path, scores: Path, out: Path, sensitivity: Path | None = None) -> list[str]:
    """Draw all charts into `out`; the names of the files. Raises `ProblemsFound`."""
    made = Material(
        reader.read(folder),
        _json(scores / "scores.json", ("units", "ranks", "rates", "criteria")),
        _json(sensitivity / "sensitivity.json", ("units",)) if sensitivity else {},
        names_of_criteria(folder),
    )
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with look():
        for chart in charts(made):
            figure = chart.draw()
            for kind, nothing in (("svg", {"Date": None}), ("png", {"Software": None})):
                name = f"{chart.name}.{kind}"
                figure.savefig(out / name, format=kind, dpi=144, metadata=nothing)
                written.append(name)
    return written


def look() -> Any:
    """A context in which every chart looks the same, whatever the reader's own settings are."""
    import matplotlib as mpl

    plain: Any = LOOK
    return mpl.rc_context(plain)


def names_of_criteria(folder: Path) -> dict[str, str]:
    """The words of each criterion, where the folder has an index.csv with them."""
    return _column(folder / "index.csv", "code", "name_vi")


def charts(made: Material) -> Iterator[Chart]:
    """Every chart that there is material for."""
    from analysis.charts import robust, standing

    yield Chart("scores", lambda: scores_chart(made))
    if any(row["rank"] is not None for row in made.scores["ranks"]):
        yield Chart("ranks", lambda: ranks_chart(made))
    rates = [
        {**row, "unit": made.unit(row["unit"]), "group": _group(row["group"])}
        for row in made.scores["rates"]
    ]
    if rates:
        yield Chart("response", lambda: standing.response_map(rates, "Tỷ lệ trả lời (RR1)"))
    moved = made.named(_moved(made.sensitivity))
    if moved:
        title = "Điểm và thứ hạng thay đổi theo phương án tính"
        yield Chart("sensitivity", lambda: robust.ranges(moved, title))
    yield from _answers(made)
    for unit in made.criteria_of:
        yield Chart(f"profile-{_slug(unit)}", _later(profile_chart, made, unit))


def scores_chart(made: Material) -> Figure:
    """Every unit's score and its interval."""
    from analysis.charts import scores

    return scores.dots(made.named(made.scores["units"]), "Điểm điều tra xã hội học")


def ranks_chart(made: Material) -> Figure:
    """The ranks that each unit may have, and the bands."""
    from analysis.charts import standing

    title = "Thứ hạng và nhóm không phân biệt được"
    return standing.rank_intervals(made.named(made.scores["ranks"]), title)


def profile_chart(made: Material, unit: str) -> Figure:
    """The criteria of one unit as shares of their maximum, beside the mean of its class."""
    from analysis.charts import scores

    classes, by_unit = made.data.labels.get("classes", {}), made.criteria_of
    peers = [other for other in by_unit if classes.get(other) == classes.get(unit)]
    shown = [
        {
            "name": made.criteria.get(row["criterion"], "") or row["criterion"],
            "share": _share(row, "score"),
            "lo": _share(row, "lo"),
            "hi": _share(row, "hi"),
            "class_share": _mean([_share(by_unit[peer][at], "score") for peer in peers]),
        }
        for at, row in enumerate(by_unit[unit])
    ]
    return scores.profile(shown, made.unit(unit))


def _moved(sensitivity: Mapping[str, Any]) -> Sequence[Row]:
    """Rows of a sensitivity analysis under the names that the chart knows."""
    return [
        {**row, "base": row["index"], "lo": row["index_lo"], "hi": row["index_hi"]}
        for row in sensitivity.get("units", ())
    ]


def _answers(made: Material) -> Iterator[Chart]:
    """For each group a chart of its questions; one more for each other set of options."""
    from analysis.charts import answers

    for group, name in enumerate(made.data.groups):
        sets: dict[tuple[str, ...], list[Row]] = {}
        for number, question in enumerate(made.data.questions):
            kept = [(-coef, at) for at, coef in enumerate(question.coefs) if not np.isnan(coef)]
            order = [at for _, at in sorted(kept)]
            n, shares = _shares(made.data, group, number, order)
            if n:
                words = tuple(made.option(question.name, question.options[at]) for at in order)
                row = {"name": made.question(question.name), "shares": shares, "n": n}
                sets.setdefault(words, []).append(row)
        for number, (words, rows) in enumerate(sets.items(), start=1):
            file = f"answers-{_slug(name)}" + (f"-{number}" if len(sets) > 1 else "")
            title = f"{_group(name)}: phân bố câu trả lời"
            yield Chart(file, _later(answers.diverging, rows, words, title))


def _shares(
    data: Dataset, group: int, question: int, order: Sequence[int]
) -> tuple[int, list[float]]:
    """How many answers carry a coefficient, and the weighted share of each option."""
    rows = data.group == group
    codes = data.answers[question][rows].astype(np.int64)
    width = len(data.questions[question].options) + 1
    weight = sums(codes, data.weight[rows], width)[1:][list(order)]
    heads = np.bincount(codes, minlength=width)[1:][list(order)]
    total = float(weight.sum())
    return int(heads.sum()), (weight / total).tolist() if total > 0 else []


def _share(row: Row, name: str) -> float | None:
    return None if row[name] is None else row[name] / row["max_points"]


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def _later(draw_: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: draw_(*arguments)


def _group(name: str) -> str:
    return GROUPS_VI.get(name, name)


def _slug(name: str) -> str:
    """A file name; what no system minds stays, the rest is written as its number."""
    slug = re.sub(r"[^A-Za-z0-9_.-]", lambda odd: f"~{ord(odd.group()):x}", name)
    if len(slug) <= LONGEST:
        return slug
    return f"{slug[:LONGEST]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _json(path: Path, parts: Sequence[str]) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        lacking = [part for part in parts if not isinstance(found, dict) or part not in found]
        fault = f"there is no part `{lacking[0]}`" if lacking else ""
    except (OSError, ValueError) as error:
        fault = str(error)
    if fault:
        command = "score" if path.stem == "scores" else path.stem
        help = f"make it with `python -m analysis {command}`"
        problem = Problem("no-scores", f"cannot read these results: {fault}", str(path), help=help)
        raise ProblemsFound([problem])
    return dict(found)


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
    pairs = zip(table[key].texts(), table[value].texts(), strict=True)
    return {label: words for label, words in pairs if label and words}
