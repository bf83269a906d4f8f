"""A real nginx with TLS, set up as docs/how-to/serve-behind-nginx.md says.

NGINX names another program than the system's.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "serve-behind-nginx.md"

AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


class NoNginx(Exception):
    """There is no nginx here that could be started; the message says what to do."""


@contextmanager
def proxied(port: int, front: int, folder: Path) -> Iterator[str]:
    """nginx on the port `front`, before a site on `port`: the address that people use.

    Raises
    ------
    NoNginx
    """
    program = _program()
    certify(folder)
    user = "user root;" if os.name == "posix" and os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    site = _as_told(port, front, folder)
    file.write_text(AROUND.format(user=user, folder=folder, site=site), encoding="utf-8")
    with subprocess.Popen(
        [program, "-p", str(folder), "-c", str(file)], stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            _wait_for(front, server)
            yield f"https://127.0.0.1:{front}"
        finally:
            server.terminate()


def _program() -> str:
    named = os.environ.get("NGINX") or shutil.which(
        "nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    )
    if not named or not shutil.which(named):
        raise NoNginx("install nginx (Debian: apt-get install nginx-light)")
    return named


def _as_told(port: int, front: int, folder: Path) -> str:
    """The file of the how-to, on ports and in a folder of this test's own."""
    block = re.search(r"```nginx\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    told = block[1].partition("server {\n    listen 80;")[0]  # the other only sends people here
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{front} ssl",
        "/etc/ssl/khaosat": f"{folder}/khaosat",
        "/var/log/nginx": f"{folder}",
        "http://127.0.0.1:8000": f"http://127.0.0.1:{port}",
    }
    for before, after in changes.items():
        assert before in told, f"the how-to no longer says `{before}`"
        told = told.replace(before, after)
    return told


def certify(folder: Path, host: str = "khaosat.example.vn") -> None:
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    names = [
        x509.DNSName("localhost"),
        x509.DNSName(host),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "khaosat.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "khaosat.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _wait_for(port: int, server: subprocess.Popen[str]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise NoNginx(f"it ended at once: {server.stderr.read() if server.stderr else ''}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NoNginx("it did not listen")
