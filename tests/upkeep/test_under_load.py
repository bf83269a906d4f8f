"""Phones send while a backup is made: what was shown as received is in it, once."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing
from queue import Empty, SimpleQueue

from survey_app.app import create_app
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from tests.respondent.live_survey import LiveSurvey, Mobile, live_survey
from tests.support.accounts import PASSWORD_ALONE
from tests.support.backups import Safe

PEOPLE, BEFORE, AT_ONCE = 48, 8, 3


def fill_in(phone: Mobile, number: int) -> Mobile:
    """Fill a form in, up to its last page."""
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age=str(20 + number))
    phone.press("next", leadership="B")
    return phone


class Phones:
    """Many phones with a form filled in, that send it; most of them once they are let go."""

    def __init__(self, survey: LiveSurvey) -> None:
        self.receipts: dict[int, str] = {}
        self.let_go, self._shown = threading.Event(), threading.Semaphore(0)
        self._ready: SimpleQueue[tuple[int, Mobile]] = SimpleQueue()
        for number in range(PEOPLE):
            self._ready.put((number, fill_in(survey.phone("citizens", number), number)))
        self._threads = [threading.Thread(target=self._send) for _ in range(AT_ONCE)]
        for thread in self._threads:
            thread.start()

    def _send(self) -> None:
        while True:
            try:
                number, phone = self._ready.get_nowait()
            except Empty:
                return
            if len(self.receipts) >= BEFORE:
                self.let_go.wait()
            receipt = phone.press("send").receipt
            assert receipt
            self.receipts[number] = receipt
            self._shown.release()

    def wait_for_the_first(self) -> set[int]:
        """Whose receipts are shown before anything is backed up."""
        for _ in range(BEFORE):
            assert self._shown.acquire(timeout=60)
        return set(self.receipts)

    def wait_for_all(self) -> None:
        for thread in self._threads:
            thread.join()


def test_receipts_shown_before_a_backup_are_in_it_and_no_ballot_is_doubled(
    database_url, tmp_path, safe: Safe, elsewhere
):
    (tmp_path / "site").mkdir()
    with live_survey(tmp_path / "site", url=database_url, citizens=PEOPLE) as survey:
        phones, tokens = Phones(survey), survey.wave.tokens["citizens"]
        before = phones.wait_for_the_first()
        phones.let_go.set()
        made = safe.back_up(survey.app.extensions["cchc"])
        assert len(phones.receipts) > len(before), "nobody sent while it was made"
        phones.wait_for_all()
    receipts = phones.receipts
    assert len(receipts) == PEOPLE
    safe.restore(made, elsewhere)
    again = restored(elsewhere, tokens)
    with closing(again.database):
        sent_in_it = {number for number in range(PEOPLE) if shows_sent(again, number)}
        assert before <= sent_in_it
        for number in set(range(PEOPLE)) - sent_in_it:
            receipt = fill_in(again.phone("citizens", number), number).press("send").receipt
            assert receipt == receipts[number], "a receipt is the form's, whichever site shows it"
        ages = Counter(ballot["about"]["age"] for ballot in again.ballots())
        assert ages == Counter(str(20 + number) for number in range(PEOPLE))


def restored(settings: Settings, tokens: list[str]) -> LiveSurvey:
    """The site that a backup became, with the key that came with it."""
    key = (settings.data_folder / "secret-key").read_text().strip()
    own = Settings(settings.data_folder, settings.database_url, key, sign_in=PASSWORD_ALONE)
    database = Database(own.database_url)
    app = create_app(own, database)
    assert not app.extensions["cchc"].mixer.epochs.prepare(), "a key is lost"
    again = LiveSurvey(app, database, None, own.data_folder)  # type: ignore[arg-type]
    again.phone = lambda group, number=0: Mobile(app, tokens[number])  # type: ignore[method-assign]
    return again


def shows_sent(survey: LiveSurvey, number: int) -> bool:
    """Whether a link says that its form was sent."""
    return bool(survey.phone("citizens", number).open().receipt)
