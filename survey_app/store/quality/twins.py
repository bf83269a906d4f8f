"""The twin of a scorecard that leaves forms out: the same computed with every form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from survey_app.store.scorecards import Scorecard
from survey_app.store.tables import scorecard_twins


@dataclass(frozen=True, kw_only=True)
class Twin:
    """What a scorecard would be with every form, and the exclusions that it leaves out."""

    fingerprint: str
    release: str
    scores: str
    merged: str | None
    exclusions: tuple[Mapping[str, Any], ...]

    @property
    def forms(self) -> int:
        """How many forms the scorecard leaves out, each counted once for each exclusion."""
        return sum(int(each["forms"]) for each in self.exclusions)


def add(connection: Connection, card: Scorecard, twin: Twin) -> None:
    """Keep the twin of a scorecard."""
    connection.execute(
        insert(scorecard_twins).values(
            scorecard_id=card.id,
            fingerprint=twin.fingerprint,
            release=twin.release,
            scores=twin.scores,
            merged=twin.merged,
            exclusions=json.dumps(list(twin.exclusions), ensure_ascii=False),
        )
    )


def find(connection: Connection, number: int) -> Twin | None:
    """The twin of a scorecard; None where it leaves nothing out."""
    t = scorecard_twins.c
    columns = (t.fingerprint, t.release, t.scores, t.merged, t.exclusions)
    row = connection.execute(select(*columns).where(t.scorecard_id == number)).first()
    if row is None:
        return None
    *values, told = row
    fingerprint, release, scores, merged = values
    return Twin(
        fingerprint=fingerprint,
        release=release,
        scores=scores,
        merged=merged,
        exclusions=tuple(json.loads(told)),
    )
