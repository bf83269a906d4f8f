"""How every table is made."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: Column[object] | object, without_rowid: bool = False) -> Table:
    """A table of the store; `without_rowid` keeps its rows in the order of their keys."""
    return Table(name, metadata, *parts, sqlite_with_rowid=not without_rowid)  # type: ignore[arg-type]  # columns and constraints
