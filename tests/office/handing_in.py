"""Lists as an analyst hands them in: uploaded, looked at, confirmed."""

from __future__ import annotations

import io
import re
from typing import Any

from flask.testing import FlaskClient


def upload(
    client: FlaskClient, kind: str, content: bytes, name: str = "mau.csv", wave: str = "test"
) -> Any:
    """Hand a file in. The reply leads to how it was understood, or says what is wrong with it."""
    place = "mau/tong-the" if kind == "population" else f"nhap/{kind}"
    files = {"files": (io.BytesIO(content), name)}
    return client.post(f"/quan-tri/dot/{wave}/{place}", data=files)


def understood(client: FlaskClient, reply: Any) -> tuple[str, str]:
    """The page of how a file was understood, and its address."""
    while reply.status_code in {302, 303}:
        address = reply.headers["Location"]
        reply = client.get(address)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    return reply.get_data(as_text=True), re.sub(r"\?.*", "", address)


def confirm(client: FlaskClient, reply: Any, **options: Any) -> Any:
    """Look at how a file was understood, and confirm it."""
    _, address = understood(client, reply)
    return client.post(address, **options)


def hand_in(
    client: FlaskClient,
    kind: str,
    content: bytes,
    name: str = "mau.csv",
    wave: str = "test",
    **options: Any,
) -> Any:
    """Hand a file in and confirm it, unless there is something wrong with it."""
    reply = upload(client, kind, content, name, wave)
    return reply if reply.status_code >= 400 else confirm(client, reply, **options)
