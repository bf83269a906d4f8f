"""The same scores and standard errors by us, by R survey, by svy and by samplics, in one run.

    python -m benchmarks.peers [--ratings 10000 100000 1000000] [--units 300] [--venv FOLDER]

svy 0.35.0 and samplics 0.6.1 are installed on demand into FOLDER (a throw-away environment by
default). No peer makes the linearised variable of a composite score, so it is made by us and handed
to svy and samplics: they only add it up by unit, with its error. R does everything itself, by the
release's reproduce.R. We read, check, and compute all means, covariances and scores, from the CSV
file that R reads and from the same rows as Parquet. A peer that takes longer than --patience
seconds is stopped, and that is said. "times" is a line's seconds over ours from Parquet.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

from benchmarks.scoring import make

PINNED = ("svy==0.35.0", "samplics==0.6.1")
REPRODUCE = Path(__file__).resolve().parents[1] / "survey_app" / "release" / "reproduce.R"

OURS = """
import json, sys, time
from pathlib import Path
from analysis.dataset import reader
from analysis.scoring import score
start = time.perf_counter()
card = score.score(reader.read(Path(sys.argv[1])))
spent = time.perf_counter() - start
se = dict(zip(card.data.units, card.units.se.tolist()))
print(json.dumps({"seconds": spent, "se": se}))
import numpy as np
design = card.data.design
persons = design.population_persons
there = np.where(np.isnan(persons), design.persons_drawn, persons)
np.savez(sys.argv[2], z=card.influence, unit=card.data.unit, stratum=design.stratum,
         psu=design.psu, person=design.person, first=design.population_psus[design.stratum],
         second=there[design.psu], names=np.array(card.data.units))
"""

FLOOR = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
import pandas, pyarrow.parquet
loaded = time.perf_counter()
if (Path(sys.argv[1]) / "respondents.parquet").exists():
    pyarrow.parquet.ParquetFile(sys.argv[1] + "/respondents.parquet").read()
else:
    pandas.read_csv(sys.argv[1] + "/respondents.csv", dtype=str, keep_default_na=False)
print(json.dumps({"seconds": time.perf_counter() - loaded, "se": {}}))
"""

SVY = """
import json, sys, time
import numpy as np, polars as pl, svy
d = np.load(sys.argv[1])
frame = pl.DataFrame({
    "z": d["z"], "unit": d["names"][d["unit"]], "stratum": d["stratum"].astype(str),
    "psu": d["psu"].astype(str), "person": d["person"].astype(str), "one": np.ones(len(d["z"])),
    "first": d["first"].astype(float), "second": d["second"].astype(float)})
start = time.perf_counter()
design = svy.Design(stratum="stratum", psu="psu", ssu="person", wgt="one",
                    pop_size=svy.PopSize("first", "second"))
found = svy.Sample(frame, design).estimation.total("z", by="unit").to_polars()
spent = time.perf_counter() - start
print(json.dumps({"seconds": spent, "se": dict(zip(found["unit"], found["se"]))}))
"""

SAMPLICS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from samplics.estimation import TaylorEstimator
from samplics import PopParam
d = np.load(sys.argv[1])
names, m = d["names"], {}
psus = pd.DataFrame({"h": d["stratum"], "p": d["psu"], "N": d["first"]}).drop_duplicates()
for h, rows in psus.groupby("h"):
    m[h] = 1 - len(rows) / rows["N"].iloc[0]
start = time.perf_counter()
taylor = TaylorEstimator(PopParam.total)
taylor.estimate(y=d["z"], samp_weight=np.ones(len(d["z"])), stratum=d["stratum"], psu=d["psu"],
                domain=names[d["unit"]], fpc=m)
spent = time.perf_counter() - start
print(json.dumps({"seconds": spent, "se": {str(k): float(v) for k, v in taylor.stderror.items()}}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ratings", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--venv", type=Path, help="where the peers are, or are put")
    parser.add_argument("--patience", type=float, default=120)
    given = parser.parse_args()
    print("| ratings | by | seconds | times | largest relative difference of the SE |")
    print("|---:|---|---:|---:|---|")
    with tempfile.TemporaryDirectory() as work:
        python = peers(given.venv or Path(work) / "peers")
        for ratings in given.ratings:
            compare(Path(work), python, ratings, given.units, given.patience)


def peers(folder: Path) -> Path:
    """The Python that has the peers; installs them where they are not."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PINNED], check=True)
    return python


def compare(work: Path, python: Path, ratings: int, units: int, patience: float) -> None:
    """One size: a line for each."""
    csv_folder, packed = work / f"csv-{ratings}", work / f"parquet-{ratings}"
    handed = work / f"z-{ratings}.npz"
    make(csv_folder, ratings, units, as_csv=True)
    make(packed, ratings, units, as_csv=False)
    here = [sys.executable, "-c"]
    ours = asked([*here, OURS, packed, handed], patience)
    say(ratings, "analysis: all, from Parquet", ours, ours)
    commands = {
        "floor: pyarrow reads the Parquet columns": [*here, FLOOR, packed],
        "analysis: all, from CSV": [*here, OURS, csv_folder, work / "again.npz"],
        "floor: pandas reads the CSV": [*here, FLOOR, csv_folder],
        "svy 0.35.0: total of our z by unit": [python, "-c", SVY, handed],
        "samplics 0.6.1: the same, one stage": [python, "-c", SAMPLICS, handed],
    }
    for by, command in commands.items():
        say(ratings, by, asked(command, patience), ours)
    theirs = by_r(csv_folder, work / "r.csv", patience)
    say(ratings, "R survey: reproduce.R, reads CSV", theirs, ours)


def asked(command: list[object], patience: float) -> dict[str, object] | str:
    """What a peer prints, or why it prints nothing."""
    try:
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        return f"more than {patience:.0f}"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:80]
    return json.loads(done.stdout)


def by_r(folder: Path, out: Path, patience: float) -> dict[str, object] | str:
    if not shutil.which("Rscript"):
        return "not here"
    command = ["Rscript", REPRODUCE, folder, "--missing", "strict", "--out", out]
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        return f"more than {patience:.0f}"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:80]
    with out.open(encoding="utf-8", newline="") as file:
        se = {row["unit"]: float(row["se"] or "nan") for row in csv.DictReader(file)}
    return {"seconds": time.perf_counter() - start, "se": se}


def say(ratings: int, by: str, result: dict | str, ours: dict | str) -> None:
    if isinstance(result, str) or isinstance(ours, str):
        print(f"| {ratings:,} | {by} | {result} | | |", flush=True)
        return
    pairs = [(result["se"][u], se) for u, se in ours["se"].items() if u in result["se"]]
    apart = f"{_apart(pairs):.0e}" if pairs else ""
    times = result["seconds"] / ours["seconds"]
    print(f"| {ratings:,} | {by} | {result['seconds']:.2f} | {times:.1f} | {apart} |", flush=True)


def _apart(pairs: list) -> float:
    theirs, own = np.array(pairs, dtype=float).T
    return float(np.nanmax(np.abs(theirs / own - 1)))


if __name__ == "__main__":
    main()
