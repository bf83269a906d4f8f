"""Links and messages as tables, for mail merges and for programs that send messages.

In the workbook every cell is text. In the CSV file no cell can start a formula, and a phone number
stands in groups of digits: a spreadsheet that opens the file and saves it again keeps its zero.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from survey_app.fieldwork import csv_out, xlsx_out
from survey_app.fieldwork.case import Invitation
from survey_app.letters import composing
from survey_app.letters.composing import Writing

_HEADINGS = {
    "vi": (
        "Số thư mời", "Nhóm đối tượng", "Đơn vị", "Họ và tên", "Điện thoại", "Thư điện tử",
        "Đường dẫn", "Tin nhắn", "Tiêu đề thư điện tử", "Nội dung thư điện tử",
    ),
    "en": (
        "Invitation No.", "Respondent group", "Unit", "Name", "Phone", "E-mail",
        "Link", "Message", "E-mail subject", "E-mail text",
    ),
}  # fmt: skip
_PHONE_AT = 4
_DIGITS = re.compile(r"0[0-9]{7,11}")


def rows(writing: Writing, invitations: Sequence[Invitation]) -> list[tuple[str, ...]]:
    """A line for each link, with the message that brings it."""
    lines = []
    for each in invitations:
        values = writing.values(each)
        said = (composing.message(writing, each, f) for f in ("message", "email_subject", "email"))
        whose = (each.label, values["nhom"], writing.units.get(each.unit, ""), each.name)
        lines.append((*whose, each.phone, each.email, values["duong_dan"], *said))
    return lines


def workbook(writing: Writing, lines: Sequence[tuple[str, ...]]) -> bytes:
    """The table for Excel."""
    return xlsx_out.table(_HEADINGS[writing.language], lines)


def csv(writing: Writing, lines: Sequence[tuple[str, ...]]) -> str:
    """The table for programs."""
    grouped = ((*line[:_PHONE_AT], in_groups(line[_PHONE_AT]), *line[_PHONE_AT + 1 :])
               for line in lines)  # fmt: skip
    return csv_out.table(_HEADINGS[writing.language], grouped)


def in_groups(phone: str) -> str:
    """A number as people write it, 0912 345 678: no spreadsheet takes that for a number."""
    if not _DIGITS.fullmatch(phone):
        return phone
    return f"{phone[:4]} {phone[4:7]} {phone[7:]}".rstrip()
