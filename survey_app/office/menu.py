"""The menu in the head of the office: the pages that are nobody's wave, for who may see them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_login import current_user

from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import OPEN, may_see
from survey_app.office.page import words

PAGES = (
    ("office.waves", "waves_today"),
    ("office.assessment_mine", "assessment_mine"),
    ("office.jobs_list", "jobs_title"),
    ("office.audit_log", "audit"),
    ("office.accounts_list", "accounts_title"),
)
"""Endpoint and the key of its name, in order. Each is shown to whom its permission lets in."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the menu."""

    name: str
    href: str
    is_current: bool


def entries() -> tuple[Entry, ...]:
    """What the account at hand may go to."""
    return tuple(
        Entry(
            name=words()[key],
            href=url_for(endpoint),
            is_current=request.endpoint == endpoint,
        )
        for endpoint, key in PAGES
        if _may_see(endpoint)
    )


@blueprint.app_context_processor
def _menu() -> dict[str, object]:
    """Every page of the office has its head, the pages that tell of an error too."""
    return {"menu": entries}


def _may_see(endpoint: str) -> bool:
    """Whether somebody is in who may see a page; the first page is for all who are in."""
    if not current_user.is_authenticated:
        return False
    return endpoint in OPEN or may_see(endpoint, {})
