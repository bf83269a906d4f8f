"""The paper that all charts are drawn on: one size rule, one set of greys, decimal commas."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

INK, SHADE, PALE = "0.15", "0.55", "0.8"


def sheet(rows: int, title: str, width: float = 7.0) -> tuple[Figure, Axes]:
    """A figure with a line for each row, and its axes."""
    figure = Figure(figsize=(width, 1.3 + 0.28 * max(rows, 1)), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def comma_ticks(axes: Axes) -> None:
    """Numbers along the x axis as Vietnamese writes them."""
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace(".", ",")))


def name_rows(axes: Axes, names: list[str]) -> None:
    """Names down the y axis, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
