"""The reference page of the public face is its docstrings, and they describe what is there."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "reference" / "make_api_page.py"
SECTIONS = ["Parameters", "Returns", "Raises", "Examples"]


def made():
    spec = importlib.util.spec_from_file_location("make_api_page", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = made()
MEMBERS = [(name, getattr(MADE.analysis, name)) for name in MADE.FUNCTIONS] + [
    (f"{kind.__name__}.{name}", member)
    for kind in MADE.CLASSES
    for name, member in MADE.members(kind)
]


def sections(docstring):
    """Lines of each section, by its title."""
    parts = re.split(r"^(\w+)\n-+\n", docstring, flags=re.MULTILINE)
    return dict(zip(parts[1::2], [part.splitlines() for part in parts[2::2]], strict=True))


def terms(lines):
    """Names that a section explains."""
    return [
        name
        for line in lines
        if line and not line.startswith(" ")
        for name in line.partition(" : ")[0].split(", ")
    ]


def test_the_page_is_what_the_docstrings_give():
    assert MADE.PAGE.read_text(encoding="utf-8") == MADE.page(), (
        "run docs/reference/make_api_page.py"
    )


@pytest.mark.parametrize(("name", "member"), MEMBERS, ids=[name for name, _ in MEMBERS])
def test_every_function_and_method_is_documented_in_sections(name, member):
    docstring = inspect.getdoc(member)
    assert re.match(r".+[.]\n\n", docstring), f"{name} begins with a sentence"
    told = sections(docstring)
    assert [title for title in SECTIONS if title in told] == list(told), "in this order"
    assert told["Returns"]
    if inspect.isfunction(member):
        asked = [one for one in inspect.signature(member).parameters if one != "self"]
        assert terms(told.get("Parameters", [])) == asked
    for refusal in terms(told.get("Raises", [])):
        assert refusal in {"ProblemsFound", "TypeError", "ValueError"}


def test_what_is_exported_is_on_the_page():
    page = MADE.PAGE.read_text(encoding="utf-8")
    for name in set(MADE.analysis.__all__) - {"__version__"}:
        assert f"\n## {name}\n" in page
    assert len(MEMBERS) > 30
