"""What a database says of itself: its version, and how careful it is with what it is given."""

from __future__ import annotations

from dataclasses import dataclass

from survey_app.store.engine.database import Database


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What kind of database it is. `settings` are those on which a receipt depends."""

    kind: str
    version: tuple[int, ...]
    settings: dict[str, str]
    size: int


_SQLITE = ("journal_mode", "synchronous", "secure_delete")
_SERVER = ("fsync", "synchronous_commit", "full_page_writes", "archive_mode")


def of(database: Database) -> Facts:
    """Ask a database.

    Raises
    ------
    StoreBusy
    """
    with database.reading() as connection:
        if database.is_sqlite:
            version = str(connection.exec_driver_sql("SELECT sqlite_version()").scalar())
            settings = {
                name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in _SQLITE
            }
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            size = pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        else:
            number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
            version = f"{number // 10000}.{number % 10000}"
            settings = {
                name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in _SERVER
            }
            asked = "SELECT pg_database_size(current_database())"
            size = int(connection.exec_driver_sql(asked).scalar_one())
    return Facts(
        kind="SQLite" if database.is_sqlite else "PostgreSQL",
        version=tuple(int(part) for part in version.split(".")),
        settings=settings,
        size=size,
    )
