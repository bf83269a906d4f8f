"""The page of the log and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app import collation, i18n
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.log import files, said
from survey_app.office.page import language, page, words
from survey_app.office.pieces.tables import (
    KINDS,
    PAGE,
    SEARCH,
    SORT,
    Page,
    file_name,
    page_number,
)
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit, audit_search, verification
from survey_app.store.log.audit import Line
from survey_app.store.log.audit_search import Search
from survey_app.web import house

WHO, WHAT, SINCE, UNTIL = "nguoi", "viec", "tu", "den"
_LENGTH = 50
_LONGEST = 100
_BY = "thoi-diem"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the filter bar."""

    name: str
    label: str
    value: str
    kind: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@blueprint.get("/nhat-ky")
@needs("log.see")
def audit_log() -> ResponseReturnValue:
    """What was done here, by whom, and whether the log is whole."""
    with house().database.reading() as connection:  # of its own: see `verification.look`
        look = verification.look(connection, house().stamp())
    search, w = _search(), words()
    with house().database.reading() as connection:
        shown = _page(connection, search)
        fields = _fields(connection, search)
        newest = audit.head(connection)
    return page(
        "log/log",
        shown=shown,
        fields=fields,
        is_searched=any(field.value for field in fields),
        sort=request.args.get(SORT, ""),
        action_said=lambda line: said.action(line.action, w),
        detail_said=lambda line: said.detail(line, w),
        look=look,
        newest=newest,
        downloads=[(w[f"log_download_{kind}"], _file(kind)) for kind in files.MIME],
    )


@blueprint.post("/nhat-ky")
@needs("log.see")
def audit_log_verify() -> ResponseReturnValue:
    """Verify the log from its first line, and say in it that this was done."""
    with house().database.reading() as connection:
        broken = verification.look_at_all(connection, house().stamp()).broken
        newest = audit.head(connection)
    at = house().stamp()
    with house().database.writing() as connection:
        if broken:
            audit.append(connection, who(), "log-verify-broken", str(broken.id), at)
        else:
            audit.append(connection, who(), "log-verify", str(newest.number), at)
    return redirect(url_for("office.audit_log"))


@blueprint.get("/nhat-ky/tai-ve/<any(csv, 'csv-plain', xlsx):kind>")
@needs("log.export")
def audit_log_file(kind: str) -> ResponseReturnValue:
    """The lines that were searched for, all of them, as a file. Taking it is in the log too."""
    search, w = _search(), words()
    header = [w[key] for key in ("log_number", "at", "who", "action", "detail")]
    with house().database.reading() as connection:
        rows = [
            (
                str(line.id),
                i18n.moment(line.at, language()),
                line.who,
                said.action(line.action, w),
                said.detail_to_take_away(line, w),
            )
            for line in audit_search.lines(connection, search, newest_first=False)
        ]
    if request.method != "HEAD":
        with house().database.writing() as connection:
            audit.append(connection, who(), "log-export", f"{kind} {len(rows)}", house().stamp())
    name = f"nhat-ky-{house().today()}"
    name = file_name(name, kind) if kind in KINDS else f"{name}.{kind}"
    return Response(
        files.contents(kind, w["audit"], header, rows),
        content_type=files.MIME[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _file(kind: str) -> str:
    """The address of the file with what is shown now."""
    return f"{url_for('office.audit_log_file', kind=kind)}?{urlencode(_asked())}"


def _asked() -> Mapping[str, str]:
    """What the address asks for of this page, and nothing else."""
    known = (WHO, WHAT, SINCE, UNTIL, SEARCH)
    return {name: request.args[name] for name in known if request.args.get(name)}


def _search() -> Search:
    asked = {name: value[:_LONGEST] for name, value in _asked().items()}
    since, until = _day(asked.get(SINCE, "")), _day(asked.get(UNTIL, ""))
    text = asked.get(SEARCH, "").strip()
    return Search(
        who=asked.get(WHO, ""),
        action=asked.get(WHAT, ""),
        since=_kept(since) if since else "",
        until=_kept(until + timedelta(days=1)) if until else "",
        text=text,
        actions_with_text=said.actions_with(text, words()) if text else (),
    )


def _day(text: str) -> date | None:
    """A day of the address; none where it is no day, or the last day that there is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1900, 1, 1) < day < date(9999, 1, 1) else None


def _kept(day: date) -> str:
    """The first moment of a day in Vietnam, as times are kept."""
    start = datetime.combine(day, time(), i18n.VIETNAM)
    return (start - timedelta(hours=7)).replace(tzinfo=None).isoformat(
        timespec="seconds"
    ) + "+00:00"


def _page(connection: Connection, search: Search) -> Page[Line]:
    total = audit_search.count(connection, search)
    pages = max(1, -(-total // _LENGTH))
    at = min(page_number(request.args.get(PAGE, "")), pages)
    is_descending = request.args.get(SORT) != _BY
    skip = (at - 1) * _LENGTH
    lines = audit_search.lines(
        connection, search, newest_first=is_descending, skip=skip, most=_LENGTH
    )
    return Page(
        rows=lines,
        total=total,
        first=skip + 1,
        last=skip + len(lines),
        by=_BY,
        is_descending=is_descending,
        args=request.args.to_dict(),
        at=at,
        pages=pages,
    )


def _fields(connection: Connection, search: Search) -> list[Field]:
    w, asked = words(), _asked()
    named = sorted(filter(None, audit_search.people(connection)), key=collation.key)
    done = {name: said.action(name, w) for name in audit_search.actions(connection)}
    in_order = sorted(done.items(), key=lambda item: collation.key(item[1]))
    return [
        Field(name=SEARCH, label=w["log_search"], value=search.text, kind="search"),
        Field(
            name=WHO,
            label=w["who"],
            value=search.who,
            choices=tuple((name, name) for name in named),
        ),
        Field(name=WHAT, label=w["action"], value=search.action, choices=tuple(in_order)),
        Field(name=SINCE, label=w["log_since"], value=asked.get(SINCE, ""), kind="date"),
        Field(name=UNTIL, label=w["log_until"], value=asked.get(UNTIL, ""), kind="date"),
    ]
