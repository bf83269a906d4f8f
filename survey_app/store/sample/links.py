"""Links for all or a selection of cases: made ready, issued, revoked, given an end.

Whoever asks for links never learns from their number who has answered: a case that was answered
gets one like any other, which leads to the page that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, or_, select, update

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork import disposition, tokens
from survey_app.fieldwork.case import Invitation
from survey_app.store import tables
from survey_app.store.counts import kept
from survey_app.store.counts.kept import Key
from survey_app.store.waves import Refused, Wave, WaveState

MOST_LABELS = 5000
"""Case numbers that one selection may name."""

_BATCH = 500


class LinksRefused(Refused):
    """Why links cannot be issued now."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Some cases of a wave: all that its filled-in parts allow. Without any, every case."""

    labels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def is_everyone(self) -> bool:
        """Whether nothing narrows it."""
        return not (self.labels or self.groups or self.units)


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A link that is made and not issued yet: its token is here and nowhere else."""

    case_id: int
    key: Key
    had_one: bool
    invitation: Invitation


def make_ready(
    connection: Connection, wave: Wave, selection: Selection, day: str, *, again: bool = False
) -> tuple[Ready, ...]:
    """A link for each case of a selection that has none which opens its form.

    With `again`, for each case of it; the links that are out are revoked when these are issued.

    Raises
    ------
    ProblemsFound
        With every case number that the wave has not.
    WaveState
        When the wave is closed.
    """
    if wave.state == "closed":
        raise WaveState.of(wave, "closed-already", "nothing more is taken in")
    all_known(connection, wave, selection)
    rows = connection.execute(_to_invite(wave, selection)).all()
    live = _live(connection, wave, day)
    had = {row[0] for row in connection.execute(_with_links(wave))}
    return tuple(
        Ready(
            case_id=row.id,
            key=Key(row.grp, row.unit, row.sample, row.mode),
            had_one=row.id in had,
            invitation=Invitation(
                row.label,
                row.grp,
                row.unit,
                row.name or "",
                row.phone or "",
                row.email or "",
                token=tokens.new(),
            ),
        )
        for row in rows
        if again or row.id not in live
    )


def issue(
    connection: Connection, wave: Wave, ready: Sequence[Ready], day: str, by: str, *, again: bool
) -> None:
    """Issue links that were made ready: from now on they open their forms.

    Raises
    ------
    LinksRefused
        Somebody has issued links to some of these cases meanwhile, or taken cases away.
    WaveState
        When the wave was closed meanwhile.
    """
    if wave.state == "closed":
        raise WaveState.of(wave, "closed-already", "nothing more is taken in")
    cases = {each.case_id: each.key for each in ready}
    known = {row.id for row in connection.execute(_to_invite(wave, Selection()))}
    live = _live(connection, wave, day)
    if cases.keys() - known or (not again and cases.keys() & live):
        message = "links were issued or cases taken away meanwhile"
        raise LinksRefused("links-changed", message, wave=wave.name)
    if again:
        _revoke(connection, sorted(cases.keys() & live), day, by)
    kept.links_issued(connection, wave.id, (each.key for each in ready if not each.had_one))
    kept.notes_undone(connection, wave.id, cases)
    links = [
        {"digest": tokens.digest(each.invitation.token), "case_id": each.case_id, "issued_on": day}
        for each in ready
    ]
    if links:
        connection.execute(insert(tables.invitations), links)
        _note(connection, cases, disposition.ISSUED, day, "")


def revoke(connection: Connection, wave: Wave, selection: Selection, day: str, by: str) -> int:
    """Withdraw the links of a selection. Returns how many.

    Raises
    ------
    ProblemsFound
        With every case number that the wave has not.
    """
    all_known(connection, wave, selection)
    chosen = {row.id for row in connection.execute(_chosen(wave, selection))}
    live = {row[0] for row in connection.execute(_with_links(wave, _NOT_REVOKED))}
    return _revoke(connection, sorted(chosen & live), day, by)


def expire(connection: Connection, wave: Wave, selection: Selection, day: str | None) -> int:
    """Let the links of a selection open their forms up to a day, or without end. How many.

    Raises
    ------
    ProblemsFound
        With every case number that the wave has not.
    """
    all_known(connection, wave, selection)
    chosen = [row.id for row in connection.execute(_chosen(wave, selection))]
    links = tables.invitations
    count = 0
    for some in _batches(chosen):
        mine = update(links).where(links.c.case_id.in_(some), _NOT_REVOKED)
        count += connection.execute(mine.values(expires_on=day)).rowcount
    return count


def count(connection: Connection, wave: Wave, selection: Selection, day: str) -> tuple[int, int]:
    """How many cases a selection has, and how many of these have a link that opens their form.

    Raises
    ------
    ProblemsFound
        With every case number that the wave has not.
    """
    all_known(connection, wave, selection)
    chosen = {row.id for row in connection.execute(_chosen(wave, selection))}
    return len(chosen), len(chosen & _live(connection, wave, day))


_NOT_REVOKED = tables.invitations.c.revoked_on.is_(None)


def _chosen(wave: Wave, selection: Selection) -> Select[Any]:
    cases, contacts = tables.cases, tables.contacts
    names = ("id", "label", "grp", "unit", "sample", "mode")
    chosen = (
        select(*(cases.c[name] for name in names), contacts.c.name, contacts.c.phone)
        .add_columns(contacts.c.email)
        .select_from(cases.outerjoin(contacts, contacts.c.case_id == cases.c.id))
        .where(cases.c.wave_id == wave.id)
        .order_by(cases.c.id)
    )
    if selection.labels:
        chosen = chosen.where(cases.c.label.in_(selection.labels))
    if selection.groups:
        chosen = chosen.where(cases.c.grp.in_(selection.groups))
    if selection.units:
        chosen = chosen.where(cases.c.unit.in_(selection.units))
    return chosen


def _to_invite(wave: Wave, selection: Selection) -> Select[Any]:
    """Those of a selection whose place nobody else has taken: what was noted of others stays."""
    replaced = tables.substitutions.c.case_id == tables.cases.c.id
    return _chosen(wave, selection).where(~select(tables.substitutions).where(replaced).exists())


def all_known(connection: Connection, wave: Wave, selection: Selection) -> None:
    """See whether the wave has every case that a selection names.

    Raises
    ------
    ProblemsFound
        With every case number that it has not.
    """
    if not selection.labels:
        return
    cases = tables.cases.c
    known = set(
        connection.execute(
            select(cases.label).where(
                cases.wave_id == wave.id, cases.label.in_(selection.labels[:MOST_LABELS])
            )
        ).scalars()
    )
    if unknown := [label for label in selection.labels if label not in known]:
        raise ProblemsFound(
            Problem("no-such-case", f"the wave has no case `{label}`", wave.name,
                    help="use the case numbers of the sample file",
                    values={"typed": label})
            for label in unknown
        )  # fmt: skip


def _with_links(wave: Wave, *more: ColumnElement[bool]) -> Select[Any]:
    cases, links = tables.cases, tables.invitations
    return (
        select(links.c.case_id)
        .select_from(links.join(cases, cases.c.id == links.c.case_id))
        .where(cases.c.wave_id == wave.id, *more)
    )


def _live(connection: Connection, wave: Wave, day: str) -> set[int]:
    expires = tables.invitations.c.expires_on
    opens = or_(expires.is_(None), expires >= day)
    return {row[0] for row in connection.execute(_with_links(wave, _NOT_REVOKED, opens))}


def _revoke(connection: Connection, case_ids: Sequence[int], day: str, by: str) -> int:
    links, count = tables.invitations, 0
    for some in _batches(case_ids):
        mine = update(links).where(links.c.case_id.in_(some), _NOT_REVOKED)
        count += connection.execute(mine.values(revoked_on=day)).rowcount
    _note(connection, case_ids, "revoked", day, by)
    return count


def _note(connection: Connection, case_ids: Iterable[int], kind: str, day: str, by: str) -> None:
    """Note an event that stands for no outcome, so that no count changes."""
    rows = [{"case_id": case_id, "kind": kind, "day": day, "by": by} for case_id in case_ids]
    if rows:
        connection.execute(insert(tables.events), rows)


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
