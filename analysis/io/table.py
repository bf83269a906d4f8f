"""One file of a data set, column by column, every cell as the text that stands in it.

`01` is not `1`, `NA` is a label, a blank cell is the empty text. A column is kept as codes into
its distinct labels, so that a million answers cost a million small numbers and every check looks
at each distinct label once.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.problems import Problem, closest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.numeric import Floats, Ints

CHUNK = 50_000
MAX_OF_A_KIND = 1000  # problems
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
PLAIN = re.compile(r"[\d.\n]*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: for each row the position of its label among the distinct labels.

    Attributes
    ----------
    codes : ndarray of int, shape (rows,)
        Positions among the labels.
    labels : sequence of str
        Distinct labels, blank ("") among them where a cell is blank.
    """

    codes: Ints
    labels: Sequence[str]

    def text(self, row: int) -> str:
        """What stands in a row."""
        return self.labels[int(self.codes[row])]

    def texts(self) -> list[str]:
        """What stands in every row."""
        return [self.labels[code] for code in self.codes.tolist()]

    def rows_of(self, positions: Iterable[int]) -> list[int]:
        """The rows that hold one of these labels (by position), in order; a thousand at most."""
        rows: list[int] = np.flatnonzero(np.isin(self.codes, list(positions))).tolist()
        return rows[:MAX_OF_A_KIND]


EMPTY = Column(codes=np.empty(0, dtype=np.int64), labels=())
"""In place of a column that is not read yet, or let go."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file as read.

    Attributes
    ----------
    file : str
        Its path, as problems name it.
    columns : dict from name to Column
        In the order of the header.
    rows : int
        How many there are, without the header.
    lines : sequence of int, one a row
        The line on which each row begins, from 1.
    values : mapping from name to ndarray of float, shape (rows,)
        Columns that came as numbers (Parquet); NaN where blank.
    """

    file: str
    columns: dict[str, Column]
    rows: int
    lines: Ints | Sequence[int]
    values: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The header."""
        return tuple(self.columns)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self.columns

    def forget(self, name: str) -> None:
        """Let go of the cells of a column that has been read; its place in the header stays."""
        if name in self.columns:
            self.columns[name] = EMPTY

    def problem(self, slug: str, message: str, row: int, name: str = "", help: str = "") -> Problem:
        """A fault in one cell (or, without a column name, in one row)."""
        line = int(self.lines[row])
        text = line_of(Path(self.file), line)
        position = self.names.index(name) if name in self.columns else 0
        start, width = field_span(text, position) if text else (position + 1, 1)
        return Problem(slug, message, self.file, line, start, text, help, width)

    def numbers(self, name: str, problems: list[Problem], *, blank: float = np.nan) -> Floats:
        """The column as numbers; each cell that is not one becomes a problem. Blank is `blank`."""
        if name in self.values:
            numbers = self.values[name]
            return np.where(np.isnan(numbers), blank, numbers)
        column = self.columns[name]
        labels = list(column.labels)
        plain = _plain_numbers(labels, blank)
        if plain is not None:
            return plain[column.codes]
        parsed = [to_number(label) for label in labels]
        wrong = [at for at, number in enumerate(parsed) if number is None and labels[at] != ""]
        for row in column.rows_of(wrong) if wrong else ():
            problems.append(self._not_a_number(row, name))
        by_label = np.array([np.nan if number is None else number for number in parsed])
        by_label[[label == "" for label in labels]] = blank
        return by_label[column.codes]

    def _not_a_number(self, row: int, name: str) -> Problem:
        text = self.columns[name].text(row)
        comma = "write a decimal point, not a comma" if "," in text else ""
        help = comma or "write a plain finite number, such as 12 or 0.25"
        return self.problem("not-a-number", f"`{name}` is `{text}`, not a number", row, name, help)


def _plain_numbers(labels: list[str], blank: float) -> Floats | None:
    """Labels of digits and points only, or blank, as numbers; None where one is another."""
    if not PLAIN.fullmatch("\n".join(labels)):
        return None
    try:
        values = np.fromiter((float(label or "0") for label in labels), float, len(labels))
    except ValueError:
        return None
    if np.isinf(values).any():
        return None
    values[[at for at, label in enumerate(labels) if not label]] = blank
    return values


def to_number(text: str) -> float | None:
    """A plain finite decimal number, or None: no `nan`, no `inf`, no thousands marks."""
    stripped = text.strip()
    if not NUMBER.fullmatch(stripped):
        return None
    value = float(stripped)
    return value if np.isfinite(value) else None


def field_span(line: str, position: int) -> tuple[int, int]:
    """Where a field of a CSV line begins (from 1), and how many characters it takes."""
    start, field_no, quoted = 0, 0, False
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            if field_no == position:
                return start + 1, max(at - start, 1)
            start, field_no = at + 1, field_no + 1
    return start + 1, max(len(line) - start, 1)


def read_csv(path: Path, required: Sequence[str], problems: list[Problem]) -> Table | None:
    """Read a CSV file as a table of labels.

    Parameters
    ----------
    path : Path
        UTF-8, with a header; a byte order mark is ignored.
    required : sequence of str
        Columns that there must be.
    problems : list of Problem
        Faults are added here, each with its line and column.

    Returns
    -------
    Table or None
        None when the file cannot be taken apart into rows and columns.
    """
    text = _decoded(path, problems)
    if text is None:
        return None
    before = len(problems)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    encoder = _Encoder(0)
    try:
        header = next(reader, [])
        _check_header(path, header, required, problems)
        encoder = _Encoder(len(header))
        for lines, rows in _whole_rows(path, reader, len(header), problems):
            encoder.add(lines, rows)
    except csv.Error as error:
        line = reader.line_num
        problems.append(
            Problem(
                "not-csv",
                f"this is not CSV: {error}",
                str(path),
                line,
                1,
                line_of(path, line),
                "check the quotation marks of this line",
            )
        )
    if len(problems) > before:
        return None
    return encoder.table(str(path), header)


def line_of(path: Path, line: int) -> str:
    """A line of a file (from 1) as it stands there; empty when the file has no such text."""
    try:
        stat = path.stat()
    except OSError:
        return ""
    lines = _lines(path, stat.st_mtime_ns, stat.st_size)
    return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""


@lru_cache(maxsize=2)
def _lines(path: Path, _changed: int, _size: int) -> list[str]:
    if path.suffix != ".csv":
        return []
    raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    return raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _decoded(path: Path, problems: list[Problem]) -> str | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        problems.append(
            Problem(
                "missing-file",
                f"there is no file `{path.name}`",
                str(path),
                help="a data set has respondents, options and criteria",
            )
        )
        return None
    except OSError as error:
        problems.append(
            Problem(
                "unreadable-file",
                f"cannot read this file: {error.strerror}",
                str(path),
                help="it should be a plain file that you may read",
            )
        )
        return None
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(_not_utf8(path, raw, error.start))
        return None


def _not_utf8(path: Path, raw: bytes, at: int) -> Problem:
    line = raw.count(b"\n", 0, at) + 1
    start = raw.rfind(b"\n", 0, at) + 1
    shown = raw[start:].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    column = len(raw[start:at].decode("utf-8", "replace")) + 1
    message = "this file is not UTF-8"
    return Problem("not-utf8", message, str(path), line, column, shown, "save it as CSV UTF-8")


def _check_header(
    path: Path, header: list[str], required: Sequence[str], problems: list[Problem]
) -> None:
    line, file = line_of(path, 1), str(path)
    if not header:
        help = f"the first line names the columns: {', '.join(required)}"
        problems.append(Problem("no-header", "this file is empty", file, 1, 1, line, help))
        return
    for position, name in enumerate(header):
        start, width = field_span(line, position)
        if name in header[:position]:
            slug, message = "duplicate-column", f"two columns are called `{name}`"
            help = "rename or drop one"
        elif not name:
            slug, message, help = "unnamed-column", "a column has no name", "name it, or drop it"
        else:
            continue
        problems.append(Problem(slug, message, file, 1, start, line, help, width))
    for name in required:
        if name not in header:
            message, help = f"there is no column `{name}`", closest(name, header) or "add it"
            width = max(len(line), 1)
            problems.append(Problem("missing-column", message, file, 1, 1, line, help, width))


def _whole_rows(
    path: Path, reader: Any, width: int, problems: list[Problem]
) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Rows with the line each begins on, by the chunk; ragged rows become problems."""
    last = reader.line_num
    while chunk := list(islice(_numbered(reader, last), CHUNK)):
        last = chunk[-1][2]
        lines, rows = [], []
        for begins, row, _ in chunk:
            if len(row) == width:
                lines.append(begins)
                rows.append(row)
            elif row:
                problems.append(
                    Problem(
                        "ragged-row",
                        f"this line has {len(row)} cells, the header has {width}",
                        str(path),
                        begins,
                        1,
                        line_of(path, begins),
                        "a cell with a comma in it needs quotation marks",
                    )
                )
        yield lines, rows


