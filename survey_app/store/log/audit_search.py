"""Reading the office's log: by who, what, when, and what stands in a line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from survey_app.store.log.audit import Line
from survey_app.store.tables import audit


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which lines are wanted; what is blank asks for nothing.

    `since` and `until` are kept times, the second not included. `text` is looked for in the
    detail and in the name; `actions_with_text` are the actions whose words hold it.
    """

    who: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    actions_with_text: Collection[str] = ()


def count(connection: Connection, search: Search) -> int:
    """How many lines there are of those wanted."""
    wanted = select(func.count()).select_from(audit).where(*_conditions(search))
    return int(connection.execute(wanted).scalar_one())


def lines(
    connection: Connection,
    search: Search,
    *,
    newest_first: bool = True,
    skip: int = 0,
    most: int | None = None,
) -> tuple[Line, ...]:
    """The lines that are wanted, from one on and so many."""
    order = audit.c.id.desc() if newest_first else audit.c.id
    wanted = select(audit).where(*_conditions(search)).order_by(order).offset(skip).limit(most)
    return tuple(Line(**row) for row in connection.execute(wanted).mappings())


def people(connection: Connection) -> tuple[str, ...]:
    """Everyone who is named in the log."""
    return tuple(connection.execute(select(audit.c.who).distinct()).scalars())


def actions(connection: Connection) -> tuple[str, ...]:
    """Everything that was done."""
    return tuple(connection.execute(select(audit.c.action).distinct()).scalars())


def _conditions(search: Search) -> list[ColumnElement[Any]]:
    asked: list[tuple[str, ColumnElement[Any]]] = [
        (search.who, audit.c.who == search.who),
        (search.action, audit.c.action == search.action),
        (search.since, audit.c.at >= search.since),
        (search.until, audit.c.at < search.until),
        (
            search.text,
            or_(
                func.lower(audit.c.detail).contains(search.text.lower(), autoescape=True),
                func.lower(audit.c.who).contains(search.text.lower(), autoescape=True),
                audit.c.action.in_(search.actions_with_text),
            ),
        ),
    ]
    return [condition for wish, condition in asked if wish]
