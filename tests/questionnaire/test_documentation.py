import re
from pathlib import Path
from textwrap import dedent

import pytest

from survey_app.questionnaire.reader.items import RESERVED
from survey_app.questionnaire.yaml.tree import grown

ROOT = Path(__file__).parents[2]
PAGES = ["docs/reference/questionnaires.md", "docs/how-to/write-a-questionnaire.md"]


def examples(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.finditer(r"^( *)```yaml\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [dedent(each[2]) for each in found]


@pytest.mark.parametrize("page", PAGES)
def test_every_example_is_sound_yaml(page):
    assert examples(page)
    for text in examples(page):
        document, _ = grown(text, page)
        assert document.problems == []


@pytest.mark.parametrize("page", [*PAGES, "docs/reference/problems.md", "questionnaires/README.md"])
def test_every_link_leads_to_a_page(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert ((ROOT / page).parent / target).resolve().is_file(), target


def test_the_columns_of_the_data_set_are_reserved():
    assert {"resp_id", "unit", "group", "sample", "stratum", "psu", "weight"} <= RESERVED
