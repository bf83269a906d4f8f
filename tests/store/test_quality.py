"""What is kept of checking a wave: themes, call-backs, exclusions and their states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey_app.fieldwork.case import Case
from survey_app.quality.classes import DesignClass
from survey_app.store import tables as t
from survey_app.store.answers import ballots
from survey_app.store.answers.ballots import Ballot, Rating
from survey_app.store.engine.database import Connection, Database
from survey_app.store.quality import call_backs, exclusions, remarks, screenings
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.waves import Wave
from tests.fielded import AT, field
from tests.support.stores import make_tables

OF = DesignClass("citizens", "", "SNV", "web")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    make_tables(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def wave(database: Database, tmp_path: Path) -> Wave:
    return field(database, tmp_path, council=2, citizens=9).wave


def cast_one(connection: Connection, wave: Wave) -> str:
    """The key of a new ballot of a citizen, opened and mixed."""
    key, rating = ballots.new_key(), Rating("SNV", 1, "1", False, '{"leadership": "B"}')
    form = "demo/2026-department/citizens"
    ballot = Ballot(key, form, 1, "vi", "usual", "{}", (rating,))
    ballots.cast(connection, wave.id, [(Case("", "citizens", "", "all", "2.5", "SNV"), ballot)])
    return key


def test_cases_are_drawn_once_and_from_their_class_alone(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        assert call_backs.draw(connection, wave, OF, 6, day="2026-02-01", by="lan") == 6
        assert call_backs.draw(connection, wave, OF, 6, day="2026-02-02", by="lan") == 3
        with pytest.raises(QualityRefused):
            call_backs.draw(connection, wave, OF, 1, day="2026-02-02", by="lan")
        labels = [each.label for each in call_backs.listed(connection, wave)]
        assert sorted(labels) == [f"citizens-{number}" for number in range(9)]
        assert call_backs.cases_in(connection, wave, OF._replace(mode="paper")) == 0


def test_the_draw_is_by_lot(database: Database, wave: Wave) -> None:
    drawn = set()
    for _ in range(12):
        with database.writing() as connection:
            connection.execute(t.call_backs.delete())
            call_backs.draw(connection, wave, OF, 4, day="2026-02-01", by="lan")
            drawn.add(tuple(each.label for each in call_backs.listed(connection, wave)))
    assert len(drawn) > 1


def test_those_without_an_outcome_stand_first(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        call_backs.draw(connection, wave, OF, 5, day="2026-02-01", by="lan")
        first = call_backs.listed(connection, wave)[0]
        call_backs.note(connection, wave, first.id, "confirmed", day="2026-02-03", by="hoa")
        outcomes = [each.outcome for each in call_backs.listed(connection, wave)]
        assert outcomes == ["", "", "", "", "confirmed"]
        assert call_backs.counts(connection, wave) == (5, 1)
        with pytest.raises(QualityRefused):
            call_backs.note(connection, wave, "none", "confirmed", day="2026-02-03", by="hoa")


def proposed(database: Database, wave: Wave, forms: int = 5) -> int:
    with database.writing() as connection:
        ballots = frozenset(cast_one(connection, wave) for _ in range(forms))
        return exclusions.propose(
            connection, wave, OF, ballots,
            flag="", reason="broken_rules", basis="12/BB", by="lan", at=AT,
        )  # fmt: skip


def test_only_what_is_agreed_is_left_out_and_nothing_is_deleted(
    database: Database, wave: Wave
) -> None:
    number = proposed(database, wave)
    with database.writing() as connection:
        assert exclusions.left_out(connection, wave) == frozenset()
        assert exclusions.waiting(connection, wave) == 1
        exclusion = exclusions.find(connection, wave, number)
        exclusions.move(connection, exclusion, "agreed", by="hoa", at=AT, note="xem")
        assert len(exclusions.left_out(connection, wave)) == 5
        (agreed,) = exclusions.agreed(connection, wave)
        assert (agreed.decided_by, agreed.note, agreed.of) == ("hoa", "xem", OF)
        exclusions.move(connection, agreed, "ended", by="mai", at=AT, note="nhầm")
        assert exclusions.left_out(connection, wave) == frozenset()
        (ended,) = exclusions.listed(connection, wave)
        assert (ended.decided_by, ended.ended_by, ended.note) == ("hoa", "mai", "xem; nhầm")
        assert len(exclusions.forms_of(connection, ended)) == 5
        assert connection.execute(select(func.count()).select_from(t.ballots)).scalar_one() == 5


def test_of_two_who_decide_at_once_the_second_is_told(database: Database, wave: Wave) -> None:
    number = proposed(database, wave)
    with database.writing() as connection:
        seen = exclusions.find(connection, wave, number)
        exclusions.move(connection, seen, "agreed", by="hoa", at=AT)
        with pytest.raises(QualityRefused):
            exclusions.move(connection, seen, "refused", by="mai", at=AT, note="không")


def test_a_screening_takes_the_place_of_the_one_before(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        first, second = cast_one(connection, wave), cast_one(connection, wave)
        kept = {"fingerprint": "f", "effects": [{"unit": "SNV"}], "by": "lan", "at": AT}
        screenings.keep(connection, wave, flags={first: ["fast"], second: []}, **kept)
        screenings.keep(connection, wave, flags={first: [], second: ["fast", "straight"]}, **kept)
        known = screenings.find(connection, wave)
        assert known is not None
        assert known.effects == ({"unit": "SNV"},)
        of = OF._replace(mode="")
        assert screenings.forms_of(connection, wave, of, "fast") == {second}
        assert screenings.forms_of(connection, wave, of, "") == {first, second}
        assert sum(screenings.counts(connection, wave).values()) == 2
        assert screenings.cells(connection, wave, "citizens") == {"SNV": {first, second}}


def test_a_theme_goes_when_no_text_has_it(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        theme = remarks.add_theme(connection, wave, "Đúng hẹn", "lan", AT)
        with pytest.raises(QualityRefused):
            remarks.add_theme(connection, wave, "ĐÚNG hẹn", "lan", AT)
        pair = ("a" * 32, theme)
        assert remarks.mark(connection, wave, [pair, ("b" * 32, 99)], [], "lan", AT) == 1
        assert remarks.mark(connection, wave, [pair], [], "mai", AT) == 0
        with pytest.raises(QualityRefused):
            remarks.drop_theme(connection, wave, theme)
        assert remarks.mark(connection, wave, [], [pair], "lan", AT) == 1
        remarks.drop_theme(connection, wave, theme)
        assert remarks.themes_of(connection, wave) == ()
