"""The left column of a wave: its pages in the words of its task list, for who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for

from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import may_see
from survey_app.office.page import words
from survey_app.office.wave_titles import title_of
from survey_app.store import scorecards
from survey_app.store.waves import Wave
from survey_app.web import house

_OF_WHICH = {"appraised": "points", "population": "sample"}
"""A kind of file -> the page that it belongs to, where that has another name."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of a wave: the key of its name, its view, and the views that belong to it.

    `states` are those of the wave in which it is there; `of_card`: once there is a scorecard.
    """

    key: str
    endpoint: str
    also: frozenset[str] = frozenset()
    parts: Mapping[str, Any] = field(default_factory=dict)
    states: frozenset[str] = frozenset({"planned", "open", "closed"})
    of_card: bool = False

    def is_current(self) -> bool:
        """Whether this page, or one of those that belong to it, is the one at hand."""
        if request.endpoint in {"office.upload", "office.understood_list"}:
            kind = str((request.view_args or {}).get("kind"))
            return self.key == _OF_WHICH.get(kind, kind)
        return request.endpoint == self.endpoint or request.endpoint in self.also


def _pages(*names: str) -> frozenset[str]:
    return frozenset(f"office.{name}" for name in names)


_OF_SAMPLE = _pages("replace_sample", "draw_sample", "draw_now", "drawn_sample", "substitute_case")
_OF_LETTERS = _pages(
    *("issue_links", "end_links", "letter_texts_page", "reminders_page", "outcomes"),
    "one_case_page",
)
_OF_CARD = _pages(
    *("card_unit", "card_fields", "card_criteria", "card_criterion", "card_explained"),
    *("card_explained_criterion", "card_years", "card_compare", "card_sensitivity"),
    *("card_examine", "card_reports", "card_report_texts", "card_unit_reports"),
)
_PREVIEW = _pages(
    *("public_preview", "public_preview_unit", "public_preview_criteria"),
    *("public_preview_criterion", "public_preview_explained"),
)
_OF_POINTS = frozenset(
    f"office.assessment_{page}"
    for page in (
        *("deadlines", "sheet", "appraise", "adjust", "send_back", "import"),
        *("own", "enter", "submit", "receipt", "answer", "upload", "attach", "detach", "agree"),
    )
)
_PAGES = (
    Listed(key="tasks", endpoint="office.wave"),
    Listed(key="forms", endpoint="office.wave_forms", also=_pages("repin_wave")),
    Listed(key="units", endpoint="office.wave_units"),
    Listed(key="frame", endpoint="office.wave_frame"),
    Listed(key="sample", endpoint="office.wave_sample", also=_OF_SAMPLE),
    Listed(key="letters", endpoint="office.wave_letters", also=_OF_LETTERS),
    Listed(key="open", endpoint="office.open_wave", states=frozenset({"planned"})),
    Listed(key="watch", endpoint="office.board", also=_pages("board_cases")),
    Listed(key="close", endpoint="office.close_wave", states=frozenset({"open"})),
    Listed(key="points", endpoint="office.assessment", also=_OF_POINTS),
    Listed(
        key="quality",
        endpoint="office.wave_quality",
        also=frozenset(
            {
                *("office.call_backs_page", "office.exclusions_page", "office.remarks_page"),
                *("office.draw_call_backs", "office.propose_exclusion", "office.add_theme"),
            }
        ),
        states=frozenset({"closed"}),
    ),
    Listed(
        key="score",
        endpoint="office.merge_wave",
        also=_pages("score_wave"),
        states=frozenset({"open", "closed"}),
    ),
    Listed(key="report", endpoint="office.card", also=_OF_CARD, of_card=True),
    Listed(
        key="publish",
        endpoint="office.publish_wave",
        also=_PREVIEW,
        states=frozenset({"closed"}),
        of_card=True,
    ),
    Listed(key="release", endpoint="office.release", states=frozenset({"closed"})),
    Listed(
        key="open_data", endpoint="office.open_data", states=frozenset({"closed"}), of_card=True
    ),
    Listed(key="change", endpoint="office.change_wave"),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the column."""

    name: str
    href: str
    is_current: bool


def entries(wave: Wave) -> tuple[Entry, ...]:
    """The pages of a wave that are there now, for whom they are."""
    with house().database.reading() as connection:
        card = scorecards.latest_id(connection, wave.id)
    return tuple(
        Entry(
            name=words()[f"waves_task_{listed.key}"],
            href=_address(listed, wave, card),
            is_current=listed.is_current(),
        )
        for listed in _PAGES
        if wave.state in listed.states
        and (card is not None or not listed.of_card)
        and may_see(listed.endpoint, listed.parts)
    )


def _address(listed: Listed, wave: Wave, card: int | None) -> str:
    if listed.endpoint == "office.card":
        return url_for(listed.endpoint, name=wave.name, number=card)
    return url_for(listed.endpoint, **{"name": wave.name, **listed.parts})


@blueprint.app_context_processor
def _wave_pages() -> dict[str, object]:
    return {"wave_pages": entries, "wave_title": title_of}
