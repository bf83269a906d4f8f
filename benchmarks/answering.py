"""How many people can answer at once: complete durable responses a second, beside the floor.

python -m benchmarks.answering                                  SQLite, a file in this folder
python -m benchmarks.answering --postgres                       a PostgreSQL of its own, durable
python -m benchmarks.answering --responses 600 --clients 8
python -m benchmarks.answering --before CHECKOUT [--turns 6]    beside another version, in turns

The real server (waitress, synchronous=FULL) and the clients share the machine. A response is a GET,
"begin", four saved pages and "send": seven requests. The floor, measured in the same minute: what
the disk can commit, and what the bare server can answer.
"""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from sqlalchemy import NullPool, create_engine

from benchmarks import peer, phones
from benchmarks.phones import Timings
from survey_app.fieldwork import tokens

HELLO = """
from flask import Flask
from waitress import serve
import sys
app = Flask("hello")
app.add_url_rule("/", view_func=lambda: "hello")
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=16, ident=None)
"""


def asked(link: str, key: str) -> list[phones.Ask]:
    """What one respondent's phone asks, from the link to the receipt."""
    parts = urlsplit(link)
    hidden = {"csrf_token": tokens.csrf(parts.path.rsplit("/", 1)[1], key)}
    asks = [("GET start", "GET", parts.path, {}), ("begin", "POST", parts.path, {"go": "begin"})]
    asks += [
        ("save", "POST", f"{parts.path}/{page}", {"go": "next", **given}) for page, given in PAGES
    ]
    asks += [("send", "POST", f"{parts.path}/~", {"go": "send"})]
    return [
        (
            kind,
            phones.request(
                method, path, parts.netloc, urlencode({**hidden, **form}) if form else ""
            ),
        )
        for kind, method, path, form in asks
    ]


PAGES = peer.answers()


def load(
    base: str, links: list[str], key: str, clients: int, paced: float = 0
) -> tuple[float, Timings]:
    """All the links, so many at once: seconds, and every request's."""
    parts = urlsplit(base)
    respondents = [asked(link, key) for link in links]
    pause = paced / len(respondents[0])
    return phones.answer_all((parts.hostname or "", parts.port or 80), respondents, clients, pause)


def commits_a_second(folder: Path, seconds: float = 2) -> float:
    """What this disk can do: one small row a transaction, synchronous=FULL, in WAL mode."""
    connection = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (words TEXT)")
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        connection.execute("INSERT INTO rows VALUES (?)", ("x" * 500,))
        done += 1
    connection.close()
    return done / (time.perf_counter() - began)


def hellos_a_second(clients: int, number: int = 800) -> float:
    """What the bare server can do: Flask says hello through waitress."""
    with server([sys.executable, "-c", HELLO]) as (base, _):
        parts = urlsplit(base)
        hello = ("hello", phones.request("GET", "/", parts.netloc))
        asks = [[hello] * number for _ in range(clients)]
        seconds, _ = phones.answer_all((parts.hostname or "", parts.port or 80), asks, clients)
        return clients * number / seconds


@contextmanager
def server(command: list[str], checkout: Path | None = None) -> Iterator[tuple[str, int]]:
    """A server on a free port, given as its last argument: its address and its process."""
    of = {"cwd": checkout, "env": {**os.environ, "PYTHONPATH": str(checkout)}} if checkout else {}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, **of)  # type: ignore[call-overload]
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def answering(pid: int) -> list[int]:
    """The processes that answer: the server itself, or those that share its port."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def memory_mib(pid: int) -> float:
    """The most memory the server has used, all its processes together."""
    if children := answering(pid):
        return sum(memory_mib(child) for child in children)
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def cpu_seconds(pid: int) -> float:
    """What the server's processes have worked so far."""
    if children := answering(pid):
        return sum(cpu_seconds(child) for child in children)
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(sorted_: list[float], share: float) -> float:
    return sorted_[min(len(sorted_) - 1, int(share * len(sorted_)))] * 1000


