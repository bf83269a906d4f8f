"""Ballots in the clear: what was opened and mixed. Nothing here leads back to a case."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from survey_app.fieldwork.case import Case
from survey_app.store.counts import kept
from survey_app.store.counts.kept import Key
from survey_app.store.engine.statement import Statement


class NotABallot(Exception):
    """What was sealed is not what this program seals."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One respondent's answers about one unit. `answers` is JSON."""

    unit: str
    position: int
    chance: str
    skipped: bool
    answers: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """A sent response, without anything that leads back to its case."""

    id: str
    questionnaire: str
    version: int
    language: str
    pace: str
    about: str
    ratings: tuple[Rating, ...]
    order_seed: int | None = None

    def dump(self) -> bytes:
        """The ballot as bytes, to be sealed; without its key, which it gets when it is mixed.

        A line each for what it is, for its answers about no unit, and for every rating: JSON
        writes the end of a line as two letters, so the lines are told apart for nothing.
        """
        head = [self.questionnaire, self.version, self.language, self.pace, self.order_seed]
        rated = [
            f"{r.unit} {r.position} {r.chance} {int(r.skipped)} {r.answers}" for r in self.ratings
        ]
        return "\n".join([_json(head), self.about, *rated]).encode()

    @classmethod
    def load(cls, plain: bytes) -> Ballot:
        """What `dump` wrote, under a new random key.

        Raises
        ------
        NotABallot
        """
        try:
            head, about, *rated = plain.decode().split("\n")
            questionnaire, version, language, pace, seed = json.loads(head)
            ratings = tuple(map(_rating, rated))
        except (ValueError, TypeError) as error:
            raise NotABallot from error
        return cls(
            id=new_key(),
            questionnaire=questionnaire,
            version=version,
            language=language,
            pace=pace,
            about=about,
            order_seed=seed,
            ratings=ratings,
        )


def _rating(line: str) -> Rating:
    unit, position, chance, skipped, answers = line.split(" ", 4)
    return Rating(unit, int(position), chance, skipped == "1", answers)


def new_key() -> str:
    """128 random bits: a key that says nothing."""
    return secrets.token_hex(16)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_CAST = Statement.inserting(
    "ballots", id="text", wave_id="int", questionnaire="text", version="int", grp="text",
    sample="text", stratum="text", psu="text", weight="text", fpc1="int", fpc2="int", mode="text",
    language="text", pace="text", order_seed="int", about="text",
)  # fmt: skip
_RATE = Statement.inserting(
    "ratings", ballot_id="text", unit="text", position="int", chance="text", skipped="bool",
    answers="text",
)  # fmt: skip
_BALLOTS = text("SELECT * FROM ballots WHERE wave_id = :wave ORDER BY id")
_RATINGS = text("""
    SELECT r.* FROM ratings r JOIN ballots b ON b.id = r.ballot_id
    WHERE b.wave_id = :wave ORDER BY r.ballot_id, r.unit""")


def cast(connection: Connection, wave_id: int, opened: Sequence[tuple[Case, Ballot]]) -> None:
    """Write opened ballots in their order: the design each shows, its answers, and no way back."""
    _CAST.for_each(connection, [_row(wave_id, design, ballot) for design, ballot in opened])
    _RATE.for_each(
        connection,
        [
            {
                "ballot_id": ballot.id,
                "unit": rating.unit,
                "position": rating.position,
                "chance": rating.chance,
                "skipped": rating.skipped,
                "answers": rating.answers,
            }
            for _, ballot in opened
            for rating in ballot.ratings
        ],
    )
    kept.ballots_mixed(connection, wave_id, (_counted(*each) for each in opened))


def _counted(design: Case, ballot: Ballot) -> tuple[Key, tuple[str, ...]]:
    """Where a ballot counts, and the units that it rates."""
    unit = "" if design.sample or not ballot.ratings else ballot.ratings[0].unit
    rated = tuple(rating.unit for rating in ballot.ratings if not rating.skipped)
    return Key(design.group, unit, design.sample, design.mode), rated


def _row(wave_id: int, design: Case, ballot: Ballot) -> Mapping[str, Any]:
    return {
        "id": ballot.id,
        "wave_id": wave_id,
        "questionnaire": ballot.questionnaire,
        "version": ballot.version,
        "grp": design.group,
        "sample": design.sample,
        "stratum": design.stratum,
        "psu": design.psu,
        "weight": design.weight,
        "fpc1": design.fpc1,
        "fpc2": design.fpc2,
        "mode": design.mode,
        "language": ballot.language,
        "pace": ballot.pace,
        "order_seed": ballot.order_seed,
        "about": ballot.about,
    }


def of_wave(
    connection: Connection, wave_id: int
) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Every ballot of a wave with its ratings, in the order of the ballots' random keys."""
    rated: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(_RATINGS, {"wave": wave_id}).mappings():
        rated.setdefault(row["ballot_id"], []).append(dict(row))
    for ballot in connection.execute(_BALLOTS, {"wave": wave_id}).mappings():
        yield dict(ballot), rated.get(ballot["id"], [])
