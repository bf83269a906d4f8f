"""What the YAML parser could not read, said in words for people who rarely write YAML."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from analysis.problems import Problem

FAST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser where there is one; both give the same places."""

ERRORS = (yaml.YAMLError, ValueError, OverflowError)
"""The pure parser lets the last two through for escapes that are no character."""

_QUOTE = "put the text in quotes: '...'"
_ALIGN = "lines of one level begin in one column: check the indentation, and the line above"
_SAID = (
    (r"\{vi|\{en", r".*", "", "put words for people on lines of their own, after `vi:` or `en:`"),
    ("", r"mapping values are not allowed", "a second `: ` stands on this line", _QUOTE),
    ("", r"found character '(.)' that cannot", r"a text cannot begin with `\1`", _QUOTE),
    (
        r"""^[^"']*: ["']""",
        r"expected <block end>, but found '<scalar>'",
        "text follows after the closing quotation mark",
        "put the whole text in quotes, and double those within: 'it''s'",
    ),
    ("", r"expected <block end>|<document start>", "this line does not fit those above", _ALIGN),
    ("", r"sequence entries are not allowed", "a list begins on the line of its key", _ALIGN),
    ("", r"could not find expected ':'", "`: ` is missing after a key", "write `key: value`"),
    (
        "",
        r"unexpected end of stream",
        "the file ends within quotation marks",
        "close the quotation mark that is opened further up",
    ),
    ("", r"expected ',' or '(.)'", r"a `,` or `\1` is missing", "close the bracket"),
)


def not_yaml(text: str, lines: Sequence[str], file: str, error: Exception) -> Problem:
    """The problem that stopped the parser, with its place if it has one."""
    plain = _plainly(text, error)
    if not isinstance(plain, yaml.MarkedYAMLError) or plain.problem_mark is None:
        return Problem("not-yaml", "this is not YAML", file, help=_QUOTE)
    number = min(plain.problem_mark.line, len(lines) - 1)
    line = lines[number]
    column = min(plain.problem_mark.column, len(line)) + 1
    what, help_ = _said(line, plain.problem or "")
    message = f"this is not YAML: {what}"
    return Problem("not-yaml", message, file, number + 1, column, line, help_)


def _said(line: str, problem: str) -> tuple[str, str]:
    for looks, complains, what, help_ in _SAID:
        matched = re.search(complains, problem)
        if matched and re.search(looks, line):
            return matched.expand(what) or problem, help_
    return problem, _QUOTE


def _plainly(text: str, error: Exception) -> Exception:
    """Tell the fault as the pure parser sees it.

    It names what it met, the C parser does not, and messages must not differ between machines.
    """
    if not isinstance(error, yaml.MarkedYAMLError):
        return error
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except ERRORS as plain:
        return plain if isinstance(plain, yaml.MarkedYAMLError) else error
    return error
