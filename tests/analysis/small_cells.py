"""Data sets full of small cells, and an attacker who has read every published table."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

GROUPS = ("leaders", "council", "citizens")
COEFS = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0}
LINKS = {  # criterion: field, question, groups
    "C1": ("F1", "q1", GROUPS),
    "C2": ("F1", "q2", GROUPS),
    "C3": ("F2", "q3", ("leaders", "citizens")),
    "C4": ("F2", "q4", ("leaders",)),
    "C5": ("F2", "q1", ("council", "citizens")),
    "C6": ("F3", "q5", ("citizens",)),
}


def folder(path: Path, seed: int, units: int = 6, *, happy: bool = False) -> Path:
    """Groups of 1 to 12 people; everybody content, if wished."""
    draw = np.random.default_rng(seed)
    path.mkdir(parents=True, exist_ok=True)
    rows, frame = [], []
    for unit in range(units):
        for group in GROUPS:
            size = int(draw.integers(1, 13))
            frame.append([f"U{unit}", group, size + 3, size + 2, size])
            for person in range(size):
                odds = [0.97, 0.03, 0, 0] if happy else [0.4, 0.3, 0.2, 0.1]
                given = draw.choice(list("ABCD"), 5, p=odds)
                said = ["" if draw.random() < 0.1 else answer for answer in given]
                label = f"{group[0]}{group[1]}{unit}-{person}"
                rows.append([label, f"U{unit}", group, "all", person, 1, size + 3, "", *said])
    names = [f"q{n}" for n in range(1, 6)]
    head = ["resp_id", "unit", "group", "stratum", "psu", "weight", "fpc1", "fpc2", *names]
    write(path / "respondents.csv", head, rows)
    write(path / "frame.csv", ["unit", "group", "N", "n_invited", "n_responded"], frame)
    options = [[q, o, c] for q in names for o, c in COEFS.items()]
    write(path / "options.csv", ["question", "option", "coef"], options)
    links = [[c, 2, g, q, 1 + (g == "citizens")] for c, (_, q, gs) in LINKS.items() for g in gs]
    head = ["criterion", "max_points", "group", "question", "group_weight"]
    write(path / "criteria.csv", head, links)
    tree = [[c, f] for c, (f, _, _) in LINKS.items()] + [[f, ""] for f in ("F1", "F2", "F3")]
    write(path / "index.csv", ["code", "parent"], tree)
    return path


def write(path, head, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def table(out: Path, name: str) -> list[dict[str, str]]:
    with (out / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Attacker:
    """Knows the published CSV tables, the group weights and which cells are empty."""

    def __init__(self, data: Path, out: Path) -> None:
        self.out = out
        self.groups = table(out, "groups")
        self.at = {
            (row["unit"], row["group"], row["question"]): number
            for number, row in enumerate(self.groups)
        }
        self.links = table(data, "criteria")
        self.field = {row["code"]: row["parent"] for row in table(data, "index")}
        self.means = self._points()
        self.counts = self._counts()

    def _points(self):
        rows, values = [], []

        def learn(vector, text):
            if text not in ("", "*"):
                rows.append(vector)
                values.append(float(text))

        for number, row in enumerate(self.groups):
            learn(np.eye(len(self.at))[number], row["mean"])
        points = {}
        for row in table(self.out, "criteria"):
            points[row["unit"], row["criterion"]] = self._vector(row["unit"], row["criterion"])
            learn(points[row["unit"], row["criterion"]], row["score"])
        for row in table(self.out, "fields"):
            own = [v for (u, c), v in points.items() if (u, self.field[c]) == key(row)]
            learn(sum(own), row["score"])
        for row in table(self.out, "units"):
            learn(sum(v for (u, _), v in points.items() if u == row["unit"]), row["score"])
        for row in table(self.out, "averages"):
            own = [v for (_, c), v in points.items() if c == row["criterion"] and v.any()]
            learn(sum(own) / len(own), row["score"])
        return np.array(rows), np.array(values)

    def _vector(self, unit, criterion):
        vector = np.zeros(len(self.at))
        links = [row for row in self.links if row["criterion"] == criterion]
        there = [r for r in links if self._answered(unit, r["group"], r["question"])]
        total = sum(float(r["group_weight"]) for r in there)
        for row in there:
            part = float(row["max_points"]) * float(row["group_weight"]) / total
            vector[self.at[unit, row["group"], row["question"]]] += part
        return vector

    def _answered(self, unit, group, question):
        return self.groups[self.at[unit, group, question]]["n"] != "0"

    def _counts(self):
        cells = {}
        rows = table(self.out, "counts")
        for row in rows:
            if "*" not in (row["unit"], row["group"]):
                cells[row["unit"], row["group"]] = len(cells)
        known, values = [], []
        for row in rows:
            if row["answered"] == "*":
                continue
            vector = np.zeros(len(cells))
            for (unit, group), at in cells.items():
                if row["unit"] in (unit, "*") and row["group"] in (group, "*"):
                    vector[at] = 1
            known.append(vector)
            values.append(float(row["answered"]))
        self.cells = cells
        return np.array(known), np.array(values)


def key(row):
    return row["unit"], row["field"]


def solved(system, at: int, known=()) -> bool:
    """Whether linear algebra gives an unknown away to one who also knows some of the others."""
    matrix = np.vstack([system[0], *(np.eye(system[0].shape[1])[list(known)])])
    aim = np.eye(matrix.shape[1])[at]
    weights = np.linalg.lstsq(matrix.T, aim, rcond=None)[0]
    return bool(np.abs(matrix.T @ weights - aim).max() < 1e-7)


def width(system, at: int, low, high) -> float:
    from scipy.optimize import linprog

    matrix, values = system
    ends = []
    for sign in (1, -1):
        aim = sign * np.eye(matrix.shape[1])[at]
        slack = 1e-9
        found = linprog(
            aim,
            A_ub=np.vstack([matrix, -matrix]),
            b_ub=np.concatenate([values + slack, slack - values]),
            bounds=list(zip(low, high, strict=True)),
        )
        ends.append(sign * found.fun)
    return ends[1] - ends[0]


def small(data: Path, fewest: int = 5):
    """The truth: answers by cell and question, and respondents by cell, below the limit."""
    answers, people = {}, {}
    for row in table(data, "respondents"):
        people[row["unit"], row["group"]] = people.get((row["unit"], row["group"]), 0) + 1
        for question in ("q1", "q2", "q3", "q4", "q5"):
            if row[question]:
                at = (row["unit"], row["group"], question)
                answers[at] = answers.get(at, 0) + 1
    return (
        [at for at, n in answers.items() if n < fewest],
        [at for at, n in people.items() if n < fewest],
    )


def content(out: Path):
    return json.loads((out / "publishable.json").read_text(encoding="utf-8"))
