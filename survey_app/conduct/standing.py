"""How a wave stands: what the store knows of it, as the numbers that task lists are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from survey_app.conduct import closing, fielded, opening, reopening
from survey_app.conduct.scoring import kept_pages, publish
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import board, publications, scorecards, shown_counts, waves
from survey_app.store import standing as kept
from survey_app.store.board import Cell
from survey_app.store.engine.database import Connection
from survey_app.store.quality import call_backs, exclusions, screenings
from survey_app.store.reopening import Design
from survey_app.store.sample import weight_sums
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.waves import plan
from survey_app.waves.facts import Facts
from survey_app.web import House


def study_of(house: House, wave: Wave) -> Study:
    """The wave's texts as pinned; a planned wave may still be pinned anew, so it is read anew."""
    if wave.state == "planned":
        with house.database.reading() as connection:
            texts = waves.texts(connection, wave.id)
        return library.study_from_texts(wave.study, texts)
    return house.study(wave.id, wave.study)


def outline(house: House, wave: Wave, total: Cell) -> Facts:
    """As much of how a wave stands as its next task depends on, from the board's total.

    Samples are looked at one by one only before opening: afterwards they are what they are, and a
    list of waves does not read the counts of every cell of the past years.
    """
    if wave.state == "planned":
        return facts(house, wave, deep=False)
    return _with_counts(facts(house, wave, deep=False, cells=()), total)


def facts(house: House, wave: Wave, *, deep: bool, cells: tuple[Cell, ...] | None = None) -> Facts:
    """How a wave stands. `deep`: with what takes longer to count, which actions are held against.

    `cells` are the board's, where they are known already.
    """
    study = study_of(house, wave)
    with house.database.reading() as connection:
        counted = board.cells(connection, wave) if cells is None else cells
        units = [unit.unit for unit in waves.units(connection, wave.id)]
        leaves = sum(leaf.assessed == "self" for leaf in study.index.leaves)
        own, appraised = kept.units_with_points(connection, wave.id, leaves)
        card = scorecards.latest(connection, wave.id)
        facts = Facts(
            state=wave.state,
            now=house.stamp(),
            opens_at=wave.opens_at,
            closes_at=wave.closes_at,
            reopened=wave.reopened_at is not None,
            forms=len(study.questionnaires),
            groups=len(study.index.groups),
            units=len(units),
            frame_rows=sum(cell.planned is not None or cell.population is not None
                           for cell in counted),
            samples_without_frame=sum(_lacks_frame(cell) for cell in counted),
            over_drawn=sum(_is_over_drawn(cell) for cell in counted),
            groups_without_sample=_groups_without(study, counted),
            expected=house.settings.expected_returns,
            minimum=study.index.min_group,
            self_units=own,
            appraised_units=appraised,
            published=scorecards.current(connection, wave.id) is not None,
            scorecards=0 if card is None else 1,
            merged=card is not None and card.merged is not None,
            outdated=card is not None and publish.is_outdated(card, wave),
            closing_sizes=_sizes(connection, wave),
            **_on_its_way(connection, wave, card),
        )  # fmt: skip
    facts = _with_counts(facts, board.total(counted))
    facts = replace(facts, unfinished=closing.is_unfinished(house, wave))
    facts = _with_quality(house, wave, facts)
    return _deeply(house, wave, study, units, card, facts) if deep else facts


def _on_its_way(connection: Connection, wave: Wave, card: Scorecard | None) -> dict[str, bool]:
    """How far the newest scorecard is on its way to the public, and whether the last came back."""
    if card is None:
        return {}
    state = publications.standing(card, publications.steps(connection, wave.id)).state
    versions = publications.versions(connection, wave.id)
    return {
        "waiting": state == "prepared",
        "returned_to": state == "returned",
        "withdrawn": bool(versions) and versions[-1].withdrawn is not None,
    }


def _sizes(connection: Connection, wave: Wave) -> Mapping[int, int]:
    return shown_counts.closing(connection, wave.id) if wave.state == "open" else {}


def _with_counts(facts: Facts, total: Cell) -> Facts:
    return replace(
        facts,
        cases=total.cases,
        issued=total.issued,
        without_link=total.cases - total.issued,
        begun=total.begun,
        returned=total.returned,
    )


def _with_quality(house: House, wave: Wave, facts: Facts) -> Facts:
    """What became of checking a closed wave."""
    if wave.state != "closed":
        return facts
    with house.database.reading() as connection:
        screening = screenings.find(connection, wave)
        calls = call_backs.counts(connection, wave)
        return replace(
            facts,
            screened=screening is not None and screening.at >= (wave.closed_at or ""),
            calls_drawn=calls.drawn,
            calls_noted=calls.noted,
            proposals=exclusions.waiting(connection, wave),
            left_out=sum(each.forms for each in exclusions.agreed(connection, wave)),
        )


def _deeply(
    house: House,
    wave: Wave,
    study: Study,
    units: Sequence[str],
    card: Scorecard | None,
    facts: Facts,
) -> Facts:
    if wave.state == "planned":
        return _before_opening(house, wave, study, units, facts)
    with house.database.reading() as connection:
        rated = board.rated(connection, wave)
        groups = {cell.group for cell in kept.sample_cells(connection, wave.id)}
        answered = wave.state != "open" and kept.holds_answers(connection, wave)
    short = [
        unit
        for unit in units
        if any(rated.get((unit, group), 0) < study.index.min_group for group in groups)
    ]
    return replace(
        facts,
        units_below_minimum=len(short),
        unranked=_unranked(card) if card else 0,
        unexamined=card is not None and kept_pages.read(house, card.id, "sensitivity") is None,
        holds_answers=answered,
    )


def _before_opening(
    house: House, wave: Wave, study: Study, units: Sequence[str], facts: Facts
) -> Facts:
    known = frozenset(units)
    rated: set[str] = set()
    with house.database.reading() as connection:
        for cell in kept.sample_cells(connection, wave.id):
            design = Design(cell.group, cell.unit, cell.home_unit, cell.asked)
            rated |= reopening.may_rate(design, known)
        held = fielded.held_against(connection, study)
        unlinked = kept.without_link(connection, wave.id)
        answered = kept.holds_answers(connection, wave)
        unbalanced = weight_sums.off(connection, wave.id)
    small = opening.small_classes(house, wave)
    own_year = plan.own_year(wave.study)
    return replace(
        facts,
        units_without_sample=len(known - rated),
        weights_off=len(unbalanced),
        small_people=sum(each.size for each in small),
        small_alone=sum(each.size == 1 for each in small),
        without_link=unlinked,
        texts_changed=bool(held.compared.problems),
        year_differs=own_year is not None and own_year != wave.year,
        holds_answers=answered,
    )


def _groups_without(study: Study, counted: Sequence[Cell]) -> int:
    drawn = {cell.grp for cell in counted if cell.cases}
    return len(set(study.index.groups) - drawn)


def _lacks_frame(cell: Cell) -> bool:
    return cell.cases > 0 and cell.population is None


def _is_over_drawn(cell: Cell) -> bool:
    if cell.population is None:
        return False
    return max(cell.planned or 0, cell.cases) > cell.population


def _unranked(card: Scorecard) -> int:
    """How many units of a scorecard have no rank."""
    scores = json.loads(card.scores)
    if card.merged:
        return sum(row.get("rank") is None for row in json.loads(card.merged).get("units", ()))
    ranked = {row["unit"] for row in scores.get("ranks", ()) if row.get("rank") is not None}
    return sum(row["unit"] not in ranked for row in scores.get("units", ()))
