"""Makes analysis-api.md of the docstrings of `import analysis`.

python docs/reference/make_api_page.py

A test compares the page with what the docstrings give.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("analysis-api.md")
sys.path.insert(0, str(PAGE.parents[2]))

import analysis  # noqa: E402 - the checkout that this file lies in
from analysis.api.merged_index import MergedIndex  # noqa: E402
from analysis.api.plots import Plots  # noqa: E402

FUNCTIONS = [name for name in analysis.__all__ if inspect.isfunction(getattr(analysis, name))]
CLASSES = (
    analysis.SurveyData,
    analysis.SurveyResults,
    MergedIndex,
    Plots,
    analysis.SurveyComparison,
    analysis.Verification,
    analysis.Settings,
    analysis.ProblemsFound,
)
HEAD = """# The analysis from Python

This page is made of the docstrings of the package (`python docs/reference/make_api_page.py`), and a
test compares the two. A notebook that goes the whole way:
[Defend a ranking](../tutorial/defend-a-ranking.ipynb).
"""
WIDE = 80
"""Characters from which a signature is broken."""


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD, markdown(analysis.__doc__ or "")]
    for name in FUNCTIONS:
        parts += [f"## {name}", *described(f"analysis.{name}", getattr(analysis, name))]
    for kind in CLASSES:
        parts += [f"## {kind.__name__}", markdown(inspect.getdoc(kind) or "")]
        for name, member in members(kind):
            parts += [f"### {kind.__name__}.{name}", *described(name, member)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """What a reader may use of a class, in the order of its source."""
    for name, member in vars(kind).items() if kind.__module__.startswith("analysis.api") else ():
        own = getattr(member, "fget", None) or getattr(member, "func", None) or member
        if not name.startswith("_") and inspect.isfunction(own):
            yield name, member


def described(name: str, member: Any) -> Iterator[str]:
    """How it is called, where it is called, and its docstring."""
    if inspect.isfunction(member):
        signature = inspect.signature(member)
        given = [one for one in signature.parameters.values() if one.name != "self"]
        plain = signature.replace(
            parameters=[one.replace(annotation=inspect.Parameter.empty) for one in given],
            return_annotation=inspect.Signature.empty,
        )
        yield f"```python\n{name}{broken(str(plain))}\n```"
    yield markdown(inspect.getdoc(member) or "")


def broken(signature: str) -> str:
    """A long signature on lines of its own."""
    if len(signature) < WIDE:
        return signature
    return "(\n    " + re.sub(r", (?![^(]*\))", ",\n    ", signature[1:-1]) + ",\n)"


def markdown(docstring: str) -> str:
    """A numpydoc docstring as Markdown."""
    lines = docstring.strip().splitlines()
    title, *rest = lines
    words = title if title.endswith((".", ":")) else f"{title}."
    parts, section = [plain(words)], list[str]()
    for at, line in enumerate(rest):
        below = rest[at + 1] if at + 1 < len(rest) else ""
        if line and set(below) == {"-"} and len(below) == len(line):
            parts += [body(section), f"**{line}**"]
            section = []
        elif set(line) != {"-"}:
            section.append(line)
    return "\n\n".join(part for part in [*parts, body(section)] if part)


def body(lines: list[str], indent: str = "") -> str:
    """Paragraphs, terms with what they mean, and examples."""
    blocks, at = list[str](), 0
    while at < len(lines):
        end = next((to for to in range(at, len(lines)) if not lines[to]), len(lines))
        block = lines[at:end]
        if block and block[0].startswith(">>>"):
            blocks.append("\n".join(["```pycon", *block, "```"]))
        elif len(block) > 1 and block[1].startswith("    ") and not block[0][:1].isdigit():
            end = next((to for to in range(at, len(lines)) if ends(lines, to)), len(lines))
            blocks.append(terms(lines[at:end], indent))
        elif block:
            blocks.append("\n".join(indent + plain(line) for line in block))
        at = end + 1 if end < len(lines) and not lines[end] else end
    return "\n\n".join(blocks)


def ends(lines: list[str], at: int) -> bool:
    """Whether a list of terms ends at a blank line: what follows is no term and not indented."""
    after = lines[at + 1 : at + 3]
    return not lines[at] and not (
        after and (after[0].startswith("    ") or (len(after) > 1 and after[1].startswith("    ")))
    )


def terms(lines: list[str], indent: str) -> str:
    """`name : type` and the indented lines below it, as a list."""
    out, heads, meaning = list[str](), list[str](), list[str]()
    for line in [*lines, "end"]:
        if line.startswith("    ") or not line:
            meaning.append(line.removeprefix("    "))
            continue
        if meaning:
            told = body(meaning, indent + "  ").strip()
            out.append(f"{indent}- {term(' '.join(heads))}: {told}")
            heads, meaning = [], []
        heads.append(line)
    return "\n".join(out)


def term(line: str) -> str:
    """A name in bold, and its type."""
    name, _, kind = line.partition(" : ")
    return f"**{name}**" + (f" ({plain(kind)})" if kind else "")


def plain(text: str) -> str:
    """Code as Markdown marks it."""
    return text.replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE.name}")
