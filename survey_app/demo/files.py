"""The files that the demonstration leaves."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path


def rows(file: Path, columns: Sequence[str], lines: Sequence[dict[str, str]]) -> None:
    """Write a table as CSV."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(lines)


def secret(file: Path, text: str) -> None:
    """Write a line that nobody else on this machine may read."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text + "\n")
