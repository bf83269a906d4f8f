"""A line of the log in words that an official reads: "Đã mở đợt điều tra", not `wave-open`.

The words of an action stand in the words.yaml of the room that does it, under `action_<name>`;
those of its detail, where it has any, under `detail_<name>`, with `{0}`, `{1}` for its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from survey_app.store.log.audit import Line

_PLACE = re.compile(r"{\d}")
_FINGERPRINT = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{16,}\b")
_MANY_DIGITS = re.compile(r"\d{8,}")
"""A phone number, or the number of an identity card; what the office counts has fewer digits."""

_COUNTED = frozenset({"contacts-purge", "contacts-left", "invitations-issue", "invitations-revoke"})
"""Of these the detail is how many people there were."""

_OF_RESULTS = frozenset({"view", "download"})
"""Their detail ends with the number of the results and which part of them it was."""

_ABOUT_PEOPLE = ("case", "contact", "outcome", "invitation", "link", "letter", "call")
"""How the name of an action begins that is about those who are asked."""


def action(line_action: str, w: Mapping[str, str]) -> str:
    """What was done. An action of a version that is gone keeps its name."""
    return w.get(f"action_{line_action}", line_action)


def detail(line: Line, w: Mapping[str, str]) -> str:
    """To what it was done."""
    short = _FINGERPRINT.sub(r"\1", line.detail)
    said = w.get(f"detail_{line.action}", "")
    places = len(_PLACE.findall(said))
    words = short.split(" ", places - 1) if places and short else []
    if line.action in _OF_RESULTS and words:
        words[-1] = _part(words[-1], w)
    return said.format(*words) if places and len(words) == places else short


def _part(number_and_part: str, w: Mapping[str, str]) -> str:
    """The number of results, and which part of them was looked at."""
    number, *part = number_and_part.split(" ")
    said = ", ".join(w.get(f"log_part_{word}", word) for word in part)
    return f"{number}: {said}" if said else number


def detail_to_take_away(line: Line, w: Mapping[str, str]) -> str:
    """The same for a file, which shows no respondent whoever it is handed to.

    Of what was done about those who are asked it says the wave alone, or how many there were; and
    the wave alone wherever something stands that may be a phone number.
    """
    is_of_people = line.action.startswith(_ABOUT_PEOPLE) and line.action not in _COUNTED
    if not is_of_people and not _MANY_DIGITS.search(_without_fingerprints(line.detail)):
        return detail(line, w)
    wave = line.detail.partition(" ")[0]
    return "" if _MANY_DIGITS.search(wave) else wave


def actions_with(text: str, w: Mapping[str, str]) -> frozenset[str]:
    """The actions whose words hold a text."""
    wanted = text.casefold()
    return frozenset(
        key.removeprefix("action_")
        for key, said in w.items()
        if key.startswith("action_") and wanted in said.casefold()
    )


def _without_fingerprints(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{16,64}\b", "", text)
