import pytest

from survey_app.fieldwork.case import Stratum
from survey_app.fieldwork.lists import frame_file
from tests.fieldwork.lists import GROUPS, UNITS, as_excel, csv_file, problems_of

SOUND = {
    "group": "citizens",
    "sample": "",
    "unit": "SNV",
    "stratum": "all",
    "population": "120",
    "planned": "30",
}


def read(*rows, make=csv_file):
    return frame_file.read(make(*rows), GROUPS, UNITS).rows


@pytest.mark.parametrize("make", [csv_file, as_excel])
def test_a_frame_says_how_many_there_are(make):
    unknown = SOUND | {"unit": "", "sample": "hdnd", "population": "", "planned": ""}
    assert read(SOUND, unknown, make=make) == (
        Stratum("citizens", "", "SNV", "all", 120, 30),
        Stratum("citizens", "hdnd", "", "all", None, None),
    )


FAULTY = [
    ({"group": ""}, "blank"),
    ({"group": "x"}, "unknown-group"),
    ({"unit": "x"}, "unknown-unit"),
    ({"unit": ""}, "unit-or-sample"),
    ({"sample": "hdnd"}, "unit-or-sample"),
    ({"stratum": ""}, "blank"),
    ({"stratum": "x" * 65}, "too-long"),
    ({"population": "1.200"}, "not-a-count"),
    ({"population": "0", "planned": ""}, "not-a-count"),
    ({"planned": "121"}, "planned-too-large"),
]


@pytest.mark.parametrize(("change", "slug"), FAULTY)
@pytest.mark.parametrize("make", [csv_file, as_excel])
def test_a_fault_is_named(make, change, slug):
    found = problems_of(lambda: read(SOUND | change, make=make))
    assert [problem.slug for problem in found] == [slug]


def test_a_stratum_stands_once():
    found = problems_of(lambda: read(SOUND, SOUND))
    assert [(problem.slug, problem.line) for problem in found] == [("repeated-stratum", 3)]
