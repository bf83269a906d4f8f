"""The report of one unit, for the unit itself: published figures alone, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from survey_app import i18n
from survey_app.office.documents.paper.blocks import Block, Heading, Paper, Table, Text, Title
from survey_app.office.documents.reports import unit_chart
from survey_app.office.documents.reports.telling import Telling, mean, share_of
from survey_app.office.documents.reports.unit_chart import Row
from survey_app.office.results.read import CriterionLine, Results, UnitLine
from survey_app.office.results.remarks import remarks

_NAMED = 3
"""Criteria that are named above and below the mean."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """The mean share of each field and criterion, over the units whose number is shown."""

    fields: Mapping[str, float]
    criteria: Mapping[str, float]

    @classmethod
    def of(cls, results: Results) -> Means:
        """The means of a scorecard."""
        shares: dict[tuple[str, str], list[float]] = {}
        for unit in results.units:
            for field in unit.fields:
                if (share := share_of(field)) is not None:
                    shares.setdefault(("field", field.code), []).append(share)
                for line in field.criteria:
                    if (share := _share(line)) is not None:
                        shares.setdefault(("criterion", line.code), []).append(share)
        means = {key: mean(known) or 0.0 for key, known in shares.items()}
        return cls(
            fields={code: value for (kind, code), value in means.items() if kind == "field"},
            criteria={code: value for (kind, code), value in means.items() if kind == "criterion"},
        )


def paper(it: Telling, unit: UnitLine, means: Means) -> Paper:
    """The whole report.

    Raises
    ------
    ValueError
        The results are not those that the public may see.
    """
    if not it.results.is_public:
        raise ValueError("a unit gets what is published, and no more")
    about = it.w["reports_unit_about"].format(year=it.results.wave.year, unit=it.name(unit))
    sections = (
        ("reports_unit_overall", _overall(it, unit)),
        ("reports_unit_fields", _fields(it, unit, means)),
        ("reports_unit_criteria", _criteria(it, unit, means)),
        ("reports_unit_years", _years(it, unit)),
        ("reports_unit_rates", _rates(it, unit)),
    )
    blocks: list[Block] = [it.letterhead(), Title(it.w["reports_kind"], it.bound(about))]
    for number, (key, section) in enumerate(sections, 1):
        blocks += [Heading(f"{number}. {it.w[key]}"), *section]
    title = it.w["reports_assessment"].capitalize()
    blocks += [Heading(f"{len(sections) + 1}. {title}"), *it.written(unit.unit, numbered=False)]
    blocks.append(it.signature())
    said = f"{it.w['reports_kind']} {about}"
    return Paper(title=said, language=it.language, mark=it.mark, blocks=blocks)


def _overall(it: Telling, unit: UnitLine) -> Iterator[Block]:
    name = it.name(unit)
    if unit.withheld:
        yield Text(text=it.w["reports_unit_withheld"].format(unit=name))
    elif not unit.is_ranked:
        yield Text(text=it.w["reports_unit_unranked"].format(unit=name))
    else:
        key = "reports_unit_ranked" if unit.lo is not None else "reports_unit_ranked_alone"
        yield Text(
            text=it.w[key].format(
                unit=name,
                index=it.n(unit.index),
                level=it.level(),
                interval=it.span(unit.lo, unit.hi),
                rank=unit.rank,
                of=len(it.results.ranked),
                ranks=it.span(unit.rank_lo, unit.rank_hi, 0),
            )
        )
    if unit.grade:
        yield Text(text=it.w["reports_unit_grade"].format(grade=it.grade(unit.grade)))
    if it.results.is_merged:
        yield _points(it, unit)
    else:
        yield Text(text=it.w["survey_only_note"])
    for said in remarks(unit, it.results, it.words, it.language):
        yield Text(text=said, italic=True)


def _points(it: Telling, unit: UnitLine) -> Table:
    secret = it.w["withheld"] if unit.withheld else ""
    cells = [
        ("self_points", it.n(unit.self_points)),
        ("appraised", it.n(unit.appraised)),
        ("survey", secret or f"{it.n(unit.survey)}/{it.n(unit.survey_maximum)}"),
        ("bonus", it.n(unit.bonus)),
        ("penalty", it.n(unit.penalty)),
        ("total", secret or f"{it.n(unit.total)}/{it.n(unit.maximum)}"),
    ]
    shown = [
        (it.w[key], cell)
        for key, cell in cells
        if key not in {"bonus", "penalty"} or unit.bonus or unit.penalty
    ]
    head, row = zip(*shown, strict=True)
    return Table(head=head, rows=[row], widths=[16.3 / len(shown)] * len(shown))


def _fields(it: Telling, unit: UnitLine, means: Means) -> Iterator[Block]:
    yield Text(text=it.w["reports_unit_means"], italic=True, keep=True)
    is_merged = it.results.is_merged
    rows = []
    for field in unit.fields:
        share, usual = share_of(field), means.fields.get(field.code)
        survey = it.w["withheld"] if field.withheld else it.n(field.survey)
        rows.append(
            [
                f"{field.code}. {it.said(field.name)}",
                *([it.n(field.appraised)] if is_merged else []),
                survey if field.survey_maximum else i18n.DASH,
                it.n(field.self_maximum * is_merged + field.survey_maximum),
                *_beside(it, share, usual),
            ]
        )
    yield from unit_chart.pictures(it, [_index_row(it, unit), *_field_rows(it, unit, means)])
    keys = ["field", *(["appraised"] if is_merged else []), "survey", "maximum"]
    keys += ["reports_share", "reports_mean_share", "reports_difference"]
    widths = [16.3 - 1.9 * (len(keys) - 1), *[1.9] * (len(keys) - 1)]
    yield Table(head=[it.w[key] for key in keys], rows=rows, widths=widths)


def _index_row(it: Telling, unit: UnitLine) -> Row:
    """The index itself, which has an interval where that is published."""
    shown = None if unit.withheld else unit.index
    known = [each.index for each in it.results.units if not each.withheld]
    usual = mean(known)
    lo, hi = (None, None) if shown is None else (unit.lo, unit.hi)
    share, usual, lo, hi = (None if each is None else each / 100 for each in (shown, usual, lo, hi))
    return Row(name=it.w["reports_unit_chart_index"], share=share, mean=usual, lo=lo, hi=hi)


def _field_rows(it: Telling, unit: UnitLine, means: Means) -> Iterator[Row]:
    for field in unit.fields:
        name = f"{field.code}. {it.said(field.name)}"
        yield Row(name=name, share=share_of(field), mean=means.fields.get(field.code))


def _criterion_rows(it: Telling, lines: list[CriterionLine], means: Means) -> Iterator[Row]:
    for line in lines:
        share = _share(line)
        has_interval = share is not None and line.lo is not None and line.hi is not None
        yield Row(
            name=f"{line.code}. {it.said(line.name)}",
            share=share,
            mean=means.criteria.get(line.code),
            lo=(line.lo or 0.0) / line.maximum if has_interval else None,
            hi=(line.hi or 0.0) / line.maximum if has_interval else None,
        )


def _beside(it: Telling, share: float | None, usual: float | None) -> list[str]:
    apart = None if share is None or usual is None else 100 * (share - usual)
    return [it.share(share), it.share(usual), it.apart(apart)]


def _criteria(it: Telling, unit: UnitLine, means: Means) -> Iterator[Block]:
    lines = [line for field in unit.fields for line in field.criteria]
    if not lines:
        yield Text(text=it.w["reports_unit_no_criteria"])
        return
    has_chart = len(lines) <= unit_chart.MOST
    yield from (Text(text=said, keep=not has_chart) for said in _apart(it, lines, means))
    if has_chart:
        yield from unit_chart.pictures(it, list(_criterion_rows(it, lines, means)))
    rows = [
        [
            f"{line.code}. {it.said(line.name)}",
            it.w["withheld"] if line.withheld else it.n(line.points),
            it.n(line.maximum),
            *_beside(it, _share(line), means.criteria.get(line.code)),
        ]
        for line in lines
    ]
    keys = ("criterion", "points", "maximum", "reports_share", "reports_mean_share",
            "reports_difference")  # fmt: skip
    yield Table(head=[it.w[key] for key in keys], rows=rows, widths=(7.3, *[1.8] * 5))


def _apart(it: Telling, lines: list[CriterionLine], means: Means) -> Iterator[str]:
    """Where the unit stands farthest above and below the others."""
    known = sorted(
        (
            (100 * (share - means.criteria[line.code]), line)
            for line in lines
            if (share := _share(line)) is not None
        ),
        key=lambda one: (one[0], one[1].code),
    )
    above = [one for one in reversed(known) if one[0] > 0][:_NAMED]
    below = [one for one in known if one[0] < 0][:_NAMED]
    for key, some in (("above", above), ("below", below)):
        if some:
            names = "; ".join(
                it.w["reports_unit_apart"].format(
                    code=line.code, name=it.said(line.name), difference=it.apart(value)
                )
                for value, line in some
            )
            yield it.w[f"reports_unit_{key}"].format(names=names)


def _years(it: Telling, unit: UnitLine) -> Iterator[Block]:
    last = it.beside.last
    line = last.units.get(unit.unit) if last else None
    if last is None or line is None or line.last is None:
        yield Text(text=it.w["reports_years_none"])
        return
    yield Text(
        text=it.w["reports_unit_last"].format(
            year=last.year,
            last=it.n(line.last),
            last_rank=it.n(line.rank_last, 0),
            this=it.index(unit),
            this_rank=it.n(unit.rank, 0),
        )
    )


def _rates(it: Telling, unit: UnitLine) -> Iterator[Block]:
    rows = [
        (it.said(text), it.answered(unit.rate_of(group)))
        for group, text in it.results.groups.items()
    ]
    yield Table(head=(it.w["group"], it.w["reports_answered_of"]), rows=rows, widths=(8.3, 8.0))


def _share(line: CriterionLine) -> float | None:
    if line.withheld or line.points is None or not line.maximum:
        return None
    return line.points / line.maximum
