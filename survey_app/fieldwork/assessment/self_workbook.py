"""Workbooks that came back, a unit's or its appraisers': all of them sound, or none is taken.

A workbook that was made for another wave, a line that was typed over, a point above the maximum:
each is reported with its file, sheet and cell. Of a unit's workbook only its own points are read,
of an appraiser's only the appraised ones: what stands in the other column is told of and left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from analysis.problems import Problem, ProblemsFound, closest, likely
from survey_app.fieldwork import values
from survey_app.fieldwork.assessment import self_template as template
from survey_app.fieldwork.assessment.differences import Proposal
from survey_app.fieldwork.assessment.grid import MOST_ROWS, Grid, Place, grid_of
from survey_app.fieldwork.assessment.points import Adjustment, Assessed, Whose
from survey_app.fieldwork.assessment.self_template import Form
from survey_app.fieldwork.sheets import from_excel
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.sheets.workbook import SheetEntry
from survey_app.fieldwork.values import Unreadable
from survey_app.questionnaire.model import Leaf

_MOST_NAMED = 5
_MOST_EVIDENCE = 4000
_MOST_BASIS = 400
_START_AGAIN = "fill in the workbook that was made for this wave and this unit"


@dataclass(frozen=True)
class Asked:
    """Which points are wanted of workbooks: whose, of which fields (None: all), of which unit."""

    whose: Whose
    fields: frozenset[str] | None = None
    unit: str = ""


@dataclass(frozen=True)
class SelfAssessment:
    """What all the workbooks together say.

    `remarks` are what whoever handed them in should look at.
    """

    whose: Whose
    points: tuple[Assessed, ...]
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[Problem, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """The units that handed one in."""
        return tuple(dict.fromkeys(each.unit for each in self.points))

    @property
    def proposal(self) -> Proposal:
        """What would be stored."""
        return Proposal(
            whose=self.whose, units=self.units, rows=self.points, adjustments=self.adjustments
        )


def read(
    files: Iterable[Path | Source], form: Form, units: Collection[str], asked: Asked
) -> SelfAssessment:
    """The points in the workbooks of a wave.

    Raises
    ------
    ProblemsFound
        With every fault of every workbook.
    """
    books = [_Book(Source.of(file), form, units, asked) for file in files]
    problems = [problem for book in books for problem in book.problems]
    problems += _repeated(books)
    if problems:
        raise ProblemsFound(problems)
    return SelfAssessment(
        asked.whose,
        tuple(row for book in books for row in book.points),
        tuple(row for book in books for row in book.adjustments),
        tuple(remark for book in books for remark in book.remarks()),
    )


def _repeated(books: Sequence[_Book]) -> Iterable[Problem]:
    first: dict[str, str] = {}
    for book in books:
        if book.unit and first.setdefault(book.unit, book.name) is not book.name:
            message = f"the unit `{book.unit}` has handed in `{first[book.unit]}` too"
            help, other = "import one workbook a unit", {"other_file": first[book.unit]}
            yield Problem("repeated-unit", message, book.name, help=help, values=other)


@dataclass
class _Book:
    """One workbook, read while it is made."""

    source: Source
    form: Form
    units: Collection[str]
    asked: Asked
    unit: str = ""
    left_alone: list[str] = field(default_factory=list)
    """Cells that hold what is not asked for."""
    problems: list[Problem] = field(default_factory=list)
    points: list[Assessed] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self._workbook = from_excel.opened(self.source)
            if self._is_ours():
                self._read_points()
                self._read_adjustments()
        except ProblemsFound as refused:
            self.problems += refused.problems

    @property
    def name(self) -> str:
        return self.source.name

    def remarks(self) -> Iterator[Problem]:
        """Which sheets were read, where people see others: a copy may have been filled in."""
        read = (self._points_sheet, template.ADJUSTMENTS)
        others = [e for e in self._workbook.sheets if e.is_visible and e.name not in read]
        if others:
            yield from_excel.which_were_read(self.name, read, others)
        if self.left_alone:
            listed = ", ".join(self.left_alone[:_MOST_NAMED])
            message = f"left alone, because it is not read of this workbook: {listed}"
            about = {"typed": listed}
            yield Problem("left-alone", message, self.name, values=about, severity="note")

    def _sheet(self, name: str) -> Grid | None:
        """A sheet that people see, with faults where not all of it is seen."""
        entry = self._entry(name)
        if entry is None:
            self._complain("missing-sheet", f"there is no sheet `{name}`", _START_AGAIN)
            return None
        if not entry.is_visible:
            help = "unhide the sheet, look at what stands there, and hand the workbook in again"
            self._complain("hidden-sheet", f"the sheet `{name}` is hidden", help)
        sheet = from_excel.sheet_of(self._workbook, entry, results=True)
        if sheet.rows and sheet.rows[-1].line > MOST_ROWS:
            message = f"there are rows below row {MOST_ROWS}"
            self._complain("file-too-large", message, "clear them: the form ends far above")
        sheet.hidden_columns = [c for c in sheet.hidden_columns if c != template.FIELD]
        self.problems += from_excel.concealed(self.name, sheet)
        return grid_of(sheet)

    @property
    def _points_sheet(self) -> str:
        is_older = self._entry(template.SHEET) is None and self._entry(template.SHEET_BEFORE)
        return template.SHEET_BEFORE if is_older else template.SHEET

    def _entry(self, name: str) -> SheetEntry | None:
        return next((each for each in self._workbook.sheets if each.name == name), None)

    def _is_ours(self) -> bool:
        """Whether the workbook was made for this wave, and for a unit of it."""
        entry = self._entry(template.FACTS)
        if entry is None:
            self._complain("not-our-workbook", "this workbook was not made by `cchc`", _START_AGAIN)
            return False
        facts = grid_of(from_excel.sheet_of(self._workbook, entry, results=True))
        said = {facts.at(row, 1).cell.text: facts.at(row, 2).cell.text for row in range(1, 21)}
        self.unit = said.get("unit", "")
        for fact, wanted in self.form.facts(self.unit).items():
            if said.get(fact, "") != wanted:
                message = f"this workbook is of {fact} `{said.get(fact, '')}`, not `{wanted}`"
                cell = {"typed": said.get(fact, ""), "wanted": wanted}
                self._complain(f"other-{fact}", message, _START_AGAIN, None, **cell)
        if self.unit not in self.units:
            message = f"the wave has no unit `{self.unit}`"
            meant = {"typed": self.unit, **likely(self.unit, self.units)}
            self._complain("unknown-unit", message, closest(self.unit, self.units), None, **meant)
        elif self.asked.unit not in {"", self.unit}:
            message = f"this is the workbook of `{self.unit}`, not of `{self.asked.unit}`"
            self._complain("not-your-unit", message, _START_AGAIN, None, typed=self.unit)
        return not self.problems

    def _read_points(self) -> None:
        sheet = self._sheet(self._points_sheet)
        if sheet is None:
            return
        shown = sheet.at(*template.UNIT_CODE)
        if shown.cell.text != self.unit:
            message = (
                f"the sheet shows the unit `{shown.cell.text}`, but was made for `{self.unit}`"
            )
            self._complain("unit-differs", message, _START_AGAIN, shown, wanted=self.unit)
        rows = self._rows_of_leaves(sheet)
        for code in self.form.leaves:
            if code not in rows:
                message = f"the line of `{code}` is missing"
                place = sheet.at(template.HEADER, template.CODE)
                self._complain("missing-line", message, _START_AGAIN, place, criterion=code)
        for field_ in self.form.study.index.fields:
            leaves = [leaf for leaf in field_.leaves if leaf.code in rows]
            self._read_field(sheet, rows, field_.code, leaves)

    def _read_field(
        self, sheet: Grid, rows: Mapping[str, int], code: str, leaves: Sequence[Leaf]
    ) -> None:
        """The lines of one field: appraisers fill in all of them, or none."""
        is_own = self.asked.whose == "own"
        places = [sheet.at(rows[leaf.code], template.APPRAISED) for leaf in leaves]
        filled = [place for place in places if place.cell.text]
        is_theirs = self.asked.fields is None or code in self.asked.fields
        if is_own or not is_theirs:
            self.left_alone += [place.name for place in filled]
        if is_own or is_theirs:
            for leaf in leaves:
                self._read_line(sheet, rows[leaf.code], leaf, needed=is_own or bool(filled))

    def _rows_of_leaves(self, sheet: Grid) -> dict[str, int]:
        rows: dict[str, int] = {}
        known = self.form.leaves
        for row in range(template.FIRST, sheet.rows + 1):
            place = sheet.at(row, template.CODE)
            code = place.cell.text
            if code in known and place.cell.kind == "text":
                if code in rows:
                    message = f"the line of `{code}` is there twice"
                    self._complain("repeated-line", message, _START_AGAIN, place)
                rows.setdefault(code, row)
            elif code and code not in self.form.headings:
                message = f"there is no criterion `{code}` to be assessed by the unit"
                help, meant = closest(code, known), likely(code, known)
                self._complain("unknown-criterion", message, help, place, **meant)
        return rows

    def _read_line(self, sheet: Grid, row: int, leaf: Leaf, *, needed: bool) -> None:
        maximum = sheet.at(row, template.MAXIMUM)
        if maximum.cell.text != values.plain(leaf.points):
            wanted = values.plain(leaf.points)
            message = f"the maximum of `{leaf.code}` is {wanted}"
            self._complain("maximum-differs", message, _START_AGAIN, maximum, wanted=wanted)
        if self.asked.whose == "own":
            place = sheet.at(row, template.SELF)
            points = self._points_at(place, leaf, "self", needed=needed)
            words = self._words_at(sheet.at(row, template.EVIDENCE), _MOST_EVIDENCE)
        else:
            place = sheet.at(row, template.APPRAISED)
            points = self._points_at(place, leaf, "appraised", needed=needed)
            words = self._reason_at(sheet, row, leaf, points)
        is_silent = self.asked.whose == "appraised" and not self._has_reasons(sheet)
        given = (self.unit, leaf.code, points, words, self.name, place.name)
        self.points.append(Assessed(*given, is_silent=is_silent))

    def _has_reasons(self, sheet: Grid) -> bool:
        """Whether the workbook was made with a column for the appraisers' reasons."""
        return sheet.at(template.HEADER, template.REASON).cell.text == template.REASON_HEADING

    def _reason_at(self, sheet: Grid, row: int, leaf: Leaf, points: str) -> str:
        """Why the appraisers give other points than the unit gave itself."""
        if not self._has_reasons(sheet):
            return ""
        place, own = sheet.at(row, template.REASON), sheet.at(row, template.SELF)
        words = self._words_at(place, _MOST_EVIDENCE)
        if points and not words and own.cell.text and _differ(own.cell.text, points):
            message = f"the appraised points of `{leaf.code}` differ from the unit's own"
            help = f"say why in the column {template.REASON_HEADING}"
            self._complain("missing-reason", message, help, place, criterion=leaf.code)
        return words

    def _points_at(self, place: Place, leaf: Leaf, whose: str, *, needed: bool) -> str:
        """Points as decimal text; blank where there are none, and none are needed."""
        if not place.cell.text:
            if needed:
                help = "write 0 where there are no points"
                message = f"the {whose} points of `{leaf.code}` are blank"
                self._complain(f"missing-{whose}", message, help, place, criterion=leaf.code)
            return ""
        points = self._number_at(place)
        if points is None:
            return ""
        if not 0 <= points <= leaf.points:
            bound = (
                f"above the maximum of {values.plain(leaf.points)}" if points > 0 else "below zero"
            )
            message = f"the {whose} points of `{leaf.code}` are {values.plain(points)}, {bound}"
            bounds = {"criterion": leaf.code, "most": values.plain(leaf.points)}
            self._complain("points-out-of-range", message, "", place, **bounds)
        return values.plain(points)

    def _number_at(self, place: Place) -> Decimal | None:
        if place.cell.kind in _NO_NUMBER:
            self._complain_of_kind(place)
            return None
        if not place.cell.is_number:
            cell = place.cell
            message = f"Excel shows `{cell.shown}` here, and the cell holds `{cell.text}`"
            help = "format the cell as Number, and type the points anew"
            self._complain("number-format", message, help, place, shown=cell.shown)
            return None
        try:
            return values.decimal(place.cell.text)
        except Unreadable as fault:
            self._complain(fault.slug, fault.message, fault.help, place, **fault.values)
            return None

    def _words_at(self, place: Place, most: int) -> str:
        if len(place.cell.text) > most:
            message = f"this text has {len(place.cell.text)} characters"
            self._complain("too-long", message, f"{most} at most", place, most=str(most))
        if place.cell.kind in _NO_WORDS:
            self._complain_of_kind(place)
        is_shown = place.cell.shown and place.cell.is_label
        return place.cell.shown if is_shown else place.cell.text

    def _read_adjustments(self) -> None:
        sheet = self._sheet(template.ADJUSTMENTS)
        if sheet is None:
            return
        if self.asked.whose == "own" or self.asked.fields is not None:
            rows = range(template.ADJUSTMENTS_FIRST, sheet.rows + 1)
            places = [sheet.at(row, template.POINTS) for row in rows]
            self.left_alone += [place.name for place in places if place.cell.text]
            return
        for row in range(template.ADJUSTMENTS_FIRST, sheet.rows + 1):
            given, basis = sheet.at(row, template.POINTS), sheet.at(row, template.BASIS)
            if not given.cell.text and not basis.cell.text:
                continue
            points = self._number_at(given) if given.cell.text else None
            if not given.cell.text or points == 0:
                message = "a line needs points, above zero to add or below zero to take away"
                self._complain("missing-points", message, "", given)
            if not basis.cell.text:
                message = "points are added or taken away on a legal basis only"
                help = "name the document, its day and what it says"
                self._complain("missing-basis", message, help, basis)
            words = self._words_at(basis, _MOST_BASIS)
            self.adjustments.append(
                Adjustment(self.unit, values.plain(points or Decimal(0)), words)
            )

    def _complain_of_kind(self, place: Place) -> None:
        message, help = _NO_NUMBER[place.cell.kind]
        self._complain(place.cell.kind, message.format(place.cell.text), help, place)

    def _complain(
        self, slug: str, message: str, help: str, place: Place | None = None, **values: str
    ) -> None:
        cell = place.name if place else ""
        known = {"typed": place.cell.text, **values} if place else values
        self.problems.append(Problem(slug, message, self.name, help=help, cell=cell, values=known))


_NO_WORDS = frozenset({"formula", "error", "damaged-cell"})

_NO_NUMBER = {
    "formula": (
        "this formula has not been calculated",
        "open the workbook in Excel, let it calculate, and save it",
    ),
    "date": (
        "Excel holds a date here: `{}`",
        "format the cell as Number and type the points anew; Excel turns `1.5` into a date",
    ),
    "error": ("Excel shows `{}` here, not a number", "mend the formula, or type the points"),
    "damaged-cell": (
        "the file is damaged here: `{}` is no number, and no text of this workbook",
        "type the points anew in Excel, and save the workbook",
    ),
}


def _differ(own: str, appraised: str) -> bool:
    """Whether two cells hold different points; a text that is none differs from nothing."""
    try:
        return values.decimal(own) != values.decimal(appraised)
    except Unreadable:
        return False
