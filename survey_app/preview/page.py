"""The page around a previewed form: what to look at, and the faults where they stand."""

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
from survey_app.preview.sandbox import PreviewForm, Sandbox
from survey_app.questionnaire.filling.journey import ABOUT
from survey_app.questionnaire.model import Questionnaire
from survey_app.respondent.pages import REVIEW
from survey_app.web import inline

_HERE = Path(__file__).parent
WORDS = Words.load(_HERE / "words.yaml")
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8")
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
    def of(cls, said: MultiDict[str, str], questionnaire: Questionnaire) -> View:
        """The view of an address; what it does not say is as seen at first."""
        language = said.get("lang", ALL)
        at = [(each, said.get(f"at-{each}", "")) for each in questionnaire.languages]
        return cls(
            questionnaire.group,
            said.get("units") == "many",
            language if language in questionnaire.languages else ALL,
            tuple((each, key) for each, key in at if key),
        )

    def href(self, path: str = "/") -> str:
        """The address of this view."""
        said = {"group": self.group, "units": "many" if self.many else "one"}
        said |= {"lang": self.language} | {f"at-{each}": key for each, key in self.at}
        return f"{path}?{urlencode(said)}"

    def forms(self, questionnaire: Questionnaire) -> list[PreviewForm]:
        """The forms in view."""
        shown = questionnaire.languages if self.language == ALL else (self.language,)
        return [PreviewForm(self.group, language, self.many) for language in shown]


def current_sandbox() -> Sandbox:
    """The sandbox of the preview at hand."""
    sandbox: Sandbox = current_app.extensions["cchc.preview"]
    return sandbox


@blueprint.after_request
def confine(reply: Response) -> Response:
    """The page loads nothing but itself and the form."""
    reply.headers["Content-Security-Policy"] = POLICY
    reply.headers["Cache-Control"] = "no-store"
    reply.headers["Referrer-Policy"] = "no-referrer"
    return reply


@blueprint.get("/state")
def state() -> dict[str, str]:
    """Which state of the files is shown; looks whether one was saved."""
    current_sandbox().look()
    return {"version": current_sandbox().version}


@blueprint.get("/")
def preview_page() -> str:
    """The form in its frames; or the faults of its files."""
    sandbox = current_sandbox()
    sandbox.look()
    questionnaire = _questionnaire(sandbox)
    if sandbox.problems or questionnaire is None:
        faults = [explained.shown(problem) for problem in sandbox.problems]
        return _page("faults", faults=faults, count=len(faults), name=sandbox.target.study)
    view = View.of(request.args, questionnaire)
    is_named = sandbox.questionnaire() is not None or not sandbox.target.file.endswith(".yaml")
    return _page(
        "page",
        questionnaire=questionnaire,
        file=questionnaire.file,
        not_named="" if is_named else sandbox.target.file,
        spoken=_spoken(questionnaire),
        choices=list(_choices(sandbox, questionnaire, view)),
        pages=list(_pages(sandbox, questionnaire, view)),
        frames=[_frame(sandbox, questionnaire, view, form) for form in view.forms(questionnaire)],
        go=view.href("/go"),
    )


@blueprint.post("/go")
def go() -> Response:
    """Open a page in every form in view, or begin all of them anew."""
    sandbox = current_sandbox()
    questionnaire = _questionnaire(sandbox)
    if questionnaire is None:
        return make_response(redirect("/", 303))
    view, wanted = View.of(request.args, questionnaire), request.form.get("to", "")
    forms = view.forms(questionnaire)
    if wanted == "again":
        sandbox.again(forms)
    if wanted in {"again", "start"}:
        return make_response(redirect(replace(view, at=()).href(), 303))
    sandbox.begin(forms)
    at = tuple((form.language, _key(sandbox, form, wanted)) for form in forms)
    return make_response(redirect(replace(view, at=at).href(), 303))


