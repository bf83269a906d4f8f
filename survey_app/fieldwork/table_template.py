"""Empty workbooks to begin from: frame, sample and population list, with what each column wants.

Their headings, groups and units are those that an office speaks of; what is filled in is
understood as it stands.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.fieldwork.case import MODES
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.understanding.reading import GUIDE_SHEETS
from survey_app.fieldwork.understanding.words import vocabulary
from survey_app.fieldwork.xlsx_out import MADE

_ROWS = 5000
"""Rows that are formatted as text and validated; more may be filled in."""

_GUIDE, _CHOICES, _ = GUIDE_SHEETS


@dataclass(frozen=True)
class _Note:
    """What a column wants: whether it must be filled in, and in words."""

    needed: str
    words: str


_SAMPLE_NOTES: Mapping[str, _Note] = {
    "case": _Note("bắt buộc", "Số hiệu của người hoặc tổ chức được chọn, không trùng nhau."),
    "group": _Note("bắt buộc", "Nhóm đối tượng, chọn trong danh sách."),
    "unit": _Note(
        "một trong hai: đơn vị hoặc mẫu chung",
        "Đơn vị mà người này đánh giá, chọn trong danh sách, nếu chỉ đánh giá một đơn vị.",
    ),
    "asked": _Note(
        "khi có mẫu chung",
        "Tất cả; hoặc *12 là 12 đơn vị chọn ngẫu nhiên; "
        "hoặc tên các đơn vị, cách nhau bằng dấu chấm phẩy.",
    ),
    "home_unit": _Note("nếu có", "Đơn vị của chính người này: không ai đánh giá đơn vị mình."),
    "sample": _Note(
        "một trong hai: đơn vị hoặc mẫu chung",
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
        "để trống là trên mạng", "Trên mạng, phiếu giấy hoặc phỏng vấn, chọn trong danh sách."
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
    "unit": _Note(
        "một trong hai: đơn vị hoặc mẫu chung", "Đơn vị được đánh giá, chọn trong danh sách."
    ),
    "stratum": _SAMPLE_NOTES["stratum"],
    "population": _Note("để trống nếu không biết", "Tổng số người (hoặc tổ chức) của tầng."),
    "planned": _Note("nếu có", "Số người dự kiến trả lời."),
}

_NUMBERS = frozenset({"fpc1", "fpc2", "population", "planned"})


def sample(groups: Mapping[str, str], units: Mapping[str, str]) -> bytes:
    """A sample list to fill in, for these groups and these units (code -> name)."""
    return _workbook("Mẫu", sample_file.COLUMNS, _SAMPLE_NOTES, groups, units)


def population(groups: Mapping[str, str], units: Mapping[str, str]) -> bytes:
    """A list of the population to fill in: a sample list without what follows from the drawing."""
    columns = [name for name in sample_file.COLUMNS if name not in {"weight", "fpc1", "fpc2"}]
    return _workbook("Tổng thể", columns, _POPULATION_NOTES, groups, units)


def frame(groups: Mapping[str, str], units: Mapping[str, str]) -> bytes:
    """A frame to fill in."""
    return _workbook("Dàn mẫu", frame_file.COLUMNS, _FRAME_NOTES, groups, units)


MAKE: Mapping[str, Callable[[Mapping[str, str], Mapping[str, str]], bytes]] = {
    "frame": frame,
    "sample": sample,
    "population": population,
}
"""Kind of list -> what makes its template."""


def _workbook(
    title: str,
    columns: Sequence[str],
    notes: Mapping[str, _Note],
    groups: Mapping[str, str],
    units: Mapping[str, str],
) -> bytes:
    """Three sheets: the list itself, what each column wants, and what there is to choose from."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        # a fixed day, so that the same wave gives the same bytes
        book.set_properties({"title": title, "created": MADE})
        head = book.add_format(
            {"bold": True, "bg_color": "#E8ECF1", "border": 1, "text_wrap": True}
        )
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        main, guide, known = (book.add_worksheet(name) for name in (title, _GUIDE, _CHOICES))
        choices = _choices(known, head, groups, units)
        for place, column in enumerate(columns):
            main.write_string(0, place, _heading(column), head)
            main.write_comment(0, place, f"{notes[column].needed}. {notes[column].words}")
            main.set_column(place, place, 18, None if column in _NUMBERS else text)
            _validate(main, place, column, choices)
        main.freeze_panes(1, 1)
        rows = [(_heading(name), notes[name].needed, notes[name].words) for name in columns]
        _rows(guide, head, wrap, ("Cột", "Yêu cầu", "Nội dung"), rows)
        for place, width in enumerate((32, 34, 90)):
            guide.set_column(place, place, width)
    return stream.getvalue()


def _heading(column: str) -> str:
    return vocabulary().headings[column].vi


def _choices(
    sheet: Any, head: Any, groups: Mapping[str, str], units: Mapping[str, str]
) -> Mapping[str, str]:
    """Names of groups, units and modes, each with its code. Returns where the names stand.

    A name that two have is listed by its code: nobody could tell which is meant.
    """
    modes = {mode: _mode_name(mode) for mode in MODES}
    ranges: dict[str, str] = {}
    lists = (("group", groups), ("unit", units), ("mode", modes))
    for block, (column, named) in enumerate(lists):
        place = 3 * block
        sheet.write_string(0, place, _heading(column), head)
        sheet.write_string(0, place + 1, "Mã", head)
        sheet.set_column(place, place, 44)
        all_names = list(named.values())
        for row, (code, name) in enumerate(named.items(), 1):
            sheet.write_string(row, place, name if all_names.count(name) == 1 else code)
            sheet.write_string(row, place + 1, code)
        letter = chr(ord("A") + place)
        ranges[column] = f"='{_CHOICES}'!${letter}$2:${letter}${len(named) + 1}"
    sheet.freeze_panes(1, 0)
    return {**ranges, "home_unit": ranges["unit"]}


def _mode_name(mode: str) -> str:
    """The first word that stands for a mode."""
    return next(name for name, code in vocabulary().values["mode"].items() if code == mode)


def _rows(
    sheet: Any, head: Any, look: Any, names: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, head)
    for row, texts in enumerate(rows, 1):
        for place, text in enumerate(texts):
            sheet.write_string(row, place, text, look)
    sheet.freeze_panes(1, 0)


def _validate(sheet: Any, place: int, column: str, choices: Mapping[str, str]) -> None:
    """Excel's own check at typing; whatever slips through is found at the import."""
    rule: dict[str, Any]
    if column in _NUMBERS:
        rule = {"validate": "integer", "criteria": ">=", "value": 0}
    elif column in choices:
        rule = {"validate": "list", "source": choices[column]}
        if column == "home_unit":  # one's own unit may be none of the wave's
            rule["error_type"] = "information"
    else:
        return
    sheet.data_validation(1, place, _ROWS, place, {**rule, "error_title": "Chưa đúng"})
