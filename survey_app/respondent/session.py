"""One request of a respondent: whose form it is, what is saved of it, and what may happen next."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from survey_app.fieldwork import tokens
from survey_app.fieldwork.lists import subset
from survey_app.fieldwork.protection import ballot_sealing, sealing
from survey_app.questionnaire import orders
from survey_app.questionnaire.filling.draft import EVERYTHING, Draft, Seen
from survey_app.questionnaire.filling.journey import ABOUT, Journey, Page
from survey_app.questionnaire.model import Questionnaire, Study
from survey_app.respondent import padding
from survey_app.respondent.pattern import Hole
from survey_app.store.answers import responses
from survey_app.store.answers.ballot_box import NoEpoch
from survey_app.store.answers.ballots import Ballot, Rating
from survey_app.store.answers.responses import Invited, NoSuchInvitation
from survey_app.store.engine.database import Connection, StoreBusy
from survey_app.store.sample import cases
from survey_app.waves import plan
from survey_app.web import House

_CHANCE = random.SystemRandom()
"""Never seeded: whoever could repeat a draw could tell whose ballot it was."""


class NotBegun(Exception):
    """There is no draft: the form was not begun, or its draft was purged."""


class NotComplete(Exception):
    """The form cannot be sent yet: pages lack answers."""


@dataclass
class RespondentSession:
    """A respondent with their form. `draft` is None until it is begun, and once it is sent."""

    house: House
    token: str
    invited: Invited
    draft: Draft | None
    asked_language: str = ""
    _sealed: bytes | None = None
    """What `draft` was read from."""
    _way: tuple[Draft, Journey] | None = None

    @classmethod
    def of(cls, house: House, typed: str, language: str = "") -> RespondentSession:
        """The session that a link opens.

        Raises
        ------
        NoSuchInvitation
        """
        token = tokens.tidied(typed)
        if not tokens.looks_like_one(token):
            raise NoSuchInvitation
        digest, key, today = tokens.digest(token), tokens.draft_key(token), house.today()
        invited, sealed = house.database.glance(
            lambda connection: responses.by_digest(connection, digest, key, today)
        )
        draft = _opened(token, sealed)
        return cls(house, token, invited, draft, language, sealed)

    @cached_property
    def study(self) -> Study:
        """The texts of the wave, as fielded."""
        return self.house.study(self.invited.wave_id, self.invited.study)

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """What this respondent's group is asked."""
        return self.study.questionnaires[self.invited.grp]

    @property
    def language(self) -> str:
        """The language asked for just now, or the draft's, or the questionnaire's first."""
        known = self.questionnaire.languages
        if self.asked_language in known:
            return self.asked_language
        return self.draft.language if self.draft and self.draft.language in known else known[0]

    @property
    def journey(self) -> Journey:
        """The way that the answers so far make.

        Raises
        ------
        NotBegun
        """
        if self.draft is None:
            raise NotBegun
        return self._journey_of(self.draft)

    def _journey_of(self, draft: Draft) -> Journey:
        if self._way is None or self._way[0] is not draft:
            self._way = draft, draft.journey(self.questionnaire)
        return self._way[1]

    @property
    def next_page(self) -> Page | None:
        """Where the form goes on; None: at the review.

        Raises
        ------
        NotBegun
        """
        return _begun(self.draft).next_page(self.journey)

    @property
    def contact(self) -> str:
        """Whom to call: the line of the wave, or else the one of the questionnaire."""
        return (
            self.invited.plan.contact(self.language)
            or (self.questionnaire.notice.contact[self.language])
        )

    @property
    def has_ended(self) -> bool:
        """Whether the time has passed until which forms are taken."""
        return plan.has_ended(self.invited.closes_at, self.house.clock())

    @property
    def seed(self) -> int | None:
        """What the order of options follows; None where none is drawn."""
        return self.draft.seed if self.draft else None

    @cached_property
    def receipt(self) -> str:
        """The code of this invitation's receipt: the same for every repetition."""
        return tokens.receipt(self.token, self.invited.salt)

    @property
    def how_many_units(self) -> int:
        """How many units this respondent rates, or will when they begin."""
        if self.draft:
            return len(self.draft.units)
        return len(self._drawn())

    def unit_name(self, unit: str) -> str:
        """What a unit is called in the language at hand; empty for what is about no unit."""
        if not unit:
            return ""
        return self.house.units(self.invited.wave_id)[unit].name(self.language)

    @cached_property
    def csrf(self) -> str:
        """What a form of this page must bring back, with the state of the answers it shows."""
        secret = self.house.settings.secret_key
        if self.draft is None:
            return tokens.csrf(self.token, secret)
        shown = Seen(self.draft.revision, secrets.token_hex(2))
        return tokens.csrf(self.token, secret, str(shown))

    @cached_property
    def letters(self) -> dict[Hole, str]:
        """What stands on a page for this session alone."""
        return {"token": self.token, "csrf": self.csrf}

    def csrf_holds(self, sent: str) -> bool:
        """Whether a form was served by us, for this invitation."""
        return tokens.csrf_matches(sent, tokens.csrf(self.token, self.house.settings.secret_key))

    def begin(self) -> None:
        """Start the form: draw the units, once. Beginning again changes at most the language."""
        language = self.language
        if self.draft and self.draft.language == language:
            return
        seed = _CHANCE.randrange(orders.SEEDS) if orders.has_drawn(self.questionnaire) else None
        fresh = Draft(language, self._drawn(), self.house.clock(), seed=seed)
        self._save(lambda kept: replace(kept, language=language) if kept else fresh)

    def _drawn(self) -> tuple[tuple[str, str], ...]:
        asked = self.invited.unit or self.invited.asked
        units = list(self.house.units(self.invited.wave_id))
        drawn = subset.drawn(asked, units, self.invited.home_unit, _CHANCE)
        return tuple((each.unit, str(each.chance)) for each in drawn)

    def keep(
        self,
        page: Page,
        answers: Mapping[str, str],
        cleared: AbstractSet[str],
        *,
        left: bool,
        seen: Seen = EVERYTHING,
        language: str = "",
        is_left: bool = False,
    ) -> Mapping[str, str]:
        """Save a page's answers, and another language where one was asked for.

        Returns the answers that another tab has given since the page was shown, and otherwise:
        these were not replaced. With `is_left` nobody is there to be asked which is meant.
        """
        overtaken: dict[str, str] = {}

        def kept_with(kept: Draft | None) -> Draft:
            overtaken.clear()
            overtaken.update(_begun(kept).overtaken(page, answers, seen))
            draft = _begun(kept).keep(page, answers, cleared, left=left, seen=seen)
            if is_left:
                draft = draft.keeping_both(page, answers, overtaken)
            draft = draft.saved_at(self.house.clock())
            return replace(draft, language=language) if self._speaks(language) else draft

        self._save(kept_with)
        return overtaken

    def overtaken(self, page: Page, answers: Mapping[str, str], seen: Seen) -> Mapping[str, str]:
        """What another tab has answered since a page was shown, and otherwise than is sent now."""
        return _begun(self.draft).overtaken(page, answers, seen)

    def skip(self, page: Page) -> None:
        """Save that a unit is not rated."""
        self._save(lambda kept: _begun(kept).skip(page.unit))

    def switch(self, language: str) -> None:
        """Save another language."""
        if self._speaks(language):
            self._save(lambda kept: replace(_begun(kept), language=language))

    def _speaks(self, language: str) -> bool:
        if language not in self.questionnaire.languages:
            return False
        self.asked_language = ""
        return True

    def _save(self, change: Callable[[Draft | None], Draft]) -> None:
        known = self.draft, self._sealed

        def merged(sealed: bytes | None) -> tuple[bytes, int]:
            kept = known[0] if sealed == known[1] else _opened(self.token, sealed)
            self.draft = change(kept)
            size, _ = self._lengths(self.draft)
            body = sealing.seal(tokens.seal_key(self.token), self.draft.dump(), size)
            return body, self.draft.stage(self.questionnaire)

        key, today = tokens.draft_key(self.token), self.house.today()
        self.house.database.write(
            lambda connection: responses.save(connection, self.invited, key, today, merged)
        )

    def submit_ballot(self) -> None:
        """Spend the invitation and store the ballot, sealed.

        Raises
        ------
        responses.AlreadySent, NotBegun, NotComplete
        ballot_box.NoEpoch
            The wave has closed meanwhile.
        """
        language = self.language
        try:
            self._submit()
        except NoEpoch:  # the wave was opened by a program that had no keys yet, or closed just now
            if self.has_ended:
                raise
            self._submit_to_new_key()
        self.draft, self.asked_language = None, language

    def _submit_to_new_key(self) -> None:
        try:
            self.house.mixer.epochs.prepare()
            self._submit()
        except OSError as error:
            raise StoreBusy("the key that ballots are sealed to cannot be kept") from error
        except NoEpoch as error:
            again = RespondentSession.of(self.house, self.token)
            if again.invited.closed_at is None and not again.has_ended:
                raise StoreBusy("there is no key that ballots could be sealed to") from error
            raise

    def _submit(self) -> None:
        key = tokens.draft_key(self.token)

        def submitted(connection: Connection) -> None:
            if self.has_ended:  # while this form waited for others to be written
                raise NoEpoch
            responses.submit(connection, self.invited, key, self._sealed_ballot)

        self.house.database.write(submitted)

    def _sealed_ballot(self, sealed: bytes | None, epoch: str, public_key: bytes) -> bytes:
        """The ballot that the saved draft makes, sealed to an epoch of the wave."""
        draft = _begun(self.draft if sealed == self._sealed else _opened(self.token, sealed))
        _, size = self._lengths(draft)
        return ballot_sealing.seal(public_key, epoch, self._ballot(draft).dump(), size)

    def _lengths(self, draft: Draft) -> tuple[int, int]:
        units = self.house.units(self.invited.wave_id)
        return padding.of_forms(self.questionnaire, len(draft.units), units)

    def _ballot(self, draft: Draft) -> Ballot:
        journey = draft.journey(self.questionnaire)
        if journey.next is not None:
            raise NotComplete
        counted = journey.counted
        return Ballot(
            id="",
            questionnaire=self.questionnaire.name,
            version=self.questionnaire.version,
            language=draft.language,
            pace=draft.pace(self.questionnaire, self.house.clock()),
            about=_json(counted.get(ABOUT, {})),
            order_seed=draft.seed,
            ratings=tuple(
                Rating(unit, place, chance, unit in draft.skipped, _json(counted.get(unit, {})))
                for place, (unit, chance) in enumerate(draft.units, 1)
            ),
        )

    def refuse(self) -> None:
        """Note that the holder does not take part."""
        case, today = self.invited.case_id, self.house.today()
        self.house.database.write(lambda connection: cases.refuse(connection, case, today))


def _begun(draft: Draft | None) -> Draft:
    if draft is None:
        raise NotBegun
    return draft


def _opened(token: str, sealed: bytes | None) -> Draft | None:
    return None if sealed is None else Draft.load(sealing.unseal(tokens.seal_key(token), sealed))


def _json(answers: Mapping[str, str]) -> str:
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
