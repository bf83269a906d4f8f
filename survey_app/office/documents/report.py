"""The report of a scorecard in the administrative layout, in Vietnamese: what it says."""

from __future__ import annotations

from collections.abc import Mapping

from survey_app import i18n
from survey_app.i18n import Words
from survey_app.office.documents.chart import chart
from survey_app.office.documents.docx_layout import Paper
from survey_app.office.results import method
from survey_app.office.results.read import Results, UnitLine
from survey_app.office.results.remarks import grade_labels, remarks

_VI = "vi"
_HALVES = (7.0, 9.5)


def report(results: Results, words: Words) -> bytes:
    """The whole document."""
    w = words(_VI)
    about = w["report_about"].format(year=results.wave.year)
    paper = Paper(f"{w['report_kind']} {about}", w["report_draft"] if results.is_draft else "")
    _face(paper, results, w, about)
    _grounds(paper, results, w)
    _fieldwork(paper, results, w)
    _found(paper, results, words)
    _reading(paper, results, words)
    _end(paper, w)
    paper.turn(wide=False)
    paper.title(w["report_annex"], w["report_annex_about"])
    paper.table(
        (w["report_setting"], w["contents"]), method.lines(results, words, _VI), (5.0, 11.5)
    )
    return paper.bytes()


def _face(paper: Paper, results: Results, w: Mapping[str, str], about: str) -> None:
    made = i18n.day(results.card.published_at or results.card.made_at, _VI).split("/")
    paper.letterhead(
        (w["report_superior"], w["report_agency"]),
        (w["report_nation"], w["report_motto"]),
        (w["report_number"], w["report_date"].format(day=made[0], month=made[1], year=made[2])),
        _HALVES,
    )
    paper.title(w["report_kind"], about)
    if results.is_draft:
        paper.boxed(f"{w['report_draft']}. {w['draft_banner']}", bold=True)
    if results.not_quoted:
        leaves = sum(1 for _ in results.index.leaves)
        paper.boxed(w["provenance_banner"].format(count=results.not_quoted, total=leaves))


def _grounds(paper: Paper, results: Results, w: Mapping[str, str]) -> None:
    paper.heading(f"I. {w['report_grounds']}")
    paper.text(w["report_legal"].format(basis=results.index.legal_basis[_VI].rstrip(".")))
    paper.text(w["report_data"].format(fingerprint=results.card.fingerprint[:16]))


def _fieldwork(paper: Paper, results: Results, w: Mapping[str, str]) -> None:
    wave = results.wave
    paper.heading(f"II. {w['report_fieldwork']}")
    groups = ", ".join(text[_VI][:1].lower() + text[_VI][1:] for text in results.groups.values())
    paper.text(
        w["report_wave"].format(
            title=results.index.title[_VI],
            opened=i18n.day(wave.opened_at, _VI),
            closed=i18n.day(wave.closed_at, _VI),
            units=len(results.units),
            groups=groups,
        )
    )
    paper.text(w["report_rates_intro"])
    head = [w["unit"], *(text[_VI] for text in results.groups.values())]
    rows = [
        [_name(unit), *(_answered(unit, group) for group in results.groups)]
        for unit in results.units
    ]
    paper.table(head, rows, (4.5, *[12.0 / len(results.groups)] * len(results.groups)))
    paper.text(w["report_shared"], italic=True)
    if results.modes:
        paper.text(f"{w['modes_table']}:")
        paper.table(*_modes(results, w), (4.5, 3.5, 3.0, 3.0, 2.5))
        paper.text(w["modes_note"], italic=True)


