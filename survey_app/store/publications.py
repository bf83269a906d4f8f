"""The steps of a scorecard on its way to the public: prepared, sent back, approved, withdrawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select

from survey_app.store.scorecards import Scorecard
from survey_app.store.tables import public_archives, publication_steps, scorecards

Kind = Literal["prepared", "returned", "approved", "withdrawn"]
State = Literal["draft", "prepared", "returned", "public", "withdrawn"]


@dataclass(frozen=True)
class Step:
    """Who did what to a scorecard, and why."""

    id: int
    scorecard_id: int
    step: Kind
    at: str
    done_by: str
    reason: str


def add(connection: Connection, card: int, step: Kind, by: str, at: str, reason: str = "") -> None:
    """Note a step."""
    values = {"scorecard_id": card, "step": step, "at": at, "done_by": by, "reason": reason}
    connection.execute(insert(publication_steps).values(**values))


def steps(connection: Connection, wave_id: int) -> tuple[Step, ...]:
    """Every step of every scorecard of a wave, in the order in which they were taken."""
    rows = connection.execute(
        select(publication_steps)
        .join(scorecards, scorecards.c.id == publication_steps.c.scorecard_id)
        .where(scorecards.c.wave_id == wave_id)
        .order_by(publication_steps.c.id)
    ).mappings()
    return tuple(Step(**row) for row in rows)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a scorecard stands: its last step, and who prepared it last."""

    state: State
    last: Step | None
    prepared: Step | None


def standing(card: Scorecard, taken: tuple[Step, ...]) -> Standing:
    """How a scorecard stands by the steps of its wave.

    One that was published before two people were asked for has no step, and is public.
    """
    own = [step for step in taken if step.scorecard_id == card.id]
    last = own[-1] if own else None
    prepared = next((step for step in reversed(own) if step.step == "prepared"), None)
    if last is None or last.step == "approved":
        state: State = "draft" if card.published_at is None else "public"
    else:
        state = last.step
    return Standing(state=state, last=last, prepared=prepared)


@dataclass(frozen=True, kw_only=True)
class Version:
    """A scorecard that was published: which of the wave's it is, and whether it is withdrawn."""

    number: int
    card: Scorecard
    withdrawn: Step | None


def versions(connection: Connection, wave_id: int) -> tuple[Version, ...]:
    """Every scorecard of a wave that was ever public, the first one first."""
    rows = connection.execute(
        select(scorecards)
        .where(scorecards.c.wave_id == wave_id, scorecards.c.published_at.is_not(None))
        .order_by(scorecards.c.published_at, scorecards.c.id)
    ).mappings()
    taken = steps(connection, wave_id)
    listed = []
    for number, row in enumerate(rows, 1):
        card = Scorecard(**row)
        last = standing(card, taken).last
        is_withdrawn = last is not None and last.step == "withdrawn"
        withdrawn = last if is_withdrawn else None
        listed.append(Version(number=number, card=card, withdrawn=withdrawn))
    return tuple(listed)


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The open data that are public with a version, by their bytes."""

    sha256: str
    size: int
    published_at: str
    published_by: str


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A version without its numbers: what lists and addresses need to know of it."""

    number: int
    scorecard_id: int
    published_at: str
    fingerprint: str
    withdrawn: Step | None
    archive: Archive | None


def editions(connection: Connection, wave_id: int) -> tuple[Edition, ...]:
    """Every version of a wave, the first one first. Reads no scores, which may be long."""
    kept = scorecards.c
    rows = connection.execute(
        select(kept.id, kept.published_at, kept.fingerprint)
        .where(kept.wave_id == wave_id, kept.published_at.is_not(None))
        .order_by(kept.published_at, kept.id)
    )
    last = {step.scorecard_id: step for step in steps(connection, wave_id)}
    archives = _archives(connection, wave_id)
    return tuple(
        Edition(
            number=number,
            scorecard_id=card,
            published_at=at,
            fingerprint=fingerprint,
            withdrawn=step if (step := last.get(card)) and step.step == "withdrawn" else None,
            archive=archives.get(card),
        )
        for number, (card, at, fingerprint) in enumerate(rows, 1)
    )


def _archives(connection: Connection, wave_id: int) -> dict[int, Archive]:
    rows = connection.execute(
        select(public_archives)
        .join(scorecards, scorecards.c.id == public_archives.c.scorecard_id)
        .where(scorecards.c.wave_id == wave_id)
    ).mappings()
    return {
        row["scorecard_id"]: Archive(**{k: v for k, v in row.items() if k != "scorecard_id"})
        for row in rows
    }


def archive(connection: Connection, card: Scorecard) -> Archive | None:
    """The open data that were published with a scorecard; None where there are none."""
    return _archives(connection, card.wave_id).get(card.id)


def add_archive(connection: Connection, card: int, kept: Archive) -> None:
    """Note that the open data of a scorecard are public, and which they are."""
    connection.execute(insert(public_archives).values(scorecard_id=card, **asdict(kept)))


def before(connection: Connection, card: Scorecard) -> tuple[Scorecard, ...]:
    """What of a wave was public before a scorecard, the first one first; withdrawn ones too."""
    known = [version.card for version in versions(connection, card.wave_id)]
    if card.published_at is None:
        return tuple(known)
    return tuple(known[: next(at for at, it in enumerate(known) if it.id == card.id)])
