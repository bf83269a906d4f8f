"""Writes a screening: who to call back, why, and the scores without the flagged forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.dataset.model import Dataset
from analysis.io import writing
from analysis.io.table import read_csv
from analysis.numeric import Bools
from analysis.problems import Problem
from analysis.quality.interviewers import Effect
from analysis.quality.order_effects import order_effects
from analysis.quality.screening import Limits, Screening, screen
from analysis.scoring.score import Scorecard, score
from analysis.sensitivity.sensitivity import rank_within

Row = dict[str, Any]
ANY = "any"


def write(card: Scorecard, out: Path, limits: Limits | None = None) -> None:
    """Write screening.json, its CSV tables and a manifest."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(card, screen(card.data, limits))
    writing.write_json(out / "screening.json", content)
    for name in ("summary", "flags", "pairs", "effects", "orders", "scores"):
        writing.write_csv(out / f"{name}.csv", content[name])
    writing.write_manifest(out, card.data.fingerprints, content["settings"], command="screen")


def results(card: Scorecard, found: Screening) -> dict[str, Any]:
    """The content of screening.json."""
    names = person_names(card.data)
    return {
        "settings": asdict(card.settings) | {"limits": asdict(found.limits)},
        "summary": summary_rows(found),
        "flags": flag_rows(found, names),
        "pairs": pair_rows(found, names),
        "effects": [effect_row(card.data, each) for each in found.effects],
        "orders": [asdict(each) for each in order_effects(card.data)],
        "scores": list(score_rows(card, found)),
    }


def person_names(data: Dataset) -> list[str]:
    """`resp_id` of every row, as it stands in the file."""
    problems: list[Problem] = []
    path = data.folder / "respondents.csv"
    if path.exists():
        table = read_csv(path, ("resp_id",), problems)
    else:
        from analysis.io.parquet import read_parquet

        table = read_parquet(data.folder / "respondents.parquet", ("resp_id",), problems)
    return [] if table is None else table["resp_id"].texts()


def summary_rows(found: Screening) -> list[Row]:
    """How many forms each flag touches, by group."""
    data, rows = found.data, []
    for flag, marked in _flags(found):
        for group, name in enumerate(data.groups):
            here = data.group == group
            forms, hit = int(here.sum()), int((marked & here).sum())
            share = hit / forms if forms else None
            rows.append(
                {"flag": flag, "group": name, "forms": forms, "flagged": hit, "share": share}
            )
    return rows


def _flags(found: Screening) -> Iterator[tuple[str, Bools]]:
    yield ANY, found.any
    yield from found.flags.items()


def flag_rows(found: Screening, names: list[str]) -> list[Row]:
    """A row for each form to call back about."""
    data = found.data
    return [
        {
            "resp_id": names[row],
            "unit": data.units[data.unit[row]],
            "group": data.groups[data.group[row]],
            "flags": [flag for flag, marked in found.flags.items() if marked[row]],
        }
        for row in np.flatnonzero(found.any).tolist()
    ]


def pair_rows(found: Screening, names: list[str]) -> list[Row]:
    """A row for each pair of forms that agree too well."""
    data, pairs = found.data, found.pairs
    return [
        {
            "unit": data.units[data.unit[one]],
            "group": data.groups[data.group[one]],
            "resp_id_a": names[one],
            "resp_id_b": names[other],
            "common": int(pairs.common[at]),
            "equal": int(pairs.equal[at]),
            "expected_share": float(pairs.expected[at]),
            "p": float(pairs.p[at]),
            "p_adjusted": float(pairs.p_adjusted[at]),
        }
        for at, (one, other) in enumerate(
            zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        )
    ]


def effect_row(data: Dataset, each: Effect) -> Row:
    """A row for each cell and factor that was tested."""
    unit, group = divmod(each.cell, len(data.groups))
    row = asdict(each)
    del row["cell"]
    reason = "" if each.p is not None else "no_variance_within_or_too_few"
    return {"unit": data.units[unit], "group": data.groups[group]} | row | {"reason": reason}


def score_rows(card: Scorecard, found: Screening) -> Iterator[Row]:
    """Scores beside scores with the flagged forms' answers left out, for each flag in use."""
    as_weighted = replace(card.settings, adjust="none")  # the card's weights are adjusted already
    ranks = rank_within(np.where(card.composition.complete, card.units.score, np.nan))
    for flag, marked in _flags(found):
        if not marked.any():
            continue
        answers = card.data.answers.copy()
        answers[:, marked] = 0
        other = score(replace(card.data, answers=answers), as_weighted)
        places = rank_within(np.where(other.composition.complete, other.units.score, np.nan))
        heads = np.bincount(card.data.unit[marked], minlength=len(card.data.units))
        for unit, name in enumerate(card.data.units):
            before, after = card.units.score[unit], other.units.score[unit]
            yield {
                "flag": flag,
                "unit": name,
                "flagged": int(heads[unit]),
                "score": writing.number(before),
                "se_nr": writing.number(card.units.se_nr[unit]),
                "score_without": writing.number(after),
                "se_nr_without": writing.number(other.units.se_nr[unit]),
                "difference": writing.number(after - before),
                "rank": ranks[unit],
                "rank_without": places[unit],
            }
