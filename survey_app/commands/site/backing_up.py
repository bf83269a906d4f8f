"""`cchc backup`, `cchc restore`: a copy of the whole site, and a site of a copy."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

import click

from survey_app.commands.opened import (
    AS_JSON,
    failing_plainly,
    out_json,
    private_settings,
    say,
    unmigrated,
    who,
)
from survey_app.commands.permitted import needs
from survey_app.upkeep import archive, backing_up, checking, nightly, pruning, restoring
from survey_app.upkeep.about import Manifest
from survey_app.upkeep.age import Key, Lock, identities, passphrase_in, recipients_in
from survey_app.upkeep.backing_up import Made, Wanted
from survey_app.upkeep.restoring import Restored, Source
from survey_app.web import House

Locks = tuple[Lock, Lock | None]
"""To whom a backup is encrypted, and to whom the file of its keys, where that is another."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
RECIPIENT = click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="AGE1...",
    help="A public key of age that may open the backup; may be given several times.",
)
KEY_RECIPIENT = click.option(
    "--key-recipient",
    "key_recipients",
    multiple=True,
    metavar="AGE1...",
    help="A public key that may open FILE.key instead: of somebody else.",
)
PASSPHRASE = click.option(
    "--passphrase-file",
    type=_FILE,
    help="A file whose first line is the passphrase, readable by its owner only.",
)
RECIPIENTS_FILE = click.option(
    "--recipients-file",
    type=_FILE,
    help="A file of public keys, a line each, its owner's alone; `keys age1...` opens FILE.key.",
)
IDENTITY = click.option(
    "--identity", type=_FILE, help="The file of the private key that opens the backup."
)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@RECIPIENT
@KEY_RECIPIENT
@PASSPHRASE
@RECIPIENTS_FILE
@IDENTITY
@click.option(
    "--keep",
    type=click.IntRange(1),
    help="FILE is a folder: name the backup by its time, keep so many that were made like this.",
)
@click.option("--verify", is_flag=True, help="Check a backup instead of making one.")
@click.option("--prune", is_flag=True, help="Delete what is past its time; FILE is a folder.")
@click.option("--dry-run", is_flag=True, help="With --prune: say what would be deleted.")
@AS_JSON
@needs("backup.make")
@failing_plainly
def backup_(  # noqa: PLR0913 - one command, as administrators know it
    file: Path,
    recipients: tuple[str, ...],
    key_recipients: tuple[str, ...],
    passphrase_file: Path | None,
    recipients_file: Path | None,
    identity: Path | None,
    *,
    keep: int | None,
    verify: bool,
    prune: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Copy the whole site into FILE, encrypted, while it is used (sao lưu).

    Beside it comes FILE.key with the keys of the site: keep the two apart. Where nothing says who
    may open it, a passphrase is asked for. `cchc keys new-backup` makes a pair of keys.
    """
    if prune:
        _prune(file, dry_run=dry_run)
    elif verify:
        _verify(file, identity, passphrase_file, as_json=as_json)
    else:
        locks = locks_of(recipients, key_recipients, passphrase_file, recipients_file)
        with unmigrated() as here:
            if keep:
                _make_and_thin(here, file, locks, keep, as_json=as_json)
            else:
                back_up(here, file, locks, as_json=as_json)


def back_up(house: House, file: Path, locks: Locks, *, as_json: bool = False) -> None:
    """Make a backup and tell of it."""
    lock, key_lock = locks
    wanted = Wanted(file=file, lock=lock, key_lock=key_lock)
    _tell(backing_up.make(house, who(), wanted), as_json=as_json)


def _make_and_thin(house: House, folder: Path, locks: Locks, keep: int, *, as_json: bool) -> None:
    """The backup of a night, and of earlier nights no more than are wanted."""
    backup = nightly.make(house, who(), folder, *locks)
    _tell(backup, as_json=as_json)
    for past in nightly.thin(house, who(), backup, keep):
        say(f"{past.file}: deleted ({past.why})")


def _tell(backup: Made, *, as_json: bool) -> None:
    manifest = backup.manifest
    if as_json:
        out_json(_summary(manifest) | {"file": str(backup.file), "key_file": str(backup.key_file)})
    if backup.mixed is None:
        say("the tables are of an earlier version: nothing could be mixed before this backup")
    for sha256 in manifest.missing:
        say(f"warning: evidence {sha256} was taken away meanwhile, or was not there")
    say(f"{backup.file}: {backup.file.stat().st_size / 2**20:.1f} MB, read back whole")
    say(f"{backup.key_file}: the keys. Keep it apart from {backup.file.name}, with somebody else")


def _verify(file: Path, identity: Path | None, passphrase: Path | None, *, as_json: bool) -> None:
    if not file.is_file():
        raise click.ClickException(f"{file} is not there")
    if archive.about_of(file).holds == "keys":
        archive.look_at(file)
        say(f"{file}: the keys of a backup, as they were written")
        return
    manifest = checking.verify(file, _key(identity, passphrase))
    if as_json:
        out_json(_summary(manifest))
    say(f"{file}: whole, {len(manifest.parts)} parts, made {manifest.about.made_at}")


def _summary(manifest: Manifest) -> dict[str, object]:
    about = manifest.about
    return {
        "made_at": about.made_at,
        "program": about.program,
        "schema": about.schema,
        "kind": about.kind,
        "parts": len(manifest.parts),
        "bytes": sum(part.size for part in manifest.parts.values()),
        "waves": {wave.name: wave.state for wave in about.waves},
        "counts": manifest.counts,
    }


def _prune(folder: Path, *, dry_run: bool) -> None:
    if not folder.is_dir():
        raise click.ClickException(f"{folder} is no folder: give the one with the backups")
    with unmigrated() as here:
        told = pruning.prune(here, who(), folder, really=not dry_run)
    for each in told.past:
        say(f"{each.file}: {'would be ' if dry_run else ''}deleted ({each.why})")
    if told.needs_newer:
        raise click.ClickException(
            "nothing was deleted: make a new backup first, so that one is left"
        )
    say(f"{len(told.past)} backups are past their time, {told.kept} are kept")


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--keys", "key_file", type=_FILE, help="The file of its keys; else FILE.key.")
@IDENTITY
@click.option("--key-identity", type=_FILE, help="The private key for FILE.key, if another.")
@PASSPHRASE
@click.option("--without-keys", is_flag=True, help="Go on without FILE.key.")
@needs("site.run")
@failing_plainly
def restore_(
    file: Path,
    key_file: Path | None,
    identity: Path | None,
    key_identity: Path | None,
    passphrase_file: Path | None,
    *,
    without_keys: bool,
) -> None:
    """Put a backup back (phục hồi): into an empty site only, as a whole or not at all."""
    beside = file.with_name(f"{file.name}.key")
    key_file = key_file or (beside if beside.is_file() else None)
    if key_file is None and not without_keys:
        raise click.ClickException(
            f"{beside} is not there: give it by --keys. Without it (--without-keys) ballots that "
            "were still sealed need the recovery key or are lost, phones' codes are set up anew, "
            "and the office's log cannot be checked up to now"
        )
    source = Source(
        file=file,
        key=_key(identity, passphrase_file),
        key_file=None if without_keys else key_file,
        key_key=Key(identities=_identities(key_identity)) if key_identity else None,
    )
    _tell_restored(restoring.restore(private_settings(), who(), source))


def _tell_restored(restored: Restored) -> None:
    about = restored.manifest.about
    say(f"the site is as it was at {about.made_at}: {len(about.waves)} waves")
    if restored.given_up:
        say(f"{restored.given_up} jobs that waited or ran are ended: ask for them again")
    if not restored.has_secrets:
        say("its keys are not restored: administrators set up the codes of their phones anew")
    if lost := len(restored.unreadable - restored.recoverable):
        say(f"ballots of {lost} epochs are sealed and their keys are not here: `cchc keys check`")
    if restored.recoverable:
        say("ballots are sealed whose keys the recovery key gives back: `cchc keys recover`")
    if any(name.startswith("files/questionnaires/") for name in restored.manifest.parts):
        say("the site's own studies are in CCHC_DATA/questionnaires: CCHC_QUESTIONNAIRES names it")
    for name, value in restored.manifest.settings.items():
        if os.environ.get(name, "") != value:
            say(f"setting then: {name}={value}")
    for wave in about.waves:
        if wave.state == "open":
            say(
                f"wave {wave.name} is open in this backup: whoever sent a form after "
                f"{about.made_at} can, and has to, send it again"
            )
    say("everybody signs in anew. Next: `cchc audit check`, `cchc keys check`, `cchc db check`")


def locks_of(
    recipients: tuple[str, ...],
    key_recipients: tuple[str, ...],
    passphrase_file: Path | None,
    recipients_file: Path | None,
) -> Locks:
    """To whom a backup is encrypted, and to whom the file of its keys, where that is another.

    Raises
    ------
    click.ClickException
    Refused
    """
    listed, listed_for_keys = recipients_in(recipients_file) if recipients_file else ((), ())
    for_keys = (*key_recipients, *listed_for_keys)
    lock = _lock((*recipients, *listed), passphrase_file)
    return lock, Lock(recipients=for_keys) if for_keys else None


def _lock(recipients: tuple[str, ...], passphrase_file: Path | None) -> Lock:
    """The first of them; a passphrase is asked for where nothing is said."""
    if recipients or passphrase_file:
        typed = passphrase_in(passphrase_file) if passphrase_file else ""
        return Lock(recipients=recipients, passphrase=typed)
    if not sys.stdin.isatty():
        raise click.ClickException(
            "say who may open it: --recipient or --recipients-file (`cchc keys new-backup` makes "
            "one), or --passphrase-file"
        )
    typed = getpass.getpass("Passphrase: ")
    if getpass.getpass("Again: ") != typed:
        raise click.ClickException("the two are not the same: nothing was made")
    return Lock(passphrase=typed)


def _key(identity: Path | None, passphrase_file: Path | None) -> Key:
    if identity:
        return Key(identities=_identities(identity))
    if passphrase_file:
        return Key(passphrase=passphrase_in(passphrase_file))
    if not sys.stdin.isatty():
        raise click.ClickException("give what opens it: --identity or --passphrase-file")
    return Key(passphrase=getpass.getpass("Passphrase: "))


def _identities(file: Path) -> tuple[str, ...]:
    return identities(file.read_text(encoding="utf-8").splitlines())
