"""Replies are compressed as the reader asks, by the weights that stand behind each coding."""

from __future__ import annotations

import gzip

import brotli
import pytest

from tests.respondent.live_survey import live_copy

PLACES = ["the notice", "a page of questions", "the helper", "the sign-in"]


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    """The same for all: nothing is changed by being looked at."""
    with live_copy(tmp_path_factory.mktemp("survey"), council=2, citizens=3) as made:
        yield made


@pytest.fixture(scope="module")
def get(survey):
    """get(place, accepted) asks for something that is worth compressing."""
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    paths = dict(
        zip(
            PLACES,
            [f"/p/{survey.wave.tokens['citizens'][1]}", f"/p/{phone.token}/about", "/p/sw.js",
             "/quan-tri/dang-nhap"],
            strict=True,
        )
    )  # fmt: skip
    return lambda place, accepted: phone.client.get(
        paths[place], headers={"Accept-Encoding": accepted}
    )


def unpacked(reply) -> bytes:
    coding = reply.headers.get("Content-Encoding")
    return {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding](reply.data)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, br;q=0.0", None),
        ("br;q=0.000, *", "gzip"),
        ("*;q=0", None),
        ("*;q=0, br", "br"),
        ("*", "br"),
        ("GZIP;q=0.8, BR;q=0.1", "gzip"),
        ("gzip;q=0.5, br;q=1.0", "br"),
        ("identity, gzip;q=0.5", None),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=nothing, gzip", "gzip"),
        ("zebra", None),
        ("", None),
    ],
)
def test_a_reply_is_packed_in_no_coding_that_was_refused(get, place, accepted, coding):
    reply = get(place, accepted)
    assert reply.headers.get("Content-Encoding") == coding
    assert unpacked(reply).decode().strip()
