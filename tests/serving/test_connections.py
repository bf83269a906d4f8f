"""Connections that are idle, slow or many do not keep another person waiting."""

from __future__ import annotations

import http.client
import resource
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress

import pytest

from survey_app.serving import channel, site
from survey_app.serving.channel import Stage
from tests.contract.test_exactly_once import free_port, start
from tests.respondent.live_survey import live_survey
from tests.serving.wire import connected, request
from tests.support.server import serving

IDLE, SLOW = 2000, 1000
SLOW_BYTES, SLOW_SECONDS = 20, 1.0
PROMPT = 1.0
"""Seconds in which another person's page must come here; benchmarks/connections.py measures it."""


def hello(environ, start_response):
    """The smallest application."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


@contextmanager
def many_files():
    """Let this process open as many connections as the tests hold."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def page_seconds(address: str, path: str, source: str = "") -> float:
    """How long a person waits who comes now."""
    began = time.perf_counter()
    with connected(address, source) as wire:
        wire.sendall(request("GET", path))
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")
    return time.perf_counter() - began


def whole_reply(wire: socket.socket) -> bytes:
    """A reply of `hello`, on a connection that stays open."""
    said = b""
    while not said.endswith(b"hello"):
        piece = wire.recv(65536)
        assert piece, "the server hung up"
        said += piece
    return said


