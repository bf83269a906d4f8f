"""The page of a scorecard's reports: what the analyst writes, and files to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.conduct.scoring import reporting
from survey_app.office.blueprint import blueprint
from survey_app.office.documents import downloads, making, turns
from survey_app.office.documents.reports.beside import HEAD, LONGEST, SUMMARY, WRITTEN
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, shown
from survey_app.office.page import language, say, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm, is_offered
from survey_app.office.results.read import Results, UnitLine
from survey_app.office.scorecard import found
from survey_app.office.scorecard.views import of_card
from survey_app.office.waves.found import wave_named
from survey_app.store import publications, report_texts
from survey_app.store.log import audit
from survey_app.store.report_texts import Written
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave
from survey_app.web import house

_LINES = {"recipients": 4, "signer_title": 2, SUMMARY: 5, **dict.fromkeys(WRITTEN, 8)}
"""Fields that are written in several lines, and how many are seen."""


@blueprint.get("/dot/<name>/ket-qua/<int:number>/bao-cao")
@needs("results.see")
def card_reports(name: str, number: int) -> ResponseReturnValue:
    """Every report of a scorecard, and what still is to be written."""
    card = found.overview(name, number)
    found.log(card, "reports")
    return _page(card)


def _page(card: Results, **more: Any) -> str:
    written = _written(card.card)
    blank = [field for field in (SUMMARY, *WRITTEN) if ("", field) not in written]
    units = {unit for unit, _ in written if unit}
    return of_card(
        "reports",
        card,
        blank=[words()[f"reports_{field}"] for field in blank],
        units=sorted(card.units, key=lambda unit: unit.unit),
        written_units=units,
        kinds=[kind for kind in downloads.MIME if kind not in {"csv", "csv-excel"}],
        unit_kinds=making.UNIT_KINDS,
        may_write=_may_write(card.card),
        form=Confirm(),
        **more,
    )


@blueprint.route("/dot/<name>/ket-qua/<int:number>/bao-cao/phan-viet", methods=["GET", "POST"])
@needs("reports.write")
def card_report_texts(name: str, number: int) -> ResponseReturnValue:
    """Write what stands beside the numbers: of the province, or of a unit (`don-vi`)."""
    card = found.overview(name, number)
    code = request.values.get("don-vi", "")
    unit = (card.unit(code) or abort(404)) if code else None
    if not Confirm().validate_on_submit():
        return _texts_page(card, unit)
    typed = {field: _plain(request.form.get(field, "")) for field in _fields(unit)}
    wrong = {field for field, text in typed.items() if len(text) > LONGEST[field]}
    if wrong:
        return _texts_page(card, unit, typed=typed, wrong=wrong), 422
    try:
        changed = reporting.write(house(), card.wave, card.card, code, typed, who())
    except Refused as refused:
        return _texts_page(card, unit, typed=typed, **faults.shown(refused)), 409
    flash(words()["reports_kept" if changed else "reports_unchanged"])
    return redirect(found.address("card_reports", card), 303)


def _fields(unit: UnitLine | None) -> tuple[str, ...]:
    return WRITTEN if unit else (SUMMARY, *WRITTEN, *HEAD)


def _plain(text: str) -> str:
    """What was typed, with the ends of lines that we keep."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _texts_page(card: Results, unit: UnitLine | None, **more: Any) -> str:
    code = unit.unit if unit else ""
    written, source = _written(card.card), None
    if not written:
        with house().database.reading() as connection:
            source = report_texts.earlier(connection, card.wave.id, card.card.id)
            written = report_texts.read(connection, source) if source else {}
    kept = {field: written[code, field] for field in _fields(unit) if (code, field) in written}
    context: dict[str, Any] = {
        "typed": {field: it.text for field, it in kept.items()},
        "kept": kept,
        "source": source,
        "unit_name": say(unit.name, language()) if unit else "",
        "code": code,
        "fields": _fields(unit),
        "heads": HEAD,
        "of_lines": _LINES,
        "longest": LONGEST,
        "wrong": (),
        "may_write": _may_write(card.card),
        "form": Confirm(),
    }
    return of_card("report_texts", card, **(context | more))


@blueprint.post("/dot/<name>/ket-qua/<int:number>/bao-cao/don-vi")
@needs("results.see")
def card_unit_reports(name: str, number: int) -> ResponseReturnValue:
    """Have the reports of all units made, in one file."""
    card, kind = found.overview(name, number), request.form.get("kind", "docx")
    if not Confirm().validate_on_submit() or not is_offered(kind, making.UNIT_KINDS):
        return _page(card), 400
    asked: Mapping[str, Any] = {"card": number, "kind": kind, "language": language()}
    try:
        return shown.way_on(asking.ask("unit_reports", name, dict(asked)))
    except Refused as refused:
        return _page(card, **faults.shown(refused)), 409


@blueprint.get("/dot/<name>/ket-qua/<int:number>/bao-cao/don-vi/<unit>.<any(docx, pdf):kind>")
@needs("results.see")
def card_unit_report(name: str, number: int, unit: str, kind: str) -> ResponseReturnValue:
    """The report of one unit."""
    wave, _ = found.named(name, number)
    card = found.whole(name, number).card
    found.log_download(found.overview(name, number), f"{unit} {kind}")
    return _unit_file(wave, card, unit, kind)


@blueprint.get("/tu-danh-gia/bao-cao/<name>.<any(docx, pdf):kind>")
@needs("reports.own")
def own_report(name: str, kind: str) -> ResponseReturnValue:
    """The report of the unit of the account at hand, once results are published."""
    wave, unit = wave_named(name), str(current_user.unit or "")
    card = _public_card(wave)
    if card is None or not unit:
        abort(404)
    if request.method != "HEAD":
        with house().database.writing() as connection:
            detail = f"{wave.name} {card.id} {unit} {kind}"
            audit.append(connection, who(), "download", detail, house().stamp())
    return _unit_file(wave, card, unit, kind)


def _unit_file(wave: Wave, card: Scorecard, unit: str, kind: str) -> Response:
    with turns.turn():
        body = making.of_unit(house(), wave, card, unit, language(), kind)
    if body is None:
        abort(404)
    state = "" if card.published_at else "-du-thao"
    name = downloads.plain(f"bao-cao-{wave.name}-{unit}{state}.{kind}")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=downloads.MIME[kind], headers=headers)


def _public_card(wave: Wave) -> Scorecard | None:
    with house().database.reading() as connection:
        known = publications.versions(connection, wave.id)
    return known[-1].card if known and not known[-1].withdrawn else None


def _written(card: Scorecard) -> Mapping[tuple[str, str], Written]:
    with house().database.reading() as connection:
        return report_texts.read(connection, card.id)


def _may_write(card: Scorecard) -> bool:
    return bool(current_user.may("reports.write")) and reporting.may_be_written(house(), card)


@blueprint.app_context_processor
def _own_reports() -> dict[str, object]:
    def own_report_of(wave: Wave) -> str:
        """Where the report of one's own unit is; blank where there is none yet."""
        if not current_user.may("reports.own") or _public_card(wave) is None:
            return ""
        return url_for("office.own_report", name=wave.name, kind="docx")

    return {"own_report_of": own_report_of}
