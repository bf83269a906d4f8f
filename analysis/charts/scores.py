"""Scores of many units, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from analysis.charts.paper import INK, PALE, SHADE, comma_ticks, fit_names, name_rows, sheet


def dots(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    unit_label_key: str = "name_vi",
    axis_label: str = "Điểm (đoạn ngang: khoảng tin cậy)",
) -> Figure:
    """A dot and its interval for every unit, the highest on top.

    Parameters
    ----------
    rows : sequence of mapping
        With `score`, `lo` and `hi` in points, and a name; units without a score come last.
    title : str
        Above the chart.
    unit_label_key : str
        Where a row has its name; else it is `name` or `unit`.
    axis_label : str
        Below the axis of points.

    Returns
    -------
    Figure
    """
    known = [row for row in rows if row.get("score") is not None]
    ordered = sorted(known, key=lambda row: -float(row["score"]))
    ordered += [row for row in rows if row.get("score") is None]
    figure, axes = sheet(len(ordered), title, width=8.0)
    for place, row in enumerate(ordered):
        if row.get("score") is None:
            continue
        if row.get("lo") is not None and row.get("hi") is not None:
            axes.hlines(place, row["lo"], row["hi"], color=PALE, linewidth=4)
        axes.plot(row["score"], place, "o", color=INK, markersize=5)
    name_rows(axes, fit_names([_name(row, unit_label_key) for row in ordered]))
    comma_ticks(axes)
    axes.set_xlabel(axis_label)
    return figure


def profile(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    labels: Sequence[str] = ("Đơn vị này", "Trung bình cùng nhóm"),
) -> Figure:
    """The criteria of one unit compared with its class, as shares of the maximum.

    Parameters
    ----------
    rows : sequence of mapping
        With `name`, and `share`, `lo`, `hi` and `class_share` between 0 and 1 or None.
    title : str
        Above the chart.
    labels : sequence of str
        What the legend calls the unit, and the mean of its class.

    Returns
    -------
    Figure
    """
    figure, axes = sheet(len(rows) + 1, title, width=8.0)
    for place, row in enumerate(rows):
        if row.get("lo") is not None and row.get("hi") is not None:
            axes.hlines(place, 100 * row["lo"], 100 * row["hi"], color=PALE, linewidth=4)
    for key, mark, colour, label in (
        ("share", "o", INK, labels[0]),
        ("class_share", "|", SHADE, labels[1]),
    ):
        known = [(100 * row[key], y) for y, row in enumerate(rows) if row.get(key) is not None]
        axes.plot(
            [x for x, _ in known],
            [y for _, y in known],
            mark,
            color=colour,
            label=label,
            markersize=6 if mark == "o" else 14,
            markeredgewidth=1 if mark == "o" else 2,
            linestyle="none",
        )
    name_rows(axes, fit_names([str(row["name"]) for row in rows]))
    axes.set_xlim(0, 100)
    axes.set_xlabel("% điểm tối đa")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _name(row: Mapping[str, Any], key: str) -> str:
    return str(row.get(key) or row.get("name") or row.get("unit") or "")
