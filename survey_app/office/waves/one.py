"""One wave: what is done, what comes next, what stands in the way, and how it stands."""

from __future__ import annotations

from itertools import groupby

from flask.typing import ResponseReturnValue

from survey_app.conduct import standing
from survey_app.conduct.scoring import publish
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.page import language, page, words
from survey_app.office.results.page import index_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.found import address, wave_named
from survey_app.office.waves.listing import is_for
from survey_app.store import board, publications, reopening, scorecards
from survey_app.store import waves as kept
from survey_app.store.board import Cell
from survey_app.waves import blocks
from survey_app.waves.tasks import next_task
from survey_app.web import house


@blueprint.get("/dot/<name>")
@needs("wave.see")
def wave(name: str) -> ResponseReturnValue:
    """The task list of a wave, its state in numbers, its counts, its scorecards."""
    shown = wave_named(name)
    with house().database.reading() as connection:
        cells, modes = board.cells(connection, shown), board.by_mode(connection, shown)
        cards = scorecards.history(connection, shown.id)
        current = scorecards.current(connection, shown.id)
        units = kept.units(connection, shown.id)
        reopened = reopening.history(connection, shown)
        versions = publications.versions(connection, shown.id)
    facts = standing.facts(house(), shown, deep=shown.state == "planned", cells=cells)
    task = next_task(facts)
    warned = [*blocks.blocks("open", facts), *blocks.warnings("open", facts)]
    return page(
        "waves/wave",
        wave=shown,
        title=title_of(shown),
        facts=facts,
        tasks=spoken.said_tasks(facts, shown),
        next_href=address(task, shown),
        next_is_mine=is_for(task, facts),
        next_label=words()[f"waves_go_{task}"],
        held_back=spoken.held_back(shown, facts),
        concerns=spoken.said_concerns(warned if shown.state == "planned" else (), shown),
        reopened=reopened,
        index=index_of(shown),
        units=units,
        names={unit.unit: unit.name(language()) for unit in units},
        cells=cells,
        by_group=by_group(cells),
        by_mode=modes,
        total=board.total(cells),
        cards=cards,
        outdated={card.id for card in cards if publish.is_outdated(card, shown)},
        current=current.id if current else None,
        withdrawn={it.card.id for it in versions if it.withdrawn},
    )


def by_group(cells: tuple[Cell, ...]) -> tuple[tuple[str, Cell], ...]:
    """The sums over the samples of each group."""
    return tuple(
        (group, board.total(tuple(of_group)))
        for group, of_group in groupby(cells, key=lambda cell: cell.grp)
    )
