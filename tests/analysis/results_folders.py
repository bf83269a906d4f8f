"""Results folders to be verified: which release each follows from, and how one is forged."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.__main__ import main
from tests.analysis.every_command import commands

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
WRITES_NO_MANIFEST = {"draw", "plan"}


def folders(data: Path, out: Path) -> dict[str, list[Path | str]]:
    """By name of the folder that a command writes: the words that verify it."""
    verifying: dict[str, list[Path | str]] = {}
    for command, release, *words in commands(data, out):
        if command in WRITES_NO_MANIFEST:
            continue
        options = dict(zip(words[::2], words[1::2], strict=False))
        folder = Path(str(options["--out"]))
        scores = ["--scores", str(options["--scores"])] if "--scores" in options else []
        verifying[folder.name] = [str(release), str(folder), *scores]
    return verifying


def run(*words: object) -> int:
    """A command of `python -m analysis`; its exit status."""
    return main([str(word) for word in words])


def change_json(path: Path, change: Callable[[Any], object]) -> None:
    """Alter the content of a JSON file in place."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def change_cell(path: Path, column: str, value: str, **row: str) -> str:
    """Write another value into a cell of a CSV file; returns what stood there."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    line = next(line for line in rows if line.items() >= row.items())
    before = line[column]
    assert before != value
    line[column] = value
    _write(path, rows)
    return before


def drop_row(path: Path, **row: str) -> None:
    """Take a row out of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    _write(path, [line for line in rows if not line.items() >= row.items()])


def rehash(folder: Path) -> None:
    """What a careful forger does: the manifest's hashes are those of the files as they are."""

    def update(manifest: dict[str, Any]) -> None:
        manifest["outputs"] = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
            if path.suffix in (".json", ".csv") and path.name != "manifest.json"
        }

    change_json(folder / "manifest.json", update)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
