"""JSON, CSV and the manifest, as every command writes them.

The same content gives the same bytes: no clock, no path, numbers in full precision. What does not
exist is null (an empty cell in CSV), never NaN.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
VERSION = "0.1.0"
MANIFEST = "manifest.json"
RECORD = ("command", "arguments", "version", "settings", "inputs")  # of one command
PLAIN = frozenset({float, int, str, type(None)})  # what csv writes as we would


def write_manifest(
    out: Path,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any],
    known: Mapping[str, str] | None = None,
    *,
    command: str | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """manifest.json: hashes of what was read and what was written, settings, version.

    `known` are the hashes of files just written; what else lies in the folder is read again.
    `command` and `arguments` are what `verify` needs to compute the files again: `arguments` holds
    what `settings` do not. Where another command wrote into the folder before, its record is kept
    under `earlier`.
    """
    known = known or {}
    written = sorted(
        p for p in out.iterdir() if p.suffix in (".json", ".csv") and p.name != MANIFEST
    )
    content: Row = {"package": "analysis", "version": VERSION}
    if command is not None:
        content |= {"command": command, "arguments": dict(arguments or {})}
    content |= {"settings": dict(settings), "inputs": dict(sorted(inputs.items()))}
    content["outputs"] = {p.name: known.get(p.name) or fingerprint(p) for p in written}
    if earlier := _records_of_other_commands(out / MANIFEST, command):
        content["earlier"] = earlier
    write_json(out / MANIFEST, content)


def _records_of_other_commands(path: Path, command: str | None) -> list[Row]:
    """What the manifest that is about to be replaced says of other commands."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(manifest, dict) or not isinstance(manifest.get("earlier", []), list):
        return []
    records = [*manifest.get("earlier", []), {n: manifest[n] for n in RECORD if n in manifest}]
    return [r for r in records if isinstance(r, dict) and r.get("command") not in (None, command)]


def fingerprint(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprints(*paths: Path) -> dict[str, str]:
    """SHA-256 by name of those files that exist."""
    return {path.name: fingerprint(path) for path in paths if path.is_file()}


def as_json(content: Any) -> str:
    """JSON that refuses NaN."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON."""
    write_text(path, as_json(content) + "\n")


def write_text(path: Path, *texts: str) -> str:
    """Write a file; returns its SHA-256."""
    made = hashlib.sha256()
    with path.open("wb") as file:
        for text in texts:
            content = text.encode()
            made.update(content)
            file.write(content)
    return made.hexdigest()


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows under the union of their keys, in order of appearance; returns the SHA-256."""
    seen: Row = {}
    for row in rows:
        if row.keys() != seen.keys():
            seen |= dict.fromkeys(row)
    names = list(seen)
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = map(row.get, names)
        writer.writerow([c if type(c) in PLAIN else _cell(c) for c in cells])
    return write_text(path, file.getvalue())


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ";".join(f"{key}={part}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in value)
    return repr(value) if isinstance(value, float) else value


def number(value: Any) -> float | None:
    """A plain float, or None for what does not exist."""
    plain = float(value)
    return plain if math.isfinite(plain) else None
