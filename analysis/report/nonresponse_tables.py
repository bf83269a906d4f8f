"""`python -m analysis nonresponse`: what the silent could change, as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.estimation.means import Tally
from analysis.formatting import format_vi
from analysis.io import writing
from analysis.nonresponse import representativity
from analysis.nonresponse.response_rates import worst_case
from analysis.nonresponse.unit_nonresponse import Missing, Silence, plain, silence, why
from analysis.numeric import Floats
from analysis.problems import Problem, ProblemsFound
from analysis.ranking.league_table import Rules, reasons
from analysis.scoring.score import Scorecard
from analysis.weighting.calibration import cell_margins

Row = dict[str, Any]


def results(card: Scorecard, merged: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The content of nonresponse.json; `merged` is that of merged.json, for grades."""
    return {
        "settings": {"missing": card.settings.missing, "weights": card.settings.weights},
        "units": [_unit(card, unit) for unit in range(len(card.data.units))],
        "estimates": _estimates(card),
        "tipping": [row for unit in range(len(card.data.units)) for row in _tipping(card, unit)]
        + _grades(card, merged),
        "representativity": _by_unit_cells(card) + _by_units(card),
    }


def write(card: Scorecard, out: Path, scores: Path | None = None) -> None:
    """Write nonresponse.json, its tables and manifest.json."""
    merged, used = None, {}
    if scores is not None and (path := scores / "merged.json").exists():
        try:
            merged = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            help = "make it again with `python -m analysis merge`"
            problem = Problem("no-scores", f"this is not JSON: {error}", str(path), help=help)
            raise ProblemsFound([problem]) from error
        used = writing.fingerprints(path)
    out.mkdir(parents=True, exist_ok=True)
    found = results(card, merged)
    writing.write_json(out / "nonresponse.json", found)
    for name in ("units", "estimates", "tipping", "representativity"):
        writing.write_csv(out / f"nonresponse_{name}.csv", found[name])
    writing.write_manifest(
        out,
        {**card.data.fingerprints, **used},
        found["settings"],
        command="nonresponse",
        arguments={"scoring": asdict(card.settings), "merged": merged is not None},
    )


def _unit(card: Scorecard, unit: int) -> Row:
    row: Row = {"unit": card.data.units[unit], "score": writing.number(card.units.score[unit])}
    if row["score"] is None:
        none = Missing("no score")
        worst, silent = none, none
    else:
        quiet = silence(card, unit)
        worst, silent = quiet.worst(), quiet.silent_bounds()  # type: ignore[assignment]
    for name, found in (("worst", worst), ("silent", silent)):
        ends = plain(found) or (None, None)
        row |= {f"{name}_lo": ends[0], f"{name}_hi": ends[1], f"{name}_reason": why(found)}
    return row


def _estimates(card: Scorecard) -> list[Row]:
    data, earned = card.data, _earned(card.count)
    rows = []
    for cell in range(data.cells):
        unit, group = divmod(cell, len(data.groups))
        line = data.frame.get((unit, group))
        there = None if line is None else line.population
        for at, question in enumerate(data.questions):
            n = float(card.count.n[cell, at])
            known = there is not None and there > 0 and n <= there
            ends = worst_case(float(earned[cell, at]), n, there or 1.0) if known else (None, None)
            rows.append(
                {
                    "unit": data.units[unit],
                    "group": data.groups[group],
                    "question": question.name,
                    "N": there,
                    "n": int(n),
                    "manski_lo": ends[0],
                    "manski_hi": ends[1],
                    "reason": "" if known else "N not known, or less than the answers",
                }
            )
    return rows


def _earned(count: Tally) -> Floats:
    return np.asarray((count.heads * count.worth * count.carries).sum(axis=2))


def _tipping(card: Scorecard, unit: int) -> list[Row]:
    """To reach the unit above, and to fall to the one below."""
    ranked = [at for at, reason in enumerate(reasons(card, Rules())) if not reason]
    if unit not in ranked:
        return []
    own, scores = card.units.score[unit], card.units.score
    rows = []
    for change, others in (
        ("rank_up", [at for at in ranked if scores[at] > own]),
        ("rank_down", [at for at in ranked if scores[at] < own]),
    ):
        if others:
            other = min(others, key=lambda at: (abs(scores[at] - own), at))
            gap = float(scores[other] - own)
            rows.append(_tip(card, unit, change, card.data.units[other], gap))
    return rows


WORDS = {
    "rank_up": "theo kịp {to}",
    "rank_down": "tụt xuống bằng {to}",
    "grade_up": "lên mức {to}",
    "grade_down": "không còn giữ được mức {to}",
}