def _key(sandbox: Sandbox, form: PreviewForm, wanted: str) -> str:
    """The key of a page by its number."""
    if not wanted.isdecimal():
        return REVIEW
    pages = sandbox.journey(form).pages
    return pages[min(int(wanted), len(pages) - 1)].key


def _questionnaire(sandbox: Sandbox) -> Questionnaire | None:
    """The questionnaire to show: the one asked for, else the one named, else the first."""
    if sandbox.study is None:
        return None
    questionnaires = sandbox.study.questionnaires
    asked = questionnaires.get(request.args.get("group", ""))
    return asked or sandbox.questionnaire() or next(iter(questionnaires.values()))


def _spoken(questionnaire: Questionnaire) -> str:
    """The language of the page, as far as the questionnaire speaks it."""
    wanted = current_app.config["LANGUAGE"]
    return wanted if wanted in questionnaire.languages else questionnaire.languages[0]


Choice = tuple[str, str, bool, str]
"""Words, address, whether it is chosen, and the language of the words where it is another."""


def _choices(
    sandbox: Sandbox, questionnaire: Questionnaire, view: View
) -> Iterator[tuple[str, list[Choice]]]:
    w = WORDS(current_app.config["LANGUAGE"])
    assert sandbox.study is not None
    questionnaires = sandbox.study.questionnaires.values()
    if len(questionnaires) > 1:
        yield (
            w["group"],
            [
                (
                    sandbox.study.index.groups[each.group].get(_spoken(questionnaire), each.group),
                    replace(view, group=each.group, at=()).href(),
                    each.group == questionnaire.group,
                    "",
                )
                for each in questionnaires
            ],
        )
    if questionnaire.unit_items:
        yield (
            w["units"],
            [
                (w[label], replace(view, many=many, at=()).href(), many == view.many, "")
                for label, many in (("one_unit", False), ("many_units", True))
            ],
        )
    if len(questionnaire.languages) > 1:
        spoken = [
            (questionnaire.language_names[each], each, each) for each in questionnaire.languages
        ]
        yield (
            w["language"],
            [
                (name, replace(view, language=code).href(), code == view.language, marked)
                for name, code, marked in (*spoken, (w["all_languages"], ALL, ""))
            ],
        )


def _pages(
    sandbox: Sandbox, questionnaire: Questionnaire, view: View
) -> Iterator[tuple[str, str, int | None]]:
    """Where to go: words, what the button sends, and how many questions are asked there."""
    w, language = WORDS(current_app.config["LANGUAGE"]), _spoken(questionnaire)
    form = view.forms(questionnaire)[0]
    journey = sandbox.journey(form)
    units = sandbox.house.units(sandbox.session(form).invited.wave_id)
    yield w["start_page"], "start", None
    for number, page in enumerate(journey.pages):
        by_unit = view.many and page.unit != ABOUT and page.unit in units
        label = part = page.sections[0].title[language]
        if by_unit:
            name = units[page.unit].name(language)
            label = f"{name}: {part}" if journey.is_part(page) else name
        yield label, str(number), len(journey.asked(page))
    yield w["review_page"], "review", None


def _frame(
    sandbox: Sandbox, questionnaire: Questionnaire, view: View, form: PreviewForm
) -> dict[str, str]:
    token, key = sandbox.session(form).token, dict(view.at).get(form.language, "")
    src = f"/p/{token}/{key}" if key else f"/p/{token}?lang={form.language}"
    return {
        "src": src,
        "language": form.language,
        "name": questionnaire.language_names[form.language],
    }


def _page(template: str, **more: Any) -> str:
    language = current_app.config["LANGUAGE"]
    page = current_app.jinja_env.get_template(f"preview/{template}.html")
    shared: dict[str, Any] = {"w": WORDS(language), "language": language, "style": _STYLE}
    return page.render({**shared, "script": _SCRIPT, "version": current_sandbox().version, **more})
