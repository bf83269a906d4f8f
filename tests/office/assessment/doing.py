"""What people do on the pages of self-assessment, in one call each."""

from __future__ import annotations

import io
import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

WAVE = "/quan-tri/dot/test/tu-danh-gia"


def own(unit: str = "SNV") -> str:
    """The address of a unit's own page."""
    return f"{WAVE}/nhap/{unit}"


def sheet(unit: str = "SNV") -> str:
    """The address of a unit's sheet, as appraisers see it."""
    return f"{WAVE}/don-vi/{unit}"


def hidden(text: str) -> dict[str, str]:
    """Every hidden input of a page: what a browser sends besides what is typed."""
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', text)
    found = {}
    for each in inputs:
        name, value = re.search(r'name="([^"]*)"', each), re.search(r'value="([^"]*)"', each)
        if name and value:
            found[name[1]] = unescape(value[1])
    return found


def typed_in(client: FlaskClient, address: str, **values: str) -> TestResponse:
    """A form filled in and sent; `points_1_1_1` stands for the input `points-1.1.1`."""
    sent = hidden(client.get(address).text)
    for name, value in values.items():
        head, *code = name.split("_")
        sent["-".join([head, ".".join(code)]) if code else head] = value
    return client.post(address, data=sent)


def enter_points(
    client: FlaskClient, first: str = "6", second: str = "1,5", unit: str = "SNV"
) -> TestResponse:
    """A unit's clerk types both points, and what the evidence says."""
    address = f"{own(unit)}/linh-vuc/1"
    said = {"points_1_1_1": first, "points_1_1_2": second, "words_1_1_1": "Kế hoạch số 12"}
    return typed_in(client, address, **said)


def submit(client: FlaskClient, unit: str = "SNV") -> TestResponse:
    """A unit's clerk hands in what stands there."""
    return client.post(f"{own(unit)}/nop")


def appraise(client: FlaskClient, unit: str = "SNV", **values: str) -> TestResponse:
    """An appraiser fills in the only field."""
    return typed_in(client, f"{sheet(unit)}/tham-dinh/1", **values)


def hand_in(
    client: FlaskClient, content: bytes, name: str = "ke-hoach.pdf", criterion: str = "1.1.1"
) -> TestResponse:
    """A unit's clerk hands in a file of evidence."""
    files = {"files": (io.BytesIO(content), name)}
    return client.post(f"{own()}/kiem-chung/{criterion}", data=files)
