"""A tiny complete study, for tests that need one: 1 field, 2 criteria, 2 groups, 2 units.

name = write_study(tmp_path)                                  # a sound study
name = write_study(tmp_path, index=("points: 1.5", "points: 2"))   # a line of it changed
name = write_study(tmp_path, council=[(..., ...), (..., ...)])     # several lines changed
name = write_study(tmp_path, citizens="any: text")            # a whole file replaced
survey_app.questionnaire.library.study(name, tmp_path)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

Change = str | tuple[str, str] | list[tuple[str, str]]
"""A whole text, or what to replace by what (each must occur)."""

NAME = "demo/2026-department"

INDEX = """\
index: demo/2026-department
version: 1
languages: [vi, en]
unit_class: department
units: ../units.yaml
scales: scales.yaml
questionnaires: [council.yaml, citizens.yaml]
title:
  vi: Chỉ số thử nghiệm
  en: Trial index
legal_basis:
  vi: Quyết định thử nghiệm
  en: Trial decision
sources:
  decision:
    vi: Quyết định thử nghiệm, phụ lục 1
    en: Trial decision, annex 1
declared:
  fields: 1
  criteria: 2
  sub_criteria: 1
  self: 8.5
  survey: 1.5
grades:
  - grade: A
    label:
      vi: Tốt
      en: Good
    min: 80
    component_floor: 50
  - grade: B
    label:
      vi: Chưa tốt
      en: Not yet good
    min: 0
groups:
  council:
    vi: Đại biểu Hội đồng nhân dân
    en: People's Council delegates
  citizens:
    vi: Người dân
    en: Citizens
fields:
  - field: 1
    name:
      vi: Công tác chỉ đạo, điều hành
      en: Direction of the reform
    provenance: quoted
    source: decision
    criteria:
      - criterion: 1.1
        name:
          vi: Kế hoạch cải cách hành chính
          en: Reform plan
        provenance: analogous
        source: decision
        points: 8.5
        assessed: self
      - criterion: 1.2
        name:
          vi: Lãnh đạo cải cách hành chính
          en: Leadership of the reform
        provenance: proposed
        sub_criteria:
          - sub_criterion: 1.2.1
            name:
              vi: Sự năng động của lãnh đạo
              en: Drive of the leaders
            provenance: proposed
            points: 1.5
            assessed: survey
            question: leadership
            groups: [council, citizens]
"""

SCALES = """\
scales:
  level4:
    provenance: analogous
    source: decision
    best: first
    options:
      - code: A
        label:
          vi: Rất tốt
          en: Very good
        coefficient: 1
      - code: B
        label:
          vi: Tốt
          en: Good
        coefficient: 0.6
      - code: C
        label:
          vi: Trung bình
          en: Fair
        coefficient: 0.2
      - code: D
        label:
          vi: Kém
          en: Poor
        coefficient: 0
      - code: KB
        label:
          vi: Không biết
          en: Don't know
        no_opinion: true
  yes_no:
    provenance: proposed
    options:
      - code: 1
        label:
          vi: Có
          en: Yes
      - code: 2
        label:
          vi: Không
          en: No
  ways:
    provenance: proposed
    options:
      - code: counter
        label:
          vi: Tại bộ phận một cửa
          en: At the counter
      - code: online
        label:
          vi: Qua mạng
          en: Online
      - code: none
        label:
          vi: Không nhớ
          en: Don't remember
        no_opinion: true
"""

_NOTICE = """\
notice:
  asks:
    vi: Sở Nội vụ hỏi ý kiến của Ông/Bà.
    en: The Department of Home Affairs asks for your opinion.
  why:
    vi: Để đánh giá công tác cải cách hành chính.
    en: To assess the administrative reform.
  kept:
    vi: Chỉ lưu câu trả lời, không lưu tên.
    en: Only the answers are kept, no names.
  until:
    vi: Lưu đến hết năm {year}.
    en: Kept until the end of {year}.
  voluntary:
    vi: Ông/Bà có quyền không trả lời.
    en: You need not answer.
  contact:
    vi: Gọi số 0212 3850 000.
    en: Call 0212 3850 000.
"""

COUNCIL = f"""\
questionnaire: demo/2026-department/council
version: 1
languages: [vi, en]
group: council
title:
  vi: Phiếu hỏi đại biểu Hội đồng nhân dân
  en: Questionnaire for People's Council delegates
{_NOTICE}sections:
  - section: direction
    title:
      vi: Chỉ đạo, điều hành
      en: Direction
    each_unit: true
    items:
      - item: leadership
        ask:
          vi: Ông/Bà đánh giá thế nào về lãnh đạo {{unit}} năm {{year}}?
          en: How do you rate the leaders of {{unit}} in {{year}}?
        hint:
          vi: Chọn một câu trả lời.
          en: Choose one answer.
        scale: level4
        required: true
  - section: closing
    title:
      vi: Ý kiến khác
      en: Anything else
    items:
      - item: remark
        ask:
          vi: Ông/Bà có góp ý gì thêm không?
          en: Is there anything else you would like to say?
        kind: long_text
        max_length: 500
