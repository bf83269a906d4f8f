"""How far the choices of an index move its units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from analysis.charts.paper import INK, PALE, SHADE, comma_ticks, fit_names, name_rows, pages


def ranges(
    rows: Sequence[Mapping[str, Any]], title: str, unit_label_key: str = "name_vi"
) -> Figure:
    """Each unit's range of score and of rank under every choice, the highest on top.

    Parameters
    ----------
    rows : sequence of mapping
        With `base`, `lo`, `hi` (score), `rank_lo`, `rank_hi`, maybe `rank`, and a name. What is
        None is not drawn.
    title : str
        Above the chart.
    unit_label_key : str
        Where a row has its name; else it is `name` or `unit`.

    Returns
    -------
    Figure
    """
    known = [row for row in rows if row.get("base") is not None]
    ordered = sorted(known, key=lambda row: -float(row["base"]))
    ordered += [row for row in rows if row.get("base") is None]
    figure, (score, rank) = pages(len(ordered), title)
    for place, row in enumerate(ordered):
        if row.get("lo") is not None and row.get("hi") is not None:
            score.hlines(place, row["lo"], row["hi"], color=PALE, linewidth=5)
        if row.get("base") is not None:
            score.plot(row["base"], place, "o", color=INK, markersize=4.5)
        if row.get("rank_lo") is not None and row.get("rank_hi") is not None:
            rank.hlines(place, row["rank_lo"], row["rank_hi"], color=SHADE, linewidth=5)
            rank.plot([row["rank_lo"], row["rank_hi"]], [place] * 2, "|", color=INK, markersize=8)
        if row.get("rank") is not None:
            rank.plot(row["rank"], place, "o", color=INK, markersize=4.5)
    names = [str(r.get(unit_label_key) or r.get("name") or r.get("unit") or "") for r in ordered]
    name_rows(score, fit_names(names))
    rank.set_xlim(0.5, max(len(ordered), 1) + 0.5)
    rank.tick_params(axis="y", length=0)
    comma_ticks(score)
    score.set_xlabel("Điểm (chấm: phương án gốc;\nđoạn: mọi phương án)")
    rank.set_xlabel("Thứ hạng qua mọi phương án")
    return figure
