"""What is masked in what respondents wrote, and what may stand."""

from __future__ import annotations

import unicodedata

import pytest

from survey_app.quality.masking import MASKS, masked

PHONE, EMAIL, LINK, NUMBER, NAME = (
    MASKS[kind] for kind in ("phone", "email", "link", "number", "name")
)
UNITS = ("Sở Nội vụ", "Xã Mường Giàng", "Mường Giàng")


@pytest.mark.parametrize(
    "number",
    [
        "0912345678", "0912 345 678", "0912.345.678", "0912-345-678", "09 12 34 56 78",
        "0 9 1 2 3 4 5 6 7 8", "+84912345678", "+84 912 345 678", "(+84) 912.345.678",
        "+84 (0) 912 345 678", "84912345678", "O912345678", "0212 3850 000", "(0212) 3.850.000",
        "０９１２３４５６７８", "0912\u200b345\u200b678", "0912–345–678", "0912,345,678",
    ],
)  # fmt: skip
def test_telephone_numbers_are_masked_however_they_are_spaced(number: str) -> None:
    told = masked(f"Gọi {number} gặp tôi")
    assert told == f"Gọi {PHONE} gặp tôi"


def test_a_shorter_number_is_masked_where_the_text_says_that_it_is_a_telephone_s() -> None:
    assert masked("Zalo: 3850 000") == f"Zalo: {PHONE}"
    assert masked("sđt 3850000 nhé") == f"sđt {PHONE} nhé"


def test_a_number_that_is_spelt_out_is_masked() -> None:
    spelt = "không chín một hai ba bốn năm sáu bảy tám"
    assert masked(f"số của tôi {spelt}") == f"số của tôi {PHONE}"
    assert masked("một hai lần phải đi lại") == "một hai lần phải đi lại"


def test_numbers_of_identity_cards_and_accounts_are_masked() -> None:
    assert masked("CCCD 114088001234") == f"CCCD {NUMBER}"
    assert masked("tài khoản 1903 4567 8901 2") == f"tài khoản {NUMBER}"


@pytest.mark.parametrize(
    "address",
    [
        "an.nguyen@gmail.com",
        "an (at) sonla.gov.vn",
        "lan_tran@x.gov.vn",
        "an a còng gmail chấm com",
    ],
)
def test_e_mail_addresses_are_masked(address: str) -> None:
    assert masked(f"viết cho {address} nhé") == f"viết cho {EMAIL} nhé"


def test_links_to_people_are_masked() -> None:
    assert masked("xem facebook.com/lan.tran.5") == f"xem {LINK}"
    assert masked("https://zalo.me/0912345678 đó") == f"{LINK} đó"


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Văn An", "NGUYỄN VĂN AN", "nguyễn văn an", "Nguyen Van An", "Lò Thị Mai",
        "Quàng Văn Ưởng", "Giàng A Dơ", "Thào Thị Mỷ", "Vừ A Sùng", "Cầm Bun", "Lường Thị Hoa",
        "Đèo Văn Long", "Trần Đức", "Võ Nguyên Giáp", "Hoàng Thị Minh Khai", "lo thi mai",
    ],
)  # fmt: skip
def test_names_of_people_are_masked(name: str) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, f"Tôi gặp {name} ở đó")
        assert masked(written, UNITS) == f"Tôi gặp {NAME} ở đó"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("anh Hùng rất tốt", f"anh {NAME} rất tốt"),
        ("Chị Lan và bà Mai Anh", f"Chị {NAME} và bà {NAME}"),
        ("đồng chí Sơn hứa rồi quên", f"đồng chí {NAME} hứa rồi quên"),
        ("trưởng phòng Tuấn chậm", f"trưởng phòng {NAME} chậm"),
        ("giám đốc Phong", f"giám đốc {NAME}"),
        ("tên là Hạnh", f"tên là {NAME}"),
    ],
)
def test_a_word_after_a_title_is_a_name(written: str, told: str) -> None:
    assert masked(written, UNITS) == told


@pytest.mark.parametrize(
    "text",
    [
        "Cần trả kết quả đúng hẹn hơn.",
        "cán bộ Sở Tư pháp nhiệt tình",
        "Trưởng phòng Nội vụ trả lời chậm",
        "Chủ tịch UBND xã",
        "Huyện Mai Sơn cũ và Hà Nội",
        "Xã Mường Giàng làm tốt, Mường Giàng gần nhà",
        "Lệ phí 1.200.000.000 đồng là cao",
        "ngày 12/05/2025, lúc 14:30",
        "Năm 2025 có 12.345 hồ sơ, trễ 30%",
        "Nên niêm yết bằng cả tiếng Thái và tiếng Mông.",
        "Do Sở chậm. Anh em đi lại nhiều.",
        "",
    ],
)
def test_what_leads_to_nobody_stands(text: str) -> None:
    assert masked(text, UNITS) == text


def test_masking_twice_changes_nothing_more() -> None:
    text = "Ông Lò Văn Hùng, 0912 345 678, hung@x.vn, zalo.me/hung, CCCD 114088001234"
    once = masked(text)
    assert masked(once) == once
    assert "Hùng" not in once


def test_whatever_is_written_is_masked_without_an_error() -> None:
    for text in ("٠٩١٢٣٤٥٦٧٨", "¹²³", "0" * 5000, "@" * 500, "Nguyễn " * 500, "\x00", "ông", "đ/c"):
        masked(text)
    assert masked("٠٩١٢٣٤٥٦٧٨") == PHONE
