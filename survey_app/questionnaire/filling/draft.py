"""What a respondent has saved so far: everything that the phone need not remember."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from survey_app.questionnaire.filling.journey import Given, Journey, Page
from survey_app.questionnaire.model import Questionnaire

Pace = Literal["fast", "usual"]

FAST = timedelta(seconds=2)
"""Under this time an item, nobody can have read the questions."""


@dataclass(frozen=True)
class Seen:
    """Which state of a form a page showed; `tab` tells one drawing of a page from another."""

    revision: int
    tab: str

    @classmethod
    def read(cls, text: str) -> Seen:
        """What `str` wrote. Whatever else is sent counts as having seen everything."""
        matched = _SEEN.fullmatch(text)
        return cls(int(matched[1], 16), matched[2]) if matched else EVERYTHING

    def __str__(self) -> str:
        return f"{self.revision:04x}{self.tab}"


_LAST_REVISION = 0xFFFF
_SEEN = re.compile(r"([0-9a-f]{4})([0-9a-f]{4})")
EVERYTHING = Seen(_LAST_REVISION, "f" * 4)
_NOBODY = Seen(_LAST_REVISION, "0" * 4)
"""Who has seen everything and shows it in no tab: what it changes is new to each."""

_BETWEEN: Mapping[str, str] = {"text": " / ", "long_text": "\n"}
"""What stands between two answers to one question, by the kinds of item that hold words."""


@dataclass(frozen=True)
class Draft:
    """The state of one respondent's form.

    `units` are those drawn for them, each with the chance (1, or k/m) that it was; `begun` is when
    the form was begun, and leaves with the draft; `left` are the pages they have gone on from.
    """

    language: str
    units: tuple[tuple[str, str], ...]
    begun: datetime
    given: Given = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    seed: int | None = None
    """Of the order of options; None where none is drawn (survey_app.questionnaire.orders)."""
    spent: int | None = 0
    """Seconds from `begun` to the newest save; None once the clock was seen to run backwards."""
    revision: int = 0
    """How many saves have changed an answer."""
    changed: Mapping[str, Seen] = field(default_factory=dict)
    """Page -> the revision that changed its answers last, and the tab that did."""

    def journey(self, questionnaire: Questionnaire) -> Journey:
        """The way through the questionnaire that these answers make."""
        return Journey(questionnaire, [unit for unit, _ in self.units], self.given, self.skipped)

    def keep(
        self,
        page: Page,
        answers: Mapping[str, str],
        cleared: AbstractSet[str] = frozenset(),
        *,
        left: bool = True,
        seen: Seen = EVERYTHING,
    ) -> Draft:
        """The draft with what was sent for a page. `left`: its holder has gone on from it.

        Only what was `cleared` loses its answer, and not what was merely not sent: a second tab,
        opened earlier, knows nothing of the answers given since. It takes none of them away: an
        empty box of it clears nothing, and what it says otherwise waits (`overtaken`). A unit that
        is answered is no longer skipped.
        """
        here, late = self.given.get(page.unit, {}), self.overtaken(page, answers, seen)
        gone = frozenset() if self._is_newer(page, seen) else cleared
        kept = {name: code for name, code in here.items() if name not in gone}
        now = {**kept, **{name: code for name, code in answers.items() if name not in late}}
        revision = min(self.revision + (now != here), _LAST_REVISION)
        last = {} if now == here else {page.key: Seen(revision, seen.tab)}
        return replace(
            self,
            given={**self.given, page.unit: now},
            skipped=self.skipped - {page.unit} if answers else self.skipped,
            left=self.left | {page.key} if left else self.left,
            revision=revision,
            changed={**self.changed, **last},
        )

    def keeping_both(
        self, page: Page, answers: Mapping[str, str], overtaken: Mapping[str, str]
    ) -> Draft:
        """The draft with words that came late behind those that overtook them, where both fit.

        For a page that was left without anybody to ask. Whoever is shown it next sees both.
        """
        both: dict[str, str] = {}
        for item in page.items:
            if item.name in overtaken and item.kind in _BETWEEN:
                first, late = overtaken[item.name], answers[item.name]
                joined = f"{first}{_BETWEEN[item.kind]}{late}"
                if late not in first and len(joined) <= item.max_length:
                    both[item.name] = joined
        return self.keep(page, both, left=False, seen=_NOBODY) if both else self

    def overtaken(self, page: Page, answers: Mapping[str, str], seen: Seen) -> dict[str, str]:
        """What was answered elsewhere since a page was shown, and otherwise than is sent now."""
        if not self._is_newer(page, seen):
            return {}
        here = self.given.get(page.unit, {})
        return {
            name: here[name]
            for name, answer in answers.items()
            if here.get(name) and here[name] != answer
        }

    def _is_newer(self, page: Page, seen: Seen) -> bool:
        """Whether another tab has changed the answers of a page since this one was shown it."""
        last = self.changed.get(page.key)
        return last is not None and last.revision > seen.revision and last.tab != seen.tab

    def skip(self, unit: str) -> Draft:
        """The draft with a unit left out: its holder cannot judge it."""
        return replace(self, skipped=self.skipped | {unit})

    def next_page(self, journey: Journey) -> Page | None:
        """Where someone who comes back goes on; None: all was seen and nothing is missing."""
        for page in journey.shown:
            if journey.is_skipped(page):
                continue
            if page.key not in self.left or journey.lacking(page):
                return page
        return None

    def saved_at(self, now: datetime) -> Draft:
        """The draft with the time of this save."""
        return replace(self, spent=self._spent(now))

    def _spent(self, now: datetime) -> int | None:
        passed = (now - self.begun) // timedelta(seconds=1)
        return None if self.spent is None or passed < self.spent else passed

    def stage(self, questionnaire: Questionnaire) -> int:
        """How far its holder has gone: 0 opened, 1 begun, 2 half, 3 almost done.

        It follows from the furthest page they went on from, among those that everyone is shown.
        Pages that hang on an answer do not count: they would tell what was answered.
        """
        everyone_s = [page for page in self.journey(questionnaire).pages if page.asks_everyone]
        gone = [
            place
            for place, page in enumerate(everyone_s, 1)
            if page.key in self.left or page.unit in self.skipped
        ]
        if not gone:
            return 0
        if 10 * gone[-1] >= 9 * len(everyone_s):
            return 3
        return 2 if 2 * gone[-1] >= len(everyone_s) else 1

    def pace(self, questionnaire: Questionnaire, now: datetime) -> Pace:
        """Whether the form was filled in faster than it can be read.

        Nobody is taken to be fast because the server's clock was set back meanwhile.
        """
        answered, _ = self.journey(questionnaire).progress
        is_known = self._spent(now) is not None
        return "fast" if is_known and answered and (now - self.begun) / answered < FAST else "usual"

    def dump(self) -> bytes:
        """The draft as bytes, to be sealed."""
        return json.dumps(
            {
                "language": self.language,
                "units": self.units,
                "begun": self.begun.isoformat(timespec="seconds"),
                "given": self.given,
                "skipped": sorted(self.skipped),
                "left": sorted(self.left),
                **({} if self.seed is None else {"seed": self.seed}),
                "spent": self.spent,
                "revision": self.revision,
                "changed": {key: str(seen) for key, seen in self.changed.items()},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def load(cls, raw: bytes) -> Draft:
        """What `dump` wrote."""
        kept = json.loads(raw)
        return cls(
            kept["language"],
            tuple((unit, chance) for unit, chance in kept["units"]),
            datetime.fromisoformat(kept["begun"]),
            kept["given"],
            frozenset(kept["skipped"]),
            frozenset(kept["left"]),
            kept.get("seed"),
            kept.get("spent", 0),
            kept.get("revision", 0),
            {key: Seen.read(seen) for key, seen in kept.get("changed", {}).items()},
        )
