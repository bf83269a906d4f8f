"""The machine that a site stands on: its folders, disk, clock, and how many files it may open."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from survey_app import file_modes
from survey_app.installation import deploying, settings_file
from survey_app.installation.finding import Finding, bad, ok, warn
from survey_app.serving import limits
from survey_app.settings import Settings

GIGABYTE = 10**9
LITTLE_ROOM = 2 * GIGABYTE
"""A wave of a province with its releases, results and one backup takes less."""

NO_ROOM = GIGABYTE // 2

FEW_CONNECTIONS = 1000
"""So many phones keep a connection open in the first hour after letters went out."""

_BY_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "glusterfs", "ceph"}
"""File systems on which SQLite's locks are not to be trusted."""


def folders(settings: Settings, site: Path | None) -> Iterator[Finding]:
    """Whether anybody but the site's account can look into its folders."""
    private = [settings.data_folder, settings.log_folder]
    files = [site / settings_file.NAME, settings.data_folder / "secret-key"] if site else []
    locks = (site / name for name in deploying.LOCKS) if site else ()
    files += [file for file in locks if file.exists()]
    for path in [*dict.fromkeys(private), *files]:
        if not path.exists():
            if path.suffix != ".env" and path.name != "secret-key":
                help_ = "`cchc db upgrade` makes it"
                yield warn("folders", f"{path} is not there", help_)
        elif file_modes.is_open(path):
            mode = "700" if path.is_dir() else "600"
            yield bad("folders", f"others can read {path}", f"run `chmod {mode} {path}`")
        elif not os.access(path, os.W_OK):
            said = f"this account cannot write {path}"
            yield bad("folders", said, "run this as the account of the site, or give it the folder")
        else:
            yield ok("folders", f"{path} is its owner's alone")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        said = "this runs as root: so should the site not"
        yield warn("account", said, "make an account `cchc`, give it the folder, run as it")


def disk(settings: Settings) -> Iterator[Finding]:
    """Whether there is room for a wave."""
    for folder in dict.fromkeys((settings.data_folder, settings.log_folder)):
        if not folder.exists():
            continue
        free = shutil.disk_usage(folder).free
        said = f"{free / GIGABYTE:.1f} GB are free at {folder}"
        if free < NO_ROOM:
            yield bad("disk", said, "make room before a wave opens: ballots could not be stored")
        elif free < LITTLE_ROOM:
            yield warn("disk", said, f"a wave may need {LITTLE_ROOM // GIGABYTE} GB: make room")
        else:
            yield ok("disk", said)
    file = settings.database_file
    kind = file_system(file.parent) if file and file.parent.exists() else ""
    if kind in _BY_NETWORK:
        said = f"the SQLite database is on a file system of the network ({kind})"
        yield bad("disk", said, "move it to a disk of this machine, or use PostgreSQL")


def file_system(folder: Path) -> str:
    """The kind of file system that a folder is on; empty where that cannot be known."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8").splitlines()
    except OSError:
        return ""
    whole = folder.resolve()
    mounts = (line.split() for line in lines)
    above = [(place, kind) for _, place, kind, *_ in mounts if whole.is_relative_to(_plain(place))]
    return max(above, key=lambda each: len(each[0]), default=("", ""))[1]


def _plain(place: str) -> str:
    return place.replace("\\040", " ").replace("\\011", "\t")


def clock(latest: str | None) -> Iterator[Finding]:
    """Whether the clock is kept right, and has not been set back since the last deed."""
    now = datetime.now(UTC)
    zone = time.strftime("%Z %z")
    yield ok(
        "clock", f"it is {now:%d/%m/%Y %H:%M} UTC; times are shown as in Vietnam (here {zone})"
    )
    if latest and datetime.fromisoformat(latest) > now:
        said = f"the log has a line of {latest}, which is later than now: the clock was set back"
        yield bad("clock", said, "set the clock right (timedatectl set-ntp true)")
    kept = _is_synchronised()
    if kept is False:
        said = "nothing keeps the clock right"
        yield warn("clock", said, "run `timedatectl set-ntp true`, or install chrony")
    elif kept:
        yield ok("clock", "the clock is kept right over the network")


def _is_synchronised() -> bool | None:
    """Whether the system says that its clock is synchronised; None where it does not say."""
    program = shutil.which("timedatectl")
    if not program:
        return None
    asked = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(told.stdout.strip())


def open_files() -> Iterator[Finding]:
    """Whether enough connections can be held."""
    limits.open_more_files()
    connections = limits.connections_here()
    said = f"a process may hold {connections} connections"
    if connections < FEW_CONNECTIONS:
        yield warn("files", said, "LimitNOFILE=16384 in the unit, or `ulimit -n 16384`")
    else:
        yield ok("files", said)
