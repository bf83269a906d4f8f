"""Who watches a wave, copies its store or loses its keys, while ballots are sealed and mixed."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.ballot_sealing import SealBroken
from survey_app.mixing.epochs import Epochs
from survey_app.mixing.keyring import Keyring
from survey_app.mixing.mixing import Mixer
from survey_app.store import board, waves
from survey_app.store.answers import ballot_box
from survey_app.store.engine.database import Database
from survey_app.store.waves import WaveState
from tests.respondent.live_survey import LiveSurvey, live_survey
from tests.support.ballot_box import mixer_of, sealed_ballots

ENOUGH = 5


def send(survey: LiveSurvey, number: int) -> None:
    phone = survey.phone("citizens", number)
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age=str(20 + number))
    phone.press("next", leadership="B")
    assert phone.press("send").receipt


def wave_of(survey: LiveSurvey) -> waves.Wave:
    with survey.database.reading() as connection:
        return waves.list_(connection)[0]


def shown(survey: LiveSurvey) -> tuple[int, int, int]:
    """What an analyst can see of the open wave that depends on who sent: counts and ballots."""
    with survey.database.reading() as connection:
        wave = waves.list_(connection)[0]
        total = board.total(board.cells(connection, wave))
    return total.begun, total.returned, len(survey.mixed_ballots())


def close(survey: LiveSurvey) -> waves.Wave:
    with survey.database.writing() as connection:
        waves.close(connection, waves.list_(connection)[0], "2026-10-01T00:00:00+00:00")
    return wave_of(survey)


def key_files(folder: Path) -> set[str]:
    return Keyring(folder / "keys").epochs()


def test_whoever_watches_an_open_wave_sees_nothing_change_by_fewer_than_five(
    database_url, tmp_path
):
    with live_survey(tmp_path, url=database_url, citizens=24) as survey:
        mixer = mixer_of(survey.database, tmp_path)
        seen = [shown(survey)]
        for number in range(24):
            send(survey, number)
            mixer.mix_all()
            seen.append(shown(survey))
        for before, after in pairwise(seen):
            for less, more in zip(before, after, strict=True):
                assert less == more or abs(more - less) >= ENOUGH, (before, after)
        assert seen[-1][2] >= 24 - ENOUGH - mixer.fewest_at_closing, "nothing was ever mixed"


def test_a_copy_of_the_store_cannot_be_read_once_its_ballots_are_mixed(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=12) as survey:
        for number in range(12):
            send(survey, number)
        copied = survey.rows("SELECT epoch_id, body FROM sealed_ballots")
        keys_then = key_files(tmp_path)
        assert len(sealed_ballots(survey.database, tmp_path)) == 12, "the attack works with a key"
        mixer_of(survey.database, tmp_path).mix_all()
        assert not keys_then & key_files(tmp_path), "the key has outlived its epoch"
        held = b"".join(file.read_bytes() for file in (tmp_path / "keys").iterdir())
        candidates = [held[at : at + 32] for at in range(max(1, len(held) - 31))]
        for epoch, body in copied[:3]:
            for candidate in candidates:
                with pytest.raises(SealBroken):
                    ballot_sealing.unseal(candidate, epoch, bytes(body))


def test_a_sealed_ballot_and_the_ballot_that_it_becomes_have_nothing_in_common(
    database_url, tmp_path
):
    with live_survey(tmp_path, url=database_url, citizens=12) as survey:
        for number in range(12):
            send(survey, number)
        sealed = survey.rows("SELECT id, body FROM sealed_ballots")
        mixer_of(survey.database, tmp_path).mix_all()
        mixed = {row[0] for row in survey.rows("SELECT id FROM ballots")}
        left = {row[0] for row in survey.rows("SELECT id FROM sealed_ballots")}
        assert not mixed & {row[0] for row in sealed}
        assert len(mixed) + len(left) == 12
        bodies = {bytes(row[0]) for row in survey.rows("SELECT body FROM sealed_ballots")}
        assert not bodies & {bytes(row[1]) for row in sealed}, "what waits was not sealed anew"


def test_closing_opens_every_ballot_and_leaves_no_key(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=9) as survey:
        for number in range(9):
            send(survey, number)
        mixer = mixer_of(survey.database, tmp_path)
        mixer.mix_all()
        assert mixer.close(close(survey)) == mixer.fewest_at_closing
        assert sorted(ballot["about"]["age"] for ballot in survey.mixed_ballots()) == [
            str(age) for age in range(20, 29)
        ]
        assert survey.rows("SELECT id FROM sealed_ballots") == []
        assert key_files(tmp_path) == set()


def test_two_ballots_alone_stay_sealed_at_closing_until_that_is_accepted(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=2) as survey:
        for number in range(2):
            send(survey, number)
        wave, mixer = close(survey), mixer_of(survey.database, tmp_path)
        with pytest.raises(WaveState, match="stay sealed"):
            mixer.close(wave)
        assert survey.mixed_ballots() == []
        assert mixer.close(wave, accepted=True) == 2
        assert len(survey.mixed_ballots()) == 2


def with_recovery(survey: LiveSurvey, folder: Path, public: bytes) -> Mixer:
    keyring = Keyring(folder / "keys")
    return Mixer(
        epochs=Epochs(database=survey.database, keyring=keyring, recovery_key=public.hex())
    )


def test_a_lost_key_is_told_keeps_its_ballots_and_comes_back_with_the_recovery_key(
    database_url, tmp_path
):
    office = ballot_sealing.new_private_key()
    with live_survey(tmp_path, url=database_url, citizens=6) as survey:
        mixer = with_recovery(survey, tmp_path, ballot_sealing.public_key(office))
        mixer.epochs.begin(wave_of(survey).id)
        for number in range(6):
            send(survey, number)
        for epoch in key_files(tmp_path):
            Keyring(tmp_path / "keys")._file(epoch).unlink()
        assert mixer.epochs.lost()
        wave = close(survey)
        with pytest.raises(WaveState, match="cannot be opened"):
            mixer.close(wave)
        assert len(survey.rows("SELECT id FROM sealed_ballots")) == 6, "nothing is thrown away"
        with pytest.raises(SealBroken):
            mixer.epochs.recover(ballot_sealing.new_private_key())
        assert mixer.epochs.recover(office)
        assert mixer.close(wave) == 6
        assert len(survey.mixed_ballots()) == 6


def test_ballots_whose_key_is_gone_for_good_are_given_up_by_number(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=6) as survey:
        for number in range(6):
            send(survey, number)
        for epoch in key_files(tmp_path):
            Keyring(tmp_path / "keys")._file(epoch).unlink()
        wave, mixer = close(survey), mixer_of(survey.database, tmp_path)
        with pytest.raises(WaveState, match="cannot be opened"):
            mixer.close(wave)
        assert mixer.give_up(wave) == 6
        with survey.database.reading() as connection:
            assert ballot_box.given_up(connection, wave.id) == 6
        assert survey.rows("SELECT id FROM sealed_ballots") == []


def test_one_damaged_ballot_holds_up_no_other(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=9) as survey:
        for number in range(9):
            send(survey, number)
        (key, body), *_ = survey.rows("SELECT id, body FROM sealed_ballots")
        damaged = bytes(body[:-1]) + bytes([body[-1] ^ 1])
        with survey.database.writing() as connection:
            place = "?" if survey.database.is_sqlite else "%s"
            connection.exec_driver_sql(
                f"UPDATE sealed_ballots SET body = {place} WHERE id = '{key}'", (damaged,)
            )
        mixer = mixer_of(survey.database, tmp_path)
        wave = close(survey)
        with pytest.raises(WaveState, match="1 ballots"):
            mixer.close(wave)
        assert len(survey.mixed_ballots()) == 8


def test_keys_are_readable_by_their_owner_alone(tmp_path):
    with live_survey(tmp_path, citizens=1):
        folder = tmp_path / "keys"
        assert folder.stat().st_mode & 0o777 == 0o700
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file


def test_a_site_on_the_wrong_store_destroys_no_key(tmp_path):
    (tmp_path / "other").mkdir()
    with live_survey(tmp_path, citizens=8) as survey:
        for number in range(8):
            send(survey, number)
        keys = key_files(tmp_path)
        with live_survey(tmp_path / "other", citizens=1) as other:
            wrong = mixer_of(other.database, tmp_path)
            wrong.mix_all()
            wrong.epochs.destroy_retired()
        assert keys <= key_files(tmp_path)
        with closing(Database(survey.database.url)) as same:
            assert len(sealed_ballots(same, tmp_path)) == 8
