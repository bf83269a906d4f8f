"""A release as survey_app writes it, invented: small groups, clusters, every kind of item.

release(folder, seed) writes it; the same seed gives the same people.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from pathlib import Path

from analysis.__main__ import main

UNITS = ("SNV", "STC", "SYT", "Đ-1", "SXD")
GROUPS = ("council", "citizens", "leaders")
QUESTIONS = (
    "council_view",
    "service",
    "online_service",
    "online_used",
    "channels",
    "sex",
    "visits",
)

INDEX = """
index: thu
groups:
  council: {vi: Đại biểu HĐND tỉnh, en: Deputies}
  citizens: {vi: Người dân, en: Citizens}
  leaders: {vi: Lãnh đạo, en: Leaders}
"""
CITIZENS = """
group: citizens
pages:
  - section: service
    items:
      - item: online_used
      - item: online_service
        ask_if: {online_used: [yes]}
"""


def _write(path: Path, header, rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _entries():
    level = [("1", "Tốt", "Good", "1"), ("2", "Khá", "Fair", "0.6"), ("3", "Kém", "Poor", "0")]
    none = ("9", "Không có ý kiến", "No opinion", "")
    view = [*level, none]
    yes = [("yes", "Có", "Yes", ""), ("no", "Không", "No", "")]
    ways = [("web", "Trang thông tin", "Website", ""), ("desk", "Bộ phận một cửa", "Desk", "")]
    sex = [("f", "Nữ", "Female", ""), ("m", "Nam", "Male", "")]
    long = "Ông/Bà đánh giá thế nào về " + "việc tiếp nhận, giải quyết hồ sơ " * 9 + "của {unit}?"
    asked = {
        "council_view": ("council leaders", "choice", "Ý kiến năm {year}", view),
        "service": ("citizens", "choice", long, view),
        "online_service": ("citizens", "choice", "Dịch vụ trực tuyến", view),
        "online_used": ("citizens", "choice", "Đã nộp:\n'- trực tuyến?", yes),
        "channels": ("citizens", "choices", "Biết qua đâu?", ways),
        "sex": ("citizens", "choice", "Giới tính", sex),
        "visits": ("citizens", "number", "Số lần đến", [("", "", "", "")]),
        "remarks": ("citizens", "long_text", "Ý kiến khác", [("", "", "", "")]),
    }
    for name, (groups, kind, label, options) in asked.items():
        earns = (
            "1.1" if name in {"council_view", "service"} else "1.10" * (name == "online_service")
        )
        for code, vi, en, coef in options:
            silent = "true" if code == "9" else "false" if code else ""
            yield name, groups, label, "", kind, code, vi, en, coef, silent, earns


def _citizen(draw: random.Random, seven: bool):
    used = "yes" if draw.random() < 0.6 else "no"
    return {
        "service": draw.choice("11223339"),
        "online_service": draw.choice(["1", "2", "3", ""]) if used == "yes" else "",
        "online_used": used,
        "channels": draw.choice(["web", "desk", "web desk", ""]),
        "sex": draw.choice("fm"),
        "visits": str(draw.randint(0, 3)),
    }


def _people(seed: int, clusters: int):
    """Rows: council rates all units; citizens come in PSUs of six; of some units few leaders."""
    draw = random.Random(seed)
    for member in range(14):
        for unit in UNITS:
            answers = {"council_view": draw.choice("1223")}
            yield (
                (f"c{member}", unit, "council", "hdnd", "1", f"c{member}", "2.5", "35", "", "web"),
                answers,
            )
    for at, unit in enumerate(UNITS):
        for cluster in range(clusters):
            for person in range(6):
                mode = draw.choice(["paper", "interview"]) if at == 1 else "interview"
                weight = (
                    ("10.5", "12.25")[cluster % 2] if at != 2 else str(10 + cluster * 6 + person)
                )
                key, stratum = f"z{at}-{cluster}-{person}", str(1 + cluster % 2)
                where = (unit, "citizens", "", stratum, f"bản {cluster}", weight, "40", "90", mode)
                yield (key, *where), _citizen(draw, at == 1)
        for leader in range((3, 7, 6, 8, 5)[at]):
            key = f"l{at}-{leader}"
            yield (
                (key, unit, "leaders", "", "1", key, "1", str((3, 7, 6, 8, 5)[at]), "", "web"),
                {"council_view": draw.choice("1239")},
            )


def release(folder: Path, seed: int = 1, clusters: int = 8, state: str = "closed") -> Path:
    """Write a release and, beside it, its scores; gives the folder that has both."""
    where = folder / "release"
    (where / "texts").mkdir(parents=True)
    (where / "texts" / "index.yaml").write_text(INDEX, "utf-8")
    (where / "texts" / "citizens.yaml").write_text(CITIZENS, "utf-8")
    design = (
        "resp_id",
        "unit",
        "group",
        "sample",
        "stratum",
        "psu",
        "weight",
        "fpc1",
        "fpc2",
        "mode",
    )
    people = list(_people(seed, clusters))
    random.Random(seed).shuffle(people)
    rows = [(*row, *(answers.get(name, "") for name in QUESTIONS)) for row, answers in people]
    _write(where / "respondents.csv", (*design, *QUESTIONS), rows)
    book = "variable groups label_vi label_en kind code code_label_vi code_label_en "
    book += "coefficient no_opinion criterion"
    _write(where / "codebook.csv", book.split(), _entries())
    scored = [e for e in _entries() if e[0] in {"council_view", "service", "online_service"}]
    _write(
        where / "options.csv", ("question", "option", "coef"), [(e[0], e[5], e[8]) for e in scored]
    )
    links = [
        ("1.1", "6", "council", "council_view", "1"),
        ("1.1", "6", "citizens", "service", "2"),
        ("1.1", "6", "leaders", "council_view", "1"),
        ("1.10", "4.5", "citizens", "online_service", "1"),
    ]
    _write(
        where / "criteria.csv",
        ("criterion", "max_points", "group", "question", "group_weight", "average"),
        [(*link, "equal") for link in links],
    )
    _write(
        where / "index.csv",
        ("code", "parent", "level", "assessed", "max_points", "name_vi", "name_en", "provenance"),
        [
            ("1", "", "field", "", "10.5", "Thủ tục", "", "proposed"),
            ("1.1", "1", "criterion", "survey", "6", "Một", "", "proposed"),
            ("1.10", "1", "criterion", "survey", "4.5", "Hai", "", "proposed"),
        ],
    )
    _write(
        where / "units.csv",
        ("unit", "name_vi", "name_en", "class"),
        [(u, f"Đơn vị {u}", "", "department") for u in UNITS],
    )
    counts = {}
    for row in rows:
        counts[row[1], row[2]] = counts.get((row[1], row[2]), 0) + 1
    _write(
        where / "frame.csv",
        ("unit", "group", "N", "n_invited", "n_responded"),
        [(u, g, 4 * n, 2 * n, n) for (u, g), n in counts.items()],
    )
    about = {
        "format": 1,
        "wave": "thu-2026",
        "study": "thu",
        "year": 2026,
        "state": state,
        "opened_on": "2026-08-01",
        "closed_on": "2026-09-01",
        "settings": {"publish_from": 5, "min_group": 1},
    }
    about["files"] = {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(where.glob("*.csv"))
    }
    (where / "manifest.json").write_text(json.dumps(about), "utf-8")
    assert (
        main(["score", str(where), "--out", str(folder / "results"), "--missing", "renormalise"])
        == 0
    )
    return folder
