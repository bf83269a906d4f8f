"""The chart in other people's pages: an image at an address that stays, and what to copy for it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import Response
from markupsafe import Markup

from survey_app.office.documents.chart import Format, chart
from survey_app.office.page import WORDS, language
from survey_app.office.public import said
from survey_app.office.public.describing import whole
from survey_app.office.public.published import Published
from survey_app.office.results.read import Results

_WIDTH = 720
_COLOURS = 16


@dataclass(frozen=True, kw_only=True)
class Embed:
    """Addresses of the chart within this site, and the lines to copy into another."""

    svg: str
    png: str
    snippet: str


def of(shown: Published, results: Results) -> Embed:
    """How to embed the chart; the lines lead to the wave's address, so they show what holds now."""
    spoken, wave = language(), shown.wave.name
    place = {"wave": wave, "version": shown.asked}
    snippet = Markup(
        '<a href="{page}"><img src="{image}" alt="{alt}" width="{width}" loading="lazy"></a>'
    ).format(
        page=whole("results", spoken, **place),
        image=whole("results_chart", spoken, kind="svg", **place),
        alt=said.alternative(results),
        width=_WIDTH,
    )
    return Embed(
        svg=shown.address("results_chart", kind="svg"),
        png=shown.address("results_chart", kind="png"),
        snippet=str(snippet),
    )


def image(body: bytes, media_type: str) -> Response:
    """An image that pages of other sites may show, whatever they ask of what they embed."""
    reply = Response(body, mimetype=media_type)
    reply.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return reply


def drawn(results: Results, kind: Format) -> bytes:
    """The chart; as a picture, in few colours, so that it is light."""
    body = chart(results, WORDS, language(), kind)
    return _lightened(body) if kind == "png" else body


def _lightened(picture: bytes) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").quantize(_COLOURS).save(out, "png", optimize=True)
    return out.getvalue()
