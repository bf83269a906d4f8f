"""Empty workbooks to begin from: the sample list and the frame, with what each column wants."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from survey_app.fieldwork.case import MODES
from survey_app.fieldwork.lists import frame_file, sample_file

_ROWS = 5000
"""Rows that are formatted as text and validated; more may be filled in."""

_MOST_LISTED = 250
"""Characters that Excel takes in a list of choices."""


@dataclass(frozen=True)
class _Note:
    """What a column wants: whether it must be filled in, and in words."""

    needed: str
    words: str


_SAMPLE_NOTES: Mapping[str, _Note] = {
    "case": _Note("bắt buộc", "Số hiệu của người hoặc tổ chức được chọn, không trùng nhau."),
    "group": _Note("bắt buộc", "Nhóm đối tượng, chọn trong danh sách."),
    "unit": _Note(
        "một trong hai: unit hoặc sample",
        "Mã đơn vị mà người này đánh giá, nếu chỉ đánh giá một đơn vị.",
    ),
    "asked": _Note(
        "khi có sample",
        "Đánh giá những đơn vị nào: * là tất cả; *12 là 12 đơn vị chọn ngẫu nhiên; "
        "hoặc các mã đơn vị, cách nhau bằng dấu cách.",
    ),
    "home_unit": _Note("nếu có", "Đơn vị của chính người này: không ai đánh giá đơn vị mình."),
    "sample": _Note(
        "một trong hai: unit hoặc sample",
        "Tên mẫu chung cho nhiều đơn vị, ví dụ hdnd (chữ không dấu).",
    ),
    "stratum": _Note("bắt buộc", "Tầng. Nếu mẫu không chia tầng, ghi cùng một chữ, ví dụ all."),
    "psu": _Note(
        "khi chọn theo cụm",
        "Đơn vị mẫu cấp một (bản, tổ dân phố). Để trống nếu chọn thẳng từng người.",
    ),
    "weight": _Note(
        "bắt buộc",
        "Quyền số cơ sở: 1 chia cho xác suất được chọn; ghi 1 nếu hỏi tất cả. Ví dụ 12,5.",
    ),
    "fpc1": _Note(
        "nên có", "Tổng số đơn vị mẫu cấp một của cả tầng (hoặc tổng số người nếu chọn thẳng)."
    ),
    "fpc2": _Note(
        "khi chọn theo cụm", "Tổng số người của đơn vị mẫu cấp một (bản, tổ dân phố) đó."
    ),
    "mode": _Note(
        "mặc định là web", "Cách trả lời: web, paper (phiếu giấy), interview (phỏng vấn)."
    ),
    "name": _Note("nếu có", "Họ và tên. Lưu riêng, xóa sau đợt điều tra."),
    "phone": _Note("nếu có", "Số điện thoại, giữ số 0 ở đầu. Lưu riêng, xóa sau đợt điều tra."),
    "email": _Note("nếu có", "Thư điện tử. Lưu riêng, xóa sau đợt điều tra."),
    "address": _Note("nếu có", "Địa chỉ. Lưu riêng, xóa sau đợt điều tra."),
}

_POPULATION_NOTES: Mapping[str, _Note] = {
    **_SAMPLE_NOTES,
    "case": _Note("nên có", "Số riêng của từng người trong danh sách, không trùng nhau."),
    "stratum": _Note("khi chọn theo tầng", "Tầng. Để trống nếu không chia tầng."),
}

_FRAME_NOTES: Mapping[str, _Note] = {
    "group": _SAMPLE_NOTES["group"],
    "sample": _SAMPLE_NOTES["sample"],
    "unit": _Note("một trong hai: unit hoặc sample", "Mã đơn vị được đánh giá."),
    "stratum": _SAMPLE_NOTES["stratum"],
    "population": _Note("để trống nếu không biết", "Tổng số người (hoặc tổ chức) của tầng."),
    "planned": _Note("nếu có", "Số người dự kiến trả lời."),
}

_NUMBERS = frozenset({"fpc1", "fpc2", "population", "planned"})


def sample(groups: Sequence[str], units: Mapping[str, str]) -> bytes:
    """A sample list to fill in, for these groups and these units (code -> name)."""
    choices = {"group": groups, "unit": tuple(units), "mode": MODES}
    return _workbook("mau", sample_file.COLUMNS, _SAMPLE_NOTES, choices, units)


def population(groups: Sequence[str], units: Mapping[str, str]) -> bytes:
    """A list of the population to fill in: a sample list without what follows from the drawing."""
    choices = {"group": groups, "unit": tuple(units), "mode": MODES}
    columns = [name for name in sample_file.COLUMNS if name not in {"weight", "fpc1", "fpc2"}]
    return _workbook("tong-the", columns, _POPULATION_NOTES, choices, units)


def frame(groups: Sequence[str], units: Mapping[str, str]) -> bytes:
    """A frame to fill in."""
    choices = {"group": groups, "unit": tuple(units)}
    return _workbook("khung", frame_file.COLUMNS, _FRAME_NOTES, choices, units)


def _workbook(
    title: str,
    columns: Sequence[str],
    notes: Mapping[str, _Note],
    choices: Mapping[str, Collection[str]],
    units: Mapping[str, str],
) -> bytes:
    """Three sheets: the list itself, what each column wants, and the units."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    book = Workbook(stream, {"in_memory": True})
    # a fixed day, so that the same wave gives the same bytes
    book.set_properties({"title": title, "created": datetime(2000, 1, 1)})  # noqa: DTZ001
    head = book.add_format({"bold": True, "bg_color": "#E8ECF1", "border": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    main, about, known = (book.add_worksheet(name) for name in (title, "huong-dan", "don-vi"))
    for place, column in enumerate(columns):
        main.write_string(0, place, column, head)
        main.write_comment(0, place, f"{notes[column].needed}. {notes[column].words}")
        main.set_column(place, place, 14, None if column in _NUMBERS else text)
        _validate(main, place, column, choices)
    main.freeze_panes(1, 1)
    _rows(
        about,
        head,
        wrap,
        ("Cột", "Yêu cầu", "Nội dung"),
        [(c, notes[c].needed, notes[c].words) for c in columns],
    )
    about.set_column(0, 0, 14)
    about.set_column(1, 1, 30)
    about.set_column(2, 2, 90)
    _rows(known, head, text, ("Mã", "Tên"), list(units.items()))
    known.set_column(0, 0, 14)
    known.set_column(1, 1, 60)
    book.close()
    return stream.getvalue()


def _rows(
    sheet: Any, head: Any, look: Any, names: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, head)
    for row, texts in enumerate(rows, 1):
        for place, text in enumerate(texts):
            sheet.write_string(row, place, text, look)
    sheet.freeze_panes(1, 0)


def _validate(sheet: Any, place: int, column: str, choices: Mapping[str, Collection[str]]) -> None:
    """Excel's own check at typing; whatever slips through is found at the import."""
    rule: dict[str, Any]
    listed = choices.get(column, ())
    if column in _NUMBERS:
        rule = {"validate": "integer", "criteria": ">=", "value": 0}
    elif column == "unit":
        rule = {"validate": "list", "source": f"='don-vi'!$A$2:$A${len(listed) + 1}"}
    elif listed and len(",".join(listed)) < _MOST_LISTED:
        rule = {"validate": "list", "source": list(listed)}
    else:
        return
    sheet.data_validation(1, place, _ROWS, place, {**rule, "error_title": "Chưa đúng"})
