"""Hashes of what a command read and wrote, compared with the files as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analysis.io.writing import MANIFEST, fingerprint
from analysis.verification.manifests import Record
from analysis.verification.recompute import MERGED, SCORES, Sources

TABLES = frozenset({".json", ".csv"})
SHORT = 12  # digits of a hash that are printed


@dataclass(frozen=True, kw_only=True)
class HashMismatch:
    """A file that is not the one whose hash the manifest holds.

    Attributes
    ----------
    kind : {"input", "output"}
        Read by the command, or written by it.
    file : str
        The file's name.
    manifest, folder : str or None
        SHA-256 in the manifest, and of the file. None where the manifest does not name the file,
        or where the file is not in its folder.
    """

    kind: Literal["input", "output"]
    file: str
    manifest: str | None
    folder: str | None

    def __str__(self) -> str:
        read = self.kind == "input"
        if self.folder is None:
            folder = "the release" if read else "the folder"
            return f"{self.file}: the manifest names it, {folder} does not have it"
        if self.manifest is None:
            what = "would be read" if read else "is among the results"
            return f"{self.file}: it {what}, but the manifest does not name it"
        when = "" if read else "changed after it was written: "
        hashes = self.manifest[:SHORT], self.folder[:SHORT]
        return "{}: {}the manifest says {}…, the folder has {}…".format(self.file, when, *hashes)


def of_inputs(record: Record, sources: Sources) -> Iterator[HashMismatch]:
    """Inputs of a command that are gone or have changed."""
    for name, said in (record.inputs or {}).items():
        path = sources.path_of(name, record)
        if path is not None:
            now = fingerprint(path)
            if now != said:
                yield HashMismatch(kind="input", file=name, manifest=said, folder=now)
        elif name not in (SCORES, MERGED):
            yield HashMismatch(kind="input", file=name, manifest=said, folder=None)


def of_additional_inputs(record: Record, read_again: Mapping[str, str]) -> Iterator[HashMismatch]:
    """Inputs that computing again did read, and the command did not.

    A manifest from before commands were named left out index.csv, scores.json and merged.json.
    """
    left_out = {SCORES, MERGED, "index.csv"}
    for name, now in read_again.items():
        unknown = not record.named and record.command != "merge" and name in left_out
        if record.inputs is not None and name not in record.inputs and not unknown:
            yield HashMismatch(kind="input", file=name, manifest=None, folder=now)


def of_outputs(outputs: Mapping[str, str], results: Path) -> Iterator[HashMismatch]:
    """Results that are gone, have changed since they were written, or were added."""
    now = {path.name: path for path in tables(results)}
    for name, said in outputs.items():
        path = now.get(name)
        actual = None if path is None else fingerprint(path)
        if actual != said:
            yield HashMismatch(kind="output", file=name, manifest=said, folder=actual)
    for name in sorted(now.keys() - outputs.keys()):
        folder = fingerprint(now[name])
        yield HashMismatch(kind="output", file=name, manifest=None, folder=folder)


def tables(folder: Path) -> list[Path]:
    """The JSON and CSV files of a folder, without the manifest."""
    paths = (path for path in sorted(folder.iterdir()) if path.suffix in TABLES)
    return [path for path in paths if path.name != MANIFEST and path.is_file()]


def names(mismatches: Iterable[HashMismatch], kind: str) -> list[str]:
    """The files of one kind."""
    return [mismatch.file for mismatch in mismatches if mismatch.kind == kind]
