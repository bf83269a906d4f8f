"""A link as a QR code: a picture of paths, which stays sharp at any size."""

from __future__ import annotations

from itertools import groupby

_MASK = 3
"""One pattern for all: readers take any of the eight, and choosing the best takes four times as
long as all the rest."""

_QUIET = 4
"""Modules of white around a code, as the standard wants them."""


def svg(link: str) -> str:
    """The code as SVG; it still reads when a fold or a stamp spoils a quarter of it."""
    import segno

    matrix = segno.make(link, error="q", micro=False, mask=_MASK).matrix
    side = len(matrix) + 2 * _QUIET
    path = "".join(_runs(row, y) for y, row in enumerate(matrix, _QUIET))
    frame = f'viewBox="0 0 {side} {side}" width="{side}" height="{side}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame}><path d="{path}"/></svg>'


def _runs(row: bytes | bytearray, y: int) -> str:
    drawn, x = [], _QUIET
    for is_dark, modules in groupby(row):
        width = len(list(modules))
        if is_dark:
            drawn.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(drawn)
