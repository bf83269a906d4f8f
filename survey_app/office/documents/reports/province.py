"""The report of the province."""

from __future__ import annotations

from collections.abc import Iterator

from survey_app import i18n
from survey_app.office.documents.paper.blocks import (
    Block,
    Box,
    Heading,
    Paper,
    Table,
    Text,
    Title,
    Turn,
)
from survey_app.office.documents.reports import tables, units_chart
from survey_app.office.documents.reports.telling import Telling, mean, share_of
from survey_app.office.results import method
from survey_app.office.results.remarks import remarks

POINTS, RATES, METHOD, FLAGS = "I", "II", "III", "IV"
"""The annexes by their numbers; the last is there only where a unit has a remark."""

MOST = 40
"""Units that a table within the text holds; of more it names as many at either end as follow."""
_AT_EITHER_END = 10


def paper(it: Telling) -> Paper:
    """The whole report."""
    about = it.w["reports_about"].format(year=it.results.wave.year)
    blocks = [
        it.letterhead(),
        Title(it.w["reports_kind"], it.bound(about)),
        *_not_quoted(it),
        *_grounds(it),
        *_fieldwork(it),
        *_results(it),
        Heading(f"IV. {it.w['reports_assessment']}"),
        *it.written(),
        *_reading(it),
        Text(text=it.w["reports_close"], keep=True),
        it.signature(),
        Turn(is_wide=True),
        *_annexes(it),
    ]
    title = f"{it.w['reports_kind']} {about}"
    return Paper(title=title, language=it.language, mark=it.mark, blocks=blocks)


def _not_quoted(it: Telling) -> Iterator[Block]:
    if it.results.not_quoted:
        leaves = sum(1 for _ in it.results.index.leaves)
        yield Box(it.w["provenance_banner"].format(count=it.results.not_quoted, total=leaves))


def _grounds(it: Telling) -> Iterator[Block]:
    yield Heading(f"I. {it.w['reports_grounds']}")
    basis = it.said(it.results.index.legal_basis).rstrip(".")
    yield Text(text=it.w["reports_legal"].format(basis=basis))
    shown = it.results.card.fingerprint[:16]
    yield Text(text=it.w["reports_data"].format(fingerprint=shown, annex=METHOD))


def _fieldwork(it: Telling) -> Iterator[Block]:
    results, wave = it.results, it.results.wave
    yield Heading(f"II. {it.w['reports_fieldwork']}")
    groups = ", ".join(
        text[:1].lower() + text[1:] for text in map(it.said, results.groups.values())
    )
    yield Text(
        text=it.w["reports_wave" if wave.closed_at else "reports_wave_open"].format(
            title=it.said(results.index.title),
            opened=i18n.day(wave.opened_at, it.language),
            closed=i18n.day(wave.closed_at, it.language),
            units=len(results.units),
            groups=groups,
        )
    )
    yield Text(text=it.w["reports_rates"].format(annex=RATES), keep=True)
    yield tables.rates(it)
    if any(rate.withheld for unit in results.units for rate in unit.rates):
        yield Text(text=it.w["reports_rates_part"], italic=True)
    if results.modes:
        yield Text(text=f"{it.w['modes_table']}:", keep=True)
        yield tables.modes(it)
        yield Text(text=it.w["modes_note"], italic=True)
    yield Text(text=_left_out(it))


def _left_out(it: Telling) -> str:
    left = it.beside.left_out
    if left is None:
        return it.w["reports_none_left_out"]
    reasons = "; ".join(
        it.w["reports_left_out_reason"].format(reason=it.said(reason), forms=it.n(forms, 0))
        for reason, forms in left.reasons
    )
    return it.w["reports_left_out"].format(
        forms=it.n(left.forms, 0), classes=it.n(left.classes, 0), reasons=reasons
    )


def _results(it: Telling) -> Iterator[Block]:
    yield Heading(f"III. {it.w['reports_results']}")
    yield Heading(it.w["reports_overall"], 2)
    yield from (Text(text=said) for said in overall(it))
    units = it.results.units
    if len(units) <= MOST:
        index = "index_percent" if it.results.is_merged else "survey_percent"
        what = it.w[index][:1].lower() + it.w[index][1:]
        lead = it.w["reports_standings"].format(what=what, annex=POINTS)
        yield Text(text=lead, keep=True)
        yield tables.standings(it, units)
    else:
        ends = {"count": _AT_EITHER_END, "all": len(units), "annex": POINTS}
        yield Text(text=it.w["reports_some"].format(**ends), keep=True)
        ranked = it.results.ranked
        yield tables.standings(it, (*ranked[:_AT_EITHER_END], *ranked[-_AT_EITHER_END:]))
    yield from units_chart.pictures(it, MOST)
    yield Heading(it.w["reports_fields"], 2)
    yield from _fields(it)
    yield Heading(it.w["reports_years"], 2)
    yield from _years(it)


