"""The desk around a previewed form: what to look at, and the faults where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, make_response, redirect, request
from werkzeug.datastructures import MultiDict

from survey_app.i18n import Words
from survey_app.preview import explained
from survey_app.preview.stage import Seat, Stage
from survey_app.questionnaire.journey import ABOUT
from survey_app.questionnaire.model import Questionnaire
from survey_app.respondent.pages import REVIEW
from survey_app.web import inline

_HERE = Path(__file__).parent
WORDS = Words.load(_HERE / "words.yaml")
_STYLE = (_HERE / "desk.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "desk.js").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none';style-src {inline(_STYLE)};script-src {inline(_SCRIPT)};img-src data:;"
    "connect-src 'self';frame-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'"
)

ALL = "all"
"""Every language of the questionnaire, side by side."""

blueprint = Blueprint("preview", __name__, template_folder="templates")


@dataclass(frozen=True)
class View:
    """What the author looks at, as the address says. `at` are the open pages, by language."""

    group: str
    many: bool
    language: str
    at: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, said: MultiDict[str, str], form: Questionnaire) -> View:
        """The view of an address; what it does not say is as seen at first."""
        language = said.get("lang", ALL)
        at = [(each, said.get(f"at-{each}", "")) for each in form.languages]
        return cls(
            form.group,
            said.get("units") == "many",
            language if language in form.languages else ALL,
            tuple((each, key) for each, key in at if key),
        )

    def href(self, path: str = "/") -> str:
        """The address of this view."""
        said = {"group": self.group, "units": "many" if self.many else "one"}
        said |= {"lang": self.language} | {f"at-{each}": key for each, key in self.at}
        return f"{path}?{urlencode(said)}"

    def seats(self, form: Questionnaire) -> list[Seat]:
        """The forms in view."""
        shown = form.languages if self.language == ALL else (self.language,)
        return [Seat(self.group, language, self.many) for language in shown]


def stage() -> Stage:
    """The stage of the preview at hand."""
    found: Stage = current_app.extensions["cchc.preview"]
    return found


@blueprint.after_request
def confine(reply: Response) -> Response:
    """The desk loads nothing but itself and the form."""
    reply.headers["Content-Security-Policy"] = POLICY
    reply.headers["Cache-Control"] = "no-store"
    reply.headers["Referrer-Policy"] = "no-referrer"
    return reply


@blueprint.get("/state")
def state() -> dict[str, str]:
    """Which state of the files is shown; looks whether one was saved."""
    stage().look()
    return {"version": stage().version}


@blueprint.get("/")
def desk() -> str:
    """The form in its frames; or the faults of its files."""
    here = stage()
    here.look()
    form = _form(here)
    if here.problems or form is None:
        faults = [explained.shown(problem) for problem in here.problems]
        return _page("faults", faults=faults, count=len(faults), name=here.target.study)
    view, named = View.of(request.args, form), here.questionnaire()
    return _page(
        "desk",
        form=form,
        file=form.file,
        not_named=here.target.file if here.target.file.endswith(".yaml") and not named else "",
        spoken=_spoken(form),
        choices=list(_choices(here, form, view)),
        pages=list(_pages(here, form, view)),
        frames=[_frame(here, form, view, seat) for seat in view.seats(form)],
        go=view.href("/go"),
    )


@blueprint.post("/go")
def go() -> Response:
    """Open a page in every form in view, or begin all of them anew."""
    here = stage()
    form = _form(here)
    if form is None:
        return make_response(redirect("/", 303))
    view, wanted = View.of(request.args, form), request.form.get("to", "")
    seats = view.seats(form)
    if wanted == "again":
        here.again(seats)
    if wanted in {"again", "start"}:
        return make_response(redirect(replace(view, at=()).href(), 303))
    here.begin(seats)
    at = tuple((seat.language, _key(here, seat, wanted)) for seat in seats)
    return make_response(redirect(replace(view, at=at).href(), 303))


def _key(here: Stage, seat: Seat, wanted: str) -> str:
    """The key of a page by its number."""
    if not wanted.isdecimal():
        return REVIEW
    pages = here.journey(seat).pages
    return pages[min(int(wanted), len(pages) - 1)].key


def _form(here: Stage) -> Questionnaire | None:
    """The questionnaire to show: the one asked for, else the one named, else the first."""
    if here.study is None:
        return None
    forms = here.study.questionnaires
    asked = forms.get(request.args.get("group", ""))
    return asked or here.questionnaire() or next(iter(forms.values()))


def _spoken(form: Questionnaire) -> str:
    """The language of the desk, as far as the questionnaire speaks it."""
    wanted = current_app.config["LANGUAGE"]
    return wanted if wanted in form.languages else form.languages[0]


Choice = tuple[str, str, bool, str]
"""Words, address, whether it is chosen, and the language of the words where it is another."""


def _choices(here: Stage, form: Questionnaire, view: View) -> Iterator[tuple[str, list[Choice]]]:
    w = WORDS(current_app.config["LANGUAGE"])
    assert here.study is not None
    forms = here.study.questionnaires.values()
    if len(forms) > 1:
        yield (
            w["group"],
            [
                (
                    here.study.index.groups[each.group].get(_spoken(form), each.group),
                    replace(view, group=each.group, at=()).href(),
                    each.group == form.group,
                    "",
                )
                for each in forms
            ],
        )
    if form.unit_items:
        yield (
            w["units"],
            [
                (w[label], replace(view, many=many, at=()).href(), many == view.many, "")
                for label, many in (("one_unit", False), ("many_units", True))
            ],
        )
    if len(form.languages) > 1:
        yield (
            w["language"],
            [
                (name, replace(view, language=code).href(), code == view.language, marked)
                for name, code, marked in (
                    *((form.language_names[each], each, each) for each in form.languages),
                    (w["all_languages"], ALL, ""),
                )
            ],
        )


def _pages(here: Stage, form: Questionnaire, view: View) -> Iterator[tuple[str, str, int | None]]:
    """Where to go: words, what the button sends, and how many questions are asked there."""
    w, language = WORDS(current_app.config["LANGUAGE"]), _spoken(form)
    seat = view.seats(form)[0]
    journey = here.journey(seat)
    units = here.house.units(here.visit(seat).invited.wave_id)
    yield w["start_page"], "start", None
    for number, page in enumerate(journey.pages):
        by_unit = view.many and page.unit != ABOUT and page.unit in units
        label = part = page.sections[0].title[language]
        if by_unit:
            name = units[page.unit].name(language)
            label = f"{name}: {part}" if journey.is_part(page) else name
        yield label, str(number), len(journey.asked(page))
    yield w["review_page"], "review", None


def _frame(here: Stage, form: Questionnaire, view: View, seat: Seat) -> dict[str, str]:
    token, key = here.visit(seat).token, dict(view.at).get(seat.language, "")
    src = f"/p/{token}/{key}" if key else f"/p/{token}?lang={seat.language}"
    return {"src": src, "language": seat.language, "name": form.language_names[seat.language]}


def _page(template: str, **more: Any) -> str:
    language = current_app.config["LANGUAGE"]
    page = current_app.jinja_env.get_template(f"preview/{template}.html")
    shared: dict[str, Any] = {"w": WORDS(language), "language": language, "style": _STYLE}
    return page.render({**shared, "script": _SCRIPT, "version": stage().version, **more})
