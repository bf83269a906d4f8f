"""The site as in the field: `serve` with a worker beside it, and an analyst who has signed in.

with live_site(shop) as site:
    site.client.post(f"{site.home}/quan-tri/...")
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from argon2 import PasswordHasher

from survey_app.identity import passwords
from tests.contract.test_exactly_once import free_port
from tests.jobs.shop import Shop
from tests.support import apart
from tests.support.accounts import add_account
from tests.support.apart import Started

PASSWORD = "một mật khẩu dài"


@dataclass
class LiveSite:
    """The process that watches over the site, and where it answers."""

    server: Started
    port: int

    @property
    def home(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.port}"

    def worker(self) -> int:
        """The process that does jobs."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [pid for pid in children(self.server.pid) if is_worker(pid)]
            return bool(found)

        until(is_there)
        return found[0]

    def answering(self) -> set[int]:
        """The processes that serve phones."""
        return {pid for pid in children(self.server.pid) if not is_worker(pid)}


class Browser:
    """An analyst's browser, without scripts."""

    def __init__(self, home: str, name: str = "lan") -> None:
        self.home = home
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.post("/quan-tri/dang-nhap", name=name, password=PASSWORD)

    def get(self, path: str) -> str:
        """A page; `at` is where it led to."""
        return self._read(urllib.request.Request(self.home + path))

    def post(self, path: str, **fields: str) -> str:
        """Send the form of a page."""
        body = urllib.parse.urlencode({**fields, "csrf_token": self._token(path)}).encode()
        return self._read(urllib.request.Request(self.home + path, body))

    def upload(self, path: str, name: str, content: bytes) -> str:
        """Hand a file in."""
        edge = uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'
            f"{self._token(path)}\r\n--{edge}\r\nContent-Disposition: form-data; "
            f'name="files"; filename="{name}"\r\n\r\n'.encode(),
            content,
            f"\r\n--{edge}--\r\n".encode(),
        ]
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self._read(urllib.request.Request(self.home + path, b"".join(parts), kind))

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path))
        assert found, path
        return found[1]

    def _read(self, request: urllib.request.Request) -> str:
        try:
            reply = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            reply = error
        with reply:
            self.at, self.status = urllib.parse.urlsplit(reply.url).path, reply.status
            body = reply.read()
        return body.decode(errors="replace")


@contextmanager
def live_site(shop: Shop, workers: int = 1) -> Iterator[LiveSite]:
    """Serve the shop's store, until the block ends."""
    port = free_port()
    url = shop.database.url.render_as_string(hide_password=False)
    server = apart.site(url, port, shop.house.settings.data_folder, workers=workers)
    site = LiveSite(server, port)
    try:
        until(lambda: _answers(site.home))
        yield site
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def sign_up(shop: Shop, name: str = "lan") -> None:
    """An account."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with shop.database.writing() as connection:
        add_account(connection, name, PASSWORD, shop.house.stamp())


def children(pid: int) -> set[int]:
    """The children of a process."""
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(each) for each in said.split()}


def is_worker(pid: int) -> bool:
    """Whether a process does jobs."""
    with suppress(OSError):
        return b"survey_app.serving.workers" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def until(what: Callable[[], bool], patience: float = 60) -> None:
    """Wait until it is so."""
    end = time.monotonic() + patience
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def _answers(home: str) -> bool:
    try:
        with urllib.request.urlopen(f"{home}/healthz", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
