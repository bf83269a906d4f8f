"""`cchc`: run a survey wave of the administrative reform index, from its texts to its scores."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from analysis.console import print_in_utf8
from analysis.problems import ProblemsFound
from survey_app.commands.permitted import guarded
from survey_app.file_modes import owner_only
from survey_app.installation import settings_file

_COMMANDS = {
    "check": ("studies.check", "Check index definitions, questionnaires, scales and units."),
    "preview": (
        "studies.preview",
        "Show a questionnaire as respondents see it (xem thử phiếu khảo sát).",
    ),
    "wave": ("waves.wave", "Make, open and close waves (đợt điều tra)."),
    "frame": ("people.sample", "How many there are to be asked (dàn mẫu)."),
    "sample": ("people.sample", "Who was drawn (mẫu điều tra)."),
    "invitations": ("people.invitations", "The links that go out (thư mời)."),
    "remind": ("people.reminding", "Remind those who have not answered (nhắc trả lời)."),
    "keys": (
        "site.keys",
        "Keys that ballots are sealed to until they are mixed (khóa niêm phong).",
    ),
    "event": ("people.cases", "Note what happened to a case (kết quả tiếp cận)."),
    "contacts": ("people.cases", "Names and phone numbers of the cases (thông tin liên hệ)."),
    "self": (
        "scores.points",
        "Self-assessed and appraised points, in Excel (tự đánh giá, thẩm định).",
    ),
    "quality": ("scores.quality", "Check a closed wave (kiểm tra chất lượng)."),
    "release": ("scores.results", "Write a wave as a folder of files (bộ dữ liệu)."),
    "score": ("scores.results", "Score the survey portion (điểm điều tra xã hội học)."),
    "merge": ("scores.results", "Score, and merge with the other points (tổng hợp điểm)."),
    "sensitivity": ("scores.examining", "How far results depend on choices (độ nhạy)."),
    "compare": ("scores.examining", "Compare with an earlier year (so sánh với năm trước)."),
    "report": ("scores.reporting", "Write reports, a workbook or a table (báo cáo)."),
    "open-data": (
        "scores.open_data",
        "Write anonymised answers and published results as one archive (dữ liệu mở).",
    ),
    "prepare": (
        "scores.publication",
        "Prepare results for somebody else to approve (trình công bố).",
    ),
    "approve": ("scores.publication", "Show what was prepared to everyone (phê duyệt, công bố)."),
    "send-back": ("scores.publication", "Give prepared results back (trả lại)."),
    "withdraw": ("scores.publication", "Withdraw what is public (thu hồi)."),
    "account": ("site.account", "Accounts of the office (tài khoản)."),
    "audit": ("site.audit_log", "The log of what the office did (nhật ký)."),
    "jobs": ("site.jobs", "Work that runs by itself (công việc)."),
    "db": ("site.house", "The store's tables."),
    "backup": ("site.backing_up", "Copy the whole site, encrypted (sao lưu)."),
    "upgrade": ("site.upgrading", "Bring the tables to this version (nâng cấp)."),
    "restore": ("site.backing_up", "Put a backup back into an empty site (phục hồi)."),
    "init": ("site.installing", "Make the folder of a new site (tạo hệ thống mới)."),
    "doctor": ("site.installing", "Look at a site and say what to mend (khám hệ thống)."),
    "deploy": ("site.installing", "Print systemd units, nginx, Caddy, containers (triển khai)."),
    "serve": ("site.house", "Serve the site."),
    "demo": ("site.house", "Make and serve a whole invented wave."),
}
"""Command -> its module, and its line in the help: `--help` loads no module."""


class Lazy(click.Group):
    """A group that loads a command's module only when the command is used."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run it, as Click calls it: in UTF-8, and what it writes is for its owner only."""
        print_in_utf8()
        with owner_only():
            return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which a wave uses them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"survey_app.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_")
        return guarded(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="cchc")
@click.option(
    "--site",
    type=click.Path(file_okay=False, path_type=Path),
    envvar=settings_file.SITE,
    help="The folder of the site, as `cchc init` made it; default: this one, if it is one.",
)
def main(site: Path | None) -> None:
    """Run a survey wave of the administrative reform index (Chỉ số CCHC).

    Check the texts, make and open a wave, import frame and sample, send invitations, and when
    answers are in: release, score, merge with self-assessed points, report, prepare, approve.

    Data go to stdout, words to stderr. Settings are read from the site's cchc.env and from the
    environment (CCHC_DATA, CCHC_DATABASE, CCHC_SECRET_KEY, CCHC_PUBLIC_URL), which comes first.
    """
    if site is None and os.access(settings_file.NAME, os.R_OK):
        site = Path()
    if site is not None:
        try:
            settings_file.load(site, os.environ)
        except ProblemsFound as error:
            raise click.ClickException(f"\n{error}") from error


if __name__ == "__main__":
    sys.exit(main())
