"""Reports as they are printed: where lines and pages break, by LibreOffice and by typst."""

from __future__ import annotations

import ctypes
import io
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from pypdfium2 import raw

from survey_app.office.documents import downloads
from survey_app.office.documents.paper import conversion, typeset, word
from survey_app.office.documents.paper.blocks import Paper, Table
from survey_app.office.documents.reports import leaders, province, unit
from survey_app.office.documents.reports.beside import LastLine, LastYear
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.page import WORDS
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.reports.printed import cells, pages

LONG = "Kết quả năm nay cho thấy nhiều tiến bộ. " * 10


def test_the_report_opens_in_libreoffice_with_its_annexes(
    telling: Telling, libreoffice: str
) -> None:
    said = pages(conversion.pdf(word.docx(province.paper(telling)), libreoffice))
    whole = "\n".join(said)
    for part in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "PHỤ LỤC III", "GIÁM ĐỐC", "[Họ và tên]"):
        assert part in whole
    assert [page.strip().splitlines()[0].strip() for page in said[1:]] == [
        str(number) for number in range(2, len(said) + 1)
    ]


def test_the_head_of_a_table_is_repeated_on_every_page(libreoffice: str) -> None:
    rows = [(f"Đơn vị {number}", f"{number},00") for number in range(120)]
    table = Table(head=("Tên đơn vị", "Tổng điểm"), rows=rows, widths=(10.0, 6.0))
    paper = Paper(title="Bảng dài", language="vi", blocks=[table])
    for pdf in (conversion.pdf(word.docx(paper), libreoffice), typeset.pdf(paper)):
        said = pages(pdf)
        assert len(said) >= 2
        assert all("Tên đơn vị" in page for page in said)


def test_the_page_for_leaders_is_one_page_also_with_all_that_may_stand_in_it(
    telling: Telling, libreoffice: str
) -> None:
    lines = {each.unit: LastLine(last=70.0, this=71.0, change=1.0, verdict="better")
             for each in telling.results.units}  # fmt: skip
    last = LastYear(year=2024, is_tested=True, level=0.95, units=lines)
    beside = replace(telling.beside, texts={("", "summary"): LONG}, last=last)
    paper = leaders.paper(replace(telling, beside=beside))
    assert len(pages(conversion.pdf(word.docx(paper), libreoffice))) == 1
    assert len(pages(typeset.pdf(paper))) == 1
    assert {"Tăng/giảm so với 2024", "20/0"} <= cells(paper)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_line_under_the_motto_is_as_long_as_the_motto(
    world: tuple[House, Wave, Scorecard], telling: Telling, language: str
) -> None:
    paper = leaders.paper(replace(telling, language=language))
    page = pypdfium2.PdfDocument(typeset.pdf(paper))[0]
    text = page.get_textpage()
    motto = WORDS(language)["reports_motto"]
    found = text.search(motto.partition(" ")[0])
    at, _ = found.get_next()
    boxes = [text.get_charbox(at + n) for n in range(len(motto))]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    lines = [
        item.get_bounds() for item in page.get_objects([raw.FPDF_PAGEOBJ_PATH])
        if item.get_bounds()[3] - item.get_bounds()[1] < 2
    ]  # fmt: skip
    below = [each for each in lines if 0 < boxes[0][1] - each[3] < 12 and each[0] > left - 20]
    assert below
    assert abs((below[0][2] - below[0][0]) - (right - left)) < 3


def test_the_line_under_the_title_of_an_annex_is_shorter_than_the_title(telling: Telling) -> None:
    document = Document(io.BytesIO(word.docx(province.paper(telling))))
    texts = [each.text for each in document.paragraphs]
    line = document.paragraphs[texts.index("Điểm của các đơn vị") + 1].paragraph_format
    assert 25.0 - (line.left_indent.cm + line.right_indent.cm) == pytest.approx(2.0, abs=0.5)
    assert line.keep_with_next


def test_the_signature_stands_with_the_last_that_was_written(public: Telling) -> None:
    means = unit.Means.of(public.results)
    for shown in public.results.units[:4]:
        said = pages(typeset.pdf(unit.paper(public, shown, means)))
        (last,) = [page for page in said if "[Họ và tên]" in page]
        assert "Đề xuất, kiến nghị" in last


