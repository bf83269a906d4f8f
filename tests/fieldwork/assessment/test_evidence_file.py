import random

import pytest

from analysis.problems import ProblemsFound
from survey_app.fieldwork.assessment import evidence_file
from survey_app.fieldwork.sheets.cells import Source
from tests.fieldwork.assessment.handed_in import HOSTILE, SOUND

MOST = 50_000_000


@pytest.mark.parametrize("name", SOUND)
def test_what_offices_use_is_taken_and_known_by_its_content(name):
    looked = evidence_file.look(Source(name, SOUND[name]), MOST)
    assert looked.name == name
    assert looked.kind in evidence_file.MIME


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_what_it_says_or_could_do_harm_is_refused(name):
    slug, content = HOSTILE[name]
    with pytest.raises(ProblemsFound) as refused:
        evidence_file.look(Source(name, content), MOST)
    assert [problem.slug for problem in refused.value.problems] == [slug]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\lan\\Kế hoạch.pdf", "Kế hoạch.pdf"),
        ('a"b<c>|?*.pdf', "abc.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("\u202egnp.pdf", "gnp.pdf"),
        ("x" * 400 + ".pdf", "x" * 150 + ".pdf"),
        ("Ke\u0302\u0301.pdf", "Kế.pdf"),
    ],
)
def test_a_name_is_shown_without_paths_and_what_cannot_be_seen(typed, kept):
    assert evidence_file.plain_name(typed) == kept


@pytest.mark.parametrize("name", [name for name in SOUND if SOUND[name].startswith(b"PK")])
def test_a_packed_file_that_was_damaged_is_refused_and_never_breaks_the_reader(name):
    rng = random.Random(name)
    for _ in range(60):
        raw = bytearray(SOUND[name])
        for _ in range(rng.randrange(1, 8)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        cut = Source(name, bytes(raw[: rng.randrange(1, len(raw) + 1)]))
        assert all(slug.startswith("evidence-") for slug in refusals(cut))


def refusals(source):
    try:
        evidence_file.look(source, MOST)
    except ProblemsFound as refused:
        return [each.slug for each in refused.problems]
    return []
