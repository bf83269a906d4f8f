"""Reports as readers get them: opened by LibreOffice, printed, and looked at."""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pypdfium2
import pytest
from docx import Document
from PIL import Image
from pypdfium2 import raw

from survey_app.office.documents import downloads, gathering
from survey_app.office.documents.paper import conversion, typeset, word
from survey_app.office.documents.paper.blocks import Paper, Picture, Table, Text
from survey_app.office.documents.reports import leaders, province, unit
from survey_app.office.documents.reports.beside import LastLine, LastYear
from survey_app.office.documents.reports.telling import Telling, share_of
from survey_app.office.page import WORDS
from survey_app.office.results.read import UnitLine
from survey_app.questionnaire import library
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.scored import answered, house_at, kept_scorecard
from tests.support.stores import make_tables

LONG = "Kết quả năm nay cho thấy nhiều tiến bộ. " * 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Wave, Scorecard]]:
    """Twenty departments; three citizens were asked about the first one."""
    folder = tmp_path_factory.mktemp("reports")
    database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
    make_tables(database.engine)
    house = house_at(database, folder)
    wave = answered(house, library.study("sonla/2025-department"), few=3, year=2025)
    yield house, wave, kept_scorecard(house, wave)
    database.close()


@pytest.fixture(scope="module")
def telling(world: tuple[House, Wave, Scorecard]) -> Telling:
    house, wave, card = world
    shown = gathering.results_of(house, wave, card)
    return _told(house, shown)


@pytest.fixture(scope="module")
def public(world: tuple[House, Wave, Scorecard]) -> Telling:
    house, wave, card = world
    return _told(house, gathering.public_results(house, wave, card))


def _told(house: House, shown, language: str = "vi") -> Telling:
    beside = gathering.beside(house, shown)
    return Telling(results=shown, words=WORDS, language=language, beside=beside)


def pages(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def cells(paper: Paper) -> set[str]:
    document = Document(io.BytesIO(word.docx(paper)))
    return {cell.text for table in document.tables for row in table.rows for cell in row.cells}


def filled(pdf: bytes) -> list[float]:
    """How far down each page something is printed that is darker than the mark of a draft."""
    shares = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=0.3, grayscale=True).to_numpy()
        inked = (picture < 120).any(axis=1).nonzero()[0]
        shares.append(float(inked.max()) / len(picture) if len(inked) else 0.0)
    return shares


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


def test_every_unit_is_counted_once_against_last_year(telling: Telling) -> None:
    units = [each.unit for each in telling.results.units]
    grown = LastLine(last=70.0, this=71.0, change=1.0, verdict="better")
    new = LastLine(last=None, this=71.0, change=None)
    lines = dict.fromkeys(units[2:], grown) | {units[1]: new}
    last = LastYear(year=2024, is_tested=True, level=0.95, units=lines)
    said = province.years_said(replace(telling, beside=replace(telling.beside, last=last)))
    assert "18 đơn vị tăng, 0 đơn vị giảm, 0 đơn vị chưa đủ cơ sở" in said
    assert said.endswith("2 đơn vị không có số liệu của cả hai năm để so sánh.")


def test_a_draft_of_a_wave_that_goes_on_says_so(telling: Telling) -> None:
    wave = replace(telling.results.wave, closed_at=None)
    paper = province.paper(replace(telling, results=replace(telling.results, wave=wave)))
    said = " ".join(block.text for block in paper.blocks if isinstance(block, Text))
    assert "bắt đầu ngày 05/08/2026, chưa kết thúc," in said
    assert "đến ngày" not in said


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


def test_a_draft_is_marked_on_every_page_and_what_is_published_is_not(
    telling: Telling, public: Telling
) -> None:
    paper = province.paper(telling)
    assert all("DỰ THẢO" in page for page in pages(typeset.pdf(paper)))
    card = replace(public.results.card, published_at="2026-08-05T01:00:00+00:00")
    shown = replace(public, results=replace(public.results, card=card))
    for made in (province.paper(shown), leaders.paper(shown)):
        assert not any("DỰ THẢO" in page for page in pages(typeset.pdf(made)))
        document = Document(io.BytesIO(word.docx(made)))
        for head in (document.sections[0].header, document.sections[0].first_page_header):
            assert "DỰ THẢO" not in head._element.xml
    assert "Sơn La, ngày 05 tháng 8 năm 2026" in cells(province.paper(shown))


