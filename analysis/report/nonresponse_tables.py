"""`python -m analysis nonresponse`: what the nonrespondents could change, as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.formatting import format_vi
from analysis.io import writing
from analysis.nonresponse.bounds import Bounds, MeanBounds
from analysis.nonresponse.response_balance import ResponseBalance
from analysis.nonresponse.unit_nonresponse import OUT_OF_REACH, ScoreBounds
from analysis.scoring.score import Scorecard
from analysis.sensitivity.nonresponse_analysis import NonresponseAnalysis
from analysis.sensitivity.tipping import TippingPoint

Row = dict[str, Any]
AIMS_VI = {
    "rank_up": "theo kịp {to}",
    "rank_down": "tụt xuống bằng {to}",
    "grade_up": "lên mức {to}",
    "grade_down": "không còn giữ được mức {to}",
}


def results(analysis: NonresponseAnalysis) -> dict[str, Any]:
    """The content of nonresponse.json."""
    card = analysis.card
    return {
        "settings": {"missing": card.settings.missing, "weights": card.settings.weights},
        "units": [_unit_row(card, bounds) for bounds in analysis.scores],
        "estimates": [_estimate_row(card, bounds) for bounds in analysis.means],
        "tipping": [_tipping_row(card, point) for point in analysis.tipping],
        "representativity": [_balance_row(balance) for balance in analysis.balance],
    }


def write(analysis: NonresponseAnalysis, out: Path) -> None:
    """Write nonresponse.json, its tables and manifest.json."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(analysis)
    writing.write_json(out / "nonresponse.json", content)
    for name in ("units", "estimates", "tipping", "representativity"):
        writing.write_csv(out / f"nonresponse_{name}.csv", content[name])
    writing.write_manifest(out, analysis.card.data.fingerprints, content["settings"])


def _unit_row(card: Scorecard, bounds: ScoreBounds) -> Row:
    row: Row = {"unit": card.data.units[bounds.unit], "score": bounds.score}
    return row | _ends("worst", bounds.worst) | _ends("silent", bounds.nonrespondents)


def _ends(name: str, bounds: Bounds) -> Row:
    return {f"{name}_lo": bounds.lo, f"{name}_hi": bounds.hi, f"{name}_reason": bounds.reason}


def _estimate_row(card: Scorecard, mean: MeanBounds) -> Row:
    data = card.data
    return {
        "unit": data.units[mean.unit],
        "group": data.groups[mean.group],
        "question": data.questions[mean.question].name,
        "N": mean.population,
        "n": mean.n,
        "manski_lo": mean.bounds.lo,
        "manski_hi": mean.bounds.hi,
        "reason": mean.bounds.reason,
    }


def _tipping_row(card: Scorecard, point: TippingPoint) -> Row:
    return {
        "unit": card.data.units[point.unit],
        "change": point.change,
        "to": point.to,
        "points": point.gap,
        "difference": point.difference,
        "reason": point.reason,
        "meaning_vi": _meaning_vi(point),
    }


def _meaning_vi(point: TippingPoint) -> str:
    aim = AIMS_VI[point.change].format(to=point.to)
    if point.difference is None:
        return f"Không tính được, hoặc không thể {aim}: {_reason_vi(point.reason)}"
    side = "cao hơn" if point.difference >= 0 else "thấp hơn"
    return (
        f"Đơn vị {aim} nếu hệ số trung bình của những người không trả lời {side} "
        f"người đã trả lời {format_vi(abs(point.difference), 3)} (thang 0 đến 1), "
        "ở mọi nhóm và câu hỏi."
    )


def _reason_vi(reason: str) -> str:
    if reason == OUT_OF_REACH:
        return "dù mọi người không trả lời đều ở một đầu của thang."
    return "frame.csv không ghi đủ số mời và số trả lời."


def _balance_row(group: ResponseBalance) -> Row:
    balance = group.balance
    return {
        "unit": group.unit,
        "group": group.group,
        "by": group.by,
        "R": None if balance is None else balance.r,
        "R_adjusted": None if balance is None else balance.r_adjusted,
        "response": None if balance is None else balance.mean,
        "reason": group.reason,
        "partial": dict(group.partial),
    }