def overall(it: Telling) -> Iterator[str]:
    """The result in words: how many are ranked, the highest and the lowest, the grades."""
    ranked = it.results.ranked
    if not ranked:
        yield it.w["reports_none_ranked"]
        return
    yield it.w["reports_ranked"].format(
        ranked=len(ranked),
        best=it.name(ranked[0]),
        best_index=it.n(ranked[0].index),
        last=it.name(ranked[-1]),
        last_index=it.n(ranked[-1].index),
        mean=it.n(mean([unit.index for unit in ranked])),
        bands=len({unit.band for unit in ranked}),
    )
    if grades := graded(it):
        yield it.w["reports_graded"].format(grades="; ".join(grades))
    if left := [it.name(unit) for unit in it.results.unranked]:
        yield it.w["reports_unranked"].format(names="; ".join(left), annex=FLAGS)


def graded(it: Telling) -> list[str]:
    """How many units have each grade, the best first; those that no unit has are left out."""
    counted = [
        (grade.code, sum(unit.grade == grade.code for unit in it.results.units))
        for grade in sorted(it.results.index.grades, key=lambda grade: -grade.min)
    ]
    return [
        it.w["reports_graded_one"].format(grade=it.grade(code), count=number)
        for code, number in counted
        if number
    ]


def _fields(it: Telling) -> Iterator[Block]:
    means = [
        (share, field)
        for at, field in enumerate(it.results.index.fields)
        if (share := mean([share_of(unit.fields[at]) for unit in it.results.units])) is not None
    ]
    if not means:
        yield Text(text=it.w["reports_fields_none"])
        return
    best, last = max(means, key=lambda one: one[0]), min(means, key=lambda one: one[0])
    yield Text(
        text=it.w["reports_fields_lead"].format(
            best=it.said(best[1].name),
            best_share=i18n.percent(best[0], it.language),
            last=it.said(last[1].name),
            last_share=i18n.percent(last[0], it.language),
        ),
        keep=True,
    )
    yield tables.fields(it)


def _years(it: Telling) -> Iterator[Block]:
    last = it.beside.last
    if last is None:
        key = "reports_years_not_asked" if it.beside.has_earlier else "reports_years_none"
        yield Text(text=it.w[key])
        return
    yield Text(text=years_said(it), keep=True)
    yield tables.years(it)


def years_said(it: Telling) -> str:
    """The comparison in words: every unit is counted in them once."""
    last = it.beside.last
    assert last is not None
    absent = sum(not last.has(unit.unit) for unit in it.results.units)
    more = f" {it.w['reports_years_absent'].format(count=absent)}" if absent else ""
    if not last.is_tested:
        years = {"year": last.year, "this": it.results.wave.year}
        return it.w["reports_years_shown"].format(**years) + more
    said = it.w["reports_years_tested"].format(
        year=last.year,
        level=i18n.percent(last.level, it.language, 0),
        better=last.count("better"),
        worse=last.count("worse"),
        same=last.count("cannot_be_told"),
    )
    return said + more


def _reading(it: Telling) -> Iterator[Block]:
    yield Heading(f"V. {it.w['reports_reading']}")
    notes = ["band_note", "rank_note", "rounding_note"]
    if not it.results.is_merged:
        notes.insert(0, "survey_only_note")
    said = [it.w[key] for key in notes]
    if it.results.is_public:
        said.append(it.w["withheld_note"].format(fewest=it.results.index.publish_from))
    for number, note in enumerate(said, 1):
        yield Text(text=f"{number}. {note}", keep=number == len(said))


def _annexes(it: Telling) -> Iterator[Block]:
    yield Title(it.w["reports_annex"].format(number=POINTS), it.w["reports_annex_points"])
    yield tables.points(it)
    yield Title(it.w["reports_annex"].format(number=RATES), it.w["reports_annex_rates"])
    yield Text(text=it.w["reports_annex_rates_note"], indent=False, keep=True)
    yield tables.rates_by_unit(it)
    yield Title(it.w["reports_annex"].format(number=METHOD), it.w["reports_annex_method"])
    lines = method.lines(it.results, it.words, it.language)
    yield Table(head=(it.w["reports_setting"], it.w["contents"]), rows=lines, widths=(7.0, 18.0))
    flagged = [
        (unit, said)
        for unit in it.results.units
        if (said := remarks(unit, it.results, it.words, it.language)) or not unit.is_ranked
    ]
    if flagged:
        yield Title(it.w["reports_annex"].format(number=FLAGS), it.w["reports_annex_flags"])
        rows = [
            (it.name(unit), " ".join(said) or it.w["withheld" if unit.withheld else "not_ranked"])
            for unit, said in flagged
        ]
        yield Table(head=(it.w["unit"], it.w["notes"]), rows=rows, widths=(7.0, 18.0))
