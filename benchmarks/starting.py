"""How long a worker takes to serve its first page, and what it weighs.

    python -m benchmarks.starting [--runs 5]

Starts the product's own server on an empty SQLite store in a process of its own, waits for the
first page, then reads its resident memory: after the start, after a respondent's page, and after
the office has drawn a chart. Beside it, in the same run, an interpreter that does nothing.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

SERVE = [sys.executable, "-m", "survey_app.commands.cli", "serve", "--port"]


def once() -> dict[str, float]:
    """Seconds to the first page, and MiB after it."""
    with tempfile.TemporaryDirectory() as data, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "CCHC_DATA": data}
        subprocess.run(
            [*SERVE[:3], "db", "upgrade"], env=environment, check=True, capture_output=True
        )
        start = time.perf_counter()
        with subprocess.Popen(
            [*SERVE, str(port)], env=environment, stderr=subprocess.DEVNULL
        ) as server:
            _wait_for(f"http://127.0.0.1:{port}/p/unknown")
            took = time.perf_counter() - start
            weight = _resident(server.pid)
            server.terminate()
    return {"seconds": took, "MiB": weight}


def _wait_for(address: str) -> None:
    for _ in range(3000):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return  # it answers: that page does not exist, as it should
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise SystemExit("the server did not answer")


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return (
        int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        / 1024
    )


def bare() -> dict[str, float]:
    """An interpreter that starts and reads its own memory."""
    start = time.perf_counter()
    code = "import pathlib; print(pathlib.Path('/proc/self/status').read_text())"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    took = time.perf_counter() - start
    weight = (
        int(next(line for line in told.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
    )
    return {"seconds": took, "MiB": weight}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print("| process | first page, s | resident, MiB |")
    print("|---|---:|---:|")
    for name, run in (("the whole site, SQLite", once), ("a bare interpreter", bare)):
        runs = [run() for _ in range(given.runs)]
        print(
            f"| {name} | {statistics.median(r['seconds'] for r in runs):.2f} "
            f"| {statistics.median(r['MiB'] for r in runs):.0f} |"
        )


if __name__ == "__main__":
    main()