def test_no_row_of_a_table_stands_alone_below_its_head(telling: Telling) -> None:
    said = pages(typeset.pdf(province.paper(telling)))
    for page in said:
        head = page.rfind("Người dân\r\n")
        if "Đại biểu HĐND tỉnh" in page and head > 0:
            assert page[head:].count("/") >= 3, page
    document = Document(io.BytesIO(word.docx(province.paper(telling))))
    for table in document.tables:
        kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]
        if len(kept) > 3:
            assert kept[:2] == [True, True]
            assert kept[-2:] == [True, None]


def filled(pdf: bytes) -> list[float]:
    """How far down each page something is printed that is darker than the mark of a draft."""
    shares = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=0.3, grayscale=True).to_numpy()
        inked = (picture < 120).any(axis=1).nonzero()[0]
        shares.append(float(inked.max()) / len(picture) if len(inked) else 0.0)
    return shares


def test_no_page_before_the_end_of_a_part_is_half_empty(telling: Telling) -> None:
    shares = filled(typeset.pdf(province.paper(telling)))
    half_empty = [share for share in shares if share < 0.5]
    assert len(half_empty) <= 2, "the page with the signature, and the last one"


@pytest.mark.usefixtures("libreoffice_in_times")
def test_a_draft_in_word_breaks_its_pages_well(telling: Telling) -> None:
    pdf = downloads.contents(telling.results, WORDS, "vi", "pdf", telling.beside)
    assert "LibreOffice" in pypdfium2.PdfDocument(pdf).get_metadata_dict()["Producer"]
    half_empty = [share for share in filled(pdf) if share < 0.6]
    assert len(half_empty) <= 2, "the page with the signature, and the last one"
    beginnings = {
        "PHỤ LỤC I": "Hạng",
        "PHỤ LỤC II": "Trong mỗi ô",
        "PHỤ LỤC III": "Thiết lập",
        "PHỤ LỤC IV": "Ghi chú",
    }
    said = pages(pdf)
    for title, first in beginnings.items():
        (page,) = (each for each in said if title in each.split("\r\n"))
        assert first in page.partition(f"{title}\r\n")[2], f"{title} stands alone at a page's end"


def fonts(pdf: bytes) -> set[str]:
    """The names of the fonts that a PDF is printed in."""
    names = set()
    for page in pypdfium2.PdfDocument(pdf):
        for item in page.get_objects([raw.FPDF_PAGEOBJ_TEXT]):
            name = ctypes.create_string_buffer(200)
            font = raw.FPDFTextObj_GetFont(item.raw)
            raw.FPDFFont_GetBaseFontName(font, name, len(name))
            names.add(name.value.decode())
    return names


def test_no_pdf_is_printed_in_a_font_that_lacks_vietnamese_letters(
    telling: Telling, public: Telling
) -> None:
    """The bold italic that typst brings draws `với` without its ơ."""
    for paper in (province.paper(telling), leaders.paper(public)):
        used = fonts(typeset.pdf(paper))
        assert used
        assert not [name for name in used if "Bold" in name and "Italic" in name]


@pytest.mark.parametrize(
    ("family", "languages", "is_taken"),
    [
        ("Liberation Serif", "en|uz|vi|vo", True),
        ("Liberation Serif", "en|uz|vo", False),  # as its first version
        ("Noto Serif", "en|vi", False),
    ],
)
def test_libreoffice_sets_drafts_with_vietnamese_letters_as_wide_as_the_decrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, languages: str, is_taken: bool
) -> None:
    for name, said in (("soffice", ""), ("fc-match", f"{family}\\n{languages}")):
        (tmp_path / name).write_text(f"#!/bin/sh\nprintf '{said}'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(conversion, "program", conversion.program.__wrapped__)
    assert conversion.program() == (str(tmp_path / "soffice") if is_taken else None)


def test_a_draft_by_libreoffice_is_the_same_file_all_day(
    telling: Telling, libreoffice: str
) -> None:
    docx = word.docx(leaders.paper(telling))
    drafts = {conversion.pdf(docx, libreoffice) for _ in range(2)}  # seconds apart
    assert len(drafts) == 1
    assert pages(drafts.pop())


def test_libreoffice_that_takes_too_long_is_ended_and_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "soffice"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(conversion, "SECONDS", 0.2)
    with pytest.raises(conversion.NotConverted, match="took more"):
        conversion.pdf(b"", str(slow))
