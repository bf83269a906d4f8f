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


def tables(out: Path) -> dict[str, list[dict[str, str]]]:
    """Every table that may be published."""
    names = ("units", "fields", "criteria", "averages", "groups", "counts")
    return {name: table(out, name) for name in names}


class Attacker:
    """Knows all that was published anywhere, the group weights and which groups count.

    With `trusting`, one who does not know that takes every withheld group for one that counts.
    """

    def __init__(self, data: Path, *sources, min_group: int = 1, trusting: bool = False) -> None:
        self.sources, self.min_group, self.trusting = sources, min_group, trusting
        self.at = {place(row): number for number, row in enumerate(sources[0]["groups"])}
        self.withheld = set(self.at) - {place(row) for row, _ in self.shown("groups", "mean")}
        self.truth = answers(data)
        self.links = table(data, "criteria")
        self.field = fields(data)
        self.means = self._points()
        self.counts = self._counts()

    def shown(self, name, column):
        """The rows of every source in which a number is shown."""
        for source in self.sources:
            for row in source.get(name, ()):
                if row[column] not in ("", "*"):
                    yield row, float(row[column])

    def _points(self):
        rows, values = [], []

        def learn(vector, value):
            rows.append(vector)
            values.append(value)

        one = np.eye(len(self.at))
        for row, value in self.shown("groups", "mean"):
            learn(one[self.at[place(row)]], value)
        criteria = dict.fromkeys(link["criterion"] for link in self.links)
        units = dict.fromkeys(unit for unit, _, _ in self.at)
        points = {(u, c): self._vector(u, c) for u in units for c in criteria}
        for row, value in self.shown("criteria", "score"):
            learn(points[row["unit"], row["criterion"]], value)
        for row, value in self.shown("fields", "score"):
            own = [v for (u, c), v in points.items() if (u, self.field[c]) == key(row)]
            learn(sum(own), value)
        for row, value in self.shown("units", "score"):
            learn(sum(v for (u, _), v in points.items() if u == row["unit"]), value)
        for row, value in self.shown("averages", "score"):
            own = [v for (_, c), v in points.items() if c == row["criterion"] and v.any()]
            learn(sum(own) / len(own), value)
        return np.array(rows), np.array(values)

    def _vector(self, unit, criterion):
        vector = np.zeros(len(self.at))
        links = [row for row in self.links if row["criterion"] == criterion]
        counted = [r for r in links if self.counted((unit, r["group"], r["question"]))]
        total = sum(float(r["group_weight"]) for r in counted)
        for row in counted:
            part = float(row["max_points"]) * float(row["group_weight"]) / total
            vector[self.at[unit, row["group"], row["question"]]] += part
        return vector

    def counted(self, at) -> bool:
        """Whether a group counts in the criteria that ask it a question."""
        return (self.trusting and at in self.withheld) or self.truth.get(at, 0) >= self.min_group

    def _counts(self):
        rows = self.sources[0]["counts"]
        pairs = [(row["unit"], row["group"]) for row in rows]
        self.cells = {pair: n for n, pair in enumerate(p for p in pairs if "*" not in p)}
        known, values = [np.zeros(len(self.cells))], [0.0]
        for row, value in self.shown("counts", "answered"):
            vector = np.zeros(len(self.cells))
            for (unit, group), at in self.cells.items():
                if row["unit"] in (unit, "*") and row["group"] in (group, "*"):
                    vector[at] = 1
            known.append(vector)
            values.append(value)
        return np.array(known), np.array(values)

    def fallen(self, data: Path, fewest: int = 5):
        """Small ratios and counts that the other small groups of their unit can work out.

        A small group's ratios fall together: any weighted sum of them is a number of few answers.
        """
        ratios, counts = small(data, fewest)
        known = plain(self.means)
        at = {place: np.cumsum(~known)[n] - 1 for place, n in self.at.items() if not known[n]}
        rest = self.means[0][:, ~known]
        system = rest[rest.any(axis=1)], None
        found = [place for place in ratios if place not in at]
        for unit, group in dict.fromkeys(place[:2] for place in at if place in ratios):
            near = [place for place in ratios if place[0] == unit and place in at]
            own = [at[place] for place in near if place[1] == group]
            others = [at[place] for place in near if place[1] != group]
            found += [(unit, group)] * solved(system, own, others)
        for cell in counts:
            others = [self.cells[o] for o in counts if o[0] == cell[0] and o[1] != cell[1]]
            found += [("count", *cell)] * solved(self.counts, self.cells[cell], others)
        return found


def key(row):
    return row["unit"], row["field"]


def place(row):
    return row["unit"], row["group"], row["question"]


def fields(data: Path):
    """The field of each criterion."""
    parents = {row["code"]: row["parent"] for row in table(data, "index")}

    def top(code):
        return top(parents[code]) if parents[code] else code

    return {code: top(code) for code in parents}


def solved(system, at, known=()) -> bool:
    """Whether linear algebra gives an unknown away to one who also knows some of the others.

    Of several unknowns: whether it gives away any weighted sum of them.
    """
    own = np.zeros(system[0].shape[1], dtype=bool)
    own[at] = True
    unknown = ~plain(system, known)
    if (own & ~unknown).any():
        return True
    rows, columns = _together((np.abs(system[0]) > 1e-12) & unknown, own)
    matrix = system[0][rows]
    return _rank(matrix[:, columns]) > _rank(matrix[:, columns & ~own])


def plain(system, known=()):
    """Unknowns that somebody knows, or that an equation has as its only one."""
    unknown = np.ones(system[0].shape[1], dtype=bool)
    unknown[list(known)] = False
    present = np.abs(system[0]) > 1e-12
    while (single := (present & unknown).sum(axis=1) == 1).any():
        unknown &= ~present[single].any(axis=0)
    return ~unknown


def _together(present, columns):
    """The equations that have to do with some unknowns, and all unknowns in them."""
    while True:
        rows = present[:, columns].any(axis=1)
        more = columns | present[rows].any(axis=0)
        if (more == columns).all():
            return rows, columns
        columns = more


def _rank(matrix) -> int:
    return int(np.linalg.matrix_rank(matrix, tol=1e-7)) if matrix.size else 0


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


def answers(data: Path):
    """The truth: answers that carry a coefficient, by unit, group and question."""
    coefs = {(r["question"], r["option"]) for r in table(data, "options") if r["coef"]}
    questions = dict.fromkeys(question for question, _ in coefs)
    found = {}
    for row in table(data, "respondents"):
        for question in questions:
            if (question, row.get(question)) in coefs:
                at = (row["unit"], row["group"], question)
                found[at] = found.get(at, 0) + 1
    return found


def small(data: Path, fewest: int = 5):
    """The truth: answers by cell and question, and respondents by cell, below the limit."""
    people = {}
    for row in table(data, "respondents"):
        people[row["unit"], row["group"]] = people.get((row["unit"], row["group"]), 0) + 1
    return (
        [at for at, n in answers(data).items() if n < fewest],
        [at for at, n in people.items() if n < fewest],
    )


def content(out: Path):
    return json.loads((out / "publishable.json").read_text(encoding="utf-8"))
