"""Requests that no browser sends: refused plainly, and never taken for another one."""

from __future__ import annotations

import pytest

from survey_app.settings import Settings
from tests.serving.wire import asked, connected, request, status
from tests.support.server import serving

LENGTHS = {
    "both": ("Content-Length: 5", "Transfer-Encoding: chunked"),
    "both, the other way round": ("Transfer-Encoding: chunked", "Content-Length: 5"),
    "both, in small letters": ("content-length: 5", "transfer-encoding: chunked"),
    "two lengths": ("Content-Length: 5", "Content-Length: 6"),
    "the same length twice": ("Content-Length: 5", "Content-Length: 5"),
    "two lengths in a line": ("Content-Length: 5, 6",),
    "a length below zero": ("Content-Length: -5",),
    "a length that is none": ("Content-Length: 0x5",),
    "chunked twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "an encoding that is nothing": ("Transfer-Encoding: ", "Content-Length: 5"),
    "a length behind a blank": ("Content-Length : 5",),
}

LINES = {
    "a host that is none": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a host with a page in it": b"GET / HTTP/1.1\r\nHost: x/<script>\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
}


@pytest.mark.parametrize("headers", LENGTHS.values(), ids=LENGTHS)
def test_a_body_whose_length_is_in_doubt_is_not_taken(site, headers):
    said = asked(site, request("POST", "/", *headers) + b"0\r\n\r\n")
    assert status(said) == 400
    assert said.count(b"HTTP/1.") == 1
    assert "Yêu cầu không đọc được" in said.decode()
    assert "cannot be read" in said.decode()


@pytest.mark.parametrize("sent", LINES.values(), ids=LINES)
def test_a_line_that_cannot_be_read_is_said_to_be_so(site, sent):
    assert status(asked(site, sent)) == 400


def test_headers_without_end_are_cut_off(site):
    assert status(asked(site, b"GET / HTTP/1.1\r\n", b"X: " + b"x" * 20_000)) == 431


def test_an_encoding_that_we_do_not_know_is_refused(site):
    assert status(asked(site, request("POST", "/", "Transfer-Encoding: gzip, chunked"))) == 501


def test_what_follows_a_refused_request_is_not_answered(site):
    said = asked(
        site,
        request("POST", "/", "Content-Length: 5", "Transfer-Encoding: chunked"),
        b"0\r\n\r\n" + request("GET", "/healthz"),
    )
    assert said.count(b"HTTP/1.") == 1


@pytest.mark.parametrize(
    "path",
    [
        "//p/T", "/p//T", "/p/T//about", "/quan-tri", "//quan-tri", "/quan-tri//dot/x", "/",
        "/ket-qua/", "/quan-tri/", "//evil.example/p/T", "/p/T/../../evil", "http://a/quan-tri",
        "/kha-nang-tiep-can/", "/quan-tri/dang-nhap//",
    ],
)  # fmt: skip
def test_no_reply_repeats_the_host_that_a_request_names(site, path):
    with connected(site) as wire:
        wire.sendall(request("GET", path, "Connection: close", host="evil.example"))
        said = b""
        while piece := wire.recv(65536):
            said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    location = head.partition(b"\r\nLocation: ")[2].partition(b"\r\n")[0]
    assert not location.startswith((b"http", b"//"))
    assert b"evil.example" not in said.replace(path.encode(), b"")
    assert b"evil.example" not in body


DOUBTFUL = ("Content-Length: 5", "Transfer-Encoding: chunked")
HTTPS = "X-Forwarded-Proto: https"
LARGE = "Content-Length: 999999999"


def told(said: bytes) -> dict[str, str]:
    """The headers of a reply."""
    lines = said.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_a_refusal_says_what_every_page_says_to_browsers(site):
    headers = told(asked(site, request("POST", "/", *DOUBTFUL)))
    policy = headers["content-security-policy"].split("; ")
    for directive in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert f"{directive} 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_a_refusal_behind_a_proxy_tells_those_who_came_by_https_to_stay_with_it(tmp_path):
    said = Settings(tmp_path, "", "", https_subdomains=True).https_only
    assert said == "max-age=31536000; includeSubDomains"
    with serving(None, proxies=1, https_only=said) as site:
        by_https = told(asked(site, request("POST", "/", HTTPS, LARGE)))
        assert by_https["strict-transport-security"] == said
        by_http = told(asked(site, request("POST", "/", LARGE)))
        assert "strict-transport-security" not in by_http
    with serving(None, https_only=said) as site:  # no proxy is believed
        assert "strict-transport-security" not in told(
            asked(site, request("POST", "/", HTTPS, LARGE))
        )
