"""What a respondent has saved so far: everything that the phone need not remember."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from survey_app.questionnaire.journey import Given, Journey, Page
from survey_app.questionnaire.model import Questionnaire

Pace = Literal["fast", "usual"]

FAST = timedelta(seconds=2)
"""Under this time an item, nobody can have read the questions."""


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
    ) -> Draft:
        """The draft with what was sent for a page. `left`: its holder has gone on from it.

        Only what was `cleared` loses its answer, and not what was merely not sent: a second tab,
        opened earlier, knows nothing of the answers given since. A unit that is answered is no
        longer skipped.
        """
        here = self.given.get(page.unit, {})
        kept = {name: code for name, code in here.items() if name not in cleared}
        return replace(
            self,
            given={**self.given, page.unit: {**kept, **answers}},
            skipped=self.skipped - {page.unit} if answers else self.skipped,
            left=self.left | {page.key} if left else self.left,
        )

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

        It follows from the furthest page they went on from, among all that the form can have, and
        not from how much they answered or were asked. Whoever has seen all that they are asked is
        almost done, whatever else the form could have asked.
        """
        journey = self.journey(questionnaire)
        pages = journey.pages
        gone = [
            place
            for place, page in enumerate(pages, 1)
            if page.key in self.left or page.unit in self.skipped
        ]
        if not gone:
            return 0
        if 10 * gone[-1] >= 9 * len(pages) or not journey.after(pages[gone[-1] - 1]):
            return 3
        return 2 if 2 * gone[-1] >= len(pages) else 1

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
        )
