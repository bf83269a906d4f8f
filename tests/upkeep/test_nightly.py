"""Backups by themselves: so many are kept, the last never goes, and a failure shows."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from survey_app.conduct import closing
from survey_app.store.upkeep import contents
from survey_app.store.waves import Refused
from survey_app.upkeep import age, nightly
from survey_app.upkeep.archive import Damaged
from tests.mixing.site import Site
from tests.support.accounts import PASSWORD_ALONE

NIGHT = timedelta(days=1)


class Nights:
    """A site with an open wave, whose backups are made at a clock of ours."""

    def __init__(self, site: Site, safe) -> None:
        self.site, self.safe, self.now = site, safe, datetime(2026, 3, 1, 19, 15, tzinfo=UTC)
        self.house = site.house(sign_in=PASSWORD_ALONE)
        self.house.clock = lambda: self.now
        safe.folder.mkdir()

    def pass_(self, keep: int = 3):
        """A night: what was made, and what went."""
        self.now += NIGHT
        made = nightly.make(self.house, "test", self.safe.folder, self.safe.lock, None)
        return made, nightly.thin(self.house, "test", made, keep)

    def names(self) -> list[str]:
        return sorted(file.name for file in self.safe.folder.iterdir())


@pytest.fixture
def nights(database_url, tmp_path, safe):
    data = tmp_path / "data"
    data.mkdir()
    site = Site(database_url, data)
    site.cast(9)
    yield Nights(site, safe)
    site.database.close()


def test_so_many_nights_are_kept_each_with_its_keys_by_the_clock_in_vietnam(nights):
    for _ in range(5):
        nights.pass_()
    assert nights.names() == [
        f"cchc-2026-03-0{day}-021500.backup{end}" for day in (5, 6, 7) for end in ("", ".key")
    ]


def test_only_what_it_made_itself_goes(nights):
    first, _ = nights.pass_(keep=1)
    nights.safe.back_up(nights.house, "before-0.2.backup")
    text = nights.safe.folder / "cchc-2019-01-01-021500.backup"
    text.write_text("whatever somebody calls so")
    _, past = nights.pass_(keep=1)
    assert [each.file for each in past] == [first.file]
    assert {"before-0.2.backup", "before-0.2.backup.key", text.name} < set(nights.names())


def test_a_backup_of_another_site_in_the_same_folder_is_left(nights):
    made, _ = nights.pass_()
    with nights.site.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE audit SET detail = 'elsewhere' WHERE action = 'backup-make'"
        )
    _, past = nights.pass_(keep=1)
    assert past == ()
    assert made.file.is_file()


def test_with_its_wave_a_backup_goes_whatever_is_to_be_kept(nights):
    open_, _ = nights.pass_(keep=14)
    closing.close(nights.house, nights.site.wave.name, "lan", accepted=True)
    after, past = nights.pass_(keep=14)
    assert [each.file for each in past] == [open_.file]
    assert "is closed and was open then" in past[0].why
    assert nights.names() == [after.file.name, after.key_file.name]


def test_nothing_goes_where_the_new_one_is_not_what_was_written(nights):
    first, _ = nights.pass_()
    nights.now += NIGHT
    made = nightly.make(nights.house, "test", nights.safe.folder, nights.safe.lock, None)
    content = bytearray(made.file.read_bytes())
    content[len(content) // 2] ^= 1
    made.file.write_bytes(content)
    with pytest.raises(Damaged):
        nightly.thin(nights.house, "test", made, 1)
    assert first.file.is_file()


def test_a_night_without_a_folder_makes_nothing_and_is_not_taken_for_a_backup(nights):
    shutil.rmtree(nights.safe.folder)
    with pytest.raises(Refused, match="is no folder"):
        nights.pass_()
    assert nightly.newest(nights.house).at is None
    assert not nights.safe.folder.exists()


def test_who_opens_the_nights_stands_in_a_file_that_nobody_else_can_change(tmp_path):
    (_, one), (_, two) = age.new_pair(), age.new_pair()
    file = tmp_path / "backup-recipients"
    file.write_text(f"# văn phòng\n{one}\n\nkeys {two}\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        age.recipients_in(file)
    file.chmod(0o600)
    assert age.recipients_in(file) == ((one,), (two,))
    for wrong in ("", f"keys {two}\n", f"{one} {two}\n", "age1abc\n", f"{one}\nkey {two}\n"):
        file.write_text(wrong)
        with pytest.raises(Refused):
            age.recipients_in(file)


def test_the_monitor_hears_when_the_last_was_made(nights):
    from survey_app.app import create_app

    house = nights.house
    client = create_app(house.settings, house=house).test_client()

    def told() -> float:
        text = client.get("/metrics").get_data(as_text=True)
        (value,) = re.findall(r"(?m)^cchc_backup_last_timestamp_seconds (\S+)$", text)
        return float(value)

    assert told() == 0
    nights.pass_()
    assert told() == nights.now.timestamp()
    with house.database.reading() as connection:
        assert contents.last_backup(connection) == nightly.newest(house).at
