"""A backup or a restoring that is killed leaves nothing that could be taken for a whole one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from tests.mixing.site import Site

KILLED = """
import os, signal, sys
from pathlib import Path
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from survey_app.store.upkeep import putting_back
from survey_app.upkeep import backing_up, restoring
from survey_app.upkeep.age import Key, Lock
from survey_app.web import House

deed, data, url, file, key = sys.argv[1:]
settings = Settings(Path(data), url, "k" * 40)
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if deed == "backup":
    backing_up._put = die
    house = House(settings, Database(url))
    wanted = backing_up.Wanted(file=Path(file), lock=Lock(recipients=(key,)))
    backing_up.make(house, "test", wanted)
else:
    putting_back.put_back = die
    source = restoring.Source(
        file=Path(file), key=Key(identities=(key,)), key_file=Path(file + ".key")
    )
    restoring.restore(settings, "test", source)
"""


def killed(*words: object) -> None:
    command = [sys.executable, "-c", KILLED, *map(str, words)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed so on this system")
def test_what_a_killed_backup_and_a_killed_restoring_leave_is_in_nobodys_way(
    database_url, tmp_path, safe, elsewhere
):
    data = tmp_path / "data"
    (data / "evidence" / "ab").mkdir(parents=True)
    (data / "evidence" / "ab" / "abc").write_bytes(b"signed")
    site = Site(database_url, data)
    site.cast(6)
    safe.folder.mkdir()
    killed("backup", data, database_url, safe.folder / "1.backup", safe.pair[1])
    left = list(safe.folder.iterdir())
    assert left, "it was killed before there was anything to leave"
    assert all(file.name.startswith(".cchc-unfinished-") for file in left)
    for file in left:
        os.utime(file, (time.time() - 86400,) * 2)
    made = safe.back_up(site.house(), "2.backup")
    assert {file.name for file in safe.folder.iterdir()} == {"2.backup", "2.backup.key"}
    assert not list(data.glob(".backup-*")), "what it copied is thrown away"

    killed("restore", elsewhere.data_folder, elsewhere.database_url, made.file, safe.pair[0])
    with closing(Database(elsewhere.database_url)) as database:
        assert migrate.current(database) is None, "no site yet"
    if elsewhere.database_file:
        elsewhere.database_file.unlink()
    safe.restore(made, elsewhere)
    assert (elsewhere.data_folder / "evidence" / "ab" / "abc").read_bytes() == b"signed"
    assert not list(elsewhere.data_folder.glob(".restoring*"))
    site.database.close()
