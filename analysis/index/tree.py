"""The index tree of a merge: fields, criteria and sub-criteria, and the exact decimals in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from analysis.io.table import Table, to_number
from analysis.problems import Problem, closest


@dataclass(frozen=True, kw_only=True)
class Node:
    """A field, criterion or sub-criterion of the index."""

    code: str
    parent: str
    level: str
    assessed: str
    max_points: Decimal
    name_vi: str = ""
    provenance: str = ""


def read_nodes(table: Table, problems: list[Problem]) -> dict[str, Node]:
    """The tree by code, each line checked."""
    nodes: dict[str, Node] = {}
    for row in range(table.rows):
        code = table["code"].text(row)
        if code in nodes or not code:
            problems.append(
                table.problem(
                    "repeated-code",
                    f"`{code}` is not a new code",
                    row,
                    "code",
                    "give each line a code of its own",
                )
            )
        points = decimal(table, row, "max_points", problems) or Decimal(0)
        nodes[code] = Node(
            code=code,
            parent=table["parent"].text(row),
            level=table["level"].text(row),
            assessed=table["assessed"].text(row),
            max_points=points,
            name_vi=text(table, row, "name_vi"),
            provenance=text(table, row, "provenance"),
        )
    for row in range(table.rows):
        _check_node(table, row, nodes, problems)
    return nodes


def _check_node(table: Table, row: int, nodes: Mapping[str, Node], problems: list[Problem]) -> None:
    node = nodes[table["code"].text(row)]

    def complain(slug: str, message: str, column: str, help_: str) -> None:
        problems.append(table.problem(slug, message, row, column, help_))

    if node.parent and (node.parent not in nodes or node.parent == node.code):
        message = f"there is no `{node.parent}` above this"
        help_ = closest(node.parent, nodes) or "write the code of another line"
        complain("unknown-parent", message, "parent", help_)
    if bool(node.parent) == (node.level == "field"):
        help_ = "write field, criterion or sub_criterion"
        complain("wrong-level", "a field has no parent, all else has one", "level", help_)
    if node.assessed not in ("self", "survey", ""):
        help_ = "write self or survey, or leave it blank"
        complain("unknown-source", f"`assessed` is `{node.assessed}`", "assessed", help_)
    parts = [other.max_points for other in nodes.values() if other.parent == node.code]
    if parts and sum(parts) != node.max_points:
        message = f"`{node.code}` is worth {node.max_points}, its parts {sum(parts)} together"
        complain("points-do-not-add-up", message, "max_points", "make the parts add up")


def decimal(
    table: Table, row: int, name: str, problems: list[Problem], *, blank: bool = False
) -> Decimal | None:
    """A cell as an exact decimal; None where it is blank and may be, or is a problem."""
    written = text(table, row, name).strip()
    if written == "" and blank:
        return None
    if to_number(written) is None:
        help = "write a decimal point, not a comma" if "," in written else "write a plain number"
        problems.append(
            table.problem("not-a-number", f"`{name}` is `{written}`, not a number", row, name, help)
        )
        return None
    return Decimal(written)


def text(table: Table, row: int, name: str) -> str:
    """A cell of a column that may be absent."""
    return table[name].text(row) if table.has(name) else ""
