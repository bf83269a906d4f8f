"""Published results, for everyone. What is not published does not exist here.

A wave's address shows what was published last; each version has an address of its own besides.
Of what was withdrawn the reason is shown, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Response, abort, make_response, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from survey_app.office.documents.chart import Format, notice
from survey_app.office.page import language, page, say, words
from survey_app.office.public import (
    crawlers,
    criteria,
    describing,
    embedding,
    files,
    keeping,
    reading,
    said,
)
from survey_app.office.public import feed as feeds
from survey_app.office.public.blueprint import blueprint
from survey_app.office.public.published import Published, everything, published
from survey_app.office.results.page import Links, Trail, results_page, unit_page
from survey_app.web import house

__all__ = ["blueprint"]

_GONE = 410
_IMAGES = {"svg": "image/svg+xml", "png": "image/png"}

View = Callable[..., ResponseReturnValue]


def _files_of(shown: Published, **_: str) -> object:
    return [each.file for each in files.offered(shown)]


def of_publication(
    path: str, also: Callable[..., object] = _files_of, *, in_turn: bool = False
) -> Callable[[View], View]:
    """Register a view of an edition, below the wave's address and below that of each version.

    The view gets the edition; of a withdrawn one it is not asked, and there is the reason instead.
    `also` gives what the reply follows from beside the edition; what takes long is made `in_turn`.
    """

    def register(view: View) -> View:
        @wraps(view)
        def shown(wave: str, version: int | None = None, **parts: str) -> ResponseReturnValue:
            at_hand = published(wave, version)
            if at_hand.edition.withdrawn:
                return _withdrawn(at_hand)
            follows_from = (at_hand, also(at_hand, **parts))
            make = partial(view, at_hand, **parts)
            return keeping.reply(follows_from, make, in_turn=in_turn)

        blueprint.add_url_rule(f"/<wave>{path}", view_func=shown)
        blueprint.add_url_rule(f"/<wave>/lan/<int:version>{path}", view_func=shown)
        return shown

    return register


@blueprint.get("")
def results_list() -> ResponseReturnValue:
    """Every wave that was ever published, by year; of those withdrawn, why."""
    listed = everything()
    return keeping.reply(listed, lambda: _archive(listed))


def _archive(listed: tuple[Published, ...]) -> str:
    w = words()
    years = sorted({each.wave.year for each in listed}, reverse=True)
    return page(
        "public/archive",
        years=[(year, [each for each in listed if each.wave.year == year]) for year in years],
        units_of=lambda each: len(house().units(each.wave.id)),
        about=describing.of_view(w["public_title"], w["public_what_is_listed"], "results_list"),
        feed=url_for("public.feed"),
    )


@of_publication("")
def results(shown: Published) -> ResponseReturnValue:
    """All units of a published wave."""
    public = shown.results()
    links = Links(
        lambda unit: shown.address("unit", unit=unit),
        shown.address("results_chart", kind="svg"),
        tuple(
            (words()[each.words], shown.address("file", file=each.file))
            for each in files.offered(shown)
        ),
    )
    return results_page(
        public,
        "public_base",
        links,
        _trail(),
        about=describing.of_results(shown, public),
        pages=[
            (words()["public_by_criterion"], shown.address("criteria_list")),
            (words()["public_explained"], shown.address("explained")),
        ],
        embed=embedding.of(shown, public),
        in_short=said.in_short(public),
        reading=reading.questions(public),
        **_said(shown),
    )


@of_publication("/don-vi/<unit>")
def unit(shown: Published, unit: str) -> ResponseReturnValue:
    """One unit of a published wave, small groups withheld."""
    public = shown.results()
    line = public.unit(unit) or abort(404)
    title = f"{say(line.name, language())}, {shown.wave.year}"
    return unit_page(
        public,
        line,
        "public_base",
        _trail(shown),
        about=describing.of_view(
            title, said.of_unit(public, line), "unit", unit=unit, **describing.place_of(shown)
        ),
        in_words=said.of_unit(public, line),
        peers=[(it, shown.address("unit", unit=it.unit)) for it in said.peers(public, line)],
        of_criterion=lambda code: shown.address("criterion", criterion=code),
        **_said(shown),
    )


@of_publication("/tieu-chi")
def criteria_list(shown: Published) -> ResponseReturnValue:
    """The criteria that respondents rate, by field."""
    return _page(
        "criteria",
        shown,
        words()["public_by_criterion"],
        index=shown.index,
        address=lambda code: shown.address("criterion", criterion=code),
        view="criteria_list",
    )


@of_publication("/tieu-chi/<criterion>")
def criterion(shown: Published, criterion: str) -> ResponseReturnValue:
    """One criterion over all units."""
    leaf = criteria.leaf_of(shown.index, criterion) or abort(404)
    return _page(
        "criterion",
        shown,
        f"{leaf.code}. {say(leaf.name, language())}",
        **criteria.told(
            shown.results(), leaf, lambda code: shown.address("criterion", criterion=code)
        ),
        up=shown.address("criteria_list"),
        of_unit=lambda code: shown.address("unit", unit=code),
        view="criterion",
        parts={"criterion": criterion},
    )


@of_publication("/giai-thich")
def explained(shown: Published) -> ResponseReturnValue:
    """What the numbers are, in plain words; the words; how they were made."""
    told = reading.told(shown.results())
    return _page("explained", shown, words()["public_explained"], **told, view="explained")


@of_publication("/bieu-do.<any(svg, png):kind>", in_turn=True)
def results_chart(shown: Published, kind: Format) -> ResponseReturnValue:
    """The chart of the units, as an image for any page."""
    return embedding.image(embedding.drawn(shown.results(), kind), _IMAGES[kind])


def _said_in_file(shown: Published, file: str) -> object:
    known = files.find(shown, file)
    return known and known.also_follows_from(shown)


@of_publication("/<file>", also=_said_in_file, in_turn=True)
def file(shown: Published, file: str) -> ResponseReturnValue:
    """A file to take away: the published numbers, small groups withheld."""
    known = files.find(shown, file) or abort(404)
    return known.make(shown)


@blueprint.get("/nguon-tin.atom")
def feed() -> ResponseReturnValue:
    """What was published and withdrawn, for programs that follow it."""
    listed = everything()
    offered = feeds.with_open_data(listed)
    return keeping.reply(
        (listed, offered), lambda: Response(feeds.feed(listed), content_type="application/atom+xml")
    )


@blueprint.record_once
def _add_what_crawlers_ask_for(state: BlueprintSetupState) -> None:
    """Their addresses are fixed, and at the root."""

    def robots() -> ResponseReturnValue:
        return keeping.reply("robots", lambda: Response(crawlers.robots(), mimetype="text/plain"))

    def sitemap() -> ResponseReturnValue:
        listed = everything()
        return keeping.reply(
            listed, lambda: Response(crawlers.sitemap(listed), content_type="application/xml")
        )

    state.app.add_url_rule("/robots.txt", "public_robots", robots)
    state.app.add_url_rule("/sitemap.xml", "public_sitemap", sitemap)


def _page(template: str, of: Published, title: str, /, *, view: str, **more: Any) -> str:
    """A page of an edition beside that of its results."""
    about = f"{title}, {of.wave.year}"
    described = f"{say(of.index.title, language())}, {of.wave.year}."
    parts = more.pop("parts", {})
    return page(
        f"public/{template}",
        title=title,
        wave=of.wave,
        trail=_trail(of),
        about=describing.of_view(about, described, view, **parts, **describing.place_of(of)),
        **more,
        **_said(of),
    )


def _said(shown: Published) -> dict[str, object]:
    return {**shown.among_editions(), "feed": url_for("public.feed")}


def _withdrawn(shown: Published) -> ResponseReturnValue:
    """Why there is nothing here any more: to who embeds the chart, as an image."""
    kind = request.path.rpartition(".")[2]
    if request.endpoint == "public.results_chart" and kind in _IMAGES:
        drawn = notice(words()["publication_withdrawn_title"], "svg" if kind == "svg" else "png")
        reply = make_response(embedding.image(drawn, _IMAGES[kind]), _GONE)
        reply.headers["Cache-Control"] = "no-store"
        return reply
    told = page("public/withdrawn", shown=shown, wave=shown.wave, **_said(shown))
    return told, _GONE


def _trail(shown: Published | None = None) -> Trail:
    above = ((words()["public_results"], url_for("public.results_list")),)
    if shown is None:
        return above
    return (*above, (words()["results"], shown.address("results")))
