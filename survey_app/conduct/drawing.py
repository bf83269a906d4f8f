"""A sample is drawn from a list, put on record with its seed, and made the wave's sample."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.problems import Problem, ProblemsFound
from survey_app.sampling import drawing, random_numbers
from survey_app.sampling.design import Design
from survey_app.sampling.drawing import Drawn
from survey_app.sampling.population import Population
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.sample import draws, population_lists, substitutions
from survey_app.store.sample.substitutions import Substitution
from survey_app.store.waves import Wave
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class FromList:
    """A list as it is drawn from: what it is called, and who is in it."""

    file: str
    population: Population


def kept_list(house: House, wave: Wave) -> FromList:
    """The list that the wave keeps.

    Raises
    ------
    ProblemsFound
        It keeps none, or its people were deleted.
    """
    with house.database.reading() as connection:
        about = population_lists.kept_list(connection, wave.id)
        listed = population_lists.population(connection, wave.id)
    if about is None or not listed.people:
        help = "hand in the list of the population first"
        raise ProblemsFound([Problem("no-list", "the wave keeps no list", wave.name, help=help)])
    return FromList(file=about.file, population=listed)


def keep_list(connection: Connection, wave: Wave, listed: FromList, *, by: str, at: str) -> int:
    """Keep a list with the wave. Returns how many people are in it."""
    people = population_lists.keep_list(connection, wave, listed.population, listed.file, by, at)
    audit.append(connection, by, "population-import", f"{wave.name} {people}", at)
    return people


def record(
    connection: Connection, wave: Wave, listed: FromList, design: Design, drawn: Drawn,
    *, by: str, at: str,
) -> int:  # fmt: skip
    """Put a draw on record and into the log, where every seed that was tried stands."""
    number = draws.keep_draw(
        connection, wave, design, drawn, file=listed.file,
        people=len(listed.population.people), by=by, at=at,
    )  # fmt: skip
    detail = (
        f"{wave.name} {number} {design.method} seed={design.seed} {random_numbers.ALGORITHM} "
        f"{len(drawn.cases)} of {len(listed.population.people)} {drawn.digest[:16]}"
    )
    audit.append(connection, by, "sample-draw", detail, at)
    return number


def take(connection: Connection, wave: Wave, number: int, drawn: Drawn, *, by: str, at: str) -> int:
    """Make a draw the sample. Returns how many cases came.

    Raises
    ------
    ProblemsFound, Refused
    """
    count = draws.take(connection, wave, number, drawn, by, at)
    detail = f"{wave.name} {number} {count} reserve {len(drawn.reserve)}"
    audit.append(connection, by, "sample-take", detail, at)
    return count


def again(house: House, wave: Wave, number: int) -> tuple[draws.Kept, Drawn]:
    """A draw on record, and what its seed draws from the list that is kept now.

    Raises
    ------
    NoSuchDraw, ProblemsFound
    """
    with house.database.reading() as connection:
        kept = draws.find_draw(connection, wave.id, number)
    return kept, drawing.draw(kept_list(house, wave).population, kept.design)


def substitute(
    house: House, connection: Connection, wave: Wave, label: str, reason: str, *, by: str
) -> Substitution:
    """Let the next in reserve take the place of a case.

    Raises
    ------
    ProblemsFound, Refused
    """
    at, day = house.stamp(), house.today()
    swapped = substitutions.substitute(connection, wave, label, reason, day=day, by=by, at=at)
    detail = f"{wave.name} {swapped.label} -> {swapped.by_label} {swapped.outcome}"
    audit.append(connection, by, "case-substitute", detail, at)
    return swapped
