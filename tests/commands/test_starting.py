"""A site that could not keep what people send is not served; it says so in a line and ends."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.engine.health import THOROUGHLY_EVERY, Health
from tests.contract.test_exactly_once import free_port
from tests.contract.test_processes import is_there, until
from tests.respondent.live_survey import live_survey
from tests.serving.wire import asked, connected, request, status
from tests.support import warm_python

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


class Site:
    """`cchc serve` on a data folder."""

    def __init__(self, folder: Path, url: str = "", files: int = 0, user: int = 0) -> None:
        self.port, self._files, self._user = free_port(), files, user
        self.environment = {
            **os.environ,
            "CCHC_DATA": str(folder),
            "CCHC_DATABASE": url,
            "CCHC_SECRET_KEY": "",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.command = [sys.executable, "-m", "survey_app.commands.cli", "serve"]

    def _confined(self) -> None:
        if self._files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self._files, self._files))
        if self._user:
            os.setgid(self._user)
            os.setuid(self._user)

    def refused(self) -> str:
        """What it says and ends with 1; it may not begin to serve."""
        is_confined = self._files or self._user  # then it has to be so from its beginning
        program = self.command[0] if is_confined else warm_python.program()
        done = subprocess.run(
            [program, *self.command[1:], "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            preexec_fn=self._confined if is_confined else None,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.strip()

    @contextmanager
    def served(self, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """The site while it answers; what it says goes to a file."""
        with log.open("wb") as told:
            server = subprocess.Popen(
                [*self.command, "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                preexec_fn=self._confined,  # noqa: PLW1509 - the same
                stderr=told,
                start_new_session=True,
            )
        try:
            until(lambda: is_there(self.port) or server.poll() is not None)
            assert server.poll() is None, log.read_text()
            yield server
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    said = Site(tmp_path).refused()
    assert said.startswith("Error: there is no database at")
    assert "CCHC_DATABASE" in said
    assert "\n" not in said
    assert not (tmp_path / "cchc.sqlite3").exists()


def test_an_empty_database_is_not_served(tmp_path, database_url):
    create_engine(database_url).connect().close()  # SQLite makes the file
    *notes, said = Site(tmp_path, database_url).refused().splitlines()
    assert said.startswith("Error: there is no database")
    assert all(note.startswith("others could read") for note in notes)


def test_a_database_without_waves_is_served_and_said_to_have_none(tmp_path, database_url):
    database = Database(database_url)
    migrate.upgrade(database)
    database.close()
    site = Site(tmp_path, database_url)
    with site.served(tmp_path / "log"):
        assert status(asked(f"http://127.0.0.1:{site.port}", _once("/healthz"))) == 200
    assert "every link is unknown" in (tmp_path / "log").read_text()


def _once(path: str) -> bytes:
    return request("GET", path, "Connection: close")


def damage(file: Path) -> None:
    """Write over every page but the first."""
    size = file.stat().st_size
    with file.open("r+b") as out:
        for place in range(4096, size, 4096):
            out.seek(place)
            out.write(b"\xff" * 200)


def test_a_damaged_database_is_not_served(tmp_path):
    with live_survey(tmp_path) as survey:
        file = survey.database.file
    damage(file)
    said = Site(tmp_path, f"sqlite:///{file}").refused()
    assert said.startswith("Error: the database is damaged")
    assert "backup" in said
    file.write_bytes(b"not a database at all" * 1000)
    assert "is damaged" in Site(tmp_path, f"sqlite:///{file}").refused()


def test_the_page_for_load_balancers_tells_of_a_database_that_is_damaged_later(tmp_path):
    with live_survey(tmp_path) as survey:
        client = survey.app.test_client()
        assert client.get("/healthz").json == {"ok": True}
        survey.database.close()
        damage(survey.database.file)
        until(lambda: client.get("/healthz").status_code == 503)
        assert client.get("/healthz").json["why"]
        phone = survey.phone("citizens")
        assert phone.open().status == 503
        assert "Máy chủ đang bận" in phone.page.html


def test_and_of_one_that_was_taken_away(tmp_path):
    with live_survey(tmp_path) as survey:
        client = survey.app.test_client()
        assert client.get("/healthz").status_code == 200
        survey.database.file.rename(tmp_path / "elsewhere")
        assert "taken away" in client.get("/healthz").json["why"]
        survey.database.file.write_bytes(b"")
        assert client.get("/healthz").status_code == 503


def test_and_of_tables_that_are_gone(tmp_path, database_url):
    with live_survey(tmp_path, url=database_url) as survey:
        client = survey.app.test_client()
        assert client.get("/healthz").status_code == 200
        survey.run("ALTER TABLE waves RENAME TO elsewhere")
        reply = client.get("/healthz")
        assert reply.status_code == 503
        assert json.loads(reply.get_data())["ok"] is False
        survey.run("ALTER TABLE elsewhere RENAME TO waves")
        assert client.get("/healthz").status_code == 200


def test_every_page_is_read_now_and_then_and_not_each_time(tmp_path):
    now = [0.0]
    with live_survey(tmp_path) as survey:
        health = Health(survey.database, lambda: now[0])
        assert health.fault() == ""
        survey.database.close()
        damaged_but_the_first_rows = survey.database.file
        content = damaged_but_the_first_rows.read_bytes()
        damage(damaged_but_the_first_rows)
        now[0] += THOROUGHLY_EVERY
        assert health.fault()
        damaged_but_the_first_rows.write_bytes(content)


@pytest.mark.parametrize("kept", ["", "a", "a" * 40, "\n", "\xff" * 40])
def test_a_key_that_keeps_no_secret_is_not_used(tmp_path, kept):
    (tmp_path / "secret-key").write_text(kept, encoding="latin-1")
    said = Site(tmp_path).refused()
    assert "secret-key" in said
    assert "delete the file" in said


@pytest.mark.parametrize("key", ["a", "a" * 40, "ab" * 20])
def test_a_key_that_keeps_no_secret_cannot_be_set(tmp_path, key):
    site = Site(tmp_path)
    site.environment["CCHC_SECRET_KEY"] = key
    said = site.refused()
    assert "CCHC_SECRET_KEY" in said
    assert key not in said.replace("at least", "") or key == "a"


def test_a_key_that_was_made_is_read_again(tmp_path):
    first = Settings.from_environment({"CCHC_DATA": str(tmp_path)})
    assert Settings.from_environment({"CCHC_DATA": str(tmp_path)}) == first


def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = Site(tmp_path / "file" / "data").refused()
    assert str(tmp_path / "file") in said
    assert "write" in said
    assert "\n" not in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run it as another user")
def test_a_folder_in_which_nothing_can_be_written_is_said(tmp_path):
    with live_survey(tmp_path) as survey:
        url = str(survey.database.url)
    Settings.from_environment({"CCHC_DATA": str(tmp_path)})
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    (tmp_path / "secret-key").chmod(0o644)
    *notes, said = Site(tmp_path, url, user=NOBODY).refused().splitlines()
    assert "write" in said
    assert all("others can look into" in note for note in notes)


def test_too_few_files_are_said_before_anything_is_served(tmp_path):
    with live_survey(tmp_path) as survey:
        url = str(survey.database.url)
    said = Site(tmp_path, url, files=64).refused()
    assert "may open 64 files" in said
    assert "ulimit -n" in said
    assert "\n" not in said


@pytest.mark.parametrize("files", [130, 300])
def test_with_few_files_the_site_takes_whoever_comes_and_says_little(tmp_path, files):
    with live_survey(tmp_path, citizens=1) as survey:
        (token,) = survey.wave.tokens["citizens"]
        url = str(survey.database.url)
    site = Site(tmp_path, url, files=files)
    address = f"http://127.0.0.1:{site.port}"
    with site.served(tmp_path / "log") as server:
        _until_started(server.pid)
        crowd = [connected(address, f"127.0.1.{number % 250}") for number in range(700)]
        began, worked = time.monotonic(), _cpu_seconds(server.pid)
        for _ in range(10):
            assert status(asked(address, _once(f"/p/{token}"))) == 200
            time.sleep(0.1)
        busy = (_cpu_seconds(server.pid) - worked) / (time.monotonic() - began)
        for wire in crowd:
            wire.close()
    assert busy < 0.8  # of a processor, by both
    assert (tmp_path / "log").stat().st_size < 2_000


def _until_started(pid: int) -> None:
    """Wait until the processes of a site, its worker too, have read their programs."""
    end = time.monotonic() + 60
    before = _cpu_seconds(pid)
    time.sleep(0.5)
    while (now := _cpu_seconds(pid)) - before > 0.1:
        assert time.monotonic() < end, "they never come to rest"
        before = now
        time.sleep(0.5)


def _cpu_seconds(pid: int) -> float:
    """What the processes of a site have worked so far."""
    total = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def test_a_connection_that_the_system_cannot_open_is_said_once_and_tried_again(caplog):
    from survey_app.serving.limits import Limits
    from survey_app.serving.processes import listener
    from survey_app.serving.site import Site as Server

    server = Server(lambda *_: [], listener("127.0.0.1", 0), Limits(lambda *_: 0, threads=1))
    for _ in range(20):
        server._could_open_none(OSError(24, "Too many open files"))
    assert caplog.text.count("no more connections can be opened (Too many open files)") == 1
    assert not http.client.responses.get(0)
    server.task_dispatcher.shutdown()
    server.close()
