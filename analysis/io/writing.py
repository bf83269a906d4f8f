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
    hashes: Mapping[str, str] | None = None,
) -> None:
    """Write manifest.json: hashes of what was read and what was written, settings, version.

    Parameters
    ----------
    out : Path
        The folder; every .json and .csv in it is listed.
    inputs : mapping from file name to SHA-256
        What the results were computed from (`Dataset.fingerprints`).
    settings : mapping
        Every choice by its name; JSON.
    hashes : mapping from file name to SHA-256, optional
        Of files just written; whatever else lies in the folder is read again.
    """
    hashes = hashes or {}
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
            "outputs": {p.name: hashes.get(p.name) or _fingerprint(p) for p in written},
        },
    )


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_json(content: Any) -> str:
    """JSON that refuses NaN."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON to a file, with a line break at its end. Raises `ValueError` for a NaN."""
    write_text(path, as_json(content) + "\n")


def write_text(path: Path, *texts: str) -> str:
    """Write a file; returns its SHA-256."""
    sha256 = hashlib.sha256()
    with path.open("wb") as file:
        for text in texts:
            content = text.encode()
            sha256.update(content)
            file.write(content)
    return sha256.hexdigest()


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV.

    Parameters
    ----------
    path : Path
    rows : sequence of mappings from column to cell
        Columns are the union of all keys, in order of appearance. None is an empty cell, a list
        its items between semicolons.

    Returns
    -------
    str
        SHA-256 of the file.
    """
    columns: Row = {}
    for row in rows:
        if row.keys() != columns.keys():
            columns |= dict.fromkeys(row)
    names = list(columns)
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
