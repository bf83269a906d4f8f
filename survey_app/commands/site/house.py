"""`cchc db`, `serve`, `demo`: the house itself."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import click

from survey_app.commands.opened import failing_plainly, house, private_settings, say, who
from survey_app.commands.permitted import needs
from survey_app.commands.starting import make_ready, pausing, tell_of_sign_in
from survey_app.serving.limits import THREADS
from survey_app.serving.processes import listener, serve, usual_processes
from survey_app.settings import IS_CHECKOUT
from survey_app.store import waves
from survey_app.store.counts import recount
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.watching import logs
from survey_app.web import House

HOST = click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
)
PORT = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port."
)


@click.group("db")
def db_() -> None:
    """The store."""


@db_.command()
@needs("site.run")
@failing_plainly
def upgrade() -> None:
    """Make the tables of an empty store. Those of one with rows: `cchc upgrade`."""
    with house() as here:
        say(f"the store is at {migrate.current(here.database)}")


@db_.command()
@click.option("--mend", is_flag=True, help="Keep what the recount gives, where they differ.")
@needs("site.run")
@failing_plainly
def check(*, mend: bool) -> None:
    """Compare the counts that are kept of every wave with a recount of its cases and ballots."""
    with house() as here:
        with here.database.reading() as connection:
            differences = {
                wave: recount.differences(connection, wave.id) for wave in waves.list_(connection)
            }
        for wave, lines in differences.items():
            for line in lines:
                click.echo(f"{wave.name}: {line}")
            if lines and mend:
                with here.database.writing() as connection:
                    recount.mend(connection, wave.id)
                    audit.append(connection, who(), "counts-mend", wave.name, here.stamp())
    different = sum(bool(lines) for lines in differences.values())
    if different and not mend:
        raise click.ClickException(
            f"the counts of {different} waves differ from a recount: mend them with --mend"
        )
    say(
        f"the counts of {len(differences)} waves are those of a recount"
        + (", now" if different else "")
    )


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
@click.option(
    "--pause",
    default=0,
    show_default=True,
    type=click.IntRange(0, 600),
    help="Seconds before it ends where it cannot serve: for whoever starts it anew at once.",
)
@needs("site.run")
@failing_plainly
def serve_(host: str, port: int, processes: int, threads: int, workers: int, pause: int) -> None:
    """Serve the site by waitress."""
    settings = private_settings()
    logs.configure(settings.watching)
    with pausing(pause):
        make_ready(settings)
    tell_of_sign_in(settings)
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
@needs("site.run")
@failing_plainly
def demo_(host: str, port: int, *, stop: bool) -> None:
    """Make a whole invented wave and serve it; run it again to go on where it was."""
    from survey_app.demo import run

    os.environ.setdefault("CCHC_SECOND_FACTOR", "none")  # for the commands that it runs, too
    if not IS_CHECKOUT:
        os.environ.setdefault("CCHC_DATA", str(Path("cchc-demo").resolve()))
    run.run(private_settings(), host, port, stay=not stop)
