"""Whatever a request is made of besides its address and its fields, it ends in no fault of ours.

Addresses and fields: tests/contract/test_hostile_addresses.py and test_hostile_values.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.attack.conftest import Site

PARTS = {
    "wave": "dot-2026", "name": "test", "number": "1", "version": "1", "unit": "SNV",
    "criterion": "1.1.1", "field": "1", "group": "citizens", "label": "citizens-1", "kind": "csv",
    "theme": "1", "key": "leadership", "file": "ket-qua.csv", "what": "mau",
}  # fmt: skip
LEAVING = frozenset({"office.sign_out", "office.accounts_end_sessions"})
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
NAMES = (
    "year", "number", "card", "session", "newest", "so", "lop", "chon", "truoc", "forms", "seed",
    "version", "points-0", "points-1.1.1", "version-1.1.1", "answer-seen", "column-1", "sheet",
    "known", "units_on", "units_on-day", "units_on-year", "day1", "until", "opens_at-year",
)  # fmt: skip
DIGITS = "9" * 5_000
"""More than Python reads as a number without being asked to."""
BODIES: Mapping[str, tuple[str, bytes]] = {
    "JSON": ("application/json", b'{"csrf_token": [{"a": 1}], "name": {}}'),
    "JSON that is none": ("application/json", b"[" * 20_000),
    "a form cut off": (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="files"; filen'),
    "a form without its boundary": ("multipart/form-data", b"--b--"),
    "a file where words belong": (
        MULTIPART,
        b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n\xff\r\n' % name
            for name in (b"name", b"typed", b"reason", b"kind")
        )
        + b"--b--",
    ),
    "fields given many times": (FORM, b"&".join(b"known=%d&kind=x" % n for n in range(400))),
    "numbers without end": (FORM, "&".join(f"{name}={DIGITS}" for name in NAMES[:12]).encode()),
    "other numbers without end": (
        FORM,
        "&".join([*(f"{name}={DIGITS}" for name in NAMES[12:]), f"column-{DIGITS}=name"]).encode(),
    ),
    "bytes that are no text": (FORM, b"name=%ff%fe&reason=\xff\xfe&typed=%ed%a0%80"),
    "another alphabet": (f"{FORM}; charset=utf-16", b"\xff\xfen\x00=\x001\x00"),
}
HEADERS: Mapping[str, dict[str, str]] = {
    "a host that is another's": {"Host": "evil.example"},
    "what a proxy would say": {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "javascript",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": "/quan-tri/",
        "X-HTTP-Method-Override": "DELETE",
    },
    "marks of replies that are none": {
        "If-None-Match": '"' + "x" * 4_000,
        "If-Modified-Since": "yesterday",
        "Range": "bytes=9-1,-99999999999999999999",
        "Accept-Encoding": "br;q=x, gzip;q=9e999",
        "Accept-Language": "vi;q=, \xff",
        "Authorization": "Bearer \xff",
    },
    "cookies that are none": {
        "Cookie": "session=.eJx; session=\xff; cchc_device=" + "W10" * 900 + "; =; \x01",
        "Referer": "https://evil.example/",
        "Origin": "null",
    },
}


def addresses(site: Site, method: str) -> Iterator[tuple[str, str]]:
    """Every page that takes a method, and where it is."""
    for rule in site.app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in LEAVING | {"readyz", "healthz"}:
            token = site.fielded.tokens["citizens"][0]
            parts = {name: PARTS.get(name, "1") for name in rule.arguments} | {"token": token}
            for name, converter in rule._converters.items():
                parts[name] = next(iter(getattr(converter, "items", [parts[name]])))
            with site.app.test_request_context():
                built = rule.build(parts)
            assert built is not None
            yield rule.endpoint, built[1]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_whatever_a_body_is_made_of_it_is_answered(site, body):
    kind, content = body
    client, failed = site.enter("lan"), []
    with site.without_tokens():
        for endpoint, path in addresses(site, "POST"):
            status = client.post(path, data=content, content_type=kind).status_code
            if status >= 500:
                failed.append(f"{endpoint}: {status}")
    assert failed == []


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
def test_whatever_stands_in_the_headers_it_leads_nobody_away_and_is_kept_for_nobody(site, headers):
    office, stranger, failed = site.enter("lan"), site.app.test_client(use_cookies=False), []
    for endpoint, path in addresses(site, "GET"):
        client: Any = stranger if "Cookie" in headers or "public" in endpoint else office
        reply = client.get(path, headers=headers)
        said = f"{reply.headers} {reply.get_data(as_text=True) if 'text' in reply.mimetype else ''}"
        if reply.status_code >= 500 or "evil" in said or "javascript:" in said:
            failed.append(f"{endpoint}: {reply.status_code}")
        if not re.match(r"/(?!/)|$", reply.headers.get("Location", "")):
            failed.append(f"{endpoint} leads to {reply.headers['Location']}")
    assert failed == []
    for path in ("/ket-qua", "/ket-qua/dot-2026", "/sitemap.xml", "/ket-qua/nguon-tin.atom"):
        assert "evil" not in stranger.get(path).text  # what was kept meanwhile
