"""Writes a comparison of two years: comparison.json, the same as CSV tables, and a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.comparison.change import VERDICTS, WITHOUT_ERROR, Changes
from analysis.comparison.comparison import Comparison
from analysis.dataset.model import Dataset
from analysis.formatting import format_vi
from analysis.io import writing
from analysis.numeric import rounded

Row = dict[str, Any]
TABLES = ("units", "criteria", "fields", "ranks", "common_criteria", "families", "panel")
NUMBERS = (
    "change", "se", "se_nr", "covariance", "se_test", "df", "lo", "hi", "p", "p_holm", "se_last",
    "se_this",
)  # fmt: skip
RANKS = ("last", "lo_last", "hi_last", "this", "lo_this", "hi_this", "change", "lo", "hi")
COMMON = (
    "common_criteria: scores, fields and ranks are of the {} criteria that both years ask and "
    "score alike, of {} of either year"
)
ONE_AT_A_TIME = "`lo` and `hi` hold for one change at a time"
INDEPENDENT = "independent: no panel is declared, so the two years' samples count as independent"
VERDICT_VI = {
    "better": "tốt hơn",
    "worse": "kém hơn",
    "cannot_be_told": "chưa đủ căn cứ để nói tốt hơn hay kém hơn",
}
REASON_VI = {
    "only_this": "năm trước không có",
    "only_last": "năm nay không có",
    "predecessor_not_in_last": "đơn vị tiền thân không có trong dữ liệu năm trước",
    "predecessor_shared": "đơn vị tiền thân được chia cho nhiều đơn vị",
    "merged_without_rule": "sáp nhập từ nhiều đơn vị mà chưa quy định cách gộp",
    "merged_needs_base_weights": "đơn vị sáp nhập chỉ so sánh được với quyền số gốc",
    "predecessor_without_population": "thiếu tổng thể (N) của đơn vị tiền thân",
    "predecessor_without_answers": "đơn vị tiền thân có câu hỏi không ai trả lời",
    "no_score_last": "năm trước không tính được điểm",
    "no_score_this": "năm nay không tính được điểm",
    "groups_differ": "hai năm không tính điểm từ cùng các nhóm đối tượng",
    "no_se_last": "năm trước không có sai số chuẩn",
    "no_se_this": "năm nay không có sai số chuẩn",
    "no_interval": "không có khoảng tin cậy để so sánh",
}


def write(comparison: Comparison, out: Path) -> list[str]:
    """Write it all into a folder; returns the notes."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(comparison)
    writing.write_json(out / "comparison.json", content)
    for name in TABLES:
        writing.write_csv(out / f"{name}.csv", content[name])
    inputs = {
        f"{year}/{name}": print_
        for year, data in (("last", comparison.last), ("this", comparison.this))
        for name, print_ in _fingerprints(data).items()
    }
    writing.write_manifest(out, inputs, content["settings"], command="compare")
    return notes(comparison)


def _fingerprints(data: Dataset) -> Mapping[str, str]:
    """Of every file that a comparison reads; index.csv is no part of a data set."""
    index = data.folder / "index.csv"
    if not index.is_file():
        return data.fingerprints
    return {**data.fingerprints, index.name: hashlib.sha256(index.read_bytes()).hexdigest()}


def results(comparison: Comparison) -> Row:
    """The content of comparison.json."""
    rules = comparison.rules
    return {
        "settings": asdict(comparison.settings)
        | {
            "panel": rules.panel if isinstance(rules.panel, str) else dict(rules.panel),
            "reworded": rules.reworded,
            "rank_method": rules.rank_method,
            "seed": rules.seed,
            "draws": rules.draws,
        },
        "level": comparison.settings.level,
        "samples": "independent" if comparison.panel is None else "overlapping",
        "notes": notes(comparison),
        "families": family_rows(comparison),
        "panel": panel_rows(comparison),
        "common_criteria": criterion_match_rows(comparison),
        "units": unit_rows(comparison),
        "criteria": list(target_rows(comparison, comparison.by_criterion, "criterion")),
        "fields": list(target_rows(comparison, comparison.by_field, "field")),
        "ranks": rank_rows(comparison),
    }