def test_response_rates_are_written_in_one_way(telling: Telling, public: Telling) -> None:
    shown = unit.paper(public, public.results.units[0], unit.Means.of(public.results))
    for paper in (province.paper(telling), leaders.paper(telling), shown):
        counts = [cell for cell in cells(paper) if re.match(r"[\d.]+ ?/", cell) and "%" in cell]
        assert counts
        assert all(re.fullmatch(r"[\d.]+/[\d.]+ \([\d,]+%\)", cell) for cell in counts)


def test_what_nobody_wrote_is_a_blank_in_brackets_and_what_is_missing_is_said_once(
    telling: Telling,
) -> None:
    text = "\n".join(pages(typeset.pdf(province.paper(telling))))
    assert text.count("[…]") == 3
    assert text.count("Chưa có kết quả năm trước để so sánh.") == 1
    assert text.count("Không có phiếu hợp lệ nào bị loại") == 1
    texts = {("", name): f"{name} viết tay" for name in ("strengths", "shortcomings", "proposals")}
    beside = replace(telling.beside, texts=texts | {("", "signer"): "Lò Thị Xuân"})
    text = "\n".join(pages(typeset.pdf(province.paper(replace(telling, beside=beside)))))
    assert "[…]" not in text
    assert "proposals viết tay" in text
    assert "Lò Thị Xuân" in text


def test_a_unit_gets_published_figures_and_is_told_what_is_withheld(
    telling: Telling, public: Telling
) -> None:
    means = unit.Means.of(public.results)
    with pytest.raises(ValueError, match="published"):
        unit.paper(telling, telling.results.units[0], means)
    small = next(it for it in public.results.units if any(rate.withheld for rate in it.rates))
    whole = telling.results.unit(small.unit)
    assert whole is not None
    secret = {
        telling.n(line.points)
        for field, shown in zip(whole.fields, small.fields, strict=True)
        for line, seen in zip(field.criteria, shown.criteria, strict=True)
        if seen.withheld
    }
    said = cells(unit.paper(public, small, means))
    assert "Không công bố" in said
    public_points = {
        public.n(line.points) for field in small.fields for line in field.criteria
        if line.points is not None
    }  # fmt: skip
    assert not (secret - public_points) & said


def dots(picture: Picture, legend: int = 0) -> list[float]:
    """The percents at which the dots of a chart stand, from its scale; the legend's left out."""
    drawn = ET.fromstring(picture.svg())
    ticks = {
        float(each.attrib["x"]): float(each.text.removesuffix("%").replace(",", "."))
        for each in drawn.findall(".//{*}text")
        if each.text and re.fullmatch(r"\d+(,\d)?%", each.text)
    }
    ends = min(ticks), max(ticks)
    places = [float(each.attrib["cx"]) for each in drawn.findall(".//{*}circle")][legend:]
    return np.interp(places, ends, [ticks[end] for end in ends]).tolist()


def test_the_chart_of_the_province_shows_every_index_on_one_scale(telling: Telling) -> None:
    charts = [each for each in province.paper(telling).blocks if isinstance(each, Picture)]
    read = [percent for picture in charts for percent in dots(picture)]
    assert read == pytest.approx([unit.index for unit in telling.results.units], abs=0.01)
    assert len(charts) == 2
    assert all(picture.height < 8 for picture in charts), "little stays blank above one"
    words = [{e.text for e in ET.fromstring(c.svg()).findall(".//{*}text")} for c in charts]
    assert {text for text in words[0] if text.endswith("%")} - words[1] == {
        "Chỉ số của các đơn vị và khoảng tin cậy 95%"
    }


