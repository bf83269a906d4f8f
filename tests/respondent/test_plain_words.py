"""What a respondent reads is plain: short sentences, one word for "you", days and numbers as here.

Held for the house's own words and for every shipped questionnaire, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from survey_app.questionnaire import library
from survey_app.questionnaire.model import Questionnaire
from survey_app.respondent import pages

MOST_WORDS = 25
"""In a sentence, beyond which public services see readers lose the thread. A unit's name is one."""

FAULTS = {
    "long": lambda said: any(words(each) > MOST_WORDS for each in sentences(said)),
    "honorific": re.compile(
        r"\b(bạn|quý vị|quý khách|anh/chị|anh chị|cô chú)\b|ông/bà|Ông/bà|ÔNG/BÀ|[Ôô]ng,? bà\b"
    ).search,
    "number": re.compile(r"\d\.\d(?!\d\d)").search,
    "day": re.compile(r"\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d\d(?!\d)|\d\d?-\d\d?-\d{4}").search,
    "two questions": lambda said: said.count("?") > 1,
    "jargon": re.compile(
        r"(?i)\b(submit|click|login|server|token|session|browser|website|online|email|link|URL)\b"
    ).search,
    "double negative": re.compile(
        r"(?i)không (phải |hề )?(là )?không\b|chưa .{0,12}\bkhông chưa"
    ).search,
}
"""What would not be plain in Vietnamese."""

NOT_PLAIN = {
    "long": " ".join(["chữ"] * (MOST_WORDS + 1)),
    "honorific": "Xin ông/bà trả lời",
    "number": "Xin nhập 2.5",
    "day": "Trước ngày 2025-11-25",
    "two questions": "Ông/Bà có chờ lâu không? Vì sao?",
    "jargon": "Xin bấm submit",
    "double negative": "Ông/Bà không phải là không hài lòng?",
}
FORMS = [
    pytest.param(form, id=form.name)
    for name in library.studies()
    if not name.startswith("benchmark/")  # another program's words, kept to compare speed
    for form in library.study(name).questionnaires.values()
]


def sentences(said: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.!?:;])\s+", said) if each]


def words(sentence: str) -> int:
    return len(re.findall(r"[^\W_]+(?:[/-][^\W_]+)*|\{\w+\}", sentence))


def texts(form: Questionnaire) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text of a questionnaire that a respondent reads, and what it is called."""
    yield "title", form.title
    for part in ("asks", "why", "kept", "until", "voluntary", "contact"):
        yield part, getattr(form.notice, part)
    for section in form.sections:
        yield section.name, section.title
    for item in form.items.values():
        yield item.name, item.ask
        if item.hint:
            yield f"{item.name}, hint", item.hint
        for option in item.scale.options if item.scale else ():
            yield f"{item.name}, {option.code}", option.label


def faults(said: str, *, but: frozenset[str] = frozenset()) -> list[str]:
    return [name for name, found in FAULTS.items() if name not in but and found(said)]


@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_not_plain_is_found(kind):
    assert kind in faults(NOT_PLAIN[kind])


@pytest.mark.parametrize("key", pages.WORDS)
def test_the_houses_words_are_plain(key):
    assert faults(pages.WORDS[key]["vi"]) == []
    assert all(words(each) <= MOST_WORDS for each in sentences(pages.WORDS[key]["en"]))


@pytest.mark.parametrize("form", FORMS)
def test_the_words_of_a_questionnaire_are_plain(form):
    found = {name: said["vi"] for name, said in texts(form) if faults(said["vi"])}
    long = {
        name: said["en"]
        for name, said in texts(form)
        if any(words(each) > MOST_WORDS for each in sentences(said["en"]))
    }
    assert (found, long) == ({}, {})


@pytest.mark.parametrize("form", FORMS)
def test_a_question_ends_as_one(form):
    for item in form.items.values():
        for language in ("vi", "en"):
            assert item.ask[language].rstrip().endswith(("?", ".")), (item.name, language)


def test_what_the_form_says_of_days_and_numbers_is_what_it_takes():
    from werkzeug.datastructures import MultiDict

    from survey_app.questionnaire.filling import answers
    from survey_app.questionnaire.model import Item

    for slug, kind in (("not-a-date", "date"), ("not-a-number", "number")):
        shown = re.findall(r"\d[\d,/]*", pages.WORDS[slug]["vi"])
        assert shown
        for example in shown:
            item = Item("each", {}, kind)  # type: ignore[arg-type]
            kept, refused = answers.read([item], MultiDict({"each": example}))
            assert (list(kept), refused) == (["each"], {}), example
