"""What was answered: shares of the options as bars on either side of a middle line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.charts.paper import fit_names, name_rows, sheet

SLACK = 1e-9
"""What a bar may be off before the scale goes one step further."""


def diverging(
    rows: Sequence[Mapping[str, Any]], options: Sequence[str], title: str, key: str = "name"
) -> Figure:
    """A bar for each row, the better half of the options to the right of the middle line.

    A middle option is drawn half on either side. Options differ in grey and in hatching, so that
    they can be told apart in a copy and by every reader.

    Parameters
    ----------
    rows : sequence of mapping
        With a name under `key`, `shares` (one an option, adding up to 1; None where nobody
        answered) and maybe `n`.
    options : sequence of str
        From the best to the worst.
    title : str
        Above the chart.
    key : str
        Where a row has its name.

    Returns
    -------
    Figure
    """
    figure, axes = sheet(len(rows), title, width=8.5)
    looks = _looks(len(options))
    for place, row in enumerate(rows):
        if row.get("shares") is None:
            axes.text(2, place, "–", ha="left", va="center")
            continue
        left = -_right_half(row["shares"])[1]
        order = range(len(options) - 1, -1, -1)
        for option in order:
            width = 100 * row["shares"][option]
            axes.barh(place, width, left=left, height=0.74, edgecolor="0.2", linewidth=0.4,
                      **looks[option])  # fmt: skip
            _say(axes, left + width / 2, place, width, looks[option]["color"])
            left += width
    names = fit_names([str(row[key]) for row in rows])
    counts = [f" (n = {row['n']})" if row.get("n") else "" for row in rows]
    name_rows(axes, [name + n for name, n in zip(names, counts, strict=True)])
    axes.axvline(0, color="0.1", linewidth=1, zorder=0)
    _scale(axes, rows)
    axes.set_xlabel("% số câu trả lời (bên phải: mức tốt hơn)")
    for option in reversed(range(len(options))):
        axes.bar(0, 0, label=options[option], edgecolor="0.2", linewidth=0.4, **looks[option])
    figure.legend(loc="outside lower center", ncols=min(len(options), 3), frameon=False)
    return figure


def _scale(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """As far to either side as the longest bar goes, in steps of 25 per cent."""
    halves = [max(_right_half(row["shares"])) for row in rows if row.get("shares") is not None]
    limit = 25 * math.ceil(max(halves, default=100.0) / 25 - SLACK)
    ticks = range(-limit, limit + 1, 25)
    axes.set_xlim(-limit * 1.03, limit * 1.03)
    axes.set_xticks(list(ticks), [str(abs(tick)) for tick in ticks])


def _right_half(shares: Sequence[float]) -> tuple[float, float]:
    """Per cent to the right and to the left of the middle line."""
    half = len(shares) // 2
    middle = shares[half] / 2 if len(shares) % 2 else 0.0
    right = sum(shares[:half]) + middle
    return 100 * right, 100 * (sum(shares) - right)


def _looks(count: int) -> list[dict[str, Any]]:
    """From the best option (dark) over pale to the worst (hatched mid-grey)."""
    half = count // 2
    looks: list[dict[str, Any]] = []
    for option in range(count):
        if count % 2 and option == half:
            looks.append({"color": "0.96"})
        elif option < half:
            looks.append({"color": f"{0.25 + 0.4 * option / max(half - 1, 1):.2f}"})
        else:
            deep = count - 1 - option
            grey = f"{0.72 + 0.2 * deep / max(half - 1, 1):.2f}"
            looks.append({"color": grey, "hatch": "////" if deep == 0 else ".."})
    return looks


def _say(axes: Axes, x: float, y: int, width: float, colour: str) -> None:
    if width >= 6:
        dark = float(colour) < 0.55
        plate: Any = (
            {} if dark else {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.6}}
        )
        axes.text(x, y, f"{width:.0f}", ha="center", va="center", fontsize=8,
                  color="white" if dark else "black", **plate)  # fmt: skip
