"""Forms that results leave out: proposed by one, agreed by another. No form is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select, update

from survey_app.quality.classes import DesignClass
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.tables import excluded_forms, exclusions
from survey_app.store.waves import Wave

State = Literal["proposed", "agreed", "refused", "withdrawn", "ended"]
EVER_AGREED: tuple[State, ...] = ("agreed", "ended")


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Forms of a class that one person proposes to leave out; by a flag, or all of them."""

    id: int
    of: DesignClass
    flag: str
    reason: str
    basis: str
    forms: int
    proposed_by: str
    proposed_at: str
    state: State
    decided_by: str | None
    decided_at: str | None
    ended_by: str | None
    ended_at: str | None
    note: str

    def told(self) -> Mapping[str, Any]:
        """As a release and a scorecard say it."""
        design = dict(zip(("group", "sample", "unit", "mode", "psu"), self.of, strict=True))
        return {
            "exclusion": self.id,
            **design,
            "flag": self.flag,
            "reason": self.reason,
            "forms": self.forms,
        }


_DESIGN = ("grp", "sample", "unit", "mode", "psu")
_OTHERS = (
    "flag", "reason", "basis", "forms", "proposed_by", "proposed_at", "state", "decided_by",
    "decided_at", "ended_by", "ended_at", "note",
)  # fmt: skip


def propose(  # noqa: PLR0913  # a proposal has these
    connection: Connection,
    wave: Wave,
    of: DesignClass,
    forms: frozenset[str],
    *,
    flag: str,
    reason: str,
    basis: str,
    by: str,
    at: str,
) -> int:
    """Keep a proposal with the forms that it means. Returns its number."""
    row = dict(zip(_DESIGN, of, strict=True)) | {
        "wave_id": wave.id, "flag": flag, "reason": reason, "basis": basis, "forms": len(forms),
        "proposed_by": by, "proposed_at": at, "state": "proposed", "note": "",
    }  # fmt: skip
    number = connection.execute(
        insert(exclusions).values(row).returning(exclusions.c.id)
    ).scalar_one()
    connection.execute(
        insert(excluded_forms),
        [{"exclusion_id": number, "ballot_id": ballot} for ballot in sorted(forms)],
    )
    return int(number)


def listed(connection: Connection, wave: Wave) -> tuple[Exclusion, ...]:
    """Every exclusion of a wave, the newest first."""
    e = exclusions.c
    columns = [e[name] for name in ("id", *_DESIGN, *_OTHERS)]
    rows = connection.execute(
        select(*columns).where(e.wave_id == wave.id).order_by(e.id.desc())
    ).all()
    return tuple(
        Exclusion(
            id=row[0], of=DesignClass(*row[1:6]), **dict(zip(_OTHERS, row[6:], strict=True))
        )
        for row in rows
    )  # fmt: skip


def find(connection: Connection, wave: Wave, number: int) -> Exclusion:
    """The exclusion of this number.

    Raises
    ------
    Refused
        When the wave has none of this number.
    """
    known = next((each for each in listed(connection, wave) if each.id == number), None)
    if known is None:
        raise QualityRefused(
            "no-such-exclusion", f"no exclusion of this wave has the number {number}"
        )
    return known


def move(
    connection: Connection, exclusion: Exclusion, to: State, *, by: str, at: str, note: str = ""
) -> None:
    """Bring an exclusion into another state; it must still be in the one it was read in.

    Raises
    ------
    Refused
        When somebody else has decided meanwhile.
    """
    e = exclusions.c
    whose = ("ended_by", "ended_at") if to == "ended" else ("decided_by", "decided_at")
    said = "; ".join(each for each in (exclusion.note, note) if each)[:400]
    moved = connection.execute(
        update(exclusions)
        .where(e.id == exclusion.id, e.state == exclusion.state)
        .values({"state": to, whose[0]: by, whose[1]: at, "note": said})
    )
    if not moved.rowcount:
        raise QualityRefused("decided-meanwhile", "somebody else has decided this meanwhile")


def forms_of(connection: Connection, exclusion: Exclusion) -> frozenset[str]:
    """The forms that an exclusion means."""
    f = excluded_forms.c
    rows = connection.execute(select(f.ballot_id).where(f.exclusion_id == exclusion.id))
    return frozenset(rows.scalars())


def agreed(connection: Connection, wave: Wave) -> tuple[Exclusion, ...]:
    """Those that results leave out now, the oldest first."""
    return tuple(
        sorted(
            (each for each in listed(connection, wave) if each.state == "agreed"),
            key=lambda each: each.id,
        )
    )


def left_out(connection: Connection, wave: Wave) -> frozenset[str]:
    """Every form that results leave out now."""
    f, e = excluded_forms.c, exclusions.c
    rows = connection.execute(
        select(f.ballot_id)
        .join_from(excluded_forms, exclusions, f.exclusion_id == e.id)
        .where(e.wave_id == wave.id, e.state == "agreed")
    )
    return frozenset(rows.scalars())


def waiting(connection: Connection, wave: Wave) -> int:
    """How many proposals nobody has decided about."""
    e = exclusions.c
    counted = select(func.count()).where(e.wave_id == wave.id, e.state == "proposed")
    return int(connection.execute(counted).scalar_one())
