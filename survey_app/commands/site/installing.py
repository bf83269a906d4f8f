"""`cchc init`, `doctor`, `deploy`: a site's folder, its health, and what stands around it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click

from analysis.problems import Problem, ProblemsFound
from survey_app import file_modes
from survey_app.commands.opened import AS_JSON, failing_plainly, out_json, say
from survey_app.commands.permitted import needs
from survey_app.installation import deploying, machine, outside, settings_file, stored
from survey_app.installation import folder as site_folder
from survey_app.installation.finding import Finding
from survey_app.settings import QUESTIONNAIRES, Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.log import audit
from survey_app.web import House

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")
"""What units and proxies take without quotes, which each of them writes in its own way."""

_FOR_ALL = 0o644
"""Whoever runs systemd, a proxy or a container reads them; no secret stands in them."""

_MARKS = {"ok": "ok  ", "warn": "WARN", "bad": "BAD "}


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--url",
    default=Settings.public_url,
    help="Where respondents will reach the site, such as https://khaosat.example.vn.",
)
@click.option("--database", default="", help="A PostgreSQL database; default: SQLite in FOLDER.")
@needs("site.run")
@failing_plainly
def init_(folder: Path, url: str, database: str) -> None:
    """Make the folder of a new site: settings, questionnaires, data (tạo hệ thống mới)."""
    whole = folder.resolve()
    site = site_folder.Site(public_url=url.rstrip("/"), database_url=database)
    try:
        site_folder.make(whole, site, QUESTIONNAIRES, _begin)
    except site_folder.NotEmpty as error:
        raise click.ClickException(
            f"{whole} is not empty, and nothing was made: name a new folder; "
            f"`cchc --site {whole} doctor` looks at a site that is there"
        ) from error
    say(f"A site was made in {whole}. What comes next:")
    say(f"  1. read {whole / settings_file.NAME}, where each setting is explained, and change it")
    say(f"  2. cchc --site {whole} doctor            says what is still missing")
    say(f"  3. cchc --site {whole} deploy systemd    and nginx, caddy or compose")
    say(f"  4. cchc --site {whole} serve             prints the code of the first administrator")


def _begin(folder: Path) -> None:
    """Make the store of a new site, so that its settings are known to be right."""
    said = settings_file.read(folder / settings_file.NAME)
    settings = Settings.from_environment(said)
    with closing(Database(settings.database_url)) as database:
        if migrate.current(database) is not None:
            help_ = "name another database, or leave it out"
            message = "there is a site in this database already"
            raise ProblemsFound([Problem("setting", message, "--database", help=help_)])
        migrate.upgrade(database)


@click.command("doctor")
@click.option("--inside", is_flag=True, help="Ask nothing of the public address.")
@AS_JSON
@needs("health.see")
@failing_plainly
def doctor_(*, inside: bool, as_json: bool) -> None:
    """Look at a site and say what to mend; status 1 where something is bad (khám hệ thống)."""
    findings = list(_findings(inside=inside))
    if as_json:
        out_json([asdict(each) for each in findings])
    else:
        for each in findings:
            click.echo(f"{_MARKS[each.kind]}  {each.about}: {each.said}")
            if each.help:
                click.echo(f"      -> {each.help}")
    worst = sum(each.kind == "bad" for each in findings)
    if worst:
        raise click.ClickException(f"{worst} of {len(findings)} are bad: mend them first")


def _findings(*, inside: bool) -> Iterator[Finding]:
    settings = Settings.from_environment()
    site = os.environ.get(settings_file.SITE)
    yield from machine.folders(settings, Path(site) if site else None)
    yield from machine.disk(settings)
    yield from machine.open_files()
    with closing(Database(settings.database_url)) as database:
        looked_at = list(stored.database(House(settings, database)))
        yield from looked_at
        is_whole = not any(each.kind != "ok" and each.about == "database" for each in looked_at)
        yield from machine.clock(_latest(database) if is_whole else None)
        if is_whole:
            yield from stored.keys(House(settings, database))
            yield from stored.backups(House(settings, database))
    if not inside:
        yield from outside.seen(settings)


def _latest(database: Database) -> str | None:
    """When the newest line of the log was written."""
    try:
        with database.reading() as connection:
            lines = audit.last(connection, 1)
    except StoreBusy:
        return None
    return lines[0].at if lines else None


@click.command("deploy")
@click.argument("way", type=click.Choice(list(deploying.WAYS)))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write files here.")
@click.option("--user", default="cchc", show_default=True, help="The account that runs the site.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--certificate", default="", help="The file of the certificate and its chain.")
@click.option("--certificate-key", default="", help="The file of its key.")
@click.option(
    "--backups",
    default="/var/backups/cchc",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that nightly backups go to.",
)
@click.option("--by-passphrase", is_flag=True, help="They are opened by FOLDER/backup-passphrase.")
@needs("site.run")
@failing_plainly
def deploy_(
    way: str,
    out: Path | None,
    user: str,
    port: int,
    *,
    certificate: str,
    certificate_key: str,
    backups: Path,
    by_passphrase: bool,
) -> None:
    """Print what stands around a site: systemd units, nginx, Caddy, containers (triển khai)."""
    site = os.environ.get(settings_file.SITE)
    if not site:
        raise click.ClickException("name the folder of the site: `cchc --site FOLDER deploy ...`")
    around = deploying.Around(
        folder=Path(site),
        settings=Settings.from_environment(),
        program=Path(sys.prefix) / "bin" / "cchc",
        user=user,
        port=port,
        certificate=certificate,
        certificate_key=certificate_key,
        backups=backups,
        by_passphrase=by_passphrase,
    )
    _refuse_odd(around)
    files = around.files(way)
    if out is None:
        for text in files.values():
            click.echo(text)
        return
    written = [out / name for name in files if (out / name).exists()]
    if written:
        raise click.ClickException(f"{written[0]} is there already, and nothing was written")
    file_modes.make_folder(out)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
        (out / name).chmod(_FOR_ALL)
        say(f"wrote {out / name}")


def _refuse_odd(around: deploying.Around) -> None:
    """Refuse what the files would have to quote, each in its own way, and a site without a name."""
    words = [around.folder, around.program, around.user, around.backups]
    words += [each for each in (around.certificate, around.certificate_key) if each]
    for word in map(str, words):
        if not _PLAIN_PATH.fullmatch(word):
            raise click.ClickException(
                f"`{word}` has letters that such files would read differently: "
                "use a path of letters a to z, digits, `.`, `_` and `-`"
            )
    if urlsplit(around.settings.public_url).scheme != "https":
        raise click.ClickException(
            f"respondents need HTTPS, and CCHC_PUBLIC_URL is {around.settings.public_url}: "
            f"set it in {around.folder / settings_file.NAME}"
        )
