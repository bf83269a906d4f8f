"""How long the archive of open data takes for many ratings, and in how much memory.

python -m benchmarks.open_data                 20,000, 200,000 and 1,000,000 ratings, 300 units
python -m benchmarks.open_data --rows 50000    another number

The release is invented and scored first; neither is counted. Memory is the most that
`python -m analysis opendata` had at once.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

UNITS, QUESTIONS, PSUS = 300, 30, 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
    sizes = parser.parse_args().rows
    print("ratings | seconds | most MiB | archive MiB")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            where = Path(folder)
            _release(where / "release", size)
            _analyse("score", where / "release", "--out", where / "results")
            seconds, most = _measured(where)
            archive = (where / "open.zip").stat().st_size / 2**20
        print(f"{size:,} | {seconds:.1f} | {most:.0f} | {archive:.1f}", flush=True)


def _measured(where: Path) -> tuple[float, float]:
    began = time.perf_counter()
    given = [where / "release", where / "results", where / "open.zip"]
    command = [sys.executable, "-m", "analysis", "opendata", *map(str, given)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("the archive could not be written")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def _analyse(*words: object) -> None:
    done = [sys.executable, "-m", "analysis", *map(str, words)]
    subprocess.run(done, check=True, stderr=subprocess.DEVNULL)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _release(folder: Path, size: int) -> None:
    folder.mkdir(parents=True)
    units = [f"U{number:03d}" for number in range(UNITS)]
    asked = [f"question_{number}" for number in range(QUESTIONS)]
    options = [("1", "Tốt", "1"), ("2", "Khá", "0.6"), ("3", "Kém", "0"), ("9", "Không rõ", "")]
    book = "variable groups label_vi label_en kind code code_label_vi code_label_en coefficient"
    _write(
        folder / "codebook.csv",
        [*book.split(), "no_opinion", "criterion"],
        (
            (q, "citizens", f"Câu {q}", "", "choice", code, vi, "", coef, str(not coef).lower(), q)
            for q in asked
            for code, vi, coef in options
        ),
    )
    rows = [(q, code, coef) for q in asked for code, _, coef in options]
    _write(folder / "options.csv", ("question", "option", "coef"), rows)
    links = [(q, "1", "citizens", q, "1", "equal") for q in asked]
    header = ("criterion", "max_points", "group", "question", "group_weight", "average")
    _write(folder / "criteria.csv", header, links)
    _write(folder / "index.csv", ("code", "parent", "level"), [(q, "", "criterion") for q in asked])
    _write(folder / "units.csv", ("unit", "name_vi", "name_en"), [(u, u, u) for u in units])
    about = {"wave": "lon", "study": "lon", "year": 2026, "state": "closed", "closed_on": "2026"}
    about |= {"opened_on": "2026", "settings": {"publish_from": 5}}
    (folder / "manifest.json").write_text(json.dumps(about), "utf-8")
    design = ("resp_id", "unit", "group", "stratum", "psu", "weight", "fpc1", "fpc2", "mode")
    _write(folder / "respondents.csv", (*design, *asked), _ratings(size, units))


def _ratings(size: int, units: Sequence[str]) -> Iterable[Sequence[object]]:
    draw = random.Random(1)
    for number in range(size):
        unit, psu = units[number % UNITS], number // UNITS % PSUS
        answers = draw.choices("12239", k=QUESTIONS)
        weight = ("10.5", "12.25")[psu % 2]
        yield (number, unit, "citizens", psu % 2, psu, weight, 90, 400, "web", *answers)


if __name__ == "__main__":
    main()
