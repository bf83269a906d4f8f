"""A drawn sample as a file: the columns of a sample file, so that it can be imported as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from survey_app.fieldwork import csv_out, xlsx_out
from survey_app.fieldwork.case import Case, Contact
from survey_app.fieldwork.lists.sample_file import COLUMNS
from survey_app.sampling.drawing import Drawn


def csv_of(drawn: Drawn) -> str:
    """The drawn, in CSV for programs."""
    return csv_out.data(COLUMNS, _rows(drawn, drawn.cases))


def xlsx_of(drawn: Drawn, *, reserve: bool = False) -> bytes:
    """The drawn, or the reserve in its order, in Excel."""
    return xlsx_out.table(COLUMNS, _rows(drawn, drawn.reserve if reserve else drawn.cases))


def _rows(drawn: Drawn, cases: Sequence[Case]) -> Iterator[tuple[str, ...]]:
    for case in cases:
        contact = drawn.contacts.get(case.label, Contact(case.label))
        cells = {
            **{name: getattr(case, name) for name in COLUMNS[1:12] if name != "case"},
            "case": case.label,
            "asked": "" if case.unit else case.asked,
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "address": contact.address,
        }
        yield tuple("" if cells[name] is None else str(cells[name]) for name in COLUMNS)