def _numbered(reader: Any, last: int) -> Iterator[tuple[int, list[str], int]]:
    for row in reader:
        now = reader.line_num
        yield last + 1, row, now
        last = now


class _Encoder:
    """Gathers rows into columns of codes, chunk by chunk, so that memory stays small."""

    def __init__(self, width: int) -> None:
        self.numbers: list[dict[str, int]] = [{} for _ in range(width)]  # of labels, by column
        self.chunks: list[list[NDArray[np.int32]]] = [[] for _ in range(width)]
        self.lines: list[Ints] = []

    def add(self, lines: list[int], rows: list[list[str]]) -> None:
        self.lines.append(np.array(lines, dtype=np.int64))
        for position, cells in enumerate(zip(*rows, strict=True)):
            numbers = self.numbers[position]
            for label in dict.fromkeys(cells):
                numbers.setdefault(label, len(numbers))
            codes = np.fromiter(map(numbers.__getitem__, cells), np.int32, len(cells))
            self.chunks[position].append(codes)

    def table(self, file: str, header: Sequence[str]) -> Table:
        empty = np.empty(0, dtype=np.int64)
        columns = {
            name: Column(codes=np.concatenate(chunks) if chunks else empty, labels=list(numbers))
            for name, numbers, chunks in zip(header, self.numbers, self.chunks, strict=True)
        }
        lines = np.concatenate(self.lines) if self.lines else empty
        return Table(file=file, columns=columns, rows=len(lines), lines=lines)