def test_a_unit_sees_itself_beside_the_mean_of_all_in_ink_alone_and_nothing_that_is_withheld(
    public: Telling,
) -> None:
    means = unit.Means.of(public.results)
    first = public.results.units[0]
    for shown in (first, _with_a_withheld_criterion(first)):
        pictures = [
            each for each in unit.paper(public, shown, means).blocks if isinstance(each, Picture)
        ]
        lines = [line for field in shown.fields for line in field.criteria]
        of_criteria = [line.points / line.maximum for line in lines if not line.withheld]
        of_fields = [share for field in shown.fields if (share := share_of(field)) is not None]
        index = [] if shown.withheld else [shown.index / 100]
        read = [percent / 100 for picture in pictures for percent in dots(picture, legend=1)]
        assert read == pytest.approx([*index, *of_fields, *of_criteria], abs=1e-4)
    assert any(line.withheld for line in lines)
    for picture in pictures:
        image = Image.open(io.BytesIO(picture.png()))
        assert image.mode == "L", "greys: a printer without colour loses nothing"
        assert image.width / image.height == pytest.approx(picture.width / picture.height, rel=0.01)
        ink = 255 - np.asarray(image)
        assert ink.max() > 200
        edges = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert edges.max() < 100, "no word runs off the drawing"
    alone = [each for each in cells(unit.paper(public, first, means)) if each[:2] in {"+-", "+−"}]
    assert alone == [], "a difference has one sign"


def _with_a_withheld_criterion(line: UnitLine) -> UnitLine:
    """As a unit is told of a criterion about which too few said something."""
    head, *rest = line.fields
    hidden = replace(head.criteria[0], points=None, lo=None, hi=None, withheld=True)
    field = replace(head, criteria=(hidden, *head.criteria[1:]), withheld=True, share=None)
    return replace(line, fields=(field, *rest))


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


def test_word_and_pdf_of_a_report_hold_the_same_cells(public: Telling) -> None:
    paper = province.paper(public)
    printed = re.sub(r"\s+", "", "".join(pages(typeset.pdf(paper))))
    for cell in cells(paper):
        for line in cell.splitlines():
            assert re.sub(r"\s+", "", line) in printed, line


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


def test_the_line_under_the_title_of_an_annex_is_shorter_than_the_title(telling: Telling) -> None:
    document = Document(io.BytesIO(word.docx(province.paper(telling))))
    texts = [each.text for each in document.paragraphs]
    line = document.paragraphs[texts.index("Điểm của các đơn vị") + 1].paragraph_format
    assert 25.0 - (line.left_indent.cm + line.right_indent.cm) == pytest.approx(2.0, abs=0.5)
    assert line.keep_with_next


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


def test_hostile_words_are_words(telling: Telling) -> None:
    bad = "<w:b/>&amp; \x00#eval(\"1\") $x$ 'a'"
    beside = replace(telling.beside, texts={("", "strengths"): bad, ("", "agency"): bad})
    paper = province.paper(replace(telling, beside=beside))
    document = Document(io.BytesIO(word.docx(paper)))
    assert bad.replace("\x00", "") in [each.text for each in document.paragraphs]
    assert '#eval("1") $x$' in "\n".join(pages(typeset.pdf(paper)))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_report_is_made_in_both_languages(
    world: tuple[House, Wave, Scorecard], language: str
) -> None:
    house, wave, card = world
    shown = gathering.public_results(house, wave, card)
    beside = gathering.beside(house, shown)
    for kind in ("docx", "tom-tat.docx"):
        body = downloads.contents(shown, WORDS, language, kind, beside)
        document = Document(io.BytesIO(body))
        text = "\n".join(
            [each.text for each in document.paragraphs]
            + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        )
        assert WORDS(language)["reports_nation"] in text
        assert "{" not in text


def test_libreoffice_that_takes_too_long_is_ended_and_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "soffice"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(conversion, "SECONDS", 0.2)
    with pytest.raises(conversion.NotConverted, match="took more"):
        conversion.pdf(b"", str(slow))