def notes(comparison: Comparison) -> list[str]:
    """What a reader of the changes should know."""
    level = 100 * comparison.settings.level
    common = len(comparison.common)
    texts = [
        COMMON.format(common, len(comparison.criteria)),
        f"verdicts: Holm over all changes of a family, {level:g} % together; {ONE_AT_A_TIME}",
    ]
    if comparison.panel is None:
        texts.append(INDEPENDENT)
    else:
        names = ", ".join(f"{group} ({kind})" for group, kind in comparison.panel.kinds.items())
        texts.append(
            f"overlapping: covariance of the two years for {names}, as declared; see panel"
        )
    reworded = [match.name for match in comparison.criteria if match.reworded and not match.reason]
    if reworded:
        texts.append(f"reworded: words of questions or options differ in {', '.join(reworded)}")
    return texts


def family_rows(comparison: Comparison) -> list[Row]:
    """A row for each family: over how many changes its verdicts are, and what they are."""
    rows = []
    for name, changes in _families(comparison):
        tested = ~np.isnan(changes.p)
        rows.append(
            {"family": name, "tests": changes.tests}
            | {
                verdict: int((changes.verdict[tested] == number).sum())
                for number, verdict in VERDICTS.items()
            }
        )
    return rows


def _families(comparison: Comparison) -> Iterator[tuple[str, Changes]]:
    yield "units", comparison.scores
    yield "criteria", comparison.by_criterion
    yield "fields", comparison.by_field


def panel_rows(comparison: Comparison) -> list[Row]:
    """A row for each group that is declared a panel: what the two years have in common."""
    return [] if comparison.panel is None else [dict(row) for row in comparison.panel.table]


def criterion_match_rows(comparison: Comparison) -> list[Row]:
    """A row for each criterion of either year: whether it is compared, and why not."""
    return [
        {
            "criterion": match.name,
            "compared": not match.reason,
            "field": comparison.field_of.get(match.name),
            "max_points": match.max_points,
            "reason": match.reason,
            "detail": match.detail,
            "reworded": list(match.reworded),
        }
        for match in comparison.criteria
    ]


def unit_rows(comparison: Comparison) -> list[Row]:
    """A row for each unit of this year, then for those that only last year has."""
    changes, rows = comparison.scores, []
    for unit, match in enumerate(comparison.units):
        row = _unit(comparison, match.name) | {
            "predecessors": list(match.predecessors),
            "basis": match.basis,
        }
        row |= _change(changes, unit, 0)
        row["meaning_vi"] = _meaning(row, comparison.settings.level)
        rows.append(row)
    rows += [
        {"unit": unit, "basis": "gone", "reason": "only_last", "detail": ""}
        for unit in comparison.only_last
    ]
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def _unit(comparison: Comparison, name: str) -> Row:
    words = comparison.this.labels.get("units", {})
    return {"unit": name} | ({"name_vi": words.get(name, "")} if words else {})


def target_rows(comparison: Comparison, changes: Changes, kind: str) -> Iterator[Row]:
    """A row for each unit of this year and each target (criterion or field)."""
    for unit, match in enumerate(comparison.units):
        for at, target in enumerate(changes.targets):
            yield {"unit": match.name, kind: target} | _change(changes, unit, at)


def _change(changes: Changes, unit: int, at: int) -> Row:
    reason = str(changes.reason[unit, at])
    return {
        "score_last": writing.number(changes.last[unit, at]),
        "score_this": writing.number(changes.this[unit, at]),
        "max_points": float(changes.maximum[at]),
        **{name: writing.number(getattr(changes, name)[unit, at]) for name in NUMBERS},
        "verdict": _verdict(int(changes.verdict[unit, at]), reason),
        "reason": reason,
        "detail": str(changes.detail[unit, at]),
    }


def _verdict(verdict: int, reason: str) -> str | None:
    """In words; None where nothing is compared."""
    return VERDICTS[verdict] if reason in ("", *WITHOUT_ERROR) else None