"""

CITIZENS = f"""\
questionnaire: demo/2026-department/citizens
version: 1
languages: [vi, en]
group: citizens
title:
  vi: Phiếu hỏi người dân
  en: Questionnaire for citizens
{_NOTICE}sections:
  - section: about
    title:
      vi: Về Ông/Bà
      en: About you
    items:
      - item: used_service
        ask:
          vi: Trong năm {{year}}, Ông/Bà có đến bộ phận một cửa không?
          en: Did you visit a one-stop shop in {{year}}?
        scale: yes_no
      - item: ways
        ask:
          vi: Ông/Bà nộp hồ sơ bằng cách nào?
          en: How did you hand in your papers?
        kind: choices
        scale: ways
        ask_if:
          used_service: [1]
      - item: age
        ask:
          vi: Ông/Bà bao nhiêu tuổi?
          en: How old are you?
        kind: number
        low: 18
        high: 120
      - item: last_visit
        ask:
          vi: Lần gần nhất là ngày nào?
          en: On what day was your last visit?
        kind: date
        ask_if:
          used_service: [1]
  - section: service
    title:
      vi: Phục vụ
      en: Service
    each_unit: true
    items:
      - item: leadership
        ask:
          vi: Ông/Bà đánh giá thế nào về lãnh đạo {{unit}}?
          en: How do you rate the leaders of {{unit}}?
        scale: level4
        required: true
      - item: waiting
        ask:
          vi: Ông/Bà chờ ở {{unit}} có lâu không?
          en: Did you wait long at {{unit}}?
        scale: yes_no
        ask_if:
          used_service: [1]
          leadership: [C, D]
"""

UNITS = """\
programme: demo
languages: [vi, en]
sources:
  list:
    vi: Danh sách thử nghiệm
    en: Trial list
classes:
  - class: department
    name:
      vi: Sở, ban, ngành
      en: Department
    provenance: analogous
    source: list
units:
  - unit: SNV
    class: department
    name:
      vi: Sở Nội vụ
      en: Department of Home Affairs
    provenance: analogous
    source: list
  - unit: STP
    class: department
    name:
      vi: Sở Tư pháp
      en: Department of Justice
    valid_from: 2014-01-01
    predecessors: [SNV]
    provenance: proposed
"""

_MORE_WAYS = """\
      - code: post
        label:
          vi: Qua bưu điện
          en: By post
      - code: friend
        label:
          vi: Nhờ người khác
          en: Through somebody else
      - code: other
        stay: last
        label:
          vi: Cách khác
          en: In another way
      - code: none
"""

ORDERS_DRAWN: Mapping[str, Change] = {
    "scales": ("      - code: none\n", _MORE_WAYS),
    "council": ("scale: level4\n", "scale: level4\n        order: reverse\n"),
    "citizens": [
        ("scale: ways\n", "scale: ways\n        order: shuffle\n"),
        ("scale: level4\n", "scale: level4\n        order: reverse\n"),
    ],
}
"""Changes that let the order of options differ between forms: four ways shuffled, judgements from
either end."""


def study_texts(**changes: Change) -> dict[str, str]:
    """The five files of the tiny study, with changes by file stem: path -> text."""
    texts = {
        f"{NAME}/index.yaml": INDEX,
        f"{NAME}/scales.yaml": SCALES,
        f"{NAME}/council.yaml": COUNCIL,
        f"{NAME}/citizens.yaml": CITIZENS,
        "demo/units.yaml": UNITS,
    }
    paths = {Path(path).stem: path for path in texts}
    for stem, change in changes.items():
        texts[paths[stem]] = changed(texts[paths[stem]], change)
    return texts


def changed(text: str, change: Change) -> str:
    """The text with a change made; what is to be replaced must be there."""
    if isinstance(change, str):
        return change
    for old, new in change if isinstance(change, list) else [change]:
        assert old in text, f"the tiny study does not hold: {old}"
        text = text.replace(old, new, 1)
    return text


def in_a_third(text: str, code: str = "tai") -> str:
    """A file of the tiny study that speaks one more language: its words, marked by the code."""
    said = re.sub(r"^( +)vi: (.*)$", rf"\g<0>\n\g<1>{code}: [{code}] \2", text, flags=re.MULTILINE)
    said = re.sub(rf"{code}: (\[{code}\] .*)", rf"{code}: '\1'", said)
    if "languages:" not in said:
        return f"languages: [vi, en, {code}]\n{said}"
    return said.replace("languages: [vi, en]", f"languages: [vi, en, {code}]")


def write_study(folder: Path, **changes: Change) -> str:
    """Write the tiny study below a library folder; gives its name."""
    write_texts(folder, study_texts(**changes))
    return NAME


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files by their path below a folder."""
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
