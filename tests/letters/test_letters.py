"""Letters as a reader sees them: the PDF is opened, its text read, its codes scanned."""

import json
import re
import unicodedata

import pypdfium2
import pytest
import zxingcpp

from analysis.problems import ProblemsFound
from survey_app.letters import composing, texts, typesetting
from survey_app.questionnaire import library
from survey_app.waves.plan import Plan
from tests.builders import write_study
from tests.letters.writing import AT, PLAN, SITE, invitation, printed, writing

EVERY_LETTER = (
    "aáàảãạăắằẳẵặâấầẩẫậeéèẻẽẹêếềểễệiíìỉĩịoóòỏõọôốồổỗộơớờởỡợuúùủũụưứừửữựyýỳỷỹỵđ"
    "AÁÀẢÃẠĂẮẰẲẴẶÂẤẦẨẪẬEÉÈẺẼẸÊẾỀỂỄỆIÍÌỈĨỊOÓÒỎÕỌÔỐỒỔỖỘƠỚỜỞỠỢUÚÙỦŨỤƯỨỪỬỮỰYÝỲỶỸỴĐ"
)
"""Every letter of Vietnamese."""

ATTACKS = [
    '#read("/etc/passwd")',
    '#eval("1+1")',
    '#import "@preview/cetz:0.3.0"',
    "#panic()",
    '"; #pagebreak(); "',
    "*đậm* _nghiêng_ `mã` $x^2$ = Đề mục",
    "\\u{41} \\ \\\\",
    "<end> @end",
    "</svg><script>alert(1)</script>",
    "// chú thích /* khối */",
    "{ten} {duong_dan}",
    "😀 👩‍👩‍👧 ﷽",
    "\u202engược",
    "- một\n+ hai\n/ ba: bốn",
    "A" * 400,
    "Nguyễn " * 60,
]


@pytest.fixture
def study(tmp_path):
    return library.study(write_study(tmp_path), tmp_path)


