"""A preview as one site: the preview page in front, and behind it the real application, unchanged.

Two things differ from the field, here and nowhere else: the form may stand in a frame of that page,
and the phone's helper is not handed out, because it would stay in the author's browser afterwards.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from survey_app import doors
from survey_app.app import create_app
from survey_app.preview import page
from survey_app.preview.files import Target
from survey_app.preview.sandbox import Sandbox
from survey_app.serving.limits import Limits
from survey_app.serving.processes import listener
from survey_app.serving.site import Site
from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.web import House

THREADS = 8

_PAGE_PATHS = {"/", "/state", "/go"}
_HELPER = "/p/sw.js"
_NOT_FRAMED, _FRAMED = "frame-ancestors 'none'", "frame-ancestors 'self'"

Start = Callable[..., Any]


@dataclass(frozen=True)
class Preview:
    """A site that can be served. `sandbox` knows what is shown."""

    sandbox: Sandbox
    page: Flask
    application: Flask

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """One request (WSGI)."""
        path = environ.get("PATH_INFO", "")
        if path in _PAGE_PATHS:
            return self.page.wsgi_app(environ, start)
        if path == _HELPER:
            start("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        return self.application.wsgi_app(environ, _framed(start))


def _framed(start: Start) -> Start:
    def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return start(
            status, [(name, _framed_policy(name, value)) for name, value in headers], *more
        )

    return started


def _framed_policy(name: str, value: str) -> str:
    is_policy = name.lower() == "content-security-policy"
    return value.replace(_NOT_FRAMED, _FRAMED) if is_policy else value


@contextmanager
def previewing(target: Target, year: int, language: str = "vi") -> Iterator[Preview]:
    """A preview of files, on a store in a folder that is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="cchc-preview-") as folder:
        url = f"sqlite:///{Path(folder) / 'preview.sqlite3'}"
        settings = Settings(Path(folder), url, secrets.token_hex(32), questionnaires=target.root)
        database = Database(url)
        try:
            migrate.upgrade(database)
            house = House(settings, database)
            sandbox = Sandbox(house, target, year)
            sandbox.look()
            yield Preview(
                sandbox, _page_app(sandbox, language), create_app(settings, database, house)
            )
        finally:
            database.close()


def _page_app(sandbox: Sandbox, language: str) -> Flask:
    app = Flask("survey_app.preview", static_folder=None)
    app.config["LANGUAGE"] = language
    app.extensions["cchc.preview"] = sandbox
    app.register_blueprint(page.blueprint)
    return app


def server(preview: Preview, host: str, port: int) -> Site:
    """A server for it: at this port, or at a free one where that is taken."""
    for each in (port, 0):
        try:
            heard = listener(host, each)
        except OSError:
            if not each:
                raise
        else:
            door = doors.largest_body(preview.application)
            return Site(preview, heard, Limits(door, threads=THREADS))
    raise AssertionError("port 0 is always free or an error")
