"""`cchc prepare`, `approve`, `send-back`, `withdraw`: two people, as in the office."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from survey_app.commands import opened
from survey_app.commands.cli import main
from survey_app.conduct.scoring import open_data, publication, publish
from survey_app.questionnaire import library
from survey_app.store import publications
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.scored import answered, house_at, kept_scorecard


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[House, Wave]:
    monkeypatch.setenv("CCHC_DATA", str(tmp_path))
    monkeypatch.delenv("CCHC_DATABASE", raising=False)
    database = Database(f"sqlite:///{tmp_path / 'cchc.sqlite3'}")
    migrate.upgrade(database)
    house = house_at(database, tmp_path)
    study = library.study(write_study(tmp_path / "texts"), tmp_path / "texts")
    wave = answered(house, study, few=4)
    kept_scorecard(house, wave)
    return house, wave


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == status, done.output
    return done.output


def states(house: House, wave: Wave) -> list[str]:
    with house.database.reading() as connection:
        return [step.step for step in publications.steps(connection, wave.id)]


def test_what_a_command_prepared_another_account_approves(made: tuple[House, Wave]) -> None:
    house, wave = made
    told = run("prepare", wave.name, "--yes")
    assert "warning: The sensitivity of these results was not worked out" in told
    assert "waits for approval" in told
    assert "somebody else approves" in run("approve", wave.name, "--yes", status=1)
    assert "somebody else approves" in run("send-back", wave.name, "--reason", "x" * 20, status=1)
    assert states(house, wave) == ["prepared"]


def test_what_the_office_prepared_a_command_sends_back_approves_and_withdraws(
    made: tuple[House, Wave],
) -> None:
    house, wave = made
    assert "not prepared" in run("approve", wave.name, "--yes", status=1)
    _prepared(house, wave)
    assert "from 10 to" in run("send-back", wave.name, "--reason", "no", status=1)
    run("send-back", wave.name, "--reason", "one unit lacks its points")
    _prepared(house, wave)
    assert "is published" in run("approve", wave.name, "--yes")
    assert "version 1" in run("withdraw", wave.name, "--reason", "a weight was wrong")
    assert "not public" in run("withdraw", wave.name, "--reason", "a weight was wrong", status=1)
    assert states(house, wave) == ["prepared", "returned", "prepared", "approved", "withdrawn"]
    with house.database.reading() as connection:
        (edition,) = publications.editions(connection, wave.id)
    assert edition.archive is None, "nobody decided on open data"


def test_open_data_are_published_with_the_results_only_where_the_command_says_so(
    made: tuple[House, Wave],
) -> None:
    house, wave = made
    card = publish.score(house, wave, "lan", merge=True)
    _prepared(house, wave)
    told = run("approve", wave.name, "--yes", "--open-data")
    assert "its open data are public with it" in told
    with house.database.reading() as connection:
        (edition,) = publications.editions(connection, wave.id)
    assert edition.archive is not None
    assert edition.archive.size == open_data.public_file(house, card.id).stat().st_size
    assert edition.archive.published_by == opened.who()


def _prepared(house: House, wave: Wave) -> None:
    with house.database.writing() as connection:
        from survey_app.store import scorecards

        card = scorecards.latest(connection, wave.id)
        assert card is not None
        publication.prepare(connection, house, wave, card, "lan")


def test_the_account_of_the_machine_is_the_person(made: tuple[House, Wave]) -> None:
    """Who has prepared in the office under the same name cannot approve here."""
    house, wave = made
    with house.database.writing() as connection:
        from survey_app.store import scorecards

        card = scorecards.latest(connection, wave.id)
        assert card is not None
        own = opened.who().removeprefix("cchc:")
        publication.prepare(connection, house, wave, card, own)
    assert "somebody else approves" in run("approve", wave.name, "--yes", status=1)
