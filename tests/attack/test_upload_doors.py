"""Whatever is handed in at whatever door: the reply is a plain sentence, soon, and nothing is kept.

Phones meanwhile: tests/quarantine/test_the_site_goes_on.py. Evidence, which this program never
opens: tests/office/assessment/test_attaching.py.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Mapping

import pytest

from tests.attack.conftest import Site
from tests.office.assessment import doing
from tests.quarantine import hostile

DOORS: Mapping[str, str] = {
    "sample": "/quan-tri/dot/test/nhap/sample",
    "another sample": "/quan-tri/dot/test/mau/thay",
    "frame": "/quan-tri/dot/test/nhap/frame",
    "population": "/quan-tri/dot/test/mau/tong-the",
    "points of units": "/quan-tri/dot/test/nhap/points",
    "appraised points": "/quan-tri/dot/test/nhap/appraised",
    "a unit's workbook": f"{doing.own()}/nop-bieu",
}
LAUGHS = b"<!DOCTYPE x [" + b"".join(
    b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(9)
) + b"]>" + hostile.HEAD + b"<row><c><v>&j;</v></c></row>" + hostile.FEET  # fmt: skip
FAR = b'<row r="999999999999"><c r="ZZZZZZZZ999999999999"><v>1</v></c></row>'
FILES: Mapping[str, bytes] = {
    "a bomb": hostile.unpacks_to(700_000_000),
    "entities in entities": hostile.workbook(LAUGHS),
    "a cell out of every sheet": hostile.workbook(hostile.HEAD + FAR + hostile.FEET),
    "cut off": hostile.truncated(),
    "five million columns": b"case,group,unit" + b"," * 5_000_000 + b"\n1\n",
    "an old workbook": b"\xd0\xcf\x11\xe0" + bytes(2_000),
}
SOON = 40
"""Seconds, on a busy machine. None of these takes three on one that is not."""

NAMED = "../../\u202etxt.exe\x07.xlsx"
"""A name with a path, a turn of direction, and a bell."""


@pytest.mark.parametrize("site", ["sqlite"], indirect=True, scope="module")
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_a_hostile_file_is_refused_in_plain_words_at_every_door(site: Site, door: str) -> None:
    hand_in_everything(site, door)


def test_and_so_it_is_on_another_database(site: Site) -> None:
    hand_in_everything(site, DOORS["sample"])


def hand_in_everything(site: Site, door: str) -> None:
    client, before = site.enter("lan"), _kept(site)
    for name, content in FILES.items():
        began = time.monotonic()
        with site.without_tokens():
            files = {"files": (io.BytesIO(content), NAMED)}
            reply = client.post(door, data={"typed": "test", "name": "test"} | files)
        assert reply.status_code in {409, 422}, f"{door}: {name} gave {reply.status_code}"
        said = re.sub(r"<[^>]+>", " ", reply.text)
        assert not re.search(r"Traceback|Error\b|Exception|\u202e|\x07", said), f"{door}: {name}"
        assert time.monotonic() - began < SOON, f"{door}: {name}"
    assert _kept(site) == before


def _kept(site: Site) -> object:
    """All rows but those of jobs, which say what came of each; and every file."""
    rows = {name: kept for name, kept in site.rows().items() if name != "jobs"}
    files = [each.name for each in site.house.settings.data_folder.rglob("*") if each.is_file()]
    return rows, sorted(name for name in files if "sqlite3" not in name and name != "faults")
