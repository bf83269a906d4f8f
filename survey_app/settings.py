"""Every knob, read once from the environment, all faults at once. Nothing else reads it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from analysis.problems import Problem, ProblemsFound
from survey_app import permissions

VERSION = "0.1.0"
"""Of this program; stands in every release. The same as in pyproject.toml (a test sees to it)."""

SHORTEST_KEY = 32
"""Characters under which a key could be guessed."""

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """How this installation runs. None of it has to be set.

    `trusted_proxies` counts the reverse proxies in front (0: none), so that rate limits see the
    respondent's address and not the proxy's. The address is never stored. `processes` share the
    port; it is set by whoever starts them.
    """

    data_folder: Path
    database_url: str
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    processes: int = 1

    @property
    def is_https(self) -> bool:
        """Whether respondents reach us over TLS: cookies are then marked Secure."""
        return self.public_url.startswith("https://")

    @property
    def keys_folder(self) -> Path:
        """What must not lie in the database: the key of the office's log, and its head."""
        return self.data_folder / "keys"

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None where a server keeps the database."""
        kind, _, file = self.database_url.partition("?")[0].partition(":///")
        return Path(file) if kind == "sqlite" and file else None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read CCHC_DATA, CCHC_DATABASE, CCHC_SECRET_KEY, CCHC_PUBLIC_URL, CCHC_TRUSTED_PROXIES.

        Raises
        ------
        ProblemsFound
            With every setting that cannot be used.
        """
        problems: list[Problem] = []
        data = Path(environment.get("CCHC_DATA") or HERE / "data")
        url = environment.get("CCHC_PUBLIC_URL", "").rstrip("/") or cls.public_url
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            problems.append(
                _problem("CCHC_PUBLIC_URL", url, "an address such as https://khaosat.example.vn")
            )
        database = environment.get("CCHC_DATABASE", "") or f"sqlite:///{data / 'cchc.sqlite3'}"
        if not database.startswith(("sqlite:///", "postgresql+psycopg://")):
            problems.append(
                _problem(
                    "CCHC_DATABASE",
                    database.split("@")[-1],
                    "sqlite:///PATH or postgresql+psycopg://...",
                )
            )
        proxies = environment.get("CCHC_TRUSTED_PROXIES", "0")
        if not (proxies.isascii() and proxies.isdigit()):
            problems.append(_problem("CCHC_TRUSTED_PROXIES", proxies, "a whole number, 0 or more"))
        key = environment.get("CCHC_SECRET_KEY", "")
        if key and len(key) < SHORTEST_KEY:
            problems.append(_problem("CCHC_SECRET_KEY", "...", "at least 32 characters"))
        if problems:
            raise ProblemsFound(problems)
        return cls(data, database, key or _kept_key(data), url, int(proxies))


def _problem(name: str, value: str, wanted: str) -> Problem:
    return Problem(
        "setting", f"{name} cannot be `{value}`", "environment", help=f"set it to {wanted}"
    )


def _kept_key(data: Path) -> str:
    """The key made at the first start, kept beside the database, readable by its owner only."""
    file = data / "secret-key"
    permissions.make_folder(data)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions.FILE)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32) + "\n")
    return file.read_text(encoding="ascii").strip()