def is_open(wire: socket.socket) -> bool:
    """Whether the server has not hung up."""
    wire.settimeout(0.01)
    try:
        return wire.recv(65536) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 8192, reason="too few files may be opened"
)
def test_two_thousand_idle_and_a_thousand_slow_phones_do_not_close_the_site(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        (token,) = survey.wave.tokens["citizens"]
        url = str(survey.database.url)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = start(url, port, tmp_path)
    ended = threading.Event()
    wires: list[socket.socket] = []
    with many_files():
        try:
            for _ in range(IDLE):
                wires.append(connected(address))
                wires[-1].sendall(request("GET", "/favicon.ico"))
                assert wires[-1].recv(65536).startswith(b"HTTP/1.1 200")
            slow = [connected(address) for _ in range(SLOW)]
            wires += slow
            threading.Thread(target=trickle, args=(slow, ended), daemon=True).start()
            time.sleep(2 * SLOW_SECONDS)
            took = [page_seconds(address, f"/p/{token}") for _ in range(20)]
        finally:
            ended.set()
            for wire in wires:
                wire.close()
            server.terminate()
            server.wait()
    assert max(took) < PROMPT


def trickle(wires: list[socket.socket], ended: threading.Event) -> None:
    """Send a request as slowly as an attacker would, and begin again where that was cut short."""
    while not ended.is_set():
        for wire in wires:
            with suppress(OSError):
                wire.sendall(b"GET / HTTP/1.1\r\nX:"[:SLOW_BYTES])
        ended.wait(SLOW_SECONDS)


@pytest.fixture
def hasty(monkeypatch):
    """Deadlines that a test can wait for."""
    for stage in (Stage.IDLE, Stage.HEAD, Stage.BODY, Stage.REPLY, Stage.DROP):
        monkeypatch.setitem(channel._LONGEST, stage, 0.5)
    monkeypatch.setattr(site, "_ROUND", 0.1)


BEGINNINGS = {
    "nothing": b"",
    "half a request": b"GET / HTTP/1.1\r\nHost: x\r\nX-",
    "a whole one": request("GET", "/"),
    "half a body": request("POST", "/", "Content-Length: 1000") + b"x",
    "half a chunk": request("POST", "/", "Transfer-Encoding: chunked") + b"ff\r\nx",
    "too much": request("POST", "/", "Content-Length: 1000000"),
}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("sent", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_connection_on_which_nothing_comes_any_more_is_closed(sent):
    with serving(hello) as address, connected(address) as wire:
        wire.sendall(sent)
        until(lambda: not is_open(wire))


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nX: ", BEGINNINGS["half a body"]])
def test_a_request_that_trickles_is_closed_although_something_comes(sent):
    with serving(hello) as address, connected(address) as wire:
        wire.sendall(sent)

        def is_cut() -> bool:
            with suppress(OSError):
                wire.sendall(b"x")
            return not is_open(wire)

        until(is_cut)


@pytest.mark.usefixtures("hasty")
def test_a_body_that_keeps_coming_may_take_its_time(monkeypatch):
    monkeypatch.setattr(channel, "SLOWEST", 100.0)
    with serving(hello) as address, connected(address) as wire:
        wire.sendall(request("POST", "/", "Content-Length: 2000", "Connection: close"))
        for _ in range(20):
            wire.sendall(b"x" * 100)
            time.sleep(0.05)
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")


def test_where_there_are_too_many_the_idle_ones_go_first():
    with serving(hello, connections=100) as address:
        busy = connected(address, "127.0.0.3")
        busy.sendall(request("POST", "/", "Content-Length: 5000"))
        idle = [connected(address, f"127.0.1.{number}") for number in range(99)]
        time.sleep(1.5)  # longer than a request can be on its way
        busy.sendall(b"x" * 4000)
        assert page_seconds(address, "/") < PROMPT
        until(lambda: sum(map(is_open, idle)) < 99)
        busy.sendall(b"x" * 1000)
        assert busy.recv(65536).startswith(b"HTTP/1.1 200")
        for wire in (busy, *idle):
            wire.close()


def test_where_all_are_slow_the_slowest_go_first():
    with serving(hello, connections=100) as address:
        slow = [connected(address, f"127.0.1.{number}") for number in range(100)]
        for wire in slow:
            wire.sendall(request("POST", "/", "Content-Length: 5000"))
        for _ in range(5):
            assert page_seconds(address, "/") < PROMPT
        for wire in slow:
            wire.close()


def test_an_address_with_half_of_all_connections_makes_room_for_its_own_next_ones():
    with serving(hello, connections=200) as address:
        neighbour = connected(address, "127.0.0.3")
        many = [connected(address, "127.0.0.2") for _ in range(400)]
        for _ in range(3):
            neighbour.sendall(request("GET", "/"))
            assert whole_reply(neighbour).startswith(b"HTTP/1.1 200")
        until(lambda: sum(map(is_open, many)) <= 100)
        assert page_seconds(address, "/", "127.0.0.2") < PROMPT
        for wire in (neighbour, *many):
            wire.close()


def test_bodies_of_strangers_fill_no_memory(monkeypatch):
    monkeypatch.setattr(site, "HELD_BYTES", 500_000)
    with serving(hello) as address:
        wires = [connected(address) for _ in range(40)]
        for wire in wires:
            with suppress(OSError):
                wire.sendall(request("POST", "/", "Content-Length: 60000") + b"x" * 50_000)
        until(lambda: sum(map(is_open, wires)) <= 10)
        assert page_seconds(address, "/") < PROMPT
        for wire in wires:
            wire.close()


class Slow:
    """An application whose writes, or pages under /slow, wait for a word."""

    def __init__(self) -> None:
        self.word = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "POST" or environ["PATH_INFO"] == "/slow":
            self.begun.release()
            self.word.wait(30)
        return hello(environ, start_response)


THREADS = 4


@pytest.fixture
def slow():
    application = Slow()
    yield application
    application.word.set()


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_visitor_whose_pages_are_slow_keeps_nobody_else_waiting(slow, proxies):
    with serving(slow, threads=THREADS, proxies=proxies) as address:
        crowd = [connected(address, "127.0.0.2" if not proxies else "") for _ in range(50)]
        for wire in crowd:
            wire.sendall(request("GET", "/slow", "X-Forwarded-For: 203.0.113.7"))
        for _ in range(THREADS - 1):
            assert slow.begun.acquire(timeout=10)
        for _ in range(5):
            assert other_page(address, "127.0.0.3" if not proxies else "") < PROMPT
        assert not slow.begun.acquire(timeout=0.2)
        slow.word.set()
        for wire in crowd:
            assert wire.recv(65536).startswith(b"HTTP/1.1 200")
            wire.close()


def other_page(address: str, source: str) -> float:
    """How long another visitor waits, by address or by what the proxy says of it."""
    began = time.perf_counter()
    with connected(address, source) as wire:
        wire.sendall(request("GET", "/", "X-Forwarded-For: 198.51.100.4"))
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")
    return time.perf_counter() - began


def test_while_nothing_can_be_written_pages_are_read_even_by_the_same_visitor(slow):
    with serving(slow, threads=THREADS) as address:
        crowd = [connected(address) for _ in range(50)]
        for wire in crowd:
            wire.sendall(request("POST", "/", "Content-Length: 0"))
        assert slow.begun.acquire(timeout=10)
        assert max(page_seconds(address, "/") for _ in range(5)) < PROMPT
        slow.word.set()
        for wire in crowd:
            assert wire.recv(65536).startswith(b"HTTP/1.1 200")
            wire.close()


def test_requests_that_are_sent_without_waiting_for_replies_are_answered_in_order():
    with serving(hello) as address, connected(address) as wire:
        wire.sendall(request("GET", "/") * 50)
        said = b""
        while said.count(b"hello") < 50:
            said += wire.recv(65536)


def test_a_large_reply_comes_whole_to_a_phone_that_takes_it_slowly():
    length = 3_000_000

    def large(_, start_response):
        start_response("200 OK", [("Content-Length", str(length))])
        return [b"x" * length]

    with serving(large) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
        connection.request("GET", "/")
        reply = connection.getresponse()
        taken = 0
        while piece := reply.read(300_000):
            taken += len(piece)
            time.sleep(0.01)
        assert taken == length
        connection.request("GET", "/")
        assert len(connection.getresponse().read()) == length
        connection.close()
