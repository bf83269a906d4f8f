"""A site as it is seen from outside: its certificate, and what its proxies pass on."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from survey_app.installation.finding import Finding, bad, ok, warn
from survey_app.settings import Settings

FEW_DAYS = 14
"""So many days before its end a certificate is warned of."""

OFF_BY = 120
"""Seconds that a clock may differ before sessions and deadlines are wrong."""

_WAIT = 10
_LOCAL = {"127.0.0.1", "::1", "localhost"}


def seen(settings: Settings) -> Iterator[Finding]:
    """Ask the public address as a phone would.

    Only this site is asked, at the address that it says of itself.
    """
    url = urlsplit(settings.public_url)
    if url.scheme != "https":
        if url.hostname not in _LOCAL:
            said = f"{settings.public_url} is not HTTPS: whoever shares a network reads answers"
            yield bad("outside", said, "docs/how-to/run-a-site.md sets up TLS")
        else:
            said = f"{settings.public_url} is this machine: nobody else can answer"
            yield warn("outside", said, "set CCHC_PUBLIC_URL before letters are printed")
        return
    reached = list(_certificate(url.hostname or "", url.port or 443))
    yield from reached
    if all(each.about != "outside" for each in reached):
        yield from _headers(settings)


def _certificate(host: str, port: int) -> Iterator[Finding]:
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), _WAIT) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            told = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        said = f"phones do not trust the certificate: {error.verify_message}"
        help_ = "the proxy has to give the whole chain of a certificate for this very name"
        yield bad("certificate", said, help_)
        return
    except OSError as error:
        said = f"{host}:{port} cannot be reached: {error}"
        yield bad("outside", said, "see the name in DNS, the firewall, and that the proxy runs")
        return
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
    days = (ends - datetime.now(UTC)).days
    said = f"the certificate holds until {ends:%d/%m/%Y}, {days} days"
    if days < FEW_DAYS:
        yield warn("certificate", said, "renew it now, and see why that did not happen by itself")
    else:
        yield ok("certificate", said)


def _headers(settings: Settings) -> Iterator[Finding]:
    try:
        reply = requests.get(f"{settings.public_url}/healthz", timeout=_WAIT, allow_redirects=False)
    except requests.exceptions.SSLError:
        return  # said of the certificate
    except requests.RequestException as error:
        said = f"{settings.public_url}/healthz gives no answer: {type(error).__name__}"
        yield bad("outside", said, "see that the proxy and the site run")
        return
    if reply.status_code != requests.codes.ok:
        said = f"{settings.public_url}/healthz answers {reply.status_code}"
        help_ = "502: the site does not run; 503: its log says why; 404: the proxy asks another"
        yield bad("outside", said, help_)
        return
    if "Strict-Transport-Security" in reply.headers:
        yield ok("proxy", "the site knows that people come by HTTPS")
    else:
        said = "the site does not know that people come by HTTPS"
        help_ = "set CCHC_TRUSTED_PROXIES, and let the proxy pass on X-Forwarded-Proto and -For"
        yield bad("proxy", said, help_)
    yield from _clock(reply.headers.get("Date", ""))
    plain = f"http://{urlsplit(settings.public_url).hostname}/"
    try:
        moved = requests.get(plain, timeout=_WAIT, allow_redirects=False)
    except requests.RequestException:
        said = f"{plain} gives no answer: whoever types the name alone may see nothing"
        yield warn("proxy", said, "let the proxy send port 80 on to HTTPS")
        return
    if moved.headers.get("Location", "").startswith("https://"):
        yield ok("proxy", "plain HTTP is sent on to HTTPS")
    else:
        said = f"{plain} is answered without TLS"
        yield bad(
            "proxy", said, "let the proxy send port 80 on to HTTPS, and do nothing else there"
        )


def _clock(told: str) -> Iterator[Finding]:
    if not told:
        return
    off = abs((parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    if off > OFF_BY:
        said = f"the proxy's clock and this one differ by {off:.0f} s"
        yield warn("clock", said, "set both right (timedatectl set-ntp true)")
