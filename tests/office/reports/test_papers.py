"""Reports as readers get them: what they say, and to whom."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from docx import Document

from survey_app.office.documents import downloads, gathering
from survey_app.office.documents.paper import typeset, word
from survey_app.office.documents.paper.blocks import Text
from survey_app.office.documents.reports import leaders, province, unit
from survey_app.office.documents.reports.beside import LastLine, LastYear
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.page import WORDS
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.reports.printed import cells, pages


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


def test_word_and_pdf_of_a_report_hold_the_same_cells(public: Telling) -> None:
    paper = province.paper(public)
    printed = re.sub(r"\s+", "", "".join(pages(typeset.pdf(paper))))
    for cell in cells(paper):
        for line in cell.splitlines():
            assert re.sub(r"\s+", "", line) in printed, line


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
