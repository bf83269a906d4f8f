"""What all charts have in common: one rule of size, one set of greys, decimal commas."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK, SHADE, PALE = "0.15", "0.55", "0.8"
NAME_WIDTH = 46
LINE, MARGIN = 0.28, 1.3


def sheet(rows: int, title: str, width: float = 7.0) -> tuple[Figure, Axes]:
    """A figure with a line for each row, and its axes."""
    figure = Figure(figsize=(width, MARGIN + LINE * max(rows, 1)), layout="constrained")
    axes = figure.subplots()
    _entitle(figure, title, width)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def pages(rows: int, title: str, width: float = 9.0) -> tuple[Figure, tuple[Axes, Axes]]:
    """Two axes side by side which share their rows."""
    figure = Figure(figsize=(width, MARGIN + 0.2 + LINE * max(rows, 1)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1))
    _entitle(figure, title, width)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    right.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    return figure, (left, right)


def _entitle(figure: Figure, title: str, width: float) -> None:
    lines = textwrap.wrap(title, int(width * 11)) or [""]
    figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=12)


def comma_ticks(axes: Axes) -> None:
    """Numbers along the x axis as Vietnamese writes them."""
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace(".", ",")))


def whole_ticks(axes: Axes) -> None:
    """Whole numbers along the x axis: there is no rank 2.5."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))


def name_rows(axes: Axes, names: list[str]) -> None:
    """Names down the y axis, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def fit_names(names: Sequence[str]) -> list[str]:
    """Long names cut in the middle, so that they leave room for the chart; they stay different."""
    cut = [_cut(name) for name in names]
    return [
        short if cut.count(short) == 1 else name for short, name in zip(cut, names, strict=True)
    ]


def _cut(name: str) -> str:
    if len(name) <= NAME_WIDTH:
        return name
    words = name.split()
    tail: list[str] = []
    while words and len(" ".join(tail)) + len(words[-1]) < NAME_WIDTH // 3:
        tail.insert(0, words.pop())
    room = NAME_WIDTH - len(" ".join(tail)) - 3
    while len(words) > 1 and len(" ".join(words)) > room:
        words.pop()
    return f"{' '.join(words)[:room]} … {' '.join(tail)}".rstrip()
