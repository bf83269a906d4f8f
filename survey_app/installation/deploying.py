"""What stands around a site: the service that keeps it running, and the proxy before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from survey_app.settings import Settings

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    autoescape=select_autoescape(),  # by the name of a file; none of these is HTML
)

WAYS: Mapping[str, tuple[str, ...]] = {
    "systemd": ("cchc.service",),
    "backups": ("cchc-backup.service", "cchc-backup.timer"),
    "nginx": ("nginx.conf",),
    "caddy": ("Caddyfile",),
    "compose": ("Containerfile", "compose.yaml", "Caddyfile"),
    "monitoring": ("prometheus.yml", "alerts.yaml", "dashboard.json"),
}
"""What can be deployed, and the files that it takes."""

LOCKS = ("backup-recipients", "backup-passphrase")
"""Files of a site that say who opens its nightly backups: public keys, or a passphrase."""

_IN_CONTAINER = 10001
"""The account in a container, where the folder's owner is root."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """Where a site is, and how its neighbours reach it."""

    folder: Path
    settings: Settings
    program: Path
    user: str = "cchc"
    port: int = 8000
    certificate: str = ""
    certificate_key: str = ""
    backups: Path = Path("/var/backups/cchc")
    by_passphrase: bool = False

    def files(self, way: str) -> dict[str, str]:
        """The files of one way to deploy, by their names.

        Raises
        ------
        KeyError
            A way that there is not.
        """
        return {name: self._rendered(name, way) for name in WAYS[way]}

    def _rendered(self, name: str, way: str) -> str:
        upload = self.settings.protection.upload_megabytes
        values = {
            "folder": str(self.folder),
            "program": str(self.program),
            "user": self.user,
            "uid": self._uid(),
            "port": self.port,
            "host": urlsplit(self.settings.public_url).hostname or "",
            "upstream": "site:8000" if way == "compose" else f"127.0.0.1:{self.port}",
            "backups": str(self.backups),
            "lock": self._lock(),
            "megabytes": 1 + max(upload, self.settings.evidence.file_megabytes),
            **self._certificates(way),
        }
        return _TEMPLATES.get_template(name).render(values)

    def _lock(self) -> str:
        """What says who opens the nightly backups."""
        recipients, passphrase = LOCKS
        if self.by_passphrase:
            return f"--passphrase-file {self.folder / passphrase}"
        return f"--recipients-file {self.folder / recipients}"

    def _certificates(self, way: str) -> dict[str, str]:
        """Caddy gets a certificate by itself; nginx has to be told where one is."""
        if self.certificate or way != "nginx":
            return {"certificate": self.certificate, "certificate_key": self.certificate_key}
        return {
            "certificate": "/etc/ssl/khaosat.pem",
            "certificate_key": "/etc/ssl/khaosat.key",
        }

    def _uid(self) -> int:
        owner = self.folder.stat().st_uid if self.folder.exists() else 0
        return owner or _IN_CONTAINER
