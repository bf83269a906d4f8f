"""Two small data sets, last year's and this year's, written for one test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.comparison.comparison import Comparison, ComparisonRules, compare
from analysis.dataset import reader
from analysis.dataset.model import Dataset
from analysis.scoring.settings import Settings
from tests.analysis import small

REFERENCE = Path(__file__).parents[1] / "reference" / "comparison"
OPTIONS = small.OPTIONS + small.OPTIONS.split("\n", 1)[1].replace("q1", "q2")
CRITERIA = """criterion,max_points,group,question,group_weight
C1,1.5,leaders,q1,1
C2,0.5,leaders,q2,1
"""
POPULATION = 12
Answers = Mapping[str, str]


def respondents(answers: Answers, there: int = POPULATION) -> str:
    """Leaders of each unit, one letter a leader: the answer to q1, and to q2."""
    lines = ["resp_id,unit,group,stratum,psu,weight,fpc1,q1,q2"]
    for unit, given in answers.items():
        for number, answer in enumerate(given):
            code = {"K": "KB", " ": ""}.get(answer, answer)
            weight = there / len(given)
            lines.append(f"{number},{unit},leaders,all,{number},{weight!r},{there},{code},{code}")
    return "\n".join(lines) + "\n"


def frame(answers: Answers, there: int | Mapping[str, int] = POPULATION) -> str:
    lines = ["unit,group,N,n_invited,n_responded"]
    for unit, given in answers.items():
        size = there if isinstance(there, int) else there[unit]
        lines.append(f"{unit},leaders,{size},{size},{len(given)}")
    return "\n".join(lines) + "\n"


def year(path: Path, answers: Answers, **files: str) -> Dataset:
    """A data set of leaders' answers, some files replaced or added (without `.csv`)."""
    sound = {
        "respondents": respondents(answers),
        "options": OPTIONS,
        "criteria": CRITERIA,
        "frame": frame(answers),
    }
    return reader.read(small.folder(path, **(sound | files)))


def compared(last: Dataset, this: Dataset, *, panel: Any = "none", **settings: Any) -> Comparison:
    return compare(last, this, Settings(**settings), ComparisonRules(panel=panel))


def reference(name: str) -> tuple[Dataset, Dataset]:
    last, this = (reader.read(REFERENCE / name / one) for one in ("last", "this"))
    return last, this


def refusal(raised: Any) -> Any:
    """The only problem of a refusal."""
    (problem,) = raised.value.problems
    return problem
