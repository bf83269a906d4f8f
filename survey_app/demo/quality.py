"""Last year's wave, checked: screened, some called back, and a proposal to leave forms out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from survey_app.conduct.quality import free_texts, leaving_out, screening
from survey_app.conduct.quality.screening import Line
from survey_app.quality.classes import ENOUGH
from survey_app.store import waves
from survey_app.store.log import audit
from survey_app.store.quality import call_backs, remarks
from survey_app.store.waves import Refused, Wave
from survey_app.web import House

TEXTS = (
    "Cần trả kết quả đúng hẹn hơn.",
    "Hồ sơ trễ hẹn ba ngày mà không ai báo.",
    "Cán bộ một cửa hướng dẫn tận tình.",
    "Mạng ở bản còn yếu, nộp hồ sơ trực tuyến khó.",
    "Nên niêm yết thủ tục bằng cả tiếng Thái và tiếng Mông.",
    "Anh Lò Văn Hùng ở bộ phận một cửa giúp rất nhanh, số 0912 345 678.",
    "Đi lại nhiều lần vì thiếu giấy tờ không được báo trước.",
    "Cổng dịch vụ công hay lỗi lúc nộp phí.",
)
_THEMES: Mapping[str, tuple[str, ...]] = {
    "Đúng hẹn": ("đúng hẹn", "trễ hẹn"),
    "Thái độ phục vụ": ("tận tình", "giúp"),
    "Nộp hồ sơ trực tuyến": ("trực tuyến", "Cổng dịch vụ"),
}
_CALLED, _NOTED = 10, 10


def begin(house: House, name: str, by: str, colleague: str) -> None:
    """Screen a closed wave, call some people back, propose to leave forms out, code some texts."""
    with house.database.reading() as connection:
        wave = waves.find(connection, name)
    with tempfile.TemporaryDirectory() as work:
        result = screening.screened(house, wave, Path(work))
    with house.database.writing() as connection:
        screening.keep(connection, house, wave, result, by)
        suspects = [line for line in screening.lines(connection, wave) if line.is_suspect]
    _code(house, wave, by)
    if suspects:
        suspect = max(suspects, key=lambda line: line.forms)
        _call_back(house, wave, suspect, by)
        _propose(house, wave, suspect, colleague)


def _call_back(house: House, wave: Wave, line: Line, by: str) -> None:
    day, at = house.today(), house.stamp()
    with house.database.writing() as connection:
        drawn = call_backs.draw(connection, wave, line.of, _CALLED, day=day, by=by)
        audit.append(connection, by, "call-backs-draw", f"{wave.name} {drawn}", at)
        said = ["confirmed", *["not_asked"] * (_NOTED - 2), "no_contact"]
        queue = call_backs.listed(connection, wave)[: len(said)]
        for call, outcome in zip(queue, said, strict=False):
            call_backs.note(connection, wave, call.id, outcome, day=day, by=by)
        audit.append(connection, by, "call-backs-note", f"{wave.name} {len(queue)}", at)


def _propose(house: House, wave: Wave, line: Line, by: str) -> None:
    if line.flagged["fast"] < ENOUGH:
        return
    basis = "Phúc tra: phần lớn người được gọi không tham gia; biên bản kèm theo"
    try:
        leaving_out.propose(house, wave, line.of, "fast", basis, by)
    except Refused:  # a few would be told of: then there is nothing to decide about
        return


def _code(house: House, wave: Wave, by: str) -> None:
    shown = free_texts.of_wave(house, wave).remarks
    with house.database.writing() as connection:
        for name, words in _THEMES.items():
            at = house.stamp()
            theme = remarks.add_theme(connection, wave, name, by, at)
            audit.append(connection, by, "theme-add", f"{wave.name} {theme}", at)
            said = [each for each in shown if any(word in each.text for word in words)]
            pairs = [(each.name, theme) for each in said[::2]]
            count = remarks.mark(connection, wave, pairs, (), by, at)
            audit.append(connection, by, "remarks-code", f"{wave.name} {count}", at)
