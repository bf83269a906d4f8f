"""Cases: who was drawn, how they are reached, and what the office knows became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, text, update

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork import disposition
from survey_app.fieldwork.case import Case, Contact, Invitation, Stratum
from survey_app.fieldwork.disposition import History
from survey_app.store import jobs, tables
from survey_app.store.counts import kept
from survey_app.store.counts.kept import Key
from survey_app.store.engine.statement import Statement
from survey_app.store.quality import call_backs
from survey_app.store.sample import links, population_lists
from survey_app.store.sample.links import Selection
from survey_app.store.waves import Wave, WaveState

_BATCH = 10_000
_FEW = 500


@dataclass(frozen=True)
class Known:
    """A case with its history, for dispositions. Without its contact and without its answers."""

    history: History
    case_id: int
    label: str
    group: str
    sample: str
    unit: str
    asked: str
    home_unit: str
    stratum: str
    mode: str

    @property
    def cell(self) -> tuple[str, str, str]:
        """The independent sample that the case belongs to."""
        return self.group, self.sample, self.unit


def import_frame(
    connection: Connection, wave: Wave, rows: Sequence[Stratum], *, only: bool = False
) -> int:
    """Replace a wave's frame, or `only` that of the samples at hand. Returns how many strata come.

    Raises
    ------
    WaveState
        When the wave is closed.
    """
    _not_closed(wave)
    c = tables.strata.c
    mine = delete(tables.strata).where(c.wave_id == wave.id)
    if not only:
        connection.execute(mine)
    for group, sample, unit in {row.cell for row in rows} if only else ():
        connection.execute(mine.where(c.grp == group, c.sample == sample, c.unit == unit))
    values = [
        {
            "wave_id": wave.id,
            "grp": row.group,
            "sample": row.sample,
            "unit": row.unit,
            "stratum": row.stratum,
            "population": row.population,
            "planned": row.planned,
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(tables.strata), values)
    return len(values)


def labels(connection: Connection, wave_id: int) -> frozenset[str]:
    """The numbers of all cases of a wave."""
    mine = select(tables.cases.c.label).where(tables.cases.c.wave_id == wave_id)
    return frozenset(connection.execute(mine).scalars())


def import_sample(
    connection: Connection, wave: Wave, rows: Sequence[Case], contacts: Mapping[str, Contact]
) -> int:
    """Add cases to a wave, each with its one chance to answer. Returns how many.

    Raises
    ------
    WaveState
        When the wave is closed.
    ProblemsFound
        With every case number that the wave has already; nothing is added.
    """
    _not_closed(wave)
    known = _ids(connection, wave.id, rows)
    if again := [row.label for row in rows if row.label in known]:
        raise ProblemsFound(
            Problem("case-known", f"the wave has a case `{label}` already", wave.name,
                    help="leave out the cases that were imported before",
                    values={"typed": label})
            for label in again
        )  # fmt: skip
    for start in range(0, len(rows), _BATCH):
        _add(connection, wave, rows[start : start + _BATCH])
    ids = _ids(connection, wave.id, rows)
    _given_a_chance(connection, [ids[row.label] for row in rows])
    _reached(connection, {ids[row.label]: contacts.get(row.label) for row in rows})
    came = (Key(row.group, row.unit, row.sample, row.mode) for row in rows)
    kept.cases_came(connection, wave.id, came)
    return len(rows)


_CASE = Statement.inserting(
    "cases", wave_id="integer", label="text", grp="text", sample="text", unit="text", asked="text",
    home_unit="text", stratum="text", psu="text", weight="text", fpc1="integer", fpc2="integer",
    mode="text",
)  # fmt: skip
_UNSPENT = Statement.inserting("unspent", case_id="integer")
_CONTACT = Statement.inserting(
    "contacts", case_id="integer", name="text", phone="text", email="text", address="text"
)


def _add(connection: Connection, wave: Wave, rows: Sequence[Case]) -> None:
    values = [
        {
            "wave_id": wave.id,
            "label": row.label,
            "grp": row.group,
            "sample": row.sample,
            "unit": row.unit,
            "asked": row.asked,
            "home_unit": row.home_unit,
            "stratum": row.stratum,
            "psu": row.psu,
            "weight": row.weight,
            "fpc1": row.fpc1,
            "fpc2": row.fpc2,
            "mode": row.mode,
        }
        for row in rows
    ]
    _CASE.for_each(connection, values)


def _given_a_chance(connection: Connection, ids: Sequence[int]) -> None:
    """Each case may answer once."""
    for start in range(0, len(ids), _BATCH):
        _UNSPENT.for_each(connection, [{"case_id": id_} for id_ in ids[start : start + _BATCH]])


def _reached(connection: Connection, contacts: Mapping[int, Contact | None]) -> None:
    """How those can be reached of whom anything is known."""
    values = [
        {
            "case_id": case_id,
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "address": contact.address,
        }
        for case_id, contact in contacts.items()
        if contact and not contact.is_blank
    ]
    for start in range(0, len(values), _BATCH):
        _CONTACT.for_each(connection, values[start : start + _BATCH])


_IDS = Statement("SELECT label, id FROM cases WHERE wave_id = :wave")


def _ids(connection: Connection, wave_id: int, rows: Sequence[Case]) -> Mapping[str, int]:
    """The cases of a wave by their numbers: all of them, or of few rows only those."""
    if len(rows) > _FEW:
        return dict(_IDS.on(connection, {"wave": wave_id}).fetchall())
    c = tables.cases.c
    mine = select(c.label, c.id).where(c.wave_id == wave_id, c.label.in_([r.label for r in rows]))
    return {row.label: row.id for row in connection.execute(mine)}


def issue_invitations(connection: Connection, wave: Wave, day: str) -> list[Invitation]:
    """A link for every case that has none. The tokens are in what is returned and nowhere else.

    None for a case whose place somebody else has taken: what was noted of it stays.

    Raises
    ------
    WaveState
        When the wave is closed.
    """
    ready = links.make_ready(connection, wave, Selection(), day)
    links.issue(connection, wave, ready, day, "", again=False)
    return [each.invitation for each in ready]


def revoke(connection: Connection, wave: Wave, label: str, day: str, by: str = "") -> int:
    """Withdraw the live invitations of a case, so that another can be issued. Returns how many.

    Raises
    ------
    ProblemsFound
        When the wave has no such case.
    """
    case_id = find(connection, wave, label)
    revoked = connection.execute(
        update(tables.invitations)
        .where(tables.invitations.c.case_id == case_id, tables.invitations.c.revoked_on.is_(None))
        .values(revoked_on=day)
    ).rowcount
    if revoked:
        add_event(connection, case_id, "revoked", day, by=by)
    return revoked


def find(connection: Connection, wave: Wave, label: str) -> int:
    """The case of this number, as it is in the sample file.

    Raises
    ------
    ProblemsFound
    """
    case_id = connection.execute(
        select(tables.cases.c.id).where(
            tables.cases.c.wave_id == wave.id, tables.cases.c.label == label
        )
    ).scalar()
    if case_id is None:
        raise ProblemsFound(
            [Problem("no-such-case", f"the wave has no case `{label}`", wave.name,
                     help="use the case numbers of the sample file",
                     values={"typed": label})]
        )  # fmt: skip
    return int(case_id)


def add_event(
    connection: Connection, case_id: int, kind: str, day: str, detail: str = "", by: str = ""
) -> None:
    """Note what happened to a case. Events are never changed or taken back."""
    assert kind in disposition.event_kinds(), kind
    connection.execute(
        insert(tables.events).values(case_id=case_id, kind=kind, day=day, detail=detail, by=by)
    )
    kept.event_noted(connection, case_id)


def refuse(connection: Connection, case_id: int, day: str) -> None:
    """Note that a respondent does not take part; once, however often the button is pressed.

    What the office has noted since counts again as something to refuse.
    """
    mine = tables.unspent.c.case_id == case_id
    held = connection.execute(select(tables.unspent).where(mine).with_for_update()).first()
    noted = connection.execute(
        select(tables.events.c.kind, tables.events.c.by)
        .where(tables.events.c.case_id == case_id)
        .order_by(tables.events.c.id.desc())
        .limit(1)
    ).first()
    if held and (noted is None or tuple(noted) != ("refused", "")):
        add_event(connection, case_id, "refused", day)


_KNOWN = text("""
    SELECT c.id, c.label, c.grp, c.sample, c.unit, c.asked, c.home_unit, c.stratum, c.mode,
           EXISTS (SELECT 1 FROM invitations i WHERE i.case_id = c.id) AS issued,
           u.case_id IS NULL AS spent, p.stage
    FROM cases c
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    WHERE c.wave_id = :wave ORDER BY c.id""")
_EVENTS = text("""
    SELECT e.case_id, e.kind FROM events e JOIN cases c ON c.id = e.case_id
    WHERE c.wave_id = :wave ORDER BY e.id""")


def histories(connection: Connection, wave_id: int) -> Iterator[Known]:
    """Every case of a wave with what is known of it."""
    noted: dict[int, list[str]] = {}
    for case_id, kind in connection.execute(_EVENTS, {"wave": wave_id}):
        noted.setdefault(case_id, []).append(kind)
    for row in connection.execute(_KNOWN, {"wave": wave_id}):
        *case, issued, spent, stage = row
        history = History(
            issued=bool(issued),
            spent=bool(spent),
            begun=stage is not None,
            stage=stage or 0,
            events=tuple(noted.get(case[0], ())),
        )
        yield Known(history, *case)


def frame(connection: Connection, wave_id: int) -> tuple[Stratum, ...]:
    """The frame of a wave, as imported."""
    columns = [
        tables.strata.c[name]
        for name in ("grp", "sample", "unit", "stratum", "population", "planned")
    ]
    rows = connection.execute(
        select(*columns).where(tables.strata.c.wave_id == wave_id).order_by(*columns[:4])
    )
    return tuple(Stratum(*row) for row in rows)


def drawn(connection: Connection, wave_id: int) -> Iterator[Case]:
    """Every case of a wave as it was drawn, for the check of anonymity."""
    for row in _DRAWN.on(connection, {"wave": wave_id}).fetchall():
        yield Case(*row)


_DRAWN = Statement("""
    SELECT label, grp, asked, stratum, weight, unit, sample, home_unit, psu, fpc1, fpc2, mode
    FROM cases WHERE wave_id = :wave ORDER BY id""")


def purge_contacts(connection: Connection, wave: Wave, at: str) -> int:
    """Delete names, phone numbers, addresses and remarks of a closed wave. Returns how many.

    The people of its population list and of its reserve go with them.

    Raises
    ------
    WaveState
        When the wave is not closed.
    """
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "contacts are purged when it is closed")
    mine = select(tables.cases.c.id).where(tables.cases.c.wave_id == wave.id)
    gone = connection.execute(
        delete(tables.contacts).where(tables.contacts.c.case_id.in_(mine))
    ).rowcount
    # whoever noted an event may have named someone
    connection.execute(
        update(tables.events).where(tables.events.c.case_id.in_(mine)).values(detail="")
    )
    population_lists.purge(connection, wave.id)
    connection.execute(delete(tables.not_reminded).where(tables.not_reminded.c.case_id.in_(mine)))
    call_backs.forget_cases(connection, wave)
    jobs.forget_problems(connection, wave.name)
    jobs.forget_waiting(connection, wave.name)
    connection.execute(
        update(tables.waves).where(tables.waves.c.id == wave.id).values(contacts_purged_at=at)
    )
    return gone


def _not_closed(wave: Wave) -> None:
    if wave.state == "closed":
        raise WaveState.of(wave, "closed-already", "nothing more is taken in")
