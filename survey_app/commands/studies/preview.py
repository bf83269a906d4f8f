"""`cchc preview`: an author sees the form as respondents will, and the faults of its file."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from analysis.problems import report
from survey_app.commands.opened import failing_plainly, say
from survey_app.commands.permitted import needs
from survey_app.commands.site.house import HOST, PORT
from survey_app.i18n import VIETNAM

_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")


@click.command("preview")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@HOST
@PORT
@click.option(
    "--year", type=click.IntRange(2000, 2099), help="The year assessed; else read from the name."
)
@click.option(
    "--lang",
    "language",
    type=click.Choice(["vi", "en"]),
    default="vi",
    show_default=True,
    help="The language of the page around the form.",
)
@needs("texts.check")
@failing_plainly
def preview_(file: Path, host: str, port: int, year: int | None, language: str) -> None:
    """Show a questionnaire as respondents see it, and follow its file (xem thử phiếu khảo sát).

    FILE is a questionnaire or the folder of a study. Whenever a file of the study is saved, the
    open page follows; a fault is shown at its line until it is mended. Uses no settings, and no
    store but one of its own, which is gone afterwards. Ctrl-C ends it.
    """
    from survey_app.preview import serving
    from survey_app.preview.files import Target

    target = Target.of(file)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _stop)
    try:
        with serving.previewing(target, year or _year_of(target.study), language) as preview:
            if preview.sandbox.problems:
                say(f"{report(preview.sandbox.problems)}\n")
            site = serving.server(preview, host, port)
            shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # compared
            if int(site.effective_port) != port:  # waitress tells it as text
                say(f"Cổng {port} đang bận (port {port} is taken).")
            say(f"Xem thử (preview): http://{shown}:{site.effective_port}    Ctrl-C: dừng (stop)")
            site.run()  # until it is interrupted: waitress then returns
    except KeyboardInterrupt:
        pass
    say("\nĐã dừng, không lưu lại gì (stopped, nothing is kept).")


def _stop(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _year_of(study: str) -> int:
    """The year in a study's name, else this one."""
    year = _YEAR.search(study)
    return int(year[0]) if year else datetime.now(UTC).astimezone(VIETNAM).year
