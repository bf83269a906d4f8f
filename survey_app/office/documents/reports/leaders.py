"""One page for leaders: what came out, where it is good and where not, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from survey_app.office.documents.paper.blocks import (
    WIDTH,
    Block,
    Paper,
    Table,
    Text,
    Title,
)
from survey_app.office.documents.reports import tables
from survey_app.office.documents.reports.beside import SUMMARY
from survey_app.office.documents.reports.telling import Telling, mean, share_of

_ENDS = 3
"""Units of either end that are named."""
_FIELDS = 4
"""Fields that have room beside an assessment of full length, whatever font a machine has."""


def paper(it: Telling) -> Paper:
    """The page."""
    about = it.w["reports_about"].format(year=it.results.wave.year)
    blocks = [
        it.letterhead(),
        Title(it.w["reports_leaders_kind"], it.bound(about)),
        _facts(it),
        *_units(it),
        *_fields(it),
        Text(text=it.beside.text(SUMMARY) or f"{it.w['reports_summary']}: {it.w['reports_blank']}"),
        it.signature(),
    ]
    title = f"{it.w['reports_leaders_kind']} {about}"
    return Paper(title=title, language=it.language, mark=it.mark, blocks=blocks)


def _facts(it: Telling) -> Table:
    """Four numbers."""
    results, counted = it.results, tables.counts(it)
    invited = sum(rate.invited or 0 for rate in counted)
    responded = sum(rate.responded or 0 for rate in counted)
    ranked = len(results.ranked)
    facts = [
        (it.w["reports_leaders_units"], f"{ranked}/{len(results.units)}"),
        (it.w["reports_leaders_mean"], it.n(mean([unit.index for unit in results.ranked]))),
        (
            it.w["reports_leaders_answered"],
            it.of(responded, invited, responded / invited if invited else None),
        ),
    ]
    last = it.beside.last
    if last is not None and last.is_tested:
        changed = f"{last.count('better')}/{last.count('worse')}"
        facts.append((it.w["reports_leaders_change"].format(year=last.year), changed))
    widths = [WIDTH[False] / len(facts)] * len(facts)
    head, row = zip(*facts, strict=True)
    return Table(head=head, rows=[row], widths=widths)


def _units(it: Telling) -> Iterator[Block]:
    ranked = it.results.ranked
    if not ranked:
        yield Text(text=it.w["reports_none_ranked"])
        return
    chosen = ranked if len(ranked) <= 2 * _ENDS else (*ranked[:_ENDS], *ranked[-_ENDS:])
    yield tables.standings(it, chosen)


def _fields(it: Telling) -> Iterator[Block]:
    """The fields by their mean share, the lowest first: that is where there is most to do."""
    shares = [
        (share, f"{field.code}. {it.said(field.name)}")
        for at, field in enumerate(it.results.index.fields)
        if (share := mean([share_of(unit.fields[at]) for unit in it.results.units])) is not None
    ]
    if not shares:
        yield Text(text=it.w["reports_fields_none"])
        return
    shares.sort()
    rows = [(name, it.share(share)) for share, name in shares[:_FIELDS]]
    yield Table(
        head=(it.w["reports_leaders_field"], it.w["reports_mean_share"]),
        rows=rows,
        widths=(WIDTH[False] - 3.4, 3.4),
    )
    if len(shares) > _FIELDS:
        more = it.w["reports_leaders_more"].format(count=len(shares) - _FIELDS)
        yield Text(text=more, italic=True)
