"""Every command that writes files, on data that need every kind of sum and of tail."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis.__main__ import main
from tests.analysis import small

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
QUESTIONS = [f"q{number}" for number in range(1, 9)]
UNITS = [f"U{number:02d}" for number in range(1, 41)]
FIELDS = 2
OPTIONS = {"A": 1.0, "B": 0.7, "C": 1 / 3, "D": 0.0, "KB": ""}
PLAN = "group,N,sd,deff,cost,response\ncitizens,900,0.9,1.3,2,0.7\ncouncil,60,0.4,1,1,0.9\n"
STRATA = "stratum,N,spread,mean,cost\na,900,0.31,0.7,1\nb,450,0.23,0.6,1.7\nc,120,0.4,0.3,3\n"


def write_data(folder: Path) -> Path:
    """Forty units, rated by a council whose members skip some, and each by citizens of its own."""
    rng = random.Random(11)
    head = ["resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "sex", "age",
            "enumerator", *QUESTIONS]  # fmt: skip
    rows = [head, *_council(rng), *_citizens(rng)]
    frame = [f"{unit},council,65,30,24" for unit in UNITS]
    frame += [f"{unit},citizens,900,40,30" for unit in UNITS]
    counts = [(s, a, 180 + 40 * (s == "F") + 10 * int(a)) for s in "FM" for a in "12"]
    people = [f"{unit},citizens,{s},{a},{n}" for unit in UNITS for s, a, n in counts]
    links = [
        f"C{number},{1 + number / 4},{group},{question},{share}"
        for number, question in enumerate(QUESTIONS, 1)
        for group, share in (("council", 0.3), ("citizens", 0.7))
    ]
    coefs = [f"{q},{option},{coef}" for q in QUESTIONS for option, coef in OPTIONS.items()]
    folder.mkdir(parents=True)
    for name, lines in {
        "respondents": [",".join(map(str, row)) for row in rows],
        "frame": ["unit,group,N,n_invited,n_responded", *frame],
        "population": ["unit,group,sex,age,count", *people],
        "criteria": ["criterion,max_points,group,question,group_weight", *links],
        "options": ["question,option,coef", *coefs],
    }.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder


def _council(rng: random.Random) -> Iterator[list[object]]:
    for member in range(24):
        mood = rng.random()
        for unit in rng.sample(UNITS, 34):
            said = [_answer(rng, mood, skips=0.2) for _ in QUESTIONS]
            yield [f"c{member}", unit, "council", "council", member % 2, f"c{member}",
                   round(2.5 + member % 2 / 7, 6), 32, "F", "1", "", *said]  # fmt: skip


def _citizens(rng: random.Random) -> Iterator[list[object]]:
    for unit in UNITS:
        good = rng.random()
        for person in range(30):
            said = [_answer(rng, good, skips=0.08) for _ in QUESTIONS]
            name, weight = f"{unit}-{person}", round(30 * rng.uniform(0.5, 2), 6)
            yield [name, unit, "citizens", unit, "all", name, weight, 900, "FM"[person % 2],
                   "12"[person % 3 // 2], f"e{person % 4}", *said]  # fmt: skip


def _answer(rng: random.Random, good: float, skips: float) -> str:
    if rng.random() < skips:
        return ""
    return rng.choices(list(OPTIONS), (1 + 3 * good, 2, 2 - good, 1 - good, 0.1))[0]


def write_index(folder: Path) -> Path:
    """What `merge` joins the scores with."""
    folder.mkdir()
    survey = [
        f"C{number},F{1 + number % FIELDS},criterion,survey,{1 + number / 4},c,c,proposed"
        for number in range(1, len(QUESTIONS) + 1)
    ]
    fields = [f"F{field},,field,,{_most(field)},f,f,quoted" for field in range(1, FIELDS + 1)]
    self = "S1,F1,criterion,self,1.1,s,s,quoted"
    for name, lines in {
        "units": ["unit,name_vi,name_en,class", *(f"{u},{u},{u},department" for u in UNITS)],
        "index": ["code,parent,level,assessed,max_points,name_vi,name_en,provenance",
                  *fields, self, *survey],
        "self_assessment": ["unit,criterion,max_points,self,appraised",
                            *(f"{u},S1,1.1,1,0.9" for u in UNITS)],
        "grading": ["grade,label_vi,label_en,min,component_floor", "A,A,A,70,60", "B,B,B,60,",
                    "C,C,C,,"],
    }.items():  # fmt: skip
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder


def _most(field: int) -> float:
    own = (number for number in range(1, len(QUESTIONS) + 1) if 1 + number % FIELDS == field)
    return sum(1 + number / 4 for number in own) + 1.1 * (field == 1)


def commands(data: Path, out: Path) -> Iterator[list[object]]:
    """Words of each command; what one writes may be what the next reads."""
    clean, missing = REFERENCE / "clean", REFERENCE / "missing"
    edge, matrix = REFERENCE / "edge", REFERENCE / "matrix"
    plain = out / "score"
    yield ["score", data / "data", "--out", plain, "--missing", "renormalise"]
    yield ["score", data / "data", "--out", out / "raked", "--weights", "raked", "--level", "0.9",
           "--adjust", "frame", "--trim", "3", "--rank-method", "mrsw",
           "--max-error", "40%"]  # fmt: skip
    yield ["score", data / "data", "--out", out / "jkn", "--variance", "jkn",
           "--weights", "poststratified", "--rank-method", "holm-t"]  # fmt: skip
    yield ["score", clean, "--out", out / "clean", "--weights", "raked"]
    yield ["score", clean, "--out", out / "clean-jkn", "--weights", "raked", "--variance", "jkn"]
    yield ["score", missing, "--out", out / "missing", "--missing", "renormalise"]
    yield ["score", missing, "--out", out / "classes", "--adjust", "frame", "--min-group", "5"]
    yield ["score", edge, "--out", out / "edge", "--lonely-psu", "average"]
    yield ["score", matrix, "--out", out / "matrix", "--rank-method", "mrsw"]
    yield ["score", matrix, "--out", out / "matrix-jkn", "--variance", "jkn"]
    yield ["merge", data / "index", "--scores", plain, "--out", out / "merged"]
    for folder, name in ((data / "data", "data"), (missing, "missing"), (matrix, "matrix")):
        yield ["sensitivity", folder, "--out", out / f"sensitivity-{name}"]
        yield ["reliability", folder, "--out", out / f"reliability-{name}"]
        yield ["screen", folder, "--out", out / f"screen-{name}"]
        yield ["nonresponse", folder, "--out", out / f"nonresponse-{name}"]
        yield ["replicates", folder, "--out", out / f"jackknife-{name}"]
    yield ["replicates", data / "data", "--out", out / "bootstrap", "--method", "bootstrap",
           "--replicates", "40"]  # fmt: skip
    yield ["publishable", data / "data", "--scores", plain, "--out", out / "publishable"]
    yield ["publishable", missing, "--scores", out / "missing",
           "--out", out / "publishable-missing"]  # fmt: skip
    yield ["publishable", matrix, "--scores", out / "matrix", "--out", out / "publishable-matrix"]
    yield ["score", data / "small", "--out", out / "small"]
    yield ["draw", data / "small", "--scores", out / "small", "--out", out / "drawn"]
    yield ["plan", "size", "--moe", "0.037", "--spread", "0.31", "0.29", "--population", "350",
           "900", "--json", out / "size.json"]  # fmt: skip
    yield ["plan", "score", data / "plan.csv", "--moe", "0.13", "--json", out / "plan.json"]
    yield ["plan", "allocate", data / "strata.csv", "--forms", "200", "--power", "0.37",
           "--json", out / "allocated.json"]  # fmt: skip
    yield ["plan", "next", data / "data", "--forms", "50", "--json", out / "next.json"]


def prepare(data: Path) -> None:
    """Everything that the commands read."""
    write_data(data / "data")
    write_index(data / "index")
    small.folder(data / "small")
    (data / "plan.csv").write_text(PLAN, encoding="utf-8")
    (data / "strata.csv").write_text(STRATA, encoding="utf-8")


if __name__ == "__main__":
    given, written = Path(sys.argv[1]), Path(sys.argv[2])
    written.mkdir()
    for words in commands(given, written):
        if main([str(word) for word in words]):
            sys.exit(f"refused: {words}")
