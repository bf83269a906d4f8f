"""Small drawings for papers: the same marks as SVG, for print, and as PNG, for Word.

Lines, dots and words in millimetres, nothing else: a report has its chart in some thousandths of
a second, where a plotting library takes a third of one. Ink alone tells things apart, no colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from PIL import ImageFont

Anchor = Literal["start", "middle", "end"]

_DOTS_PER_MM = 220 / 25.4
_POINT = 25.4 / 72
"""Millimetres of a point."""
SIZE = 8.0
"""Points of words."""
_PILLOW: dict[Anchor, str] = {"start": "ls", "middle": "ms", "end": "rs"}
_FAMILY = "Libertinus Serif, DejaVu Sans, sans-serif"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A stroke, flat or upright."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.35
    grey: int = 0


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, kw_only=True)
class Words:
    """Words on a line; `y` is their base."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"


Mark = Line | Dot | Words


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Marks on a sheet of a size."""

    width: float
    height: float
    marks: Sequence[Mark]

    def svg(self) -> bytes:
        """The drawing as SVG."""
        size = f"{self.width:g} {self.height:g}"
        inside = "".join(_as_svg(mark) for mark in self.marks)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
            f'width="{self.width:g}mm" height="{self.height:g}mm" font-family="{_FAMILY}" '
            f'font-size="{SIZE * _POINT:.3f}">{inside}</svg>'
        ).encode()

    def png(self) -> bytes:
        """The drawing as PNG, in greys."""
        from PIL import Image, ImageDraw

        size = (round(self.width * _DOTS_PER_MM), round(self.height * _DOTS_PER_MM))
        image = Image.new("L", size, 255)
        pen = ImageDraw.Draw(image)
        for mark in self.marks:
            _draw(pen, mark)
        out = BytesIO()
        image.save(out, "PNG", dpi=(220, 220))
        return out.getvalue()


def fitted(text: str, room: float) -> str:
    """Words that are no wider than so many millimetres, cut at their end where they were."""
    if width_of(text) <= room:
        return text
    while text and width_of(f"{text}…") > room:
        text = text[:-1].rstrip()
    return f"{text}…"


def width_of(text: str) -> float:
    """How many millimetres words take, in the wider of the two fonts."""
    return float(_font().getlength(text)) / _DOTS_PER_MM


def _as_svg(mark: Mark) -> str:
    if isinstance(mark, Line):
        ends = f'x1="{mark.x1:g}" y1="{mark.y1:g}" x2="{mark.x2:g}" y2="{mark.y2:g}"'
        ink = f"rgb({mark.grey},{mark.grey},{mark.grey})"
        return f'<line {ends} stroke="{ink}" stroke-width="{mark.width:g}"/>'
    if isinstance(mark, Dot):
        return f'<circle cx="{mark.x:g}" cy="{mark.y:g}" r="{mark.radius:g}"/>'
    place = f'x="{mark.x:g}" y="{mark.y:g}" text-anchor="{mark.anchor}"'
    return f"<text {place}>{escape(mark.text)}</text>"


def _draw(pen: object, mark: Mark) -> None:
    from PIL.ImageDraw import ImageDraw

    assert isinstance(pen, ImageDraw)
    of = _DOTS_PER_MM
    if isinstance(mark, Line):
        ends = (mark.x1 * of, mark.y1 * of, mark.x2 * of, mark.y2 * of)
        pen.line(ends, fill=mark.grey, width=max(1, round(mark.width * of)))
    elif isinstance(mark, Dot):
        x, y, radius = mark.x * of, mark.y * of, mark.radius * of
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    else:
        place, font = (mark.x * of, mark.y * of), _font()
        pen.text(place, mark.text, fill=0, font=font, anchor=_PILLOW[mark.anchor])


@cache
def _font() -> ImageFont.FreeTypeFont:
    """A font with every Vietnamese letter that stands on every machine: charts bring it along."""
    import matplotlib as mpl
    from PIL import ImageFont

    file = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(file), round(SIZE * _POINT * _DOTS_PER_MM))
