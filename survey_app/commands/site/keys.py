"""`cchc keys`: the keys that ballots are sealed to, until they are mixed."""

from __future__ import annotations

import re
import sys

import click

from survey_app.commands.opened import AS_JSON, WAVE, failing_plainly, house, out_json, say, who
from survey_app.commands.permitted import needs
from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.ballot_sealing import SealBroken
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.log import audit
from survey_app.web import House


@click.group("keys")
def keys_() -> None:
    """The keys that ballots are sealed to, until they are mixed (khóa niêm phong phiếu)."""


@keys_.command("new-recovery")
@needs("keys.manage")
@failing_plainly
def new_recovery() -> None:
    """Make a pair of recovery keys (khóa dự phòng) and print both halves. Nothing is stored.

    The private half is for the office, on paper or a stick, away from the machine. The public half
    goes into CCHC_RECOVERY_KEY.
    """
    private = ballot_sealing.new_private_key()
    click.echo(f"CCHC_RECOVERY_KEY={ballot_sealing.public_key(private).hex()}")
    click.echo(f"private {private.hex()}")
    say(
        "Set CCHC_RECOVERY_KEY for the site before the wave opens. Write the private half down, or "
        "keep it on a stick, where neither the machine nor its backups are; never store it here. "
        "Who has it and an old copy of the database can open what was sealed then: destroy it when "
        "the wave is closed."
    )


@keys_.command("new-backup")
@needs("backup.make")
@failing_plainly
def new_backup() -> None:
    """Make a pair of keys for backups and print both halves. Nothing is stored.

    The public half is for `cchc backup --recipient`. The private half opens them: it is kept away
    from the machine, and a new pair is made for each wave.
    """
    from survey_app.upkeep import age

    private, public = age.new_pair()
    click.echo(f"# public key: {public}")
    click.echo(private)
    say(
        "Keep these lines in a file away from this machine and from its backups. Whoever has the "
        "private key opens every backup that was encrypted to it; destroying it when the wave has "
        "ended destroys all of them, wherever copies lie."
    )


@keys_.command()
@AS_JSON
@needs("keys.manage")
@failing_plainly
def check(*, as_json: bool) -> None:
    """Tell whether every key is here that ballots are sealed to; status 1 when one is not."""
    with house() as here:
        lines = _lines(here)
        lost = here.mixer.epochs.lost()
    if as_json:
        out_json(lines)
    else:
        click.echo("wave\tepoch\tballots\tkey")
        for line in lines:
            click.echo("\t".join(str(value) for value in line.values()))
    if lost:
        raise click.ClickException("\n".join(map(str, lost)))


def _lines(here: House) -> list[dict[str, object]]:
    with here.database.reading() as connection:
        names = {wave.id: wave.name for wave in waves.list_(connection)}
        epochs = ballot_box.epochs(connection)
        counts = {e.id: len(ballot_box.waiting(connection, [e.id])) for e in epochs}
    return [
        {
            "wave": names[epoch.wave_id],
            "epoch": epoch.id,
            "ballots": counts[epoch.id],
            "key": "here" if here.mixer.epochs.keys.has(epoch.id, epoch.public_key) else "missing",
        }
        for epoch in epochs
        if not epoch.given_up or counts[epoch.id]
    ]


@keys_.command()
@needs("keys.manage")
@failing_plainly
def recover() -> None:
    """Put missing keys back, with the private recovery key: asked for, or read from stdin."""
    if sys.stdin.isatty():
        typed = click.prompt("Private recovery key", hide_input=True, err=True)
    else:
        typed = sys.stdin.readline()
    words = typed.strip().lower().removeprefix("private").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", words):
        raise click.ClickException(
            "a private recovery key has 64 characters, 0 to 9 and a to f: type what "
            "`cchc keys new-recovery` printed after `private`"
        )
    with house() as here:
        try:
            back = here.mixer.epochs.recover(bytes.fromhex(words))
        except SealBroken as error:
            raise click.ClickException(
                "this is not the recovery key that was set when the missing keys were made"
            ) from error
        if back:
            with here.database.writing() as connection:
                audit.append(connection, who(), "keys-recover", str(back), here.stamp())
        lost = here.mixer.epochs.lost()
    say(f"{back} keys are back")
    if lost:
        raise click.ClickException("\n".join(map(str, lost)))


@keys_.command()
@needs("keys.manage")
@failing_plainly
def mix() -> None:
    """Mix now what can be mixed of every open wave, without waiting for the site to do so."""
    with house() as here:
        lost = here.mixer.epochs.prepare()
        mixed = here.mixer.mix_all(wait=True)
    for key in lost:
        say(str(key))
    say(f"{mixed} ballots were mixed")


@keys_.command("give-up")
@WAVE
@click.option("--yes", "sure", is_flag=True, help="Do not ask.")
@needs("keys.manage")
@failing_plainly
def give_up(name: str, *, sure: bool) -> None:
    """Throw away the ballots of a closed wave whose keys are lost for good.

    Without this the wave cannot be released. They count as not answered; how many they were stands
    in the audit log.
    """
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
        if wave.state != "closed":
            raise click.ClickException(f"wave `{name}` is {wave.state}: close it first")
        lost = len(here.mixer.unreadable(wave))
        if not lost:
            raise click.ClickException(f"every sealed ballot of wave `{name}` can be opened")
        if not sure:
            click.confirm(f"Throw {lost} ballots of {name} away for good?", abort=True, err=True)
        gone = here.mixer.give_up(wave)
        with here.database.writing() as connection:
            audit.append(connection, who(), "keys-give-up", f"{name} {gone}", here.stamp())
    say(f"{gone} ballots are given up")
