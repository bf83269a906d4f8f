from decimal import Decimal
from pathlib import Path

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from analysis.problems import ProblemsFound
from survey_app import i18n
from survey_app.i18n import Words

ROOM = "save:\n  vi: Lưu lại\n  en: Save\nno:\n  vi: Không\n  en: No\n"


def test_a_room_speaks_both_languages_and_vietnamese_when_nothing_is_wished(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text(ROOM, "utf-8")
    words = Words.load(tmp_path / "words.yaml")
    assert (words("vi")["save"], words("en")["save"], words("fr")["no"]) == (
        "Lưu lại",
        "Save",
        "Không",
    )


def test_words_that_lack_a_language_or_are_said_twice_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ROOM, "utf-8")
    (tmp_path / "b.yaml").write_text(
        "save:\n  vi: Lưu\n  en: Save\nback:\n  vi: Quay lại\n", "utf-8"
    )
    with pytest.raises(ProblemsFound) as found:
        Words.load(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert [problem.slug for problem in found.value.problems] == ["repeated-words", "missing-words"]


def test_the_first_wish_that_the_house_can_speak_is_taken() -> None:
    assert i18n.choose(None, "fr", "en", "vi") == "en"
    assert i18n.choose() == "vi"


@pytest.mark.parametrize(
    ("value", "language", "printed"),
    [
        (1.005, "vi", "1,01"),
        (Decimal("0.125"), "vi", "0,13"),
        ("82.5", "en", "82.50"),
        (1234.5, "vi", "1.234,50"),
        (-0.001, "vi", "0,00"),
        (-1234.5, "vi", "\N{MINUS SIGN}1.234,50"),
        (-0.5, "en", "\N{MINUS SIGN}0.50"),
        (3, "vi", "3,00"),
        (None, "vi", "–"),
    ],
)
def test_a_number_is_rounded_half_up_and_written_as_the_language_writes_it(
    value: float | Decimal | str | None, language: str, printed: str
) -> None:
    assert i18n.number(value, language) == printed


@given(
    st.one_of(
        st.integers(-(10**12), 10**12),
        st.decimals(-(10**9), 10**9, places=4),
        st.floats(-1e9, 1e9, allow_nan=False),
    ),
    st.sampled_from(i18n.LANGUAGES),
    st.integers(0, 4),
)
def test_a_number_is_written_as_babel_writes_it(
    value: float | Decimal, language: str, places: int
) -> None:
    pattern = "#,##0." + "0" * places if places else "#,##0"
    by_babel = format_decimal(i18n.rounded(value, places), format=pattern, locale=language)
    assert i18n.number(value, language, places) == by_babel.replace("-", i18n.MINUS)


def test_a_share_is_printed_as_a_percentage_and_its_absence_as_a_dash() -> None:
    assert i18n.percent(0.8255, "vi") == "82,6%"
    assert i18n.percent(None, "vi") == "–"


def test_days_and_times_are_those_of_vietnam() -> None:
    assert i18n.day("2026-08-05", "vi") == "05/08/2026"
    assert i18n.day("2026-08-05T18:00:00+00:00", "vi") == "06/08/2026"
    assert i18n.moment("2026-08-05T18:00:00+00:00", "vi") == "01:00 06/08/2026"
    assert i18n.day(None, "en") == "–"
