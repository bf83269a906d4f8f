"""Every command names a permission, and a machine runs those that its roles allow."""

from __future__ import annotations

import click
import pytest

from survey_app.commands import cli
from survey_app.commands.permitted import permission_of
from survey_app.permissions import PERMISSIONS, ROLES, of_roles
from survey_app.settings import Settings


def leaves(group: click.Group, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    """Every command that does something, by its words."""
    found: dict[tuple[str, ...], click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= leaves(command, (*above, name))
        elif command is not None:
            found[*above, name] = command
    return found


COMMANDS = leaves(cli.main)


def arguments(command: click.Command) -> list[str]:
    """Words that a command accepts: it is turned away before it looks at what they mean."""
    words: list[str] = []
    for part in command.params:
        if part.required:
            is_day = isinstance(part.type, click.DateTime)
            choices = getattr(part.type, "choices", ["2025-12-31" if is_day else "2025"])
            words += [] if isinstance(part, click.Argument) else [part.opts[0]]
            words += [str(choices[0])]
    return words


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_names_a_permission(words):
    assert permission_of(COMMANDS[words]) in PERMISSIONS


@pytest.mark.parametrize("role", ROLES)
def test_a_machine_with_one_role_runs_no_command_of_another(cchc, monkeypatch, role):
    monkeypatch.setenv("CCHC_COMMAND_ROLES", role)
    for words, command in COMMANDS.items():
        if permission_of(command) in of_roles([role]):
            continue
        if any(isinstance(part.type, click.Path) and part.type.exists for part in command.params):
            continue  # a file that is not there is found first
        refused = cchc(*words, *arguments(command), ok=False)
        assert "CCHC_COMMAND_ROLES" in refused.stderr, " ".join(words)


def test_where_nothing_is_set_every_command_can_be_run():
    roles = Settings.command_roles
    assert {permission_of(command) for command in COMMANDS.values()} <= of_roles(roles)


def test_a_role_that_there_is_not_is_said(cchc, monkeypatch):
    monkeypatch.setenv("CCHC_COMMAND_ROLES", "king")
    assert "CCHC_COMMAND_ROLES cannot be `king`" in cchc("wave", "list", ok=False).stderr


def test_several_roles_are_told_apart_by_commas_or_blanks(cchc, monkeypatch):
    monkeypatch.setenv("CCHC_COMMAND_ROLES", "reader, analyst")
    cchc("wave", "list")
    assert "administrator" in cchc("account", "list", ok=False).stderr
