"""Everything that reports say beside the numbers, gathered from where it is kept."""

from __future__ import annotations

from dataclasses import replace

from survey_app.conduct import standing
from survey_app.conduct.scoring import kept_pages
from survey_app.office.documents.reports.beside import Beside, LastLine, LastYear, LeftOut
from survey_app.office.results.read import Results, read_results
from survey_app.office.results.withholding import for_the_public
from survey_app.quality import codes
from survey_app.store import publications, report_texts, scorecards, waves
from survey_app.store.publications import Version
from survey_app.store.quality import twins
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House


def results_of(house: House, wave: Wave, card: Scorecard) -> Results:
    """Every number of a scorecard."""
    index = house.study(wave.id, wave.study).index
    return read_results(wave, card, index, house.units(wave.id))


def public_results(house: House, wave: Wave, card: Scorecard) -> Results:
    """What of a scorecard the public may see, all versions of the wave taken together."""
    with house.database.reading() as connection:
        before = publications.before(connection, card)
    study = house.study(wave.id, wave.study)
    return for_the_public(results_of(house, wave, card), study, before)


def beside(house: House, shown: Results) -> Beside:
    """What stands beside some results: of those that are public, nothing that is not."""
    with house.database.reading() as connection:
        written = report_texts.read(connection, shown.card.id)
    last = _published_before(house, shown) if shown.is_public else _compared(house, shown)
    return Beside(
        texts={key: each.text for key, each in written.items()},
        last=last,
        has_earlier=last is None and not shown.is_public and _has_earlier(house, shown.wave),
        left_out=_left_out(house, shown.card),
    )


def _left_out(house: House, card: Scorecard) -> LeftOut | None:
    """Forms left out: counts are of whole classes, of five forms or more each."""
    with house.database.reading() as connection:
        twin = twins.find(connection, card.id)
    if twin is None:
        return None
    by_reason: dict[str, int] = {}
    for each in twin.exclusions:
        by_reason[each["reason"]] = by_reason.get(each["reason"], 0) + int(each["forms"])
    known = codes.reasons()
    return LeftOut(
        forms=twin.forms,
        classes=len(twin.exclusions),
        reasons=tuple((known[code].label, forms) for code, forms in by_reason.items()),
    )


def _compared(house: House, shown: Results) -> LastYear | None:
    """As `analysis compare` tested it, where somebody asked for that."""
    content = kept_pages.read(house, shown.card.id, "comparison")
    if content is None:
        return None
    ranks = {row["unit"]: row for row in content["ranks"]}
    return LastYear(
        year=int(content["last"]["year"]),
        is_tested=True,
        level=float(content["level"]),
        units={
            row["unit"]: LastLine(
                last=row.get("score_last"),
                this=row.get("score_this"),
                change=row.get("change"),
                lo=row.get("lo"),
                hi=row.get("hi"),
                rank_last=ranks.get(row["unit"], {}).get("rank_last"),
                verdict=row.get("verdict") or "",
            )
            for row in content["units"]
        },
    )


def _published_before(house: House, shown: Results) -> LastYear | None:
    """Both years as they were published: differences of these tell nobody anything new."""
    before = _earlier_public(house, shown.wave)
    if before is None or bool(before[1].card.merged) != shown.is_merged:
        return None
    wave, version = before
    earlier = {unit.unit: unit for unit in public_results(house, wave, version.card).units}
    lines = {}
    for unit in shown.units:
        if (old := earlier.get(unit.unit)) is not None:
            last, this = (None if it.withheld else it.index for it in (old, unit))
            change = None if last is None or this is None else this - last
            lines[unit.unit] = LastLine(last=last, this=this, change=change, rank_last=old.rank)
    return LastYear(year=wave.year, is_tested=False, level=shown.level, units=lines)


def _earlier_public(house: House, wave: Wave) -> tuple[Wave, Version] | None:
    """The newest wave of an earlier year for the same class of units, as it is public."""
    unit_class = standing.study_of(house, wave).index.unit_class
    with house.database.reading() as connection:
        others = sorted(
            (each for each in waves.list_(connection) if each.year < wave.year),
            key=lambda each: -each.year,
        )
        public = [
            (each, known[-1])
            for each in others
            if (known := publications.versions(connection, each.id)) and not known[-1].withdrawn
        ]
    alike = (
        each for each in public
        if standing.study_of(house, each[0]).index.unit_class == unit_class
    )  # fmt: skip
    return next(alike, None)


def _has_earlier(house: House, wave: Wave) -> bool:
    with house.database.reading() as connection:
        return any(
            each.year < wave.year and scorecards.runs(connection, each.id)
            for each in waves.list_(connection)
        )


def of_units(house: House, wave: Wave, card: Scorecard) -> tuple[Results, Beside]:
    """What reports of units are made of: published figures, or those that would be."""
    shown = public_results(house, wave, card)
    return shown, replace(beside(house, shown), has_earlier=False)
