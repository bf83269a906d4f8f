"""Ballots that are cast without a phone: the store's own job, with answers that tell them apart."""

from __future__ import annotations

import json
from collections.abc import Sequence

from survey_app.fieldwork import tokens
from survey_app.fieldwork.protection import ballot_sealing
from survey_app.store.answers import responses
from survey_app.store.answers.ballots import Ballot, Rating
from survey_app.store.engine.database import Connection, Database

SIZE = 600


def cast(database: Database, token: str, mark: int, *, unit: str = "SNV", code: str = "B") -> None:
    """Send a citizen's form; `mark` stands in it as an age."""
    ballot = Ballot(
        id="",
        questionnaire="demo/2026-department/citizens",
        version=1,
        language="vi",
        pace="usual",
        about=json.dumps({"age": str(mark)}),
        ratings=(Rating(unit, 1, "1", False, json.dumps({"leadership": code})),),
    )
    digest, key = tokens.digest(token), tokens.draft_key(token)
    invited, _ = database.glance(lambda connection: responses.by_digest(connection, digest, key))

    def sealed(_: bytes | None, epoch: str, public: bytes) -> bytes:
        return ballot_sealing.seal(public, epoch, ballot.dump(), SIZE)

    def job(connection: Connection) -> None:
        responses.submit(connection, invited, key, sealed)

    database.write(job)


def cast_all(database: Database, links: Sequence[str], first: int) -> list[int]:
    """Send the forms of these links, marked one after another. The marks."""
    marks = list(range(first, first + len(links)))
    for token, mark in zip(links, marks, strict=True):
        cast(database, token, mark)
    return marks
