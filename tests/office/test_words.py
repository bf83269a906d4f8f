import re
from pathlib import Path

from survey_app.office.page import HERE, WORDS


def used() -> set[str]:
    found: set[str] = set()
    for file in [*HERE.rglob("*.html"), *HERE.rglob("*.py")]:
        text = Path(file).read_text("utf-8")
        found.update(re.findall(r"\bw\.([a-z_]+)\b(?!\()", text))
        found.update(re.findall(r'(?:\bw|words\(\))\["([a-z_]+)"\]', text))
    return found - {"get"}


def test_every_word_that_a_page_says_is_there() -> None:
    assert sorted(used() - set(WORDS)) == []


def test_both_languages_leave_the_same_places_to_fill_in() -> None:
    places = {
        key: {lang: set(re.findall(r"{(\w+)}", text)) for lang, text in said.items()}
        for key, said in WORDS.items()
    }
    assert [key for key, found in places.items() if found["vi"] != found["en"]] == []


def test_no_english_words_are_left_in_the_vietnamese_pages() -> None:
    same = {key for key, said in WORDS.items() if said["vi"] == said["en"]}
    assert {key for key in same if not key.startswith("detail_")} == set(), "details are names"
