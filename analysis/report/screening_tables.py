"""Writes a screening: who to call back, why, and the scores without the flagged forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.dataset.model import Dataset
from analysis.io import writing
from analysis.io.table import read_csv
from analysis.problems import Problem
from analysis.quality.interviewers import Effect
from analysis.quality.screening import Screening
from analysis.sensitivity.screened_scores import ScreenedScores

Row = dict[str, Any]


def write(screened: ScreenedScores, out: Path) -> None:
    """Write screening.json, its CSV tables and a manifest."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(screened)
    writing.write_json(out / "screening.json", content)
    for name in ("summary", "flags", "pairs", "effects", "orders", "scores"):
        writing.write_csv(out / f"{name}.csv", content[name])
    writing.write_manifest(out, screened.card.data.fingerprints, content["settings"])


def results(screened: ScreenedScores) -> dict[str, Any]:
    """The content of screening.json."""
    card, screening = screened.card, screened.screening
    names = person_names(card.data)
    return {
        "settings": asdict(card.settings) | {"limits": asdict(screening.limits)},
        "summary": summary_rows(screening),
        "flags": flag_rows(screening, names),
        "pairs": pair_rows(screening, names),
        "effects": [effect_row(card.data, effect) for effect in screening.effects],
        "orders": [asdict(effect) for effect in screened.orders],
        "scores": list(score_rows(screened)),
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


def summary_rows(screening: Screening) -> list[Row]:
    """How many forms each flag marks, by group."""
    return [asdict(count) | {"share": count.share} for count in screening.counts()]


def flag_rows(screening: Screening, names: list[str]) -> list[Row]:
    """A row for each form to call back about."""
    data = screening.data
    return [
        {
            "resp_id": names[row],
            "unit": data.units[data.unit[row]],
            "group": data.groups[data.group[row]],
            "flags": [flag for flag, flagged in screening.flags.items() if flagged[row]],
        }
        for row in np.flatnonzero(screening.any).tolist()
    ]


def pair_rows(screening: Screening, names: list[str]) -> list[Row]:
    """A row for each pair of forms that agree beyond expectation."""
    data, pairs = screening.data, screening.pairs
    return [
        {
            "unit": data.units[data.unit[first]],
            "group": data.groups[data.group[first]],
            "resp_id_a": names[first],
            "resp_id_b": names[second],
            "common": int(pairs.common[number]),
            "equal": int(pairs.equal[number]),
            "expected_share": float(pairs.expected[number]),
            "p": float(pairs.p[number]),
            "p_adjusted": float(pairs.p_adjusted[number]),
        }
        for number, (first, second) in enumerate(
            zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        )
    ]


def effect_row(data: Dataset, effect: Effect) -> Row:
    """A row for each cell and factor that was tested."""
    unit, group = divmod(effect.cell, len(data.groups))
    row = asdict(effect)
    del row["cell"]
    place = {"unit": data.units[unit], "group": data.groups[group]}
    return place | row | {"reason": effect.reason}


def score_rows(screened: ScreenedScores) -> Iterator[Row]:
    """Scores compared with scores without the flagged forms, for each flag in use."""
    card = screened.card
    for without in screened.without:
        for unit, name in enumerate(card.data.units):
            yield {
                "flag": without.flag,
                "unit": name,
                "flagged": int(without.flagged[unit]),
                "score": writing.number(card.units.score[unit]),
                "se_nr": writing.number(card.units.se_nr[unit]),
                "score_without": writing.number(without.score[unit]),
                "se_nr_without": writing.number(without.se_nr[unit]),
                "difference": writing.number(without.difference[unit]),
                "rank": screened.ranks[unit],
                "rank_without": without.ranks[unit],
            }