def _tip(card: Scorecard, unit: int, change: str, to: str, gap: float) -> Row:
    quiet: Silence = silence(card, unit)
    found = quiet.tipping(gap)
    aim = WORDS[change].format(to=to)
    if isinstance(found, Missing):
        words = f"Không tính được, hoặc không thể {aim}: {_vi(found)}"
    else:
        side = "cao hơn" if found >= 0 else "thấp hơn"
        words = (
            f"Đơn vị {aim} nếu hệ số trung bình của những người không trả lời {side} "
            f"người đã trả lời {format_vi(abs(found), 3)} (thang 0 đến 1), ở mọi nhóm và câu hỏi."
        )
    return {
        "unit": card.data.units[unit],
        "change": change,
        "to": to,
        "points": gap,
        "difference": plain(found),
        "reason": why(found),
        "meaning_vi": words,
    }


def _vi(found: Missing) -> str:
    if found.reason.startswith("not even"):
        return "dù mọi người không trả lời đều ở một đầu của thang."
    return "frame.csv không ghi đủ số mời và số trả lời."


def _grades(card: Scorecard, merged: Mapping[str, Any] | None) -> list[Row]:
    """To the next grade, and out of the own one; floors of fields are not looked at."""
    rows: list[Row] = []
    steps = [
        (g["grade"], g["min"]) for g in (merged or {}).get("grades", []) if g["min"] is not None
    ]
    for line in (merged or {}).get("units", []):
        known = line["unit"] in card.data.units and line["index"] is not None and line["max"]
        if not known or not line["complete"]:
            continue
        unit = card.data.units.index(line["unit"])
        above = [(least, name) for name, least in steps if least > line["index"]]
        within = [(least, name) for name, least in steps if least <= line["index"]]
        for change, found in (
            ("grade_up", min(above, default=None)),
            ("grade_down", max(within, default=None)),
        ):
            if found is not None:
                gap = (found[0] - line["index"]) * line["max"] / 100
                rows.append(_tip(card, unit, change, found[1], gap))
    return rows


def _by_unit_cells(card: Scorecard) -> list[Row]:
    """R by unit and group over the cells of population.csv."""
    data, rows = card.data, []
    for (unit, group), population in data.population.items():
        own = np.flatnonzero((data.unit == unit) & (data.group == group))
        line = data.frame.get((unit, group))
        row: Row = {"unit": data.units[unit], "group": data.groups[group], "by": "population.csv"}
        if line is None or not line.invited or line.responded is None or not len(own):
            rows.append(row | _none("invited or responded not known, or nobody came"))
            continue
        margin = cell_margins(data, own, population, "poststratified")[0]
        if (margin.ids < 0).any() or population.count.sum() <= 0:
            rows.append(row | _none("a respondent is in no cell of population.csv"))
            continue
        share = population.count / population.count.sum()
        came = np.bincount(margin.ids, weights=data.weight[own], minlength=len(share))
        safe = np.where(share > 0, share, 1.0)
        rate = line.responded / line.invited
        propensity = np.where(share > 0, rate * came / came.sum() / safe, 0.0)
        row |= _balance(share, propensity, line.invited * share)
        rows.append(row | {"partial": _partial(share, propensity, population)})
    return rows


def _partial(share: Floats, propensity: Floats, population: Any) -> Row:
    columns = []
    for at in range(len(population.covariates)):
        labels = [cell[at] for cell in population.values]
        known = {label: number for number, label in enumerate(dict.fromkeys(labels))}
        columns.append((list(known), np.array([known[label] for label in labels], dtype=np.int64)))
    found: Row = {}
    for at, name in enumerate(population.covariates):
        labels, value = columns[at]
        total, each = representativity.unconditional(share, propensity, value)
        others = [column for other, (_, column) in enumerate(columns) if other != at]
        found[name] = total
        found[f"{name}|others"] = representativity.conditional(share, propensity, others)
        found |= {f"{name}={label}": float(part) for label, part in zip(labels, each, strict=True)}
    return found


def _by_units(card: Scorecard) -> list[Row]:
    """R by group over the units of frame.csv: where people came, and where not."""
    data, rows = card.data, []
    for group, name in enumerate(data.groups):
        lines = [(u, f) for (u, g), f in data.frame.items() if g == group]
        known = [(u, f) for u, f in lines if f.invited and f.responded is not None]
        row: Row = {"unit": None, "group": name, "by": "frame.csv"}
        if len(known) < 2:
            rows.append(row | _none("fewer than two units with invited and responded"))
            continue
        invited = np.array([f.invited for _, f in known], dtype=float)
        there = np.array([f.population or np.nan for _, f in known], dtype=float)
        share = invited if np.isnan(there).any() else there
        propensity = np.array([f.responded for _, f in known], dtype=float) / invited
        row |= _balance(share / share.sum(), propensity, invited)
        _, each = representativity.unconditional(share, propensity, np.arange(len(known)))
        partial = {data.units[u]: float(p) for (u, _), p in zip(known, each, strict=True)}
        rows.append(row | {"partial": partial})
    return rows


def _balance(share: Floats, propensity: Floats, invited: Floats) -> Row:
    found = representativity.balance(share, propensity, invited)
    return {"R": found.r, "R_adjusted": found.r_adjusted, "response": found.mean, "reason": ""}


def _none(reason: str) -> Row:
    return {"R": None, "R_adjusted": None, "response": None, "reason": reason, "partial": {}}
