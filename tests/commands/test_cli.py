import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from survey_app.commands.cli import main

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def commands(group=main, path=()):
    """Every command with its words: ("wave", "open")."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands())


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_explains_itself(cchc, words):
    said = cchc(*words, "--help").stdout
    assert said.startswith("Usage:")
    assert ALL[words].help


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_and_each_of_its_options_is_in_the_reference(words):
    reference = REFERENCE.read_text(encoding="utf-8")
    _, found, rest = reference.partition(f"### `cchc {' '.join(words)}")
    assert found, words
    section = re.split(r"\n##", rest)[0]
    for parameter in ALL[words].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in section, (words, parameter.opts)


def test_asking_for_help_loads_nothing_heavy():
    heavy = ["sqlalchemy", "flask", "pandas", "numpy", "openpyxl", "yaml", "survey_app.store"]
    code = (
        "import sys; from survey_app.commands.cli import main;"
        "main(['--help'], standalone_mode=False);"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "invitations" in done.stdout


def test_a_sample_is_imported_without_waiting_for_statistics():
    code = (
        "import sys, survey_app.commands.people.sample, survey_app.commands.scores.points;"
        "print([n for n in ('pandas', 'scipy', 'matplotlib', 'openpyxl') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_command_that_is_not_there_is_said(cchc):
    assert "No such command" in cchc("wawe", ok=False).stderr


def test_texts_are_checked_without_a_store(cchc, tmp_path):
    cchc("check")
    assert not (tmp_path / "data").exists()


def test_a_faulty_text_is_shown_at_its_place(cchc, tmp_path):
    file = tmp_path / "scales.yaml"
    file.write_text("scales:\n  a:\n    optionen: []\n", encoding="utf-8")
    refused = cchc("check", file, ok=False)
    assert "scales.yaml:3" in refused.stderr
    problems = json.loads(cchc("check", file, "--json", ok=False).stdout)["problems"]
    assert problems


def test_waves_are_listed_for_people_and_for_programs(cchc, wave):
    assert cchc("wave", "list").stdout == "d25\tplanned\tsonla/2025-department\t2025\t\n"
    (listed,) = json.loads(cchc("wave", "list", "--json").stdout)
    assert listed["wave"] == "d25"


def test_a_wave_without_cases_is_not_opened(cchc, wave):
    assert "no cases" in cchc("wave", "open", wave, ok=False).stderr


def test_an_account_is_made_with_a_password_from_a_file_or_typed_twice(cchc, tmp_path):
    file = tmp_path / "secret"
    file.write_text("mật khẩu rất dài\n", encoding="utf-8")
    by_file = ("--role", "analyst", "--password-file", file)
    cchc("account", "add", "lan", *by_file)
    assert "already" in cchc("account", "add", "lan", *by_file, ok=False).stderr
    typed = "mật khẩu dài lắm\nmật khẩu dài lắm\n"
    cchc("account", "add", "minh", "--role", "reader", answer=typed)
    cchc("account", "suspend", "minh")
    assert "no account" in cchc("account", "suspend", "nobody", ok=False).stderr


def test_an_account_needs_a_password_worth_the_name(cchc, tmp_path):
    file = tmp_path / "secret"
    file.write_text("123\n", encoding="utf-8")
    cchc("account", "add", "lan", "--role", "analyst", "--password-file", file, ok=False)


def test_a_setting_that_cannot_be_is_said_without_a_traceback(cchc, monkeypatch):
    monkeypatch.setenv("CCHC_TRUSTED_PROXIES", "many")
    refused = cchc("wave", "show", "x", ok=False)
    assert "error[setting]" in refused.stderr
