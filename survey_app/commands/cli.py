"""`cchc`: run a survey wave of the administrative reform index, from its texts to its scores."""

from __future__ import annotations

import importlib
import sys

import click

_ROOMS = {
    "check": "check",
    "wave": "wave",
    "frame": "sample",
    "sample": "sample",
    "invitations": "invitations",
    "event": "cases",
    "contacts": "cases",
    "self": "points",
    "release": "results",
    "score": "results",
    "merge": "results",
    "report": "results",
    "publish": "results",
    "analyst": "house",
    "audit": "house",
    "db": "house",
    "serve": "house",
    "demo": "house",
}


class Lazy(click.Group):
    """A group that loads a command's module when the command is used: `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which a wave uses them."""
        del ctx
        return list(_ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        del ctx
        if cmd_name not in _ROOMS:
            return None
        module = importlib.import_module(f"survey_app.commands.{_ROOMS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_")
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="cchc")
def main() -> None:
    """Run a survey wave of the administrative reform index (Chỉ số CCHC).

    Check the texts, make and open a wave, import frame and sample, send invitations, and when
    answers are in: release, score, merge with self-assessed points, report, publish.

    Data go to stdout, words to stderr. Settings are read from the environment (CCHC_DATA,
    CCHC_DATABASE, CCHC_SECRET_KEY, CCHC_PUBLIC_URL); none has to be set.
    """


if __name__ == "__main__":
    sys.exit(main())