def print_timings(timings: Timings) -> None:
    print("\n| request | p50 ms | p95 ms | p99 ms |\n| --- | --- | --- | --- |")
    for kind in ("GET start", "begin", "save", "send"):
        took = sorted(seconds for each, seconds in timings if each == kind)
        cells = " | ".join(f"{quantile(took, share):.0f}" for share in (0.5, 0.95, 0.99))
        print(f"| {kind} | {cells} |")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--responses", type=int, default=400)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--database", help="URL of an empty store")
    options.add_argument(
        "--postgres", action="store_true", help="start a durable PostgreSQL for it"
    )
    options.add_argument("--before", type=Path, help="a checkout of another version")
    options.add_argument("--turns", type=int, default=6)
    given = options.parse_args()
    if given.before:
        in_turns(given)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd())))
        url = given.database or f"sqlite:///{folder / 'peer.sqlite3'}"
        if given.postgres:
            url = stack.enter_context(_postgres())
        served = stack.enter_context(site(folder, url, given.responses * 3 // 2))
        _report(given, folder, served.base, served.pid, served.key, served.links)


@dataclass(frozen=True)
class Served:
    """A site that serves the peer survey."""

    base: str
    pid: int
    key: str
    links: list[str]


@contextmanager
def site(folder: Path, url: str, links: int, checkout: Path | None = None) -> Iterator[Served]:
    """The peer survey, served by this version or by that of a checkout."""
    folder.mkdir(exist_ok=True)
    links_file = folder / "links.txt"
    command = [sys.executable, "-m", "benchmarks.serve_peer", "--links", str(links_file)]
    command += ["-n", str(links), "--database", url, "--port"]
    os.environ["TMPDIR"] = str(folder)
    with server(command, checkout) as (base, pid):
        key = peer.secret_key(next(folder.glob("cchc-peer*")))
        yield Served(base, pid, key, links_file.read_text().split())


def in_turns(given: argparse.Namespace) -> None:
    """Responses a second of another version and of this one, turn by turn, and their ratios."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd())))
        urls = [f"sqlite:///{folder / name}.sqlite3" for name in ("before", "now")]
        if given.postgres:
            urls = _two_databases(stack.enter_context(_postgres()))
        count = 20 + given.turns * given.responses
        sites = [
            stack.enter_context(site(folder / name, url, count, checkout))
            for name, url, checkout in zip(
                ("before", "now"), urls, (given.before.resolve(), Path.cwd()), strict=True
            )
        ]
        for served in sites:
            load(served.base, served.links[:20], served.key, 2)  # warm
        print("| turn | before/s | now/s | ratio | before, ms of CPU | now | ratio |")
        print("|---:|---:|---:|---:|---:|---:|---:|")
        pairs = [_turn(given, sites, turn) for turn in range(given.turns)]
        rates, works = zip(*pairs, strict=True)
        for name, ratios in (("responses/s", rates), ("CPU a response", works)):
            low, high = min(ratios), max(ratios)
            print(f"{name}, now by before: {median(ratios):.2f} ({low:.2f} to {high:.2f})")


def _turn(given: argparse.Namespace, sites: list[Served], turn: int) -> tuple[float, float]:
    rates, works = [0.0, 0.0], [0.0, 0.0]
    for at in (0, 1) if turn % 2 else (1, 0):
        served = sites[at]
        links = served.links[20 + turn * given.responses :][: given.responses]
        worked = cpu_seconds(served.pid)
        seconds, _ = load(served.base, links, served.key, given.clients)
        works[at] = (cpu_seconds(served.pid) - worked) / len(links) * 1000
        rates[at] = len(links) / seconds
    ratios = rates[1] / rates[0], works[1] / works[0]
    print(
        f"| {turn + 1} | {rates[0]:.1f} | {rates[1]:.1f} | {ratios[0]:.2f} "
        f"| {works[0]:.1f} | {works[1]:.1f} | {ratios[1]:.2f} |"
    )
    return ratios


def _two_databases(url: str) -> list[str]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for name in ("before", "now"):
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return [url.replace("/postgres?", f"/{name}?") for name in ("before", "now")]


def _report(
    given: argparse.Namespace, folder: Path, base: str, pid: int, key: str, links: list[str]
) -> None:
    load(base, links[:20], key, 2)  # warm
    disk, bare = commits_a_second(folder), hellos_a_second(given.clients)
    full = links[20 : 20 + given.responses]
    worked = cpu_seconds(pid)
    seconds, timings = load(base, full, key, given.clients)
    worked = cpu_seconds(pid) - worked
    rate, requests = len(full) / seconds, len(timings) / seconds
    print(f"{rate:.1f} complete responses/s ({requests:.0f} requests/s), {given.clients} at a time")
    print(f"floor: {disk:.0f} durable commits/s, {bare:.0f} hello-world requests/s of Flask")
    print(
        f"server: {worked / len(full) * 1000:.1f} ms of CPU a response,"
        f" {worked / seconds:.2f} cores busy"
    )
    print(f"of the bare server's requests: {requests / bare:.0%}; server {memory_mib(pid):.0f} MiB")
    print_timings(timings)
    half = links[20 + given.responses :]
    paced = given.clients / (rate / 2) * 0.75  # respondents who think: about half that load
    seconds, timings = load(base, half, key, given.clients, paced)
    print(f"\nAt {len(half) / seconds:.1f} responses/s:")
    print_timings(timings)


@contextmanager
def _postgres() -> Iterator[str]:
    """A PostgreSQL as durable as users run it."""
    from tests.support.postgres import temporary_postgres

    durable = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with temporary_postgres(durable) as url:
        yield url


if __name__ == "__main__":
    main()
