"""`cchc event`, `cchc contacts`: what the office learns about a case, and when it forgets."""

from __future__ import annotations

import click

from survey_app.commands.opened import (
    AS_JSON,
    WAVE,
    changing,
    failing_plainly,
    house,
    out_json,
    say,
    who,
)
from survey_app.commands.permitted import needs
from survey_app.conduct import privacy
from survey_app.fieldwork import disposition
from survey_app.store.log import audit
from survey_app.store.sample import cases as kept
from survey_app.store.sample import one_case


@click.group("event")
def event_() -> None:
    """Note what happened to a case (ghi kết quả tiếp cận)."""


@event_.command()
@WAVE
@click.argument("case")
@click.argument(
    "kind", type=click.Choice(sorted(set(disposition.event_kinds()) - {"issued", "revoked"}))
)
@click.option("--detail", default="", help="In a few words, without the answers or the name.")
@needs("outcomes.note")
@failing_plainly
def add(name: str, case: str, kind: str, detail: str) -> None:
    """Note KIND about CASE. What is noted is never changed or taken back."""
    with changing(name) as (here, connection, wave):
        case_id = kept.find(connection, wave, case)
        kept.add_event(connection, case_id, kind, here.today(), detail[:400], who())
    say(f"{case}: {disposition.event_kinds()[kind].label['en']}")


@event_.command()
@WAVE
@click.argument(
    "kind", type=click.Choice(sorted(set(disposition.event_kinds()) - {"issued", "revoked"}))
)
@click.argument("cases", nargs=-1, required=True)
@click.option("--detail", default="", help="In a few words, without the answers or the name.")
@needs("outcomes.note")
@failing_plainly
def many(name: str, kind: str, cases: tuple[str, ...], detail: str) -> None:
    """Note KIND about all CASES, or about none where one is not known."""
    with changing(name) as (here, connection, wave):
        told = {"day": here.today(), "by": who(), "detail": detail[:400]}
        count = one_case.note(connection, wave, list(dict.fromkeys(cases)), kind, **told)
        audit.append(connection, who(), "outcomes-note", f"{name} {count} {kind}", here.stamp())
    say(f"{count} cases: {disposition.event_kinds()[kind].label['en']}")


@event_.command()
@AS_JSON
@needs("outcomes.note")
def kinds(*, as_json: bool) -> None:
    """What can be noted, and the AAPOR code that it means."""
    known = [
        {"kind": each.kind, "code": each.code, "vi": each.label["vi"], "en": each.label["en"]}
        for each in disposition.event_kinds().values()
    ]
    if as_json:
        out_json(known)
    else:
        for each in known:
            click.echo("\t".join(each.values()))


@click.group("contacts")
def contacts_() -> None:
    """Names, phone numbers and addresses of the cases (thông tin liên hệ)."""


@contacts_.command()
@WAVE
@click.option("--yes", is_flag=True, help="Do not ask.")
@needs("contacts.purge")
@failing_plainly
def purge(name: str, *, yes: bool) -> None:
    """Delete the contacts of a closed wave for good."""
    if not yes:
        click.confirm(
            f"Delete every name, phone number and address of wave {name}?", abort=True, err=True
        )
    with changing(name) as (here, connection, wave):
        gone = privacy.purge(connection, here, wave, who())
    say(f"{gone} contacts are deleted")


@contacts_.command("due")
@needs("contacts.purge")
@failing_plainly
def due() -> None:
    """Delete the contacts of every wave whose day has come, as the site does by itself."""
    with house() as here:
        purged = privacy.purge_due(here)
    say(f"the contacts of {purged} waves are deleted")


@contacts_.command("held")
@WAVE
@click.argument("label")
@AS_JSON
@needs("privacy.answer")
@failing_plainly
def held_(name: str, label: str, *, as_json: bool) -> None:
    """What is held about a case, for the person who asks; never whether it has answered."""
    with changing(name) as (here, connection, wave):
        known = privacy.look(connection, here, wave, label, who())
    said = {
        **{key: getattr(known.contact, key) for key in ("name", "phone", "email", "address")},
        "group": known.case.sample.grp,
        "unit": known.case.sample.unit,
        "home_unit": known.case.home_unit,
        "mode": known.case.mode,
        "stratum": known.stratum,
        "psu": known.psu,
        "weight": known.weight,
        "lines_of_lists": known.in_lists,
        "links": [link.issued_on for link in known.case.links],
        "call_backs": [f"{call.drawn_on} {call.outcome}".rstrip() for call in known.calls],
        "events": [f"{event.day} {event.kind} {event.detail}" for event in known.case.events],
    }
    if as_json:
        out_json(said)
    else:
        for key, value in said.items():
            click.echo(f"{key}\t{value}")


@contacts_.command("forget")
@WAVE
@click.argument("label")
@click.option("--yes", is_flag=True, help="Do not ask.")
@needs("privacy.answer")
@failing_plainly
def forget(name: str, label: str, *, yes: bool) -> None:
    """Delete what names the person of a case, at their wish; their links open nothing any more."""
    if not yes:
        click.confirm(f"Delete what is held about case {label}?", abort=True, err=True)
    with changing(name) as (here, connection, wave):
        gone = privacy.forget(connection, here, wave, label, who())
    say(
        f"deleted: {gone.contacts} contacts, {gone.lines} lines of lists, {gone.remarks} remarks; "
        f"{gone.links} links revoked"
    )


@contacts_.command("record")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", help="Of the record.")
@AS_JSON
@needs("wave.see")
@failing_plainly
def record_(language: str, *, as_json: bool) -> None:
    """The record of processing, as the office's page has it (hồ sơ xử lý dữ liệu cá nhân)."""
    from survey_app.office.page import WORDS
    from survey_app.office.privacy.record import record

    with house() as here:
        processing = record(here, WORDS, language)
    w = WORDS(language)
    if as_json:
        kept = [
            {"wave": it.wave.name, "state": it.wave.state, "people": it.people, "until": it.until}
            for it in processing.waves
        ]
        out_json({"record": dict(processing.lines), "waves": kept})
        return
    for term, value in processing.lines:
        click.echo(f"{term}: {value}")
    click.echo(f"{w['privacy_waves']}:")
    for it in processing.waves:
        click.echo(f"  {it.wave.name} ({it.state}): {it.people}; {w['privacy_due']}: {it.until}")
    say(w["privacy_record_lacks"])
