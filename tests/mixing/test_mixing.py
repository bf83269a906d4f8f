"""Ballots are sealed when they are cast, mixed with others, and no one of them is lost."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, update

from survey_app.conduct import closing, opening
from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.ballot_sealing import SealBroken
from survey_app.mixing import clock
from survey_app.mixing.epochs import Epochs
from survey_app.mixing.keyring import Keyring
from survey_app.store import shown_counts, tables
from survey_app.store.answers import ballot_box
from survey_app.store.waves import WaveState
from tests.mixing.site import Site
from tests.respondent.live_survey import live_survey
from tests.support.ballot_box import mixer_of
from tests.support.cast import cast


def test_seven_who_are_alike_wait_and_of_eight_five_are_mixed(site):
    site.cast(9)  # seven online, two on paper
    assert site.mixer.mix(site.wave) == 0
    assert (site.count("sealed_ballots"), site.count("ballots")) == (9, 0)
    site.cast(1)
    assert site.mixer.mix(site.wave) == 5
    assert (site.count("sealed_ballots"), site.count("ballots")) == (5, 5)
    site.assert_nothing_is_lost()
    site.assert_tidy()


def test_what_is_not_mixed_is_sealed_to_the_next_epoch_and_the_old_key_is_destroyed(site):
    site.cast(10)
    (before,) = site.known()
    with site.database.reading() as connection:
        waiting = [each.id for each in ballot_box.waiting(connection, [before.id])]
        old = ballot_box.bodies(connection, waiting)
    private = site.epochs.keys.private(before.id, before.public_key)
    assert site.mixer.mix(site.wave) == 5
    (after,) = site.known()
    assert after.id != before.id
    assert site.epochs.keys.epochs() == {after.id}
    with site.database.reading() as connection:
        bodies = ballot_box.bodies(connection, waiting)
    assert len(bodies) == 5
    assert {len(body) for body in bodies.values()} == {len(body) for body in old.values()}
    for key, body in bodies.items():
        assert body != old[key]
        with pytest.raises(SealBroken):
            ballot_sealing.unseal(private, before.id, body)


def test_which_of_a_class_are_held_back_is_left_to_chance(tmp_path):
    site = Site(f"sqlite:///{tmp_path / 'store.sqlite3'}", tmp_path, people=400)
    held = set()
    for _ in range(12):
        site.cast(12)
        site.mixer.mix(site.wave)
        with site.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT about FROM ballots").all()
        held.add(len(site.sent) - 1 in {int(about.split('"')[3]) for (about,) in rows})
    assert held == {True, False}  # the last to come is mixed at times, and at times it waits
    site.database.close()


def test_little_that_can_be_mixed_waits_until_it_is_worth_the_sealing_of_the_rest(small_site):
    small_site.cast(10)
    assert small_site.mixer.mix_all(0.6) == 0
    assert small_site.mixer.mix_all(0.5) == 5


def test_a_damaged_ballot_holds_nobody_up_and_stays_as_it_is(site):
    site.cast(13)
    box = tables.sealed_ballots
    with site.database.writing() as connection:
        online = connection.execute(select(box.c.id, box.c.body).where(box.c.mode == "web")).all()
        broken = [online[0].id, online[1].id]
        spoilt = online[0].body[:-1] + bytes([online[0].body[-1] ^ 1])
        connection.execute(update(box).where(box.c.id == broken[0]).values(body=spoilt))
        (epoch,) = ballot_box.epochs(connection)
        forged = ballot_sealing.seal(epoch.public_key, epoch.id, b'["not a ballot"]', 600)
        connection.execute(update(box).where(box.c.id == broken[1]).values(body=forged))
    mixed = site.mixer.mix(site.wave)
    mixed += site.mixer.mix(site.wave)
    assert mixed >= 5
    with site.database.reading() as connection:
        left = connection.execute(select(box.c.id)).scalars().all()
    assert set(broken) <= set(left)
    assert site.mixer.unreadable(site.wave).keys() == set(broken)


def test_a_lost_key_is_told_and_new_ballots_get_a_new_one(site):
    site.cast(10)
    (before,) = site.known()
    key = site.keys / f"{before.id}.key"
    away = site.folder / "put-away.key"
    key.rename(away)
    (lost,) = site.epochs.prepare()
    assert before.id in str(lost)
    assert str(key) in str(lost)
    assert site.current() != {before.id}
    assert len(site.current()) == 1
    site.cast(11)  # eight of them online
    assert site.mixer.mix(site.wave) >= 5, "what is sealed to the new key is mixed"
    assert {each.id for each in site.known()} == {before.id, *site.current()}
    away.rename(key)
    assert site.epochs.prepare() == ()
    assert site.mixer.mix(site.wave) >= 5, "and the others, when their key is back"
    site.assert_nothing_is_lost()
    site.assert_tidy()


def test_a_key_that_was_lost_with_no_ballot_sealed_to_it_is_no_news(small_site):
    (before,) = small_site.known()
    (small_site.keys / f"{before.id}.key").unlink()
    assert small_site.epochs.prepare() == ()
    small_site.cast(10)
    small_site.mixer.mix(small_site.wave)
    small_site.assert_nothing_is_lost()
    assert len(small_site.known()) == 1


def test_the_key_folder_of_an_open_wave_may_vanish_while_the_site_runs(small_site, caplog):
    small_site.cast(4)
    shutil.rmtree(small_site.keys)
    stop = clock.mixing_now_and_then(small_site.mixer, every=0.01)
    deadline = threading.Event()
    while len(small_site.known()) < 2:
        assert not deadline.wait(0.01)
    small_site.cast(12)
    while not small_site.count("ballots"):
        assert not deadline.wait(0.01)
    stop()
    assert caplog.text.count("put it back") == 1, "said once, not every half minute"
    assert small_site.count("sealed_ballots") + small_site.count("ballots") == 16


def test_the_recovery_key_brings_back_what_a_dead_disk_took(site):
    office = ballot_sealing.new_private_key()
    public = ballot_sealing.public_key(office).hex()
    epochs = Epochs(database=site.database, keyring=Keyring(site.keys), recovery_key=public)
    epochs.begin(site.wave.id)
    site.cast(10)
    shutil.rmtree(site.keys)
    assert len(epochs.prepare()) == 1
    with pytest.raises(SealBroken):
        epochs.recover(ballot_sealing.new_private_key())
    assert epochs.recover(office) == 1
    assert epochs.lost() == ()
    assert epochs.recover(office) == 0
    site.mixer.mix(site.wave)
    site.assert_nothing_is_lost()


def test_a_store_that_stands_beside_costs_no_key(tmp_path):
    ours = Site(f"sqlite:///{tmp_path / 'ours.sqlite3'}", tmp_path)
    ours.cast(10)
    theirs = Site(f"sqlite:///{tmp_path / 'theirs.sqlite3'}", tmp_path)
    theirs.cast(10)
    assert theirs.mixer.mix_all() == 5
    assert ours.epochs.lost() == ()
    assert ours.mixer.mix_all() == 5
    ours.assert_nothing_is_lost()
    ours.database.close()
    theirs.database.close()


def test_another_process_mixes_and_this_one_goes_its_way(small_site):
    small_site.cast(10)
    other = mixer_of(small_site.database, small_site.folder)
    with other.epochs.keys.mixing():
        results: list[int] = []
        thread = threading.Thread(target=lambda: results.append(small_site.mixer.mix_all()))
        thread.start()
        thread.join()
    assert results == [0]
    assert small_site.mixer.mix_all() == 5


def test_ballots_that_come_while_epochs_change_are_all_kept(database_url, tmp_path):
    site = Site(database_url, tmp_path, people=240)
    links = list(site.links)
    done = threading.Event()
    failed: list[BaseException] = []

    def mix_on_and_on() -> None:
        while not done.is_set():
            try:
                site.epochs.begin(site.wave.id)
                site.mixer.mix(site.wave)
            except BaseException as error:  # noqa: BLE001 - told below
                failed.append(error)
                return

    mixing = threading.Thread(target=mix_on_and_on)
    mixing.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: cast(site.database, *pair), zip(links, range(240), strict=True)))
    done.set()
    mixing.join()
    assert failed == []
    site.sent = list(range(240))
    site.mixer.mix(site.wave)
    site.assert_nothing_is_lost()
    assert site.count("ballots") > 100
    assert site.kept_keys() == site.current()
    site.database.close()


def test_a_wave_closes_while_ballots_come_and_every_receipt_has_its_ballot(database_url, tmp_path):
    site = Site(database_url, tmp_path, people=160)
    links = list(site.links)
    sent: list[int] = []

    def send(pair: tuple[str, int]) -> None:
        try:
            cast(site.database, *pair)
        except ballot_box.NoEpoch:
            return
        sent.append(pair[1])

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(send, pair) for pair in zip(links, range(160), strict=True)]
        while len(sent) < 40:
            pass
        closing.close(site.house(), site.wave.name, "lan", accepted=True)
        for job in jobs:
            job.result()
    site.sent = sorted(sent)
    assert len(sent) >= 40
    assert site.count("sealed_ballots") == site.count("epochs") == 0
    site.assert_nothing_is_lost()
    assert site.epochs.keys.epochs() <= {each.id for each in site.known()}
    site.database.close()


def test_a_new_key_is_made_for_an_open_wave_alone(site):
    closing.close(site.house(), site.wave.name, "lan")
    assert not site.epochs.begin(site.wave.id)
    site.epochs.prepare()
    assert site.known() == ()


def test_a_wave_with_small_classes_closes_only_where_that_is_accepted(site):
    site.cast(7)  # five online, two on paper
    with site.database.writing() as connection:
        alone = tables.sealed_ballots.c.mode == "paper"
        connection.execute(update(tables.sealed_ballots).where(alone).values(stratum="other"))
    house = site.house()
    assert closing.sizes_now(house, site.wave) == {2: 1}
    with pytest.raises(WaveState) as refused:
        closing.close(house, site.wave.name, "lan")
    assert refused.value.slug == "small-classes"
    assert site.count("ballots") == 0
    assert len(site.current()) == 1, "it is still open"
    assert closing.close(house, site.wave.name, "lan", accepted=True) == 7
    with site.database.reading() as connection:
        log = connection.execute(select(tables.audit.c.action, tables.audit.c.detail)).all()
    assert ("small-classes-accepted", "test 2") in [tuple(line) for line in log]


def test_a_larger_smallest_class_is_a_setting(small_site):
    small_site.cast(16)  # twelve online, four on paper
    assert closing.sizes_now(small_site.house(smallest_class=3), small_site.wave) == {}
    made = small_site.house(smallest_class=5).mixer.preview(small_site.wave)
    assert [(batch.size, batch.shown.mode) for batch in made.batches] == [(16, "")]


def test_a_closed_wave_whose_keys_are_lost_is_told_and_its_ballots_can_be_given_up(site):
    site.cast(10)
    for key in site.keys.glob("*.key"):
        key.unlink()
    site.epochs.prepare()
    site.cast(12)
    house = site.house()
    with pytest.raises(WaveState) as refused:
        closing.close(house, site.wave.name, "lan", accepted=True)
    assert (refused.value.slug, refused.value.values["count"]) == ("ballots-unreadable", "10")
    assert site.count("ballots") == 12
    assert closing.is_unfinished(house, _fresh(site))
    assert house.mixer.give_up(site.wave) == 10
    assert not closing.is_unfinished(house, _fresh(site))
    with site.database.reading() as connection:
        assert ballot_box.given_up(connection, site.wave.id) == 10


def _fresh(site):
    from survey_app.store import waves

    with site.database.reading() as connection:
        return waves.find(connection, site.wave.name)


def test_a_machine_without_keys_takes_ballots_and_leaves_the_rest_to_another(tmp_path):
    with live_survey(tmp_path, citizens=2) as survey:
        url = str(survey.database.url)
        from survey_app.app import create_app
        from survey_app.settings import Settings
        from tests.respondent.live_survey import KEY, LiveSurvey

        settings = Settings(tmp_path, url, KEY, keys="none")
        bare = LiveSurvey(
            create_app(settings, survey.database), survey.database, survey.wave, tmp_path
        )
        house = bare.app.extensions["cchc"]
        assert house.mixer.epochs.prepare() == ()
        assert house.mixer.mix_all() == 0
        phone = bare.phone("citizens")
        phone.open()
        phone.press("begin")
        phone.press("next", used_service="2", age="40")
        phone.press("next", leadership="B")
        assert phone.press("send").receipt
        assert len(survey.ballots()) == 1
        for act in (
            lambda: closing.close(house, "test", "lan"),
            lambda: opening.open_(house, "test", "lan"),
        ):
            with pytest.raises(WaveState) as refused:
                act()
            assert refused.value.slug == "keys-elsewhere"


def test_without_any_key_a_form_is_not_sent_and_nothing_of_it_is_lost(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        phone = survey.phone("citizens")
        phone.open()
        phone.press("begin")
        phone.press("next", used_service="2", age="40")
        phone.press("next", leadership="B")
        with survey.database.writing() as connection:
            connection.execute(delete(tables.epochs))
        shutil.rmtree(tmp_path / "keys")
        (tmp_path / "keys").write_text("a file where the folder should be", encoding="ascii")
        before = survey.fingerprint()
        page = phone.press("send")
        assert page.status == 503
        assert "CHƯA được lưu" in page.html
        assert survey.fingerprint() == before
        (tmp_path / "keys").unlink()
        assert phone.post(page.action, page.hidden).receipt


def test_a_wave_whose_key_cannot_be_kept_is_not_opened(small_site):
    with small_site.database.writing() as connection:
        connection.execute(delete(tables.epochs))
        connection.execute(update(tables.waves).values(opened_at=None))
    house = small_site.house()
    shutil.rmtree(small_site.keys)
    small_site.keys.write_text("", encoding="ascii")
    with pytest.raises(WaveState) as refused:
        opening.open_(house, small_site.wave.name, "lan")
    assert refused.value.slug == "no-room-for-keys"
    assert _fresh(small_site).state == "planned"


def test_boards_and_the_page_that_closes_change_by_five_or_more(site):
    def shown():
        with site.database.reading() as connection:
            begun = connection.execute(select(tables.kept_counts.c.begun)).scalars().all()
            return sorted(filter(None, begun)), shown_counts.closing(connection, site.wave.id)

    with site.database.writing() as connection:
        people = connection.execute(select(tables.cases.c.id).order_by(tables.cases.c.id)).scalars()
        online = [case for case in people if case % 4]
    for number, case in enumerate(online[-12:], 1):
        with site.database.writing() as connection:
            row = {"case_id": case, "stage": 1, "day": "2026-01-05"}
            connection.execute(tables.progress.insert().values(row))
        site.mixer.mix(site.wave)
        assert shown() == ([] if number < 5 else [5] if number < 10 else [10], {})
    site.cast(4)
    site.mixer.mix(site.wave)
    assert shown()[1] == {}
    site.cast(1)
    site.mixer.mix(site.wave)
    with site.database.reading() as connection:
        assert shown_counts.sent_since(connection, site.wave.id, 5) == 0
        assert shown_counts.sent_since(connection, site.wave.id, 0) == 5
