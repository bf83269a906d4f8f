"""Would DuckDB score faster? What it takes for its part of the work, beside all of ours.

    python -m benchmarks.engines [--ratings 1000000] [--units 300] [--venv FOLDER]

DuckDB is installed on demand into FOLDER (a throw-away environment by default) and asked, on the
same Parquet file: to bring the columns in as small numbers; for the means alone; and for what the
standard errors need, which is for each PSU and question the answers, and the sums of w, wx, w^2,
w^2 x and (wx)^2. Only the first could stand in for a part of ours with the same digits: floating
sums of several threads have no order. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.scoring import PEAK, PHASES, QUESTIONS, make, timed

PINNED = ("duckdb==2.0.1", "numpy")

START = """
import json, sys, time
import duckdb
db = duckdb.connect(config={"threads": 2})
db.execute("SET enable_progress_bar = false")
path = sys.argv[1] + "/respondents.parquet"
questions = QUESTIONS
start, began = time.perf_counter(), time.process_time()
"""
END = """
steps = {"query": time.perf_counter() - start, "CPU": time.process_time() - began}
"""
COLUMNS = """
small = ", ".join(f"coalesce(try_cast({q} AS UTINYINT), 0)::UTINYINT AS {q}" for q in questions)
found = db.sql(f"SELECT {small}, weight::DOUBLE AS w FROM '{path}'").fetchnumpy()
"""
MEANS = """
x = {q: f"(try_cast({q} AS DOUBLE) - 1) / 4" for q in questions}
asked = ", ".join(
    f"sum(CASE WHEN {q} <> '' THEN w END), sum(w * {x[q]}), count(nullif({q}, ''))"
    for q in questions)
found = db.sql(
    f"SELECT unit, \\"group\\", {asked} FROM (SELECT *, weight::DOUBLE AS w FROM '{path}') "
    "GROUP BY ALL").fetchnumpy()
"""
ERRORS = MEANS.replace('"SELECT unit, ', '"SELECT unit, stratum, psu, ').replace(
    "count(nullif({q}, ''))",
    "count(nullif({q}, '')), sum(CASE WHEN {q} <> '' THEN w * w END), sum(w * w * {x[q]}), "
    "sum((w * {x[q]}) ** 2)",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ratings", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--venv", type=Path, help="where DuckDB is, or is put")
    given = parser.parse_args()
    print("| ratings | by | seconds | CPU | MiB |\n|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as work:
        python = duckdb(given.venv or Path(work) / "duckdb")
        for ratings in given.ratings:
            folder = Path(work) / f"data-{ratings}"
            make(folder, ratings, given.units, as_csv=False)
            compare(python, folder, Path(work) / "out", ratings)


def duckdb(folder: Path) -> Path:
    """The Python that has DuckDB; installs it where it is not."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PINNED], check=True)
    return python


def compare(python: Path, folder: Path, out: Path, ratings: int) -> None:
    """One size: a line for each."""
    _, cpu, most, steps = timed([sys.executable, "-c", PHASES + PEAK, str(folder), str(out)])
    for name in ("read", "compute"):
        line = f"{steps[name]:.2f} | {steps[name + ' CPU']:.2f}"
        print(f"| {ratings:,} | analysis: {name} | {line} | |")
    print(f"| {ratings:,} | analysis: all, with start and writing | | {cpu:.2f} | {most:.0f} |")
    start = START.replace("QUESTIONS", repr(QUESTIONS))
    queries = {"columns as numbers": COLUMNS, "means": MEANS, "means and errors": ERRORS}
    for name, query in queries.items():
        script = start + query + END + PEAK
        _, _, most, steps = timed([str(python), "-c", script, str(folder)])
        line = f"{steps['query']:.2f} | {steps['CPU']:.2f} | {most:.0f}"
        print(f"| {ratings:,} | DuckDB: {name} | {line} |", flush=True)


if __name__ == "__main__":
    main()
