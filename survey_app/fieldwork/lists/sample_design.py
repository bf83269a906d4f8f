"""Whether rows of a sample list agree with each other on the design that they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.sheets.read import Row, Table

Listed = tuple[Row, Case]


def check_design(table: Table, cases: Sequence[Case]) -> None:
    """Complain of every stratum, cluster and cell whose rows contradict each other.

    A fault that many rows share is reported once, at the first row that differs.
    """
    listed = list(zip(table.rows, cases, strict=True))
    for rows in _grouped(listed, lambda case: (*case.cell, case.stratum)).values():
        _check_stratum(table, rows)
    for rows in _grouped(listed, lambda case: case.cell).values():
        _all_or_none(table, rows, "fpc2", "a cell")
    clustered = [(row, case) for row, case in listed if case.psu]
    for rows in _grouped(clustered, lambda case: (*case.cell, case.stratum, case.psu)).values():
        _check_cluster(table, rows)
    for row, case in listed:
        if case.fpc2 is not None and not case.psu:
            help = "`fpc2` counts the persons of a PSU: fill in `psu`, or leave `fpc2` blank"
            table.complain(
                row, "fpc2", "fpc2-without-psu", "`fpc2` stands here, but no `psu`", help
            )


def _check_stratum(table: Table, rows: Sequence[Listed]) -> None:
    _all_or_none(table, rows, "psu", "a stratum")
    _constant(table, rows, "fpc1", "the stratum")
    row, case = rows[0]
    drawn = len({each.psu or each.label for _, each in rows})
    if case.fpc1 is not None and case.fpc1 < drawn:
        message = f"`fpc1` is {case.fpc1}, but {drawn} PSUs of the stratum are listed"
        help = (
            "`fpc1` counts the PSUs of the whole stratum (persons or firms where there are no PSUs)"
        )
        table.complain(row, "fpc1", "fpc1-too-small", message, help, least=str(drawn))


def _check_cluster(table: Table, rows: Sequence[Listed]) -> None:
    _constant(table, rows, "fpc2", "the PSU")
    row, case = rows[0]
    if case.fpc2 is not None and case.fpc2 < len(rows):
        message = f"`fpc2` is {case.fpc2}, but {len(rows)} cases of the PSU are listed"
        help, least = "`fpc2` counts the persons of the PSU", str(len(rows))
        table.complain(row, "fpc2", "fpc2-too-small", message, help, least=least)


def _constant(table: Table, rows: Sequence[Listed], column: str, within: str) -> None:
    if len({getattr(case, column) for _, case in rows}) == 1:
        return
    first = _of(rows[0], column)
    for row, case in rows:
        here = _of((row, case), column)
        if here != first:
            line = rows[0][0].line
            message = f"`{column}` is {here or 'blank'} here and {first or 'blank'} in row {line}"
            help = f"it must be the same in all rows of {within}"
            before = {"row_before": str(line)}
            table.complain(row, column, f"{column}-differs", message, help, **before)
            return


def _all_or_none(table: Table, rows: Sequence[Listed], column: str, within: str) -> None:
    if len({getattr(case, column) for _, case in rows}) == 1:
        return
    filled = [bool(_of(each, column)) for each in rows]
    if any(filled) and not all(filled):
        row, _ = rows[filled.index(False)]
        message = f"`{column}` is blank here and filled in elsewhere"
        help = f"fill it in for all rows of {within}, or for none"
        table.complain(row, column, f"{column}-all-or-none", message, help)


def _of(listed: Listed, column: str) -> str:
    value = getattr(listed[1], column)
    return "" if value is None else str(value)


def _grouped(
    rows: Iterable[Listed], key: Callable[[Case], Hashable]
) -> Mapping[Hashable, list[Listed]]:
    groups: dict[Hashable, list[Listed]] = defaultdict(list)
    for row, case in rows:
        if case.group and case.stratum and (case.unit or case.sample):
            groups[key(case)].append((row, case))
    return groups
