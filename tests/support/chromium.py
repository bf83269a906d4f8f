"""A real Chromium for tests: the system's, else Playwright's own.

python -m tests.support.chromium      # says which one is used; installs one where that is possible

CHROMIUM names another program than the first of NAMES, by its path or, for the system's packages
too, by its name: `chromium` is the whole browser, which does what the headless shell leaves out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium-headless-shell",  # a third of the time of the others for each fresh page
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)

FLAGS = [
    "--no-sandbox",  # containers and root have none
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]

FONTS = "fonts-noto-core"
"""They have every Vietnamese letter."""

PACKAGES = (["chromium-headless-shell", FONTS], ["chromium", FONTS])
"""Debian's, in order of preference."""


def system_browser() -> str | None:
    """The program of this system's Chromium, if there is one; the one that CHROMIUM names."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named) or named  # not another in its place: that would go unseen
    return next(filter(None, map(shutil.which, NAMES)), None)


def playwright_browser() -> str | None:
    """The program of the Chromium that Playwright has downloaded, if it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = playwright.chromium.executable_path
    return program if Path(program).exists() else None


def here() -> str | None:
    """The program that the tests will use, if it is there."""
    program = system_browser() or playwright_browser()
    return program if program and shutil.which(program) else None


def install() -> None:
    """Get one: from Debian or Ubuntu where we may, else through Playwright."""
    as_root, named = _as_root(), os.environ.get("CHROMIUM")
    if named and named not in NAMES:
        return
    if shutil.which("apt-get") and as_root is not None:
        _say("No Chromium here. Getting one from the system's packages (100 MB) ...")
        apt = [*as_root, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
        _run([*apt, "update"])
        for packages in [[named, FONTS]] if named else PACKAGES:
            if _run([*apt, "install", "-y", "--no-install-recommends", *packages]):
                return
    if named:
        return
    _say("No Chromium here. Getting one through Playwright (100 MB) ...")
    _run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])


def _as_root() -> list[str] | None:
    """What to put before a command that root must run; None where we may not."""
    if os.name != "posix":
        return None
    if os.geteuid() == 0:
        return []
    quietly = ["sudo", "-n"]
    return quietly if shutil.which("sudo") and _run([*quietly, "true"]) else None


def _run(command: list[str]) -> bool:
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, check=False, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    return done.returncode == 0


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Make sure that there is one; 1 when there is none in the end."""
    if not here():
        install()
    program = here()
    _say(f"Browser: {program}" if program else "No Chromium: tests that need one will say so.")
    return 0 if program else 1


if __name__ == "__main__":
    sys.exit(main())
