import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from survey_app.commands.cli import main

STUDY = "sonla/2025-department"


Command = Callable[..., Result]


def command(data: Path) -> Command:
    """What runs commands on the installation in a folder."""

    def run(*arguments: object, ok: bool = True, answer: str | None = None) -> Result:
        environment = {
            "CCHC_DATA": str(data),
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
def cchc(tmp_path: Path) -> Command:
    """cchc("wave", "list"): a command on an installation of this test's own."""
    return command(tmp_path / "data")


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation with a planned wave; it is copied, not changed."""
    data = tmp_path_factory.mktemp("planned") / "data"
    command(data)("wave", "create", "d25", "--study", STUDY, "--year", 2025)
    return data


@pytest.fixture
def wave(tmp_path: Path, planned: Path) -> str:
    """A planned wave of the departments of 2025."""
    shutil.copytree(planned, tmp_path / "data")
    return "d25"
