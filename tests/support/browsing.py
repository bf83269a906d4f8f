"""Waiting for a page to be there: a click returns when the next document has only begun."""

from __future__ import annotations

from typing import Any


def settle(page: Any) -> None:
    """Return when the page is whole, its stylesheet too, and no job leads on from it.

    A form that begins a job answers with the job's page where the machine is too busy to end it
    at once. That page leads on by itself, so nothing may be looked at until it has.
    """
    job = page.locator("[data-job]")
    page.wait_for_load_state("load")
    while job.count():
        job.wait_for(state="detached", timeout=60_000)
        page.wait_for_load_state("load")
