"""How long scoring takes, and how much memory, by the number of ratings.

    python -m benchmarks.scoring [--ratings 10000 100000 1000000] [--units 300] [--csv] [--keep DIR]
    python -m benchmarks.scoring --before CHECKOUT      # beside another version, in turns

Makes a data set of UNITS units x 4 groups x 20 questions (8 % of the answers missing, citizens in
two stages), then scores it in a process of its own and, beside it in the same run, the floor: a
process that only reads the same columns, in seconds of reading and with its start. What is
imported beforehand, pyarrow by both, is a column of its own. The ratio is read + compute to the
reading. Prints a Markdown table. CPU seconds say more than seconds on a machine that others use
too. --keep leaves the data sets in DIR, and takes those that are there. --before scores with
another checkout of the project as well, the two in turns, and prints the ratios pair by pair
(median, least and most) of CPU seconds, of seconds and of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parents[1]
GROUPS = ("leaders", "council", "businesses", "citizens")
SHARES = (0.05, 0.1, 0.15, 0.7)
QUESTIONS = [f"q{number:02d}" for number in range(1, 21)]
CODES = np.array(["1", "2", "3", "4", "5"], dtype=object)

PEAK = """
with open("/proc/self/status", encoding="ascii") as status:
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
print(json.dumps(steps | {"MiB": peak}))
"""

FLOOR = """
import json, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
if (folder / "respondents.parquet").exists():
    import pyarrow.parquet as pq
    start = time.perf_counter()
    pq.ParquetFile(folder / "respondents.parquet").read()
else:
    import pandas as pd
    start = time.perf_counter()
    pd.read_csv(folder / "respondents.csv", dtype=str, keep_default_na=False)
steps = {"read": time.perf_counter() - start}
"""


def make(folder: Path, ratings: int, units: int, *, as_csv: bool, seed: int = 1) -> None:
    """Write a data set with about this many ratings."""
    rng = np.random.default_rng(seed)
    sizes = np.maximum(4, (ratings / units * np.array(SHARES)).astype(int))
    frames, frame_rows = [], []
    for unit in range(units):
        quality = rng.normal(0.6, 0.1)
        for group, size in zip(GROUPS, sizes, strict=True):
            frames.append(_cell(rng, f"U{unit:03d}", group, int(size), quality))
            frame_rows.append((f"U{unit:03d}", group, int(size) * 20, int(size) * 2, int(size)))
    data = pd.concat(frames, ignore_index=True)
    data.insert(0, "resp_id", [f"r{number:08d}" for number in range(len(data))])
    folder.mkdir(parents=True, exist_ok=True)
    if as_csv:
        data.to_csv(folder / "respondents.csv", index=False)
    else:
        data.to_parquet(folder / "respondents.parquet", index=False)
    pd.DataFrame(frame_rows, columns=["unit", "group", "N", "n_invited", "n_responded"]).to_csv(
        folder / "frame.csv", index=False
    )
    pd.DataFrame(
        [(q, code, (int(code) - 1) / 4) for q in QUESTIONS for code in CODES],
        columns=["question", "option", "coef"],
    ).to_csv(folder / "options.csv", index=False)
    pd.DataFrame(
        [(f"C{n:02d}", 1.5, g, q, 0.25) for n, q in enumerate(QUESTIONS, 1) for g in GROUPS],
        columns=["criterion", "max_points", "group", "question", "group_weight"],
    ).to_csv(folder / "criteria.csv", index=False)


def _cell(
    rng: np.random.Generator, unit: str, group: str, size: int, quality: float
) -> pd.DataFrame:
    two_stage = group == "citizens"
    per_psu = 10
    psu = np.arange(size) // per_psu if two_stage else np.arange(size)
    psus = int(psu.max()) + 1
    if two_stage and psus < 2:
        psu, psus = np.arange(size) % 2, 2
    level = np.clip(np.rint(rng.normal(quality * 4, 1.1, (size, len(QUESTIONS)))), 0, 4).astype(int)
    answers = CODES[level]
    answers[rng.random(answers.shape) < 0.08] = ""
    columns = {
        "unit": unit,
        "group": group,
        "stratum": "all",
        "psu": [f"p{number}" for number in psu],
        "weight": np.round(rng.uniform(1, 4, size), 4).astype(str),
        "fpc1": str(psus * 5 if two_stage else size * 20),
        "fpc2": "400" if two_stage else "",
    }
    return pd.DataFrame(columns | {q: answers[:, n] for n, q in enumerate(QUESTIONS)})


PHASES = """
import json, sys, time
from pathlib import Path
clock = lambda: (time.perf_counter(), time.process_time())
marks = [clock()]
try:
    from analysis.dataset import reader
    from analysis import results
    from analysis.replication.scorecards import scorecard
    from analysis.report import score_tables
    rank_and_write = lambda card, out: score_tables.write(results.of(card), out)
