"""Ranks of the units with their intervals, and their response rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.charts.paper import INK, SHADE, fit_names, name_rows, sheet, whole_ticks


def rank_intervals(
    rows: Sequence[Mapping[str, Any]], title: str, unit_label_key: str = "name_vi"
) -> Figure:
    """The rank of each unit, and the ranks that cannot be ruled out.

    Parameters
    ----------
    rows : sequence of mapping
        With `rank`, `lo`, `hi`, maybe `band`, and a name; units without a rank are left out.
    title : str
        Above the chart.
    unit_label_key : str
        Where a row has its name; else it is `name` or `unit`.

    Returns
    -------
    Figure
    """
    ranked = sorted((r for r in rows if r.get("rank") is not None), key=lambda r: int(r["rank"]))
    figure, axes = sheet(len(ranked), title, width=8.0)
    for place, row in enumerate(ranked):
        if row.get("lo") is not None and row.get("hi") is not None:
            axes.hlines(place, row["lo"], row["hi"], color=SHADE, linewidth=4)
        axes.plot(row["rank"], place, "o", color=INK, markersize=5)
    _shade_bands(axes, [row.get("band") for row in ranked])
    names = [str(r.get(unit_label_key) or r.get("name") or r.get("unit") or "") for r in ranked]
    name_rows(axes, fit_names(names))
    axes.set_xlim(0.5, max(len(ranked), 1) + 0.5)
    whole_ticks(axes)
    axes.set_xlabel("Thứ hạng (đoạn ngang: các hạng chưa loại trừ được)")
    return figure


def _shade_bands(axes: Axes, bands: Sequence[Any]) -> None:
    """Every second band on a grey background, with its number in the right margin."""
    start = 0
    for place in range(1, len(bands) + 1):
        if place < len(bands) and bands[place] == bands[start]:
            continue
        if bands[start] is not None:
            if int(bands[start]) % 2 == 0:
                axes.axhspan(start - 0.5, place - 0.5, color="0.93", zorder=0, linewidth=0)
            axes.text(1.01, (start + place - 1) / 2, f"Nhóm {bands[start]}", va="center",
                      transform=axes.get_yaxis_transform())  # fmt: skip
        start = place


def response_map(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    unit_label_key: str = "unit",
    group_label_key: str = "group",
) -> Figure:
    """Response rate of every unit and group as a shade, with the number in it.

    Parameters
    ----------
    rows : sequence of mapping
        With a unit, a group and `RR1` between 0 and 1 (None: no rate, white with a dash).
    title : str
        Above the chart.
    unit_label_key, group_label_key : str
        Where a row has the names of its unit and of its group.

    Returns
    -------
    Figure
    """
    units = list(dict.fromkeys(str(row[unit_label_key]) for row in rows))
    groups = list(dict.fromkeys(str(row[group_label_key]) for row in rows))
    figure, axes = sheet(len(units), title, width=4.5 + 1.2 * len(groups))
    for row in rows:
        x, y = groups.index(str(row[group_label_key])), units.index(str(row[unit_label_key]))
        share = row.get("RR1")
        shade = 1.0 if share is None else 0.95 - 0.7 * min(float(share), 1.0)
        axes.fill(
            [x - 0.5, x + 0.5, x + 0.5, x - 0.5],
            [y - 0.5, y - 0.5, y + 0.5, y + 0.5],
            color=str(shade),
        )
        words = "–" if share is None else f"{100 * float(share):.0f}%"
        axes.text(x, y, words, ha="center", va="center", color="white" if shade < 0.55 else "black")
    name_rows(axes, fit_names(units))
    axes.set_xticks(range(len(groups)), groups)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.tick_params(axis="x", length=0)
    return figure
