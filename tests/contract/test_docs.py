"""Docs that cannot lie: links lead somewhere, commands and settings exist and are described."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from survey_app.commands import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "questionnaires").rglob("*.md"),
        *(ROOT / "benchmarks").rglob("*.md"),
    ]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page.name} -> {target}"


def _commands(group: click.Group, above: str = "cchc") -> list[str]:
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found += _commands(command, f"{above} {name}")
        else:
            found.append(f"{above} {name}")
    return found


@pytest.mark.parametrize("command", _commands(cli.main))
def test_every_command_is_described(command):
    described = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    assert f"`{command}" in described


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page):
    known = _commands(cli.main)
    for words in re.findall(
        r"`(?:\./dev )?cchc ([a-z][a-z -]*[a-z])", page.read_text(encoding="utf-8")
    ):
        named = f"cchc {words}"
        assert any(
            known_one.startswith(named) or named.startswith(known_one) for known_one in known
        ), f"{page.name} names `{named}`"


def test_every_setting_is_described():
    described = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    files = ("settings.py", "protecting.py")
    source = "".join((ROOT / "survey_app" / file).read_text(encoding="utf-8") for file in files)
    for name in set(re.findall(r"CCHC_[A-Z_]+", source)):
        assert f"`{name}`" in described


def test_the_version_is_said_once():
    from analysis.io.writing import VERSION as OF_ANALYSIS
    from survey_app.settings import VERSION

    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{VERSION}"' in project
    assert OF_ANALYSIS == VERSION
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