def opened(pdf: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(pdf)


def text_of(pdf: bytes, page: int = 0) -> str:
    """What stands on a page, its lines joined."""
    read = opened(pdf)[page].get_textpage().get_text_bounded()
    return " ".join(read.replace("\ufffe", "-").split())


def bare(text: str) -> str:
    """A text without what a line may end with."""
    return re.sub(r"[\s\u200b-]", "", text)


def test_a_letter_says_who_sends_it_when_and_whom_to_call(study):
    own = {
        "superior": "UBND tỉnh Sơn La",
        "agency": "Sở Nội vụ",
        "number": "Số: 12/TM-SNV",
        "place": "Sơn La",
        "signer_title": "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC",
        "signer": "Nguyễn Thị Ỷ",
    }
    said = text_of(printed(writing(study, **own), invitation()))
    for expected in (
        "UBND TỈNH SƠN LA",
        "SỞ NỘI VỤ",
        "Số: 12/TM-SNV",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Sơn La, ngày 28 tháng 11 năm 2026",
        "Kính gửi: Lò Văn Ưởng",
        "Trả lời trước: 17:00 15/12/2026",
        "Liên hệ: Bà Nguyễn Thị Hà, 0212 3850 000",
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "Nguyễn Thị Ỷ",
        "Số thư mời: DB-0001",
    ):
        assert expected in said, said


def test_a_letter_promises_what_the_form_promises(study):
    said = text_of(printed(writing(study), invitation()))
    notice = study.questionnaires["council"].notice
    assert " ".join(notice.voluntary["vi"].split()) in said
    assert " ".join(notice.kept["vi"].split()) in said
    assert "{" not in said


@pytest.mark.parametrize("site", [SITE, f"https://{'khao-sat-cai-cach.' * 8}gov.vn/tinh"])
def test_the_code_and_the_words_lead_to_the_same_link(study, site):
    drawn = invitation()
    pdf = printed(writing(study, site=site), drawn)
    (code,) = zxingcpp.read_barcodes(opened(pdf)[0].render(scale=2).to_pil())
    assert code.text == drawn.link(site)
    assert bare(drawn.link(site)) in bare(text_of(pdf))


def test_the_code_is_drawn_by_lines_and_not_by_dots(study):
    page = opened(printed(writing(study), invitation()))[0]
    kinds = {each.type for each in page.get_objects(max_depth=5)}
    assert pypdfium2.raw.FPDF_PAGEOBJ_PATH in kinds
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE not in kinds


def test_a_code_still_reads_when_a_stamp_covers_a_part_of_it(study):
    drawn = invitation()
    picture = opened(printed(writing(study), drawn))[0].render(scale=3).to_pil()
    (code,) = zxingcpp.read_barcodes(picture)
    at = code.position
    side = (at.top_right.x - at.top_left.x) // 5
    middle = ((at.top_left.x + at.bottom_right.x) // 2, (at.top_left.y + at.bottom_right.y) // 2)
    picture.paste("red", (*middle, middle[0] + side, middle[1] + side))
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == drawn.link(SITE)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_132_delegates_get_132_pages_in_either_language_with_long_names_too(study, language):
    long = "Công Tằng Tôn Nữ Thị Hoàng Phượng Quỳnh, Phó Chủ tịch Hội đồng nhân dân, " * 5
    drawn = [invitation(n, long if n % 7 == 0 else f"Lò Văn Ưởng {n}") for n in range(132)]
    pdf = printed(writing(study, language), *drawn)
    assert len(opened(pdf)) == 132
    for number in (0, 1, 131):
        assert drawn[number].label in text_of(pdf, number)


def test_the_longest_text_that_is_taken_still_has_one_page(study):
    longest = {
        "body": "\n".join(["Ý kiến của Ông/Bà rất quan trọng. " * 3] * 28)[:2950] + " {bao_mat}",
        "title": "W" * 160,
        "superior": "Ủy ban nhân dân " * 7,
        "agency": "Sở Nội vụ " * 12,
        "signer_title": "\n".join(["KT. GIÁM ĐỐC"] * 4),
        "signer": "W" * 80,
    }
    own = texts.checked(texts.complete(longest, "vi"))
    plan = Plan(title_vi="W" * 200, contact_vi="W" * 300, closes_at=PLAN.closes_at)
    names = ["W" * 200, "Ưởng " * 40, ""]
    drawn = [invitation(n, name) for n, name in enumerate(names)]
    assert len(opened(printed(writing(study, plan=plan, **own), *drawn))) == len(names)


def test_a_letter_that_cannot_fit_is_refused_and_not_cut(study):
    with pytest.raises(ProblemsFound) as refused:
        printed(writing(study, body="x\n" * 400), invitation())
    assert [each.slug for each in refused.value.problems] == ["letter-too-long"]


def test_only_the_letter_that_is_long_is_set_small(study):
    drawn = [invitation(1), invitation(2, "Nguyễn Thị " * 250), invitation(3)]
    pages = opened(printed(writing(study), *drawn))

    def height_of_type(page: int) -> float:
        text = pages[page].get_textpage()
        at = text.search("Trả lời").get_next()[0]
        _, bottom, _, top = text.get_charbox(at)
        return round(top - bottom, 2)

    assert height_of_type(0) == height_of_type(2) > height_of_type(1)


@pytest.mark.parametrize("name", ATTACKS)
def test_whatever_somebody_is_called_stands_there_as_text(study, name):
    pdf = printed(writing(study), invitation(1, name), invitation(2))
    assert len(opened(pdf)) == 2
    said = text_of(pdf)
    assert "root:" not in said
    if name.isascii():
        assert bare(name) in bare(said)


@pytest.mark.parametrize("text", ATTACKS[:10])
def test_whatever_the_office_writes_stands_there_as_text(study, text):
    own = dict.fromkeys(("superior", "number", "place", "signer"), text.replace("\n", " "))
    pdf = printed(writing(study, **own), invitation())
    assert len(opened(pdf)) == 1
    assert "root:" not in text_of(pdf)


def test_every_vietnamese_letter_has_its_shape(study):
    """A letter that the font lacks is drawn as an empty box, and as the same for each of them."""
    drawn = [invitation(n, letter) for n, letter in enumerate(EVERY_LETTER)]
    assert len({unicodedata.normalize("NFC", each) for each in EVERY_LETTER}) == len(drawn) == 146
    pdf = printed(writing(study), invitation(1, EVERY_LETTER))
    assert EVERY_LETTER in bare(text_of(pdf))
    fonts = {
        each.get_font().get_base_name().split("+")[-1]
        for each in opened(pdf)[0].get_objects(max_depth=5)
        if each.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT
    }
    assert all(font.startswith(("LibertinusSerif", "DejaVuSansMono")) for font in fonts), fonts


def test_the_same_letters_are_the_same_bytes(study):
    drawn = [invitation(1), invitation(2)]
    assert printed(writing(study), *drawn) == printed(writing(study), *drawn)


def test_a_preview_is_a_picture_of_the_letter(study):
    drawn = invitation()
    w = writing(study)
    png = typesetting.picture(composing.head(w), composing.page(w, drawn), "vi", AT)
    assert png.startswith(b"\x89PNG")


def test_a_deadline_that_is_spoken_of_and_not_set_is_refused_with_its_place(study):
    w = writing(study, plan=Plan(contact_vi="Bà Hà, 0212"), body="Xin trả lời\ntrước {han}.")
    with pytest.raises(ProblemsFound) as refused:
        composing.check(w, invitation())
    (problem,) = refused.value.problems
    assert (problem.slug, problem.file, problem.line, problem.column) == (
        "letter-no-value",
        "body",
        2,
        7,
    )


def test_nothing_that_was_written_is_source(study):
    """The template is one file that never changes; all else comes in as JSON."""
    source = (typesetting.HERE / "letter.typ").read_text(encoding="utf-8")
    for reaches_out in ("read(", "eval(", "import ", "include ", "plugin(", "cbor(", "yaml("):
        assert reaches_out not in source
    assert source.count("json(bytes(sys.inputs.data))") == source.count("json(") == 1
    assert json.loads(json.dumps(ATTACKS)) == ATTACKS
