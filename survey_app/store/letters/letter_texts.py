"""What an office writes on its letters and in its messages, for each wave and language."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from survey_app.store.tables import letter_texts


def read(connection: Connection, wave_id: int, language: str) -> dict[str, str]:
    """Field -> text; without those that nobody has written."""
    c = letter_texts.c
    mine = select(c.field, c.text).where(c.wave_id == wave_id, c.language == language)
    return {row.field: row.text for row in connection.execute(mine)}


def write(
    connection: Connection, wave_id: int, language: str, texts: Mapping[str, str]
) -> tuple[str, ...]:
    """Keep what was written. Returns the fields that have changed."""
    before = read(connection, wave_id, language)
    changed = tuple(field for field, text in texts.items() if before.get(field) != text)
    c = letter_texts.c
    connection.execute(
        delete(letter_texts).where(c.wave_id == wave_id, c.language == language, c.field.in_(texts))
    )
    mine = {"wave_id": wave_id, "language": language}
    rows = [{**mine, "field": field, "text": text} for field, text in texts.items()]
    if rows:
        connection.execute(insert(letter_texts), rows)
    return changed