def _modes(results: Results, w: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    head = [w[key] for key in ("group", "mode", "invited", "responded", "response_rate")]
    rows = [
        [
            results.groups[line.group][_VI],
            w.get(f"mode_{line.mode}", line.mode),
            i18n.number(line.invited, _VI, 0),
            i18n.number(line.responded, _VI, 0),
            i18n.percent(line.rate, _VI),
        ]
        for line in results.modes
    ]
    return head, rows


def _answered(unit: UnitLine, group: str) -> str:
    """Responded / not responded (rate)."""
    rate = unit.rate_of(group)
    if rate is None or rate.invited is None or rate.responded is None:
        return i18n.DASH
    silent = i18n.number(rate.invited - rate.responded, _VI, 0)
    return f"{i18n.number(rate.responded, _VI, 0)} / {silent} ({i18n.percent(rate.rate, _VI)})"


def _found(paper: Paper, results: Results, words: Words) -> None:
    w = words(_VI)
    paper.turn(wide=True)
    paper.heading(f"III. {w['report_found']}")
    paper.text(_sentence(results, w))
    adjusted = any(unit.bonus or unit.penalty for unit in results.units)
    kind = [
        (key, width)
        for key, width in (_MERGED if results.is_merged else _SURVEY)
        if adjusted or key not in {"bonus", "penalty"}
    ]
    head = [w[key].format(level=i18n.percent(results.level, _VI, 0)) for key, _ in kind]
    labels = grade_labels(results, _VI)
    rows = [[_cells(unit, labels)[key] for key, _ in kind] for unit in results.units]
    left = _WIDE - sum(width for _, width in kind)
    paper.table(head, rows, [width or left for _, width in kind])
    paper.text(w["rounding_note"], italic=True)
    paper.turn(wide=False)
    alt = w["chart_alt"].format(count=len(results.units))
    paper.picture(chart(results, words, _VI, "png"), 16.0, alt)


_POINTS, _WIDE = 1.6, 24.9
_MERGED = (
    ("rank", 1.5), ("unit", 0.0), ("self_points", _POINTS), ("appraised", _POINTS),
    ("survey", _POINTS), ("bonus", _POINTS), ("penalty", _POINTS), ("total", _POINTS),
    ("index_percent", _POINTS), ("interval", 3.2), ("rank_range", 1.8), ("band", 1.8),
    ("grade", 2.0),
)  # fmt: skip
_SURVEY = (
    ("rank", 1.5), ("unit", 0.0), ("survey", 2.4), ("survey_percent", 2.6), ("interval", 3.4),
    ("rank_range", 2.2), ("band", 2.2),
)  # fmt: skip


def _cells(unit: UnitLine, labels: Mapping[str, str]) -> Mapping[str, str]:
    points = {
        "self_points": unit.self_points, "appraised": unit.appraised, "survey": unit.survey,
        "bonus": unit.bonus, "penalty": unit.penalty, "total": unit.total,
        "index_percent": unit.index, "survey_percent": unit.index,
    }  # fmt: skip
    return {
        **{key: i18n.number(value, _VI) for key, value in points.items()},
        "rank": i18n.number(unit.rank, _VI, 0),
        "unit": _name(unit),
        "interval": _span(
            *(None if x is None else i18n.number(x, _VI) for x in (unit.lo, unit.hi))
        ),
        "rank_range": _span(*(None if x is None else str(x) for x in (unit.rank_lo, unit.rank_hi))),
        "band": unit.band or i18n.DASH,
        "grade": labels.get(unit.grade, unit.grade) or i18n.DASH,
    }


def _span(low: str | None, high: str | None) -> str:
    if low is None or high is None:
        return i18n.DASH
    return low if low == high else f"{low} – {high}"


def _sentence(results: Results, w: Mapping[str, str]) -> str:
    """The result in words: how many are ranked, the highest and the lowest."""
    ranked = results.ranked
    if not ranked:
        return w["report_none_ranked"]
    said = w["report_ranked"].format(
        ranked=len(ranked),
        best=_name(ranked[0]),
        best_index=i18n.number(ranked[0].index, _VI),
        last=_name(ranked[-1]),
        last_index=i18n.number(ranked[-1].index, _VI),
        bands=len({unit.band for unit in ranked}),
    )
    left = [_name(unit) for unit in results.unranked]
    return said + (" " + w["report_unranked"].format(names="; ".join(left)) if left else "")


def _reading(paper: Paper, results: Results, words: Words) -> None:
    w = words(_VI)
    paper.heading(f"IV. {w['report_reading']}")
    notes = ["band_note", "rank_note"]
    if not results.is_merged:
        notes.insert(0, "survey_only_note")
    for number, key in enumerate(notes, 1):
        paper.text(f"{number}. {w[key]}")
    flagged = [(unit, remarks(unit, results, words, _VI)) for unit in results.units]
    if any(said for _, said in flagged):
        paper.text(f"{len(notes) + 1}. {w['report_flagged']}")
        rows = [(_name(unit), " ".join(said)) for unit, said in flagged if said]
        paper.table((w["unit"], w["notes"]), rows, (5.0, 11.5))


def _end(paper: Paper, w: Mapping[str, str]) -> None:
    paper.text(w["report_close"])
    left = (w["report_to"], *w["report_to_whom"].split("|"))
    paper.signature(left, (w["report_signer"], "", "", "", ""), _HALVES)


def _name(unit: UnitLine) -> str:
    return unit.name[_VI]
