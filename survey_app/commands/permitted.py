"""Which permission each command asks for. Who runs `cchc` holds the roles of CCHC_COMMAND_ROLES.

It narrows what is done on a shared machine by mistake or by habit. Whoever may read the database
and set the environment is held by the machine's own accounts, not by this.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click

from survey_app.permissions import PERMISSIONS, ROLES, of_roles
from survey_app.settings import command_roles

P = ParamSpec("P")
R = TypeVar("R")


_NAMED: dict[Callable[..., Any], str] = {}
"""What runs a command -> the permission that it asks for."""

_GUARDED: set[Callable[..., Any]] = set()
"""What looks first already."""


def needs(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a command with the permission that it asks for.

    Raises
    ------
    KeyError
        A permission that there is not.
    """
    PERMISSIONS[permission]

    def marked(command: Callable[P, R]) -> Callable[P, R]:
        _NAMED[command] = permission
        return command

    return marked


def permission_of(command: click.Command) -> str | None:
    """The permission that a command asks for; None where it names none."""
    return _NAMED.get(command.callback) if command.callback else None


def guarded(command: click.Command) -> click.Command:
    """A command, or a group of them, that looks first whether this machine may run it."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            guarded(each)
    elif command.callback and command.callback not in _GUARDED:
        permission = permission_of(command)
        command.callback = _looking_first(command.callback, permission)
        _GUARDED.add(command.callback)
        if permission:
            _NAMED[command.callback] = permission
    return command


def _looking_first(callback: Callable[..., Any], permission: str | None) -> Callable[..., Any]:
    @functools.wraps(callback)
    def looked(*args: Any, **kwargs: Any) -> Any:
        roles, problems = command_roles()
        if problems:
            raise click.ClickException(str(problems[0]))
        if permission not in of_roles(roles):
            raise click.ClickException(
                f"this machine may not do that: it needs {_holders(permission)} and has "
                f"{', '.join(roles)} (CCHC_COMMAND_ROLES)"
            )
        return callback(*args, **kwargs)

    return looked


def _holders(permission: str | None) -> str:
    """The roles that would do; a command that names no permission is nobody's."""
    return " or ".join(role for role in ROLES if permission in ROLES[role]) or "a permission"
