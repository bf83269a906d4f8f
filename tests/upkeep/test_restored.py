"""What is backed up comes back: the whole of it, into an empty place, or nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.waves import Refused
from survey_app.upkeep import archive, checking, restoring
from survey_app.upkeep.about import About, Manifest, Part
from survey_app.upkeep.restoring import Source
from survey_app.web import House
from tests.mixing.site import Site
from tests.support.backups import Safe


@pytest.fixture
def site(database_url, tmp_path):
    """A site with an open wave, ballots mixed and sealed, and files."""
    data = tmp_path / "data"
    data.mkdir()
    made = Site(database_url, data)
    made.cast(14)
    content = b"a decision, signed"
    sha256 = hashlib.sha256(content).hexdigest()
    for name in (f"evidence/{sha256[:2]}/{sha256}", "releases/test/answers.csv", "jobs/x/links"):
        (data / name).parent.mkdir(parents=True)
        (data / name).write_bytes(content)
    yield made
    made.database.close()


class Again:
    """A site that was restored."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.database = settings, Database(settings.database_url)
        self.house = House(settings, self.database)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.database.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_a_site_comes_back_whole_and_goes_on(site, safe: Safe, elsewhere):
    house = site.house()
    with house.database.writing() as connection:
        audit.append(connection, "lan", "wave-open", "test", house.stamp())
    made = safe.back_up(house)
    assert made.mixed, "a backup begins with a mix"
    assert checking.verify(made.file, safe.key) == made.manifest
    assert not any("jobs" in name for name in made.manifest.parts), "links stay where they are"
    restored = safe.restore(made, elsewhere)
    assert not restored.unreadable
    again = Again(elsewhere)
    with closing(again.database):
        data = elsewhere.data_folder
        same = [path.relative_to(site.folder) for path in site.folder.rglob("*") if path.is_file()]
        kept = [path for path in same if path.parts[0] in {"evidence", "releases"}]
        assert len(kept) == 2
        for path in kept:
            assert (data / path).read_bytes() == (site.folder / path).read_bytes()
            assert (data / path).stat().st_mode & 0o077 == 0
        assert (data / "secret-key").read_text().strip() == house.settings.secret_key
        moved = Site.__new__(Site)
        moved.__dict__ |= site.__dict__ | {"database": again.database, "folder": data}
        assert moved.ballots() == Counter(site.sent)
        with again.database.reading() as connection:
            assert audit.verify(connection) is None
            assert audit.last(connection, 1)[0].action == "backup-restore"
        again.house.mixer.mix_all()
        moved.cast(20)
        assert moved.ballots() == Counter(moved.sent), "links that are left still send"


def test_without_its_keys_what_was_sealed_stays_sealed_and_that_is_said(site, safe, elsewhere):
    made = safe.back_up(site.house())
    restored = safe.restore(made, elsewhere, keys=False)
    assert restored.unreadable == set(made.manifest.sealed_to) != set()
    assert not restored.has_secrets


def test_where_the_key_folder_outlived_the_database_it_is_enough_and_the_log_says_what_is_lost(
    site, safe, elsewhere
):
    house = site.house()
    with house.database.writing() as connection:
        audit.append(connection, "lan", "wave-open", "test", house.stamp())
    made = safe.back_up(house)  # and the log has a line of that, which the copy has not
    kept = replace(elsewhere, keys=str(site.keys))
    restored = safe.restore(made, kept, keys=False)
    assert not restored.unreadable
    with closing(Again(kept).database) as database, database.reading() as connection:
        assert audit.last(connection, 1)[0].action == "audit-go-on"
        assert made.manifest.about.pair in audit.last(connection, 1)[0].detail


def test_nothing_is_restored_over_a_site(site, safe, elsewhere):
    made = safe.back_up(site.house())
    with pytest.raises(Refused, match=r"waves: test \(open\).*evidence"):
        safe.restore(made, site.house().settings)
    safe.restore(made, elsewhere)
    with pytest.raises(Refused, match="into an empty site only"):
        safe.restore(made, elsewhere)


def test_what_is_damaged_or_of_another_is_refused_and_leaves_nothing(site, safe, elsewhere):
    made = safe.back_up(site.house())
    other = safe.back_up(site.house(), "other.backup")
    content, middle = made.file.read_bytes(), made.file.stat().st_size // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for damaged in (flipped, content[:middle], content[:100], b"", other.key_file.read_bytes()):
        made.file.write_bytes(damaged)
        _refused(safe, made, elsewhere)
    made.file.write_bytes(content)
    _refused(Safe(safe.folder), made, elsewhere)
    other.key_file.replace(made.key_file)
    _refused(safe, made, elsewhere)


def _refused(safe, made, elsewhere):
    with pytest.raises(Refused):
        safe.restore(made, elsewhere)
    assert not [path for path in elsewhere.data_folder.rglob("*") if path.is_file()]
    with closing(Database(elsewhere.database_url)) as database:
        assert migrate.current(database) is None
    if elsewhere.database_file:
        elsewhere.database_file.unlink()


def test_a_backup_is_not_written_over_another_and_leaves_nothing_beside_it(site, safe):
    house = site.house()
    made = safe.back_up(house)
    with pytest.raises(Refused, match="never written over"):
        safe.back_up(house)
    assert {path.name for path in safe.folder.iterdir()} == {made.file.name, made.key_file.name}
    assert not list(site.folder.glob(".backup-*"))
    for path in safe.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["files/../../evil", "files/evidence/../../evil", "/evil", "files/keys/evil", "evil"]
)
def test_a_backup_that_somebody_made_up_writes_nowhere_else(tmp_path, name):
    safe, settings = (
        Safe(tmp_path),
        Settings(tmp_path / "site", f"sqlite:///{tmp_path}/s", "k" * 40),
    )
    about = About(made_at="", program="", schema=migrate.HEAD, kind="sqlite", pair="")

    def fill(tar):
        archive.add(tar, name, b"x")
        whole = Manifest(about=about, parts={name: Part(size=1, sha256=_X)})
        archive.add(tar, "manifest.json", whole.dump())

    written = archive.write(tmp_path / "evil.backup", safe.lock, about, fill)
    with pytest.raises(Refused, match="no backup holds"):
        restoring.restore(settings, "test", Source(file=written.file, key=safe.key))
    assert {file.name for file in tmp_path.rglob("*") if file.is_file()} == {"evil.backup"}


_X = hashlib.sha256(b"x").hexdigest()
