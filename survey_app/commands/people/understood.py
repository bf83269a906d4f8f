"""What a command says of a list before it takes it in: how it was understood, and its faults."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from analysis.problems import Problem, ProblemsFound
from survey_app import file_modes, quarantine
from survey_app.commands.opened import house, say
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.understanding import kinds_of_faults
from survey_app.fieldwork.understanding.understood import Understanding
from survey_app.fieldwork.understanding.words import bare
from survey_app.jobs import lists
from survey_app.office.pieces import faults
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import waves

Names = Mapping[str, tuple[str, ...]]
"""Code -> what it is called, in Vietnamese first."""

R = TypeVar("R")

_WHY = {
    "name": "a name became its code",
    "choice": "our word for it",
    "zero": "the zero that a spreadsheet dropped",
    "country": "0 for the country code 84",
    "phone": "blanks and marks left out",
    "formula": "what the formula came to",
    "letters": "letters composed in the usual way",
}
_LEFT_OUT = {
    "above": "above the headings",
    "numbering": "numbers the columns",
    "total": "adds up others",
    "no-data": "holds nothing in the columns that are read",
}

_SHEET = click.option("--sheet", default="", help="The sheet that is meant, of several.")
_COLUMN = click.option(
    "--column", "columns", multiple=True, metavar="HEADING=COLUMN",
    help='Which of our columns a column is: "Họ tên=name"; "Họ tên=" leaves it out.',
)  # fmt: skip
_YES = click.option("--yes", is_flag=True, help="Take it in as it was understood; do not ask.")
_MARKED = click.option(
    "--faults-out", "marked", type=click.Path(dir_okay=False, path_type=Path),
    help="Where there are faults: a copy (.xlsx) with all of them marked.",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Handing:
    """How a list is handed in: its sheet, its columns, where faults go, whether to ask."""

    sheet: str
    columns: Mapping[str, str]
    marked: Path | None
    yes: bool


def of_a_list(command: Callable[..., R]) -> Callable[..., R]:
    """The options of a command that is handed a list; it takes them as `handing`."""

    @functools.wraps(command)
    def handed(
        *args: Any,
        sheet: str,
        columns: Sequence[str],
        marked: Path | None,
        yes: bool,
        **others: Any,
    ) -> R:
        said = dict(map(_column, columns))
        handing = Handing(sheet=sheet, columns=said, marked=marked, yes=yes)
        return command(*args, handing=handing, **others)

    for option in (_MARKED, _YES, _COLUMN, _SHEET):
        handed = option(handed)
    return handed


def read(kind: str, file: Path, handing: Handing, *known: object) -> Any:
    """A list, read in quarantine, once its being understood so is confirmed.

    Raises
    ------
    click.ClickException
        With its faults by column and kind, and the first of each kind in full.
    click.Abort
        It was not understood rightly.
    """
    marked = handing.marked
    if marked is not None and marked.exists():
        raise click.ClickException(f"{marked} exists: name another file")
    source = Source.of(file)
    groups, units, *more = known
    for name in handing.columns.values():
        if name and name not in lists.COLUMNS[kind]:
            raise click.ClickException(f"no column is `{name}`: {', '.join(lists.COLUMNS[kind])}")
    asked = (groups, units, handing.sheet, handing.columns, *more)
    try:
        listed = quarantine.read(lists.READERS[kind], source, *asked)
    except ProblemsFound as refused:
        if marked is not None:
            _mark(source, refused.problems, marked)
        raise click.ClickException(f"\n{_told(refused.problems)}") from refused
    _are_there(listed.understanding, handing.columns)
    _confirm(listed.understanding, yes=handing.yes)
    return listed


def _column(said: str) -> tuple[str, str]:
    """A heading, and the column that it is."""
    heading, is_said, name = said.rpartition("=")
    if not is_said or not heading.strip():
        raise click.ClickException(f"`{said}`: write HEADING=COLUMN")
    return heading.strip(), name.strip()


def _are_there(it: Understanding | None, columns: Mapping[str, str]) -> None:
    """Whether the file has the columns of which something was said."""
    headings = {bare(column.heading): column.heading for column in it.columns} if it else {}
    for heading in columns:
        if bare(heading) not in headings:
            listed = ", ".join(headings.values())
            raise click.ClickException(f"no column is headed `{heading}`: {listed}")


def _confirm(understanding: Understanding | None, *, yes: bool) -> None:
    """Say how a list was understood. Where that differs from the file, it must be confirmed.

    Raises
    ------
    click.Abort
    """
    if understanding is None or not understanding.differs:
        return
    _say(understanding)
    if not yes:
        click.confirm("Is that right?", err=True, abort=True)


def _say(it: Understanding) -> None:
    where = f"{it.file}, sheet {it.sheet}" if it.sheet else it.file
    say(f"{where}: {it.rows} rows, headings in row {it.header}")
    for column in it.columns:
        means = column.means or (f"not read: {column.because} is" if column.because else "not read")
        if column.differs:
            say(f"  column {column.heading} -> {means}")
    for change in it.changes:
        shown = f"{change.before} -> {change.after}" if change.before else change.after
        say(f"  {change.column}: {shown}: {_WHY[change.kind]}; "
            f"{change.count} rows from row {change.line}")  # fmt: skip
    for left in it.left_out:
        rows = f"{left.count} rows from row {left.line}"
        say(f"  not read: {rows}, {_LEFT_OUT[left.why]}: {left.text}")


def _told(problems: Sequence[Problem]) -> str:
    """How many faults of each kind there are, and the first of each in full."""
    kinds = kinds_of_faults.by_kind(problems)
    count = len(problems)
    firsts = "\n\n".join(str(kind.first) for kind in kinds)
    total = f"{count} problem{'' if count == 1 else 's'} found"
    if count == len(kinds):
        return f"{firsts}\n\n{total}"
    table = "\n".join(f"{kind.count:6} {kind.name} ({kind.places})" for kind in kinds)
    return f"{table}\n\nThe first of each kind:\n\n{firsts}\n\n{total}"


def _mark(source: Source, problems: Sequence[Problem], into: Path) -> None:
    """Write the copy with every fault; nothing where none stands in a cell."""
    content = lists.annotated_copy(source, problems, faults.marked, "vi")
    if content is not None:
        file_modes.make_file(into)  # it shows people
        into.write_bytes(content)
        say(f"every fault is marked in {into}")


def known_of(name: str) -> tuple[Names, Names]:
    """The groups and the units of a wave with their names, Vietnamese first.

    A file is read before anything is locked.
    """
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        study: Study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
        units = waves.units(connection, wave.id)
    groups = {code: (text["vi"], *text.values()) for code, text in study.index.groups.items()}
    return groups, {unit.unit: (unit.name_vi, unit.name_en) for unit in units}
