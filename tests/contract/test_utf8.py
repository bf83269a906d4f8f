"""What both entry points print is UTF-8 in every console, and in files and pipes behind them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENTRIES = {
    "cchc": ["-m", "survey_app.commands.cli"],
    "analysis": ["-m", "analysis"],
}
SAID = {
    "the help": ("cchc", ["--help"], "đợt điều tra"),
    "a command's help": ("cchc", ["event", "add", "--help"], "CASE"),
    "events": ("cchc", ["event", "kinds"], "Từ chối"),
    "a program's events": ("cchc", ["event", "kinds", "--json"], "Từ chối"),
    "waves": (
        "cchc",
        ["wave", "list"],
        "dot-nam-nay\tplanned\tsonla/2025-department\t2025\tĐợt năm nay",
    ),
    "a fault": ("cchc", ["check", "ế.yaml"], "ế.yaml"),
    "an explanation": (
        "analysis",
        ["explain", "tests/reference/edge", "E1_regular", "C01"],
        "2 × 0.618799",
    ),
    "an unknown unit": ("analysis", ["explain", "tests/reference/edge", "Sở Nội vụ"], "Sở Nội vụ"),
    "a folder": ("analysis", ["score", "thư mục", "--out", "kết quả"], "thư mục"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> dict[str, str]:
    """An installation with a wave of a Vietnamese name."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "CCHC_DATA": str(folder), "CCHC_DATABASE": ""}
    made = ["wave", "create", "dot-nam-nay", "--study", "sonla/2025-department", "--year", "2025"]
    made += ["--title", "Đợt năm nay"]
    subprocess.run([sys.executable, *ENTRIES["cchc"], *made], cwd=ROOT, env=environment, check=True)
    return environment


@pytest.mark.parametrize("console", ["cp1258:strict", "ascii:strict"])
@pytest.mark.parametrize("what", SAID)
def test_what_is_printed_into_a_file_is_utf8(site, tmp_path, what, console):
    entry, arguments, said = SAID[what]
    environment = {**site, "PYTHONIOENCODING": console}
    file = tmp_path / "out"
    with file.open("wb") as out:
        subprocess.run(
            [sys.executable, *ENTRIES[entry], *arguments],
            cwd=ROOT, env=environment, stdout=out, stderr=out, check=False,
        )  # fmt: skip
    printed = file.read_bytes().decode("utf-8")
    assert "Traceback" not in printed
    assert said in printed
