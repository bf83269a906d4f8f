"""Write warnings.md and canh-bao.md: what stands in the way of an action on a wave.

python docs/reference/make_warnings_page.py

A test holds the pages against the table in `survey_app/waves/blocks.yaml`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from survey_app.waves.blocks import RULES

HERE = Path(__file__).parent

ACTIONS = {
    "open": ("Opening", "Mở đợt"),
    "close": ("Closing", "Đóng đợt"),
    "score": ("Scoring", "Tính điểm"),
    "publish": ("Publishing", "Công bố"),
    "reopen": ("Reopening", "Mở lại"),
    "delete": ("Deleting", "Xóa"),
    "replace": ("Replacing the sample", "Thay mẫu"),
}
KINDS = {"block": ("block", "chặn"), "warning": ("warning", "cảnh báo")}
HEADS = {
    "en": (
        "# Blocks and warnings of a wave",
        (
            "What **blocks** cannot be gone on with; what **warns** is gone on with by ticking "
            "that one knows it, with its counts, which goes into the log. Made from "
            "`survey_app/waves/blocks.yaml` by `make_warnings_page.py`. "
            "[Tiếng Việt](canh-bao.md)"
        ),
        "| code | | what is said | what to do |",
    ),
    "vi": (
        "# Chặn và cảnh báo của một đợt điều tra",
        (
            "Điều **chặn** thì chưa thực hiện được; điều **cảnh báo** thì thực hiện được sau khi "
            "đánh dấu “Tôi đã biết”, và được ghi vào nhật ký cùng các con số. Trang này lập từ "
            "`survey_app/waves/blocks.yaml` bằng `make_warnings_page.py`. [English](warnings.md)"
        ),
        "| mã | | nội dung | cần làm |",
    ),
}


def page(language: str) -> str:
    """The page in a language."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: str) -> Iterator[str]:
    at = 0 if language == "en" else 1
    title, lead, columns = HEADS[language]
    yield from (title, "", lead)
    for action, names in ACTIONS.items():
        yield from ("", f"## {names[at]}", "", columns, "|---|---|---|---|")
        for rule in RULES:
            if rule.action == action:
                says = re.sub(r"\{\w+\}", "…", rule.says[language])
                kind = KINDS[rule.kind][at]
                yield f"| `{rule.code}` | {kind} | {says} | {rule.help[language]} |"


if __name__ == "__main__":
    (HERE / "warnings.md").write_text(page("en"), encoding="utf-8")
    (HERE / "canh-bao.md").write_text(page("vi"), encoding="utf-8")
