"""`cchc analyst`, `db`, `serve`, `demo`: the house itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from survey_app.commands.opened import failing_plainly, house, private_settings, say, who
from survey_app.commands.starting import make_ready
from survey_app.serving.limits import THREADS
from survey_app.serving.processes import listener, serve, usual_processes
from survey_app.store import analysts, audit, migrate, waves
from survey_app.store.analysts import NameTaken, NoSuchAnalyst, PasswordTooShort
from survey_app.store.counts import recount
from survey_app.store.database import Database
from survey_app.web import House

HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
)
PORT = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port."
)


@click.group("analyst")
def analyst_() -> None:
    """Accounts of the office (tài khoản cán bộ phân tích)."""


@analyst_.command()
@click.argument("name")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the password from the first line of a file; asked for otherwise.",
)
@failing_plainly
def add(name: str, password_file: Path | None) -> None:
    """Make an account."""
    if password_file:
        password = password_file.read_text(encoding="utf-8").partition("\n")[0]
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    with house() as here, here.database.writing() as connection:
        try:
            analysts.add(connection, name, password, here.stamp())
        except NameTaken as error:
            raise click.ClickException(f"there is an analyst `{name}` already") from error
        except PasswordTooShort as error:
            raise click.ClickException(str(error)) from error
        audit.append(connection, who(), "analyst-add", name, here.stamp())
    say(f"{name} can sign in at /quan-tri")


@analyst_.command()
@click.argument("name")
@failing_plainly
def disable(name: str) -> None:
    """Close an account; whoever is signed in by it is out."""
    with house() as here, here.database.writing() as connection:
        try:
            analysts.disable(connection, name, here.stamp())
        except NoSuchAnalyst as error:
            raise click.ClickException(f"there is no analyst `{name}`") from error
        audit.append(connection, who(), "analyst-disable", name, here.stamp())
    say(f"{name} can no longer sign in")


@click.group("db")
def db_() -> None:
    """The store."""


@db_.command()
@failing_plainly
def upgrade() -> None:
    """Bring the tables up to date. Every command does so by itself."""
    with house() as here:
        say(f"the store is at {migrate.current(here.database)}")


@db_.command()
@click.option("--mend", is_flag=True, help="Keep what the recount gives, where they differ.")
@failing_plainly
def check(*, mend: bool) -> None:
    """Compare the counts that are kept of every wave with a recount of its cases and ballots."""
    with house() as here:
        with here.database.reading() as connection:
            found = {
                wave: recount.differences(connection, wave.id) for wave in waves.list_(connection)
            }
        for wave, lines in found.items():
            for line in lines:
                click.echo(f"{wave.name}: {line}")
            if lines and mend:
                with here.database.writing() as connection:
                    recount.mend(connection, wave.id)
                    audit.append(connection, who(), "counts-mend", wave.name, here.stamp())
    different = sum(bool(lines) for lines in found.values())
    if different and not mend:
        raise click.ClickException(
            f"the counts of {different} waves differ from a recount: mend them with --mend"
        )
    say(f"the counts of {len(found)} waves are those of a recount" + (", now" if different else ""))


@click.command("serve")
@HOST
@PORT
@click.option(
    "--processes",
    default=usual_processes,
    show_default="2 where there are two processors, else 1",
    type=click.IntRange(1, 64),
    help="Processes that share the port (Windows: 1).",
)
@click.option(
    "--threads",
    default=THREADS,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Requests answered at once by each process.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(0, 16),
    help="Processes beside them that do what takes long; 0: another machine (cchc jobs work).",
)
@failing_plainly
def serve_(host: str, port: int, processes: int, threads: int, workers: int) -> None:
    """Serve the site by waitress."""
    settings = private_settings()
    make_ready(settings)
    with closing(Database(settings.database_url)) as database:
        try:
            for key in House(settings, database).mixer.epochs.prepare():
                say(str(key))
        except OSError as error:
            raise click.ClickException(
                f"the keys that ballots are sealed to cannot be kept in {settings.keys_folder} "
                f"({error.strerror or error}): see that there is room and that it may be written"
            ) from error
    try:
        heard = listener(host, port)
    except OSError as error:
        raise click.ClickException(
            f"port {port} on {host} cannot be used ({error.strerror}): "
            "stop what uses it, or give --port"
        ) from error
    say(f"http://{host}:{port}")
    serve(settings, heard, processes, threads, workers)


@click.command("demo")
@HOST
@PORT
@click.option("--stop", is_flag=True, help="End when everything is made, instead of serving on.")
@failing_plainly
def demo_(host: str, port: int, *, stop: bool) -> None:
    """Make a whole invented wave and serve it; run it again to go on where it was."""
    from survey_app.demo import run

    run.run(private_settings(), host, port, stay=not stop)
