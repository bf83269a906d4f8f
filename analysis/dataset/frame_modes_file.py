"""frame_modes.csv: the frame by mode of answering, compared with frame.csv.

An open link or a kiosk invites nobody, so that its respondents have no denominator: such a mode has
a count of those who took part and no response rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from analysis.dataset.frame_file import counted, eligible_shares, is_known, key_of, outcomes, value
from analysis.dataset.model import FrameRow
from analysis.io.table import Table
from analysis.numeric import Floats, rounded
from analysis.problems import Problem

OPEN = ("open", "kiosk")
SIZES = {"n_invited": "invited", "n_responded": "responded"}


def read_modes(
    table: Table,
    units: tuple[str, ...],
    groups: tuple[str, ...],
    frame: Mapping[tuple[int, int], FrameRow],
    problems: list[Problem],
) -> dict[tuple[int, int, str], FrameRow]:
    """The frame by (unit, group, mode)."""
    return _Reading(table, units, groups, problems).rows(frame)


class _Reading:
    """One file under way: its columns as numbers, and the rows of each cell."""

    def __init__(
        self,
        table: Table,
        units: tuple[str, ...],
        groups: tuple[str, ...],
        problems: list[Problem],
    ) -> None:
        self.table, self.units, self.groups, self.problems = table, units, groups, problems
        self.sizes = {name: counted(table, name, problems) for name in SIZES}
        self.classes = outcomes(table, problems)
        self.share = eligible_shares(table, problems)

    def rows(
        self, frame: Mapping[tuple[int, int], FrameRow]
    ) -> dict[tuple[int, int, str], FrameRow]:
        by_mode: dict[tuple[int, int, str], FrameRow] = {}
        rows_of_cell: dict[tuple[int, int], list[int]] = {}
        for row in self._sound():
            cell, mode = key_of(self.table, row, self.units, self.groups), self._mode(row)
            if (*cell, mode) in by_mode:
                help = "write each unit, group and mode once"
                self._fault("repeated-cell", "this mode has a line already", row, "mode", help)
            by_mode[*cell, mode] = self._row(row)
            rows_of_cell.setdefault(cell, []).append(row)
        for cell, rows in rows_of_cell.items():
            self._add_up(rows, frame.get(cell))
        return by_mode

    def _sound(self) -> Iterable[int]:
        for row in range(self.table.rows):
            unit = is_known(self.table, row, "unit", self.units, self.problems)
            if not is_known(self.table, row, "group", self.groups, self.problems) or not unit:
                continue
            if not self._mode(row):
                help = "write how they answered, such as web or paper"
                self._fault("blank-label", "`mode` is blank", row, "mode", help)
                continue
            invited = self.sizes["n_invited"][row]
            if self._mode(row) in OPEN and not np.isnan(invited) and invited != 0:
                message = f"`{self._mode(row)}` is open to everyone, and has `n_invited`"
                help = "leave it blank: who comes to an open link or a kiosk was not invited"
                self._fault("open-mode-invited", message, row, "n_invited", help)
            yield row

    def _mode(self, row: int) -> str:
        return self.table["mode"].text(row)

    def _row(self, row: int) -> FrameRow:
        counts = {name: float(values[row]) for name, values in self.classes.items()}
        return FrameRow(
            population=None,
            invited=value(self.sizes["n_invited"], row),
            responded=value(self.sizes["n_responded"], row),
            outcomes=counts or None,
            eligible_share=value(self.share, row),
        )

    def _add_up(self, rows: list[int], line: FrameRow | None) -> None:
        """The modes of a cell add up to its line in frame.csv."""
        for name, attribute in SIZES.items():
            counted_rows = [r for r in rows if name != "n_invited" or self._mode(r) not in OPEN]
            whole = None if line is None else getattr(line, attribute)
            self._compare(name, self.sizes[name], counted_rows, whole)
        for name, values in self.classes.items():
            whole = None if line is None or line.outcomes is None else line.outcomes[name]
            self._compare(name, values, rows, whole)

    def _compare(self, name: str, values: Floats, rows: list[int], whole: float | None) -> None:
        total = float(values[rows].sum())  # blank in one of them: not known
        if whole is None or np.isnan(total) or rounded(total) == rounded(whole):
            return
        message = f"`{name}` adds up to {total:g} over the modes, but frame.csv has {whole:g}"
        column = name if self.table.has(name) else name.lower()
        self._fault("modes-differ", message, rows[0], column, "mend the one or the other")

    def _fault(self, slug: str, message: str, row: int, name: str, help: str) -> None:
        self.problems.append(self.table.problem(slug, message, row, name, help))
