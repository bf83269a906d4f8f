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
PLAIN = frozenset({float, int, str, type(None)})  # what csv writes as we would


def write_manifest(
    out: Path,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any],
    known: Mapping[str, str] | None = None,
) -> None:
    """manifest.json: hashes of what was read and what was written, settings, version.

    `known` are the hashes of files just written; what else lies in the folder is read again.
    """
    known = known or {}
    written = sorted(
        p for p in out.iterdir() if p.suffix in (".json", ".csv") and p.name != "manifest.json"
    )
    write_json(
        out / "manifest.json",
        {
            "package": "analysis",
            "version": VERSION,
            "settings": dict(settings),
            "inputs": dict(sorted(inputs.items())),
            "outputs": {p.name: known.get(p.name) or _fingerprint(p) for p in written},
        },
    )


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
