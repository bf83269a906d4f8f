from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from survey_app.commands.cli import main

STUDY = "sonla/2025-department"


@pytest.fixture
def cchc(tmp_path: Path) -> Callable[..., Result]:
    """cchc("wave", "list"): a command on an installation of this test's own."""

    def run(*arguments: object, ok: bool = True, answer: str | None = None) -> Result:
        environment = {
            "CCHC_DATA": str(tmp_path / "data"),
            "CCHC_DATABASE": "",
            "CCHC_SECRET_KEY": "",
            "CCHC_PUBLIC_URL": "https://khaosat.vn",
        }
        result = CliRunner(env=environment).invoke(main, [str(each) for each in arguments], answer)
        unexpected = result.exception and not isinstance(result.exception, SystemExit)
        assert not unexpected, repr(result.exception)
        assert (result.exit_code == 0) is ok, result.output
        return result

    return run


@pytest.fixture
def wave(cchc: Callable[..., Result]) -> str:
    """A planned wave of the departments of 2025."""
    cchc("wave", "create", "d25", "--study", STUDY, "--year", 2025)
    return "d25"
