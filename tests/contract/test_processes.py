"""Several processes on one port: one site, whoever of them dies."""

from __future__ import annotations

import http.client
import itertools
import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from survey_app.demo.phone import Phone
from survey_app.serving.processes import CAN_FORK
from survey_app.store.engine.database import Database
from survey_app.store.engine.patience import PATIENCE as PATIENCE_OF_THE_STORE
from tests.contract.test_exactly_once import at_once, free_port, start
from tests.respondent.live_survey import live_survey
from tests.support.ballot_box import open_all

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="one process serves on this system")

LINKS = 50
PATIENCE = 30.0

SHARE, MOST_TO_SHARE = 4, 64
"""How many connections each has at least, of so many. tests/serving/test_shares.py holds the rule,
by which each has half; on a busy machine one comes too late for some, but not for nearly all."""


@pytest.fixture
def site(database_url, tmp_path):
    """The tokens of a wave, the process that watches, and its port."""
    with live_survey(tmp_path, url=database_url, citizens=LINKS) as survey:
        tokens = list(survey.wave.tokens["citizens"])
    port = free_port()
    server = start(database_url, port, tmp_path)
    yield tokens, server, port
    server.terminate()
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    server.wait()


def until(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def both_answer(server: int) -> bool:
    """Whether both processes have come so far that they have their threads."""
    return [len(list(Path(f"/proc/{pid}/task").iterdir())) > 8 for pid in children(server)] == [
        True,
        True,
    ]


def children(pid: int) -> set[int]:
    """The processes that answer."""
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def is_there(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return state(pid) == "Z"


def state(pid: int) -> str:
    """The letter that the system has for what a process does."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def ready(port: int, token: str) -> Phone:
    phone = Phone(f"http://127.0.0.1:{port}", timeout=30)
    phone.open(f"/p/{token}")
    phone.press("begin")
    phone.press("next", {"used_service": "2", "age": "41"})
    phone.press("next", {"leadership": "B"})
    return phone


def test_fifty_links_sent_from_two_phones_at_the_same_instant_make_fifty_ballots(
    site, database_url, tmp_path
):
    tokens, _, port = site
    for token in tokens:
        first = ready(port, token)
        second = Phone(f"http://127.0.0.1:{port}", timeout=30)
        second.address, second.page = first.address, first.page
        receipts = at_once(
            lambda first=first: first.press("send").receipt,
            lambda second=second: second.press("send").receipt,
        )
        assert receipts[0] == receipts[1] != ""
        first.close()
        second.close()
    with closing(Database(database_url)) as database:
        open_all(database, tmp_path)
        with database.reading() as connection:
            for table in ("ballots", "ratings"):
                count = connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar()
                assert count == LINKS


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in /proc")
def test_a_process_that_dies_is_replaced_and_the_site_goes_on(site):
    tokens, server, port = site
    until(lambda: both_answer(server.pid))
    before = children(server.pid)
    os.kill(min(before), signal.SIGKILL)
    assert ready(port, tokens[0]).press("send").receipt
    until(lambda: len(children(server.pid)) == 2 and children(server.pid) != before)
    for token in tokens[1:5]:
        assert ready(port, token).press("send").receipt


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in /proc")
def test_a_process_that_was_stopped_keeps_nobody_waiting_and_is_replaced(site):
    tokens, server, port = site
    until(lambda: both_answer(server.pid))
    before = children(server.pid)
    stopped = min(before)
    os.kill(stopped, signal.SIGSTOP)
    time.sleep(1.5)  # until nobody waits for it any more; it has no connections to lose
    for token in tokens[:5]:
        began = time.monotonic()
        assert ready(port, token).press("send").receipt
        assert time.monotonic() - began < 5
    until(lambda: len(children(server.pid)) == 2 and stopped not in children(server.pid))


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in /proc")
def test_a_process_that_is_stopped_for_a_moment_only_is_left_alone(site):
    _, server, _ = site
    until(lambda: both_answer(server.pid))
    before = children(server.pid)
    for _ in range(8):
        os.kill(min(before), signal.SIGSTOP)
        time.sleep(0.4)
        os.kill(min(before), signal.SIGCONT)
        time.sleep(0.1)
    assert children(server.pid) == before


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in /proc")
def test_a_process_that_is_stopped_while_it_has_the_stores_lock_costs_nobody_an_answer(tmp_path):
    url, port = f"sqlite:///{tmp_path / 'store.sqlite3'}", free_port()
    with live_survey(tmp_path, url=url, citizens=LINKS) as survey:
        tokens = list(survey.wave.tokens["citizens"])
    server = start(url, port, tmp_path)
    until(lambda: both_answer(server.pid))
    with ExitStack() as stack:
        stack.callback(server.wait)
        stack.callback(server.terminate)
        stopped = stopped_with_the_lock(server.pid, port, tokens[1:], tmp_path / "store.sqlite3")
        began = time.monotonic()
        assert ready(port, tokens[0]).press("send").receipt
        assert time.monotonic() - began < PATIENCE_OF_THE_STORE
        assert is_gone(stopped)


def stopped_with_the_lock(server: int, port: int, tokens: list[str], store: Path) -> int:
    """The process that was stopped at the moment when nobody else could write."""
    ended = threading.Event()

    def save() -> None:
        for token in itertools.cycle(tokens):
            if ended.is_set():
                return
            with suppress(OSError, http.client.HTTPException):
                ready(port, token)

    crowd = [threading.Thread(target=save, daemon=True) for _ in range(4)]
    for each in crowd:
        each.start()
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for pid in writers(store):
                os.kill(pid, signal.SIGSTOP)
                until(lambda pid=pid: state(pid) == "T")
                if pid in writers(store):  # still
                    return pid
                os.kill(pid, signal.SIGCONT)
    finally:
        ended.set()
    raise AssertionError(f"none of {children(server)} was met while it wrote")


def writers(store: Path) -> list[int]:
    """Who has SQLite's lock for writing: byte 120 of the index of its log."""
    index = Path(f"{store}-shm").stat().st_ino
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [
        int(pid)
        for _, _, _, kind, pid, file, first, last in (each for each in locks if len(each) == 8)
        if kind == "WRITE" and file.endswith(f":{index}") and int(first) <= 120 <= int(last)
    ]


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in /proc")
def test_a_site_with_a_stopped_process_can_be_ended(site):
    _, server, _ = site
    until(lambda: both_answer(server.pid))
    os.kill(min(children(server.pid)), signal.SIGSTOP)
    server.terminate()
    assert server.wait(PATIENCE) == 0


def test_one_word_ends_all_of_them(site):
    _, server, port = site
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as reply:
        assert reply.status == 200
    server.terminate()
    assert server.wait(PATIENCE) == 0
    assert not is_there(port)


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted in /proc")
def test_they_leave_when_the_one_that_watches_is_killed(site):
    _, server, port = site
    until(lambda: both_answer(server.pid))
    answering = children(server.pid)
    server.kill()
    until(lambda: all(is_gone(pid) for pid in answering))
    assert not is_there(port)


@pytest.mark.skipif(not Path("/proc").exists(), reason="sockets are counted in /proc")
def test_connections_that_are_kept_are_shared(site):
    _, server, port = site
    until(lambda: both_answer(server.pid))
    before = quiet(server.pid)
    with ExitStack() as held:
        taken = [0, 0]
        for number in range(1, MOST_TO_SHARE + 1):
            connection = held.enter_context(
                closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30))
            )
            connection.request("GET", "/")  # leads on, and asks no database for it
            assert connection.getresponse().read()
            taken = [sockets(pid) - were for pid, were in before.items()]
            assert sum(taken) == number
            if min(taken) >= SHARE:
                break
        assert min(taken) >= SHARE, taken


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system places them")
def test_each_keeps_to_a_processor_where_there_is_none_to_spare(site):
    _, server, _ = site
    until(lambda: both_answer(server.pid))
    ours = os.sched_getaffinity(0)

    def places() -> list[set[int]]:
        return [os.sched_getaffinity(pid) for pid in children(server.pid)]

    if len(ours) > 2:
        assert places() == [ours, ours]
    else:
        until(lambda: all(len(place) == 1 for place in places()))
        assert set.union(*places()) == ours


def test_requests_that_wait_for_a_moment_are_no_news(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=1) as survey:
        (token,) = survey.wave.tokens["citizens"]
    port, log = free_port(), tmp_path / "log"
    server = start(database_url, port, tmp_path, log)
    phones = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(40)]
    for phone in phones:
        phone.request("GET", f"/p/{token}")
    for phone in phones:
        assert phone.getresponse().read()
        phone.close()
    server.terminate()
    server.wait(PATIENCE)
    assert log.read_text() == ""


def quiet(server: int) -> dict[int, int]:
    """How many sockets each process has, once whoever looked whether they listen has hung up."""
    counts: list[dict[int, int]] = []

    def is_quiet() -> bool:
        counts.append({pid: sockets(pid) for pid in children(server)})
        return len(counts) > 5 and len({tuple(each.values()) for each in counts[-5:]}) == 1

    until(is_quiet)
    return counts[-1]


def sockets(pid: int) -> int:
    """How many connections of the net a process has open; those to its database are not."""
    tcp = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            links.append(str(link.readlink()))
    return len(tcp & {link.removeprefix("socket:[").removesuffix("]") for link in links})
