import re
from pathlib import Path

from survey_app.office.pieces.faults import CATALOGUE
from tests.fieldwork import slugs

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def explained(of: str = "Frames, samples and self-assessment workbooks") -> dict[str, str]:
    """What the reference says of each kind of fault of lists and workbooks, or of letters."""
    parts = (REFERENCE / "problems.md").read_text(encoding="utf-8").split("\n## ")
    (part,) = (part for part in parts if part.startswith(of))
    entries = part.split("\n### ")[1:]
    return {re.findall("`([a-z0-9-]+)`", entry)[0]: entry for entry in entries}


def test_every_kind_of_fault_of_a_list_is_in_its_table():
    page = (REFERENCE / "sample-file.md").read_text(encoding="utf-8")
    assert len(slugs.of_files()) > 50
    assert {slug for slug in slugs.of_files() if f"`{slug}`" not in page} == set()


def test_every_kind_of_fault_of_a_list_is_explained_in_the_reference_and_no_other():
    assert set(explained()) == slugs.of_files()


def test_every_kind_of_fault_of_a_letter_is_explained_in_the_reference_and_no_other():
    assert set(explained("Letters and messages")) == slugs.of_letters()


def test_the_reference_says_what_the_office_says_in_both_languages():
    for slug, entry in (explained() | explained("Letters and messages")).items():
        for key in (slug, f"{slug}.help"):
            for words in CATALOGUE[key].values():
                assert words in entry, f"{slug}: {words}"