def rank_rows(comparison: Comparison) -> list[Row]:
    """A row for each unit of this year: its rank in both years and how far it may have moved."""
    ranks = comparison.ranks
    rows = []
    for unit, match in enumerate(comparison.units):
        reason = str(ranks.reason[unit])
        row: Row = {"unit": match.name}
        for name in RANKS:
            value = float(getattr(ranks, name)[unit])
            named = f"rank_{name}" if name in ("last", "this") else name
            row[named] = None if np.isnan(value) else int(value)
        row["verdict"] = _verdict(int(ranks.verdict[unit]), reason)
        rows.append(row | {"reason": reason, "detail": str(ranks.detail[unit])})
    return rows


def _meaning(row: Row, level: float) -> str:
    if row["change"] is None:
        return f"Không so sánh: {REASON_VI.get(row['reason'], row['reason'])}."
    change = row["change"]
    moved = f"{'Tăng' if change > 0 else 'Giảm'} {format_vi(abs(change))} điểm"
    if rounded(change) == 0:
        moved = "Điểm không đổi"
    if row["lo"] is None:
        return f"{moved}; chưa đủ căn cứ để kết luận: {REASON_VI[row['reason']]}."
    between = f"{format_vi(row['lo'])} đến {format_vi(row['hi'])}"
    sure = f"khoảng tin cậy {format_vi(100 * level, 0)} %: {between}"
    return f"{moved} ({sure}); {VERDICT_VI[row['verdict']]}."


def summary(comparison: Comparison) -> str:
    """The whole in a few lines, for a terminal."""
    rows = [row for row in unit_rows(comparison) if row["change"] is not None]
    criteria = f"{len(comparison.common)} of {len(comparison.criteria)} criteria"
    points = f"{comparison.scores.maximum[0]:g} points"
    lines = [
        f"Compared: {len(rows)} of {len(comparison.units)} units on {criteria} ({points})",
        *_left_out(comparison),
        *notes(comparison)[2:],
    ]
    for verdict in ("better", "worse"):
        changes = [row for row in rows if row["verdict"] == verdict]
        changes.sort(key=lambda row: -abs(row["change"]))
        lines.append(f"{verdict.capitalize()}: {_listed([_signed(row) for row in changes])}")
    unsure = sum(row["verdict"] == "cannot_be_told" for row in rows)
    lines.append(f"Cannot be told: {unsure} of {len(rows)} units")
    for verdict, word in (("better", "rose"), ("worse", "fell")):
        moves = [
            f"{row['unit']} {row['rank_last']} to {row['rank_this']}"
            for row in rank_rows(comparison)
            if row["verdict"] == verdict
        ]
        lines.append(f"Rank {word} for sure, of {comparison.ranks.ranked}: {_listed(moves)}")
    return "\n".join(lines)


def _signed(row: Row) -> str:
    return f"{row['unit']} {row['change']:+.2f} ({row['lo']:+.2f} to {row['hi']:+.2f})"


def _left_out(comparison: Comparison) -> Iterator[str]:
    rows = unit_rows(comparison)
    criteria = [match for match in criterion_match_rows(comparison) if match["reason"]]
    units = [row for row in rows if row["reason"] and row["reason"] not in WITHOUT_ERROR]
    unsure = [row for row in rows if row["reason"] in WITHOUT_ERROR]
    for title, kind, refused in (
        ("Left out, criteria", "criterion", criteria),
        ("Left out, units", "unit", units),
        ("Without an error of the change", "unit", unsure),
    ):
        if refused:
            yield f"{title}: {_listed([_because(row, kind) for row in refused])}"


def _because(row: Row, kind: str) -> str:
    detail = f": {row['detail']}" if row["detail"] else ""
    return f"{row[kind]} ({row['reason']}{detail})"


def _listed(texts: list[str], most: int = 10) -> str:
    more = f"; and {len(texts) - most} more" if len(texts) > most else ""
    return "; ".join(texts[:most]) + more if texts else "none"
