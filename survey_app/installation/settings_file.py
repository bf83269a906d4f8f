"""A site's settings in one file that `cchc`, systemd and containers read alike.

Each of these three has its own idea of quotes, of `$` and of comments at the end of a line. What
they would read differently is refused, so that a site cannot run on other settings than those that
its commands show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cache
from pathlib import Path

from analysis.problems import Problem, ProblemsFound, closest

NAME = "cchc.env"
"""How the file is called, in the folder of a site."""

SITE = "CCHC_SITE"
"""The variable that names the folder of a site."""

TEMPLATE = Path(__file__).parent / "templates" / NAME

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_DIFFERS = (
    ("'", "quotes are part of the value for some programs: leave them out"),
    ('"', "quotes are part of the value for some programs: leave them out"),
    ("\\", "a backslash is read differently by different programs: leave it out"),
    ("$", "variables are not replaced by every program: write the value itself"),
    (" #", "a comment stands on a line of its own"),
)


@cache
def known() -> frozenset[str]:
    """Every setting that there is: those that a new site's file explains."""
    return frozenset(re.findall(r"^#?(CCHC_[A-Z_]+)=", TEMPLATE.read_text("utf-8"), re.MULTILINE))


def read(file: Path) -> dict[str, str]:
    """The settings of a file.

    Raises
    ------
    ProblemsFound
        With every line that cannot be used.
    OSError
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        help_ = "save it as UTF-8"
        raise ProblemsFound(
            [Problem("setting", "this is not UTF-8", str(file), help=help_)]
        ) from error
    settings: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        if fault := next(_faults(said, settings), None):
            message, help_ = fault
            shown = said.partition("=")[0] if "=" in said else said
            problems.append(
                Problem("setting", message, str(file), number, 1, text=shown, help=help_)
            )
            continue
        name, _, value = said.partition("=")
        settings[name] = value.strip()
    if problems:
        raise ProblemsFound(problems)
    return settings


def _faults(said: str, before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, and how to mend it. A value may be secret: it is not shown."""
    whole = _LINE.fullmatch(said)
    if whole is None:
        yield "this is no setting", "write NAME=VALUE, without a space before the `=`"
        return
    name, value = whole.groups()
    if name not in known():
        help_ = closest(name, sorted(known())) or "docs/reference/settings.md has them all"
        yield f"there is no setting `{name}`", help_
    if name in before:
        yield f"`{name}` is set twice", "leave one of the two"
    for sign, help_ in _DIFFERS:
        if sign in value:
            yield f"`{name}` has a `{sign.strip()}`", help_


def load(folder: Path, environment: MutableMapping[str, str]) -> Path:
    """Put a site's settings into the environment; what is set there already stands.

    A setting without a value is left to its default. Returns the file.

    Raises
    ------
    ProblemsFound
        Also where the folder is none of a site.
    """
    file = folder / NAME
    if not file.is_file():
        help_ = "name the folder that `cchc init` made"
        message = f"there is no {NAME} in it: this is no folder of a site"
        raise ProblemsFound([Problem("setting", message, str(folder), help=help_)])
    for name, value in read(file).items():
        if value and not environment.get(name):
            environment[name] = value
    environment[SITE] = str(folder.resolve())
    return file
