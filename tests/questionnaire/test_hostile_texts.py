"""Whatever stands in a file, the answer is a study or a list of problems."""

import contextlib

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.problems import ProblemsFound
from survey_app.questionnaire.check import check_files
from survey_app.questionnaire.library import study, study_from_texts
from survey_app.questionnaire.yaml import syntax_errors
from survey_app.questionnaire.yaml.tree import grown
from tests.builders import CITIZENS, COUNCIL, INDEX, NAME, SCALES, UNITS, study_texts, write_study

FILES = {"index": INDEX, "scales": SCALES, "council": COUNCIL, "citizens": CITIZENS, "units": UNITS}
SPLICES = [
    *"{}[]:,#&*!|>'\"%@`-?\t\n \ufeff\u0301\u200b\x00\x85",
    *("---\n", "...", "- ", ": ", "<<: ", "!!python/object:os.system ", "&a [*a]", "%YAML 9.9"),
    *("\n  ", "~", "null", "1e9", "0x1F", "-0", "²", "\\U00110000", '"\\ud800"', "{unit}", "{{"),
]
quietly = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def read(texts):
    with contextlib.suppress(ProblemsFound):
        study_from_texts(NAME, texts)


@st.composite
def mutated(draw):
    """One file of the tiny study with a few cuts, splices and moved lines."""
    stem = draw(st.sampled_from(sorted(FILES)))
    text = FILES[stem]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        upto = draw(st.integers(at, min(at + 40, len(text))))
        text = text[:at] + draw(st.sampled_from(SPLICES) | st.text(max_size=3)) + text[upto:]
    return {stem: text}


@st.composite
def reshaped(draw):
    """One file of the tiny study with a value of another shape, or a line taken out."""
    stem = draw(st.sampled_from(sorted(FILES)))
    lines = FILES[stem].splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    key = lines[at].partition(":")[0]
    instead = draw(
        st.sampled_from(["", "[]", "{}", "[[a]]", "{a: {b: c}}", "''", "x", "- y", None])
    )
    lines[at : at + 1] = [] if instead is None else [f"{key}: {instead}"]
    return {stem: "\n".join(lines)}


@given(mutated())
@quietly
def test_a_mangled_file_is_refused_and_never_crashes(change):
    read(study_texts(**change))


@given(reshaped())
@quietly
def test_a_value_of_the_wrong_shape_is_refused_and_never_crashes(change):
    read(study_texts(**change))


@given(stem=st.sampled_from(sorted(FILES)), raw=st.binary(max_size=200))
@quietly
def test_random_bytes_are_refused_and_never_crash(stem, raw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    write_study(folder)
    path = next(folder.rglob(f"{stem}.yaml"))
    path.write_bytes(raw)
    with pytest.raises(ProblemsFound):
        study(NAME, folder)
    check_files([path], folder)


@given(st.text(max_size=200))
@quietly
def test_random_text_is_refused_and_never_crashes(text):
    read(study_texts(scales=text))


@pytest.mark.parametrize("depth", [39, 41, 5_000, 100_000])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_any_depth_is_a_fault_of_the_file_and_no_crash(depth, opening):
    read(study_texts(scales=opening * depth))


def test_a_bomb_of_aliases_does_not_go_off():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    document, _ = grown("\n".join(lines), "bomb.yaml")
    assert {problem.slug for problem in document.problems} == {"alias"}


def test_a_megabyte_is_refused_before_it_is_read():
    document, _ = grown("a: " + "ế" * 1_000_000, "large.yaml")
    assert [problem.slug for problem in document.problems] == ["file-too-large"]


def test_both_parsers_give_the_same_places(monkeypatch):
    text = CITIZENS + "  # Ông/Bà 😀\n"
    places = []
    for loader in {syntax_errors.FAST, yaml.SafeLoader}:
        monkeypatch.setattr("survey_app.questionnaire.yaml.tree.FAST", loader)
        _, root = grown(text, "citizens.yaml")
        places.append(_places(root))
    assert all(each == places[0] for each in places)


def _places(node):
    below = [*node.items, *(part for pair in node.entries.values() for part in pair)]
    here = (node.line, node.column, node.width, node.shape, node.text)
    return [here, *(place for each in below for place in _places(each))]


@pytest.mark.parametrize(
    "text",
    ["a: 'x", "a: [1", "a: @x", "a: b: c", 'a: "x" y', " a: 1\nb: 2", "a: - b", 'a: "\\UFFFFFFFF"'],
)
def test_what_is_no_yaml_is_said_without_the_words_of_the_parser(text):
    document, root = grown(text, "a.yaml")
    assert root.missing
    assert [problem.slug for problem in document.problems] == ["not-yaml"]
    assert "<" not in document.problems[0].message
    assert "token" not in document.problems[0].message
