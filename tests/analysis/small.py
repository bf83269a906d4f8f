"""A data set of a few lines, written for one test."""

from __future__ import annotations

from pathlib import Path

OPTIONS = """question,option,coef
q1,A,1
q1,B,0.6
q1,C,0.2
q1,D,0
q1,KB,
"""
CRITERIA = """criterion,max_points,group,question,group_weight
C1,1.5,council,q1,1
C1,1.5,leaders,q1,1
"""
ANSWERS = {
    "council": "A" * 20 + "B" * 10 + "C" * 4 + "D" + "K" * 5,
    "leaders": "A" * 8 + "B" * 6 + "C",
}
FRAME = """unit,group,N,n_invited,n_responded
U1,council,65,50,40
U1,leaders,30,20,15
"""


def respondents(answers: dict[str, str] = ANSWERS) -> str:
    lines = ["resp_id,unit,group,stratum,psu,weight,fpc1,fpc2,q1"]
    for group, given in answers.items():
        size = 65 if group == "council" else 30
        for number, answer in enumerate(given):
            code = {"K": "KB", " ": ""}.get(answer, answer)
            lines.append(f"{group[0]}{number},U1,{group},all,{number},1,{size},,{code}")
    return "\n".join(lines) + "\n"


def folder(path: Path, **files: str) -> Path:
    """Write a sound data set, or one with some files replaced (without `.csv`)."""
    path.mkdir(exist_ok=True)
    sound = {"respondents": respondents(), "options": OPTIONS, "criteria": CRITERIA, "frame": FRAME}
    for name, text in (sound | files).items():
        (path / f"{name}.csv").write_bytes(text.encode())
    return path
