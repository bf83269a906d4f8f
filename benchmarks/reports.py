"""How long the reports of all units take: 300 units, 60 surveyed criteria, one file of each.

python -m benchmarks.reports                 as Word
python -m benchmarks.reports --pdf           as PDF, set by typst
python -m benchmarks.reports --units 34

The scorecard is that of `benchmarks.results_pages`; the job's own function makes the reports,
suppression worked out anew, as in a worker that has just been started.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import zipfile
from pathlib import Path

from benchmarks.results_pages import CRITERIA, WAVE, scored
from survey_app.office.documents import making
from survey_app.store import scorecards, waves


def main() -> None:
    """Make a scorecard, then the reports of its units, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--pdf", action="store_true")
    asked = parser.parse_args()
    kind = "pdf" if asked.pdf else "docx"
    with tempfile.TemporaryDirectory() as folder:
        house, number = scored(Path(folder), asked.units)
        with house.database.reading() as connection:
            wave, card = waves.find(connection, WAVE), scorecards.find(connection, number)
        begun, busy = time.perf_counter(), time.process_time()
        file, count, first = Path(folder) / "reports.zip", 0, 0.0
        with zipfile.ZipFile(file, "w") as packed:
            for name, _, body in making.of_every_unit(house, wave, card, "vi", kind):
                first = first or time.perf_counter() - begun
                making.add(packed, name, body)
                count += 1
        whole, processor = time.perf_counter() - begun, time.process_time() - busy
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        house.database.close()
        print(
            f"{count} reports ({kind}) of {CRITERIA} criteria: {file.stat().st_size / 1e6:.1f} MB"
        )
        print(f"whole {whole:.1f} s, processor {processor:.1f} s, the first after {first:.1f} s")
        print(f"largest memory {memory} MiB")


if __name__ == "__main__":
    main()
