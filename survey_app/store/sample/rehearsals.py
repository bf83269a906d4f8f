"""Invitations that move from one wave to the next: for an author's preview, and nothing else.

Texts of an open wave never change. A preview therefore opens a new wave for each state of the
files, and takes its invitations along, with what was answered so far.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from survey_app.fieldwork import tokens
from survey_app.fieldwork.case import Case
from survey_app.store import tables
from survey_app.store.sample import cases
from survey_app.store.waves import Wave


def assign_form(connection: Connection, wave: Wave, token: str, case: Case, day: str) -> None:
    """Let a token open a new case of this wave, whatever it opened before.

    Its draft comes with it; a form that was sent stays sent.
    """
    digest = tokens.digest(token)
    spent = _is_spent(connection, digest)
    cases.import_sample(connection, wave, [case], {})
    case_id = cases.find(connection, wave, case.label)
    connection.execute(delete(tables.invitations).where(tables.invitations.c.digest == digest))
    connection.execute(
        insert(tables.invitations).values(digest=digest, case_id=case_id, issued_on=day)
    )
    if spent:
        connection.execute(delete(tables.unspent).where(tables.unspent.c.case_id == case_id))
    connection.execute(
        update(tables.drafts)
        .where(tables.drafts.c.key == tokens.draft_key(token))
        .values(wave_id=wave.id)
    )


def _is_spent(connection: Connection, digest: str) -> bool:
    row = connection.execute(
        select(tables.unspent.c.case_id)
        .select_from(
            tables.invitations.outerjoin(
                tables.unspent, tables.unspent.c.case_id == tables.invitations.c.case_id
            )
        )
        .where(tables.invitations.c.digest == digest)
    ).first()
    return row is not None and row[0] is None
