import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SLUG = re.compile(
    r'(?:Unreadable|[Pp]roblem|_complain)\(\s*"([a-z0-9-]+)"'
    r'|complain\(\s*row, [a-z"0-9_]+, "([a-z0-9-]+)"'
)


def test_every_kind_of_fault_of_a_list_is_explained():
    sources = (ROOT / "survey_app" / "fieldwork").glob("*.py")
    slugs = {a or b for file in sources for a, b in SLUG.findall(file.read_text(encoding="utf-8"))}
    page = (ROOT / "docs" / "reference" / "sample-file.md").read_text(encoding="utf-8")
    assert len(slugs) > 30
    assert {slug for slug in slugs if f"`{slug}`" not in page} == set()
