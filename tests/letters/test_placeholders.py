import pytest

from analysis.problems import ProblemsFound
from survey_app.i18n import LANGUAGES
from survey_app.letters import placeholders, texts


@pytest.mark.parametrize("written", ["{ten}", "{name}", "{Tên}", "{ TÊN }", "{Name}"])
def test_a_placeholder_is_known_by_its_name_in_either_language_with_marks_and_without(written):
    assert placeholders.filled(f"Kính gửi {written}!", {"ten": "Lò Văn Ưởng"}) == (
        "Kính gửi Lò Văn Ưởng!"
    )


def test_what_is_put_in_is_not_looked_at_again():
    said = placeholders.filled("{ten}, {don_vi}", {"ten": "{don_vi}", "don_vi": "{ten}"})
    assert said == "{don_vi}, {ten}"


@pytest.mark.parametrize(
    ("text", "line", "letter", "typed"),
    [
        ("Kính gửi {tenn}", 1, 10, "{tenn}"),
        ("Một\nhai\n  {hạn chót}", 3, 3, "{hạn chót}"),
        ("Thừa } ngoặc", 1, 6, "}"),
        ("Mở {ten", 1, 4, "{"),
        ("{}", 1, 1, "{}"),
        ("{{ten}}", 1, 1, "{"),
    ],
)
def test_a_brace_that_means_nothing_is_refused_with_its_place(text, line, letter, typed):
    first = next(placeholders.faults(text, "body"))
    assert (first.line, first.column, first.values["typed"]) == (line, letter, typed)


def test_a_slip_is_answered_by_what_was_probably_meant():
    (problem,) = placeholders.faults("{duong_dn}", "message")
    assert problem.values["near"] == "{duong_dan}"


def test_the_texts_that_a_wave_begins_with_can_be_printed():
    for language in LANGUAGES:
        assert texts.checked(texts.defaults(language)) == texts.defaults(language)


def test_every_fault_of_every_text_is_told_at_once():
    wrong = {"title": "{x}", "body": "{y}", "message": "Xin trả lời", "reminder": "{duong_dan}"}
    with pytest.raises(ProblemsFound) as refused:
        texts.checked(texts.complete(wrong, "vi"))
    assert [(each.file, each.slug) for each in refused.value.problems] == [
        ("title", "letter-placeholder"),
        ("body", "letter-placeholder"),
        ("message", "letter-no-link"),
        ("reminder", "letter-link-gone"),
    ]


def test_a_text_is_kept_without_what_nobody_sees():
    assert texts.tidied(" Một\r\nhai\x00\u200b\x1b[31m \n") == "Một\nhai[31m"


@pytest.mark.parametrize(
    ("field", "text", "slug"),
    [
        ("title", "x" * 161, "letter-text-long"),
        ("title", "một\nhai", "letter-text-lines"),
        ("body", "\n".join("x" * 31), "letter-text-lines"),
    ],
)
def test_a_text_has_its_measure(field, text, slug):
    with pytest.raises(ProblemsFound) as refused:
        texts.checked(texts.complete({field: text}, "vi"))
    assert [each.slug for each in refused.value.problems] == [slug]