except ImportError:  # a checkout from before the rooms
    from analysis import dataset as reader
    from analysis.score import score as scorecard
    from analysis.export import write as rank_and_write
if (Path(sys.argv[1]) / "respondents.parquet").exists():
    import pyarrow.parquet  # as the floor does, and the peers with what they import
marks.append(clock())
data = reader.read(Path(sys.argv[1])); marks.append(clock())
card = scorecard(data); marks.append(clock())
rank_and_write(card, Path(sys.argv[2])); marks.append(clock())
steps, names = {}, ("import", "read", "compute", "rank and write")
for name, before, after in zip(names, marks, marks[1:]):
    steps |= {name: after[0] - before[0], name + " CPU": after[1] - before[1]}
"""


def timed(
    command: list[str], checkout: Path = HERE
) -> tuple[float, float, float, dict[str, float]]:
    """Seconds, CPU seconds and peak MiB of a command, and the phases that it prints."""
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=checkout) as child:
        assert child.stdout
        said = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
    assert status == 0, command
    seconds = time.perf_counter() - start
    phases = json.loads(said)
    return seconds, usage.ru_utime + usage.ru_stime, phases["MiB"], phases


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ratings", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--csv", action="store_true", help="respondents.csv instead of Parquet")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="where data sets stay between runs")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    given = parser.parse_args()
    source = "CSV" if given.csv else "Parquet"
    print(f"{given.units} units x 4 groups x 20 questions, {source}; best of {given.runs}\n")
    header = RATIOS if given.before else HEADER
    print("| " + " | ".join(header) + " |\n|" + "---:|" * len(header))
    for ratings in given.ratings:
        with tempfile.TemporaryDirectory() as work:
            folder = (given.keep or Path(work)) / f"{source.lower()}-{ratings}-{given.units}"
            if not folder.exists():
                make(folder, ratings, given.units, as_csv=given.csv)
            if given.before:
                line = compared(folder, Path(work) / "out", given.runs, given.before.resolve())
            else:
                line = measured(folder, Path(work) / "out", given.runs)
            print(f"| {ratings:,} | {line} |", flush=True)


HEADER = (
    *(
        "ratings",
        "import (CPU)",
        "read (CPU)",
        "compute (CPU)",
        "rank and write (CPU)",
        "all with start",
        "CPU",
        "MiB",
    ),
    *("floor: read", "with start", "MiB", "(read + compute) / floor"),
)


def measured(folder: Path, out: Path, runs: int) -> str:
    """The best of several runs of ours and of the floor."""
    score = [sys.executable, "-c", PHASES + PEAK, str(folder), str(out)]
    floor = [sys.executable, "-c", FLOOR + PEAK, str(folder)]
    scored = min((timed(score) for _ in range(runs)), key=lambda run: run[0])
    bare = min((timed(floor) for _ in range(runs)), key=lambda run: run[0])
    steps, least = scored[3], bare[3]["read"]
    ratio = (steps["read"] + steps["compute"]) / least
    phases = ("import", "read", "compute", "rank and write")
    cells = [f"{steps[name]:.2f} ({steps[name + ' CPU']:.2f})" for name in phases]
    cells += [f"{scored[0]:.2f}", f"{scored[1]:.2f}", f"{scored[2]:.0f}"]
    cells += [f"{least:.2f}", f"{bare[0]:.2f}", f"{bare[2]:.0f}", f"{ratio:.1f}"]
    return " | ".join(cells)


RATIOS = (
    "ratings",
    "read + compute, CPU",
    "read + compute, seconds",
    "rank and write, CPU",
    "whole command, CPU",
    "whole command, seconds",
    "memory",
)


def compared(folder: Path, out: Path, runs: int, before: Path) -> str:
    """Ratios of this version to another, in turns: median (least to most)."""
    score = [sys.executable, "-c", PHASES + PEAK, str(folder), str(out)]
    pairs = [(timed(score), timed(score, before)) for _ in range(runs)]
    figures = {
        "core CPU": lambda run: run[3]["read CPU"] + run[3]["compute CPU"],
        "core": lambda run: run[3]["read"] + run[3]["compute"],
        "write CPU": lambda run: run[3]["rank and write CPU"],
        "CPU": lambda run: run[1],
        "seconds": lambda run: run[0],
        "MiB": lambda run: run[2],
    }
    cells = []
    for figure in figures.values():
        ratios = sorted(figure(ours) / figure(theirs) for ours, theirs in pairs)
        cells.append(f"{np.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return " | ".join(cells)


if __name__ == "__main__":
    main()
