"""What a results folder says of itself: which commands wrote it, under which choices, from what.

A folder may hold the files of several commands (`score`, then `merge`): its manifest records each.
One of before commands were named is recognised by its files, whose own settings stand in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.io.writing import MANIFEST
from analysis.problems import Problem, ProblemsFound
from analysis.verification import result_files

Content = Mapping[str, Any]

COMMAND_OF = {
    "scores.json": "score",
    "comparison.json": "compare",
    "merged.json": "merge",
    "publishable.json": "publishable",
    "sensitivity.json": "sensitivity",
    "reliability.json": "reliability",
    "screening.json": "screen",
    "nonresponse.json": "nonresponse",
    "replicates.json": "replicates",
}
SHAPES = (  # a setting that only this command writes, tried in this order
    ("ties", "merge"),
    ("disclosure", "publishable"),
    ("limits", "screen"),
    ("fewest", "reliability"),
    ("method", "replicates"),
    ("rank_method", "score"),
    ("level", "sensitivity"),
    ("missing", "nonresponse"),
)
ORDER = "name the folder of the release first, then that of results with their manifest"
AGAIN = "write the results again with the command that made them"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One command that wrote into the folder.

    Attributes
    ----------
    command : str
        Its name, such as `score`.
    settings : mapping
        The choices it prints with its results.
    arguments : mapping
        What else it takes to compute the files again; empty in manifests that do not name commands.
    inputs : mapping of str to str, or None
        SHA-256 of each file it read; None where the manifest kept none.
    named : bool
        Whether the manifest names the command; else it was recognised by its files.
    """

    command: str
    settings: Content
    arguments: Content = field(default_factory=dict)
    inputs: Mapping[str, str] | None = None
    named: bool = True


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All records, the newest first, and the SHA-256 of each file when the last was written."""

    records: tuple[Record, ...]
    outputs: Mapping[str, str]


def read(results: Path, problems: list[Problem]) -> Manifest:
    """The manifest of a folder, completed by what its files say of themselves.

    Parameters
    ----------
    results : Path
        The folder.
    problems : list of Problem
        Takes whatever is not as a command writes it.

    Returns
    -------
    Manifest
        As much of it as can be relied on.
    """
    content = _content(results / MANIFEST, problems)
    reader = _Reader(results / MANIFEST, problems)
    records = []
    if "command" in content:
        earlier = content.get("earlier", [])
        older = earlier if isinstance(earlier, list) else [earlier]
        records = [reader.record(one) for one in (content, *reversed(older))]
    known = {record.command: record for record in reversed(records) if record is not None}
    unnamed = reader.unnamed(results, known, content)
    outputs = reader.hashes(content.get("outputs", {}), "outputs")
    return Manifest(records=(*reversed(known.values()), *unnamed), outputs=outputs)


LAST, THIS = "last/", "this/"
"""What inputs of a comparison begin with: which of its two data sets they are of."""


def is_plain_name(name: str) -> bool:
    """Whether a text names a file of a folder, and nothing outside it."""
    return name not in ("", ".", "..") and name.isprintable() and not set(name) & set('/\\:"')


def _content(path: Path, problems: list[Problem]) -> Content:
    if not path.exists():
        message = "there is no manifest.json: no hash can be compared"
        problems.append(Problem("no-manifest", message, str(path), help=ORDER))
        return {}
    try:
        content = result_files.read_json(path)
    except ProblemsFound as error:
        problems.extend(error.problems)
        return {}
    if isinstance(content, dict) and content.get("package") == "analysis":
        return content
    message = "this is not the manifest of results of `python -m analysis`"
    problems.append(Problem("not-a-manifest", message, str(path), help=ORDER))
    return {}


class _Reader:
    """Takes records out of a manifest; what does not fit becomes a problem."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems

    def record(self, content: Any) -> Record | None:
        """One command's record; None where it is none."""
        parts = content if isinstance(content, dict) else {}
        command, arguments = parts.get("command"), parts.get("arguments", {})
        settings = parts.get("settings")
        if not (isinstance(command, str) and isinstance(settings, dict)):
            self._wrong("a record has no command or no settings")
            return None
        if not isinstance(arguments, dict):
            self._wrong("`arguments` is no list of choices by name")
            return None
        inputs = self.hashes(parts.get("inputs"), "inputs")
        return Record(command=command, settings=settings, arguments=arguments, inputs=inputs)

    def unnamed(self, results: Path, named: Iterable[str], manifest: Content) -> list[Record]:
        """A record for each command whose files lie here, but which the manifest does not name."""
        commands = {
            command: file
            for file, command in COMMAND_OF.items()
            if (results / file).exists() and command not in set(named)
        }
        said = manifest.get("settings") if "command" not in manifest else None
        about = _command_of(said, commands) if isinstance(said, dict) else None
        if manifest and "command" not in manifest and about is None:
            self._wrong("its settings are of no command whose files are here")
        records = []
        for command, file in commands.items():
            main = command == about
            settings = said if main else self._settings_in(results / file)
            if isinstance(settings, dict):
                inputs = self.hashes(manifest.get("inputs"), "inputs") if main else None
                record = Record(command=command, settings=settings, inputs=inputs, named=False)
                records.append(record)
        return records

    def hashes(self, content: Any, name: str) -> dict[str, str]:
        """File names and their SHA-256; a name that leads out of the folder is left out."""
        if not isinstance(content, dict):
            self._wrong(f"`{name}` is no list of hashes by file name")
            return {}
        sound = {}
        for file, sha256 in content.items():
            if not is_plain_name(file.removeprefix(LAST).removeprefix(THIS)):
                self._wrong(f"`{name}` has `{file}`, which is no file of the folder")
            elif not isinstance(sha256, str):
                self._wrong(f"`{name}` has no hash of `{file}`")
            else:
                sound[file] = sha256
        return sound

    def _settings_in(self, path: Path) -> Any:
        """The settings that a result file says it was written under."""
        try:
            content = result_files.read_json(path)
        except ProblemsFound as error:
            self.problems.extend(error.problems)
            return None
        if isinstance(content, dict) and isinstance(content.get("settings"), dict):
            return content["settings"]
        message = "it does not say under which settings it was written"
        self.problems.append(Problem("no-settings", message, str(path), help=AGAIN))
        return None

    def _wrong(self, message: str) -> None:
        self.problems.append(Problem("unsound-manifest", message, str(self.path), help=AGAIN))


def _command_of(settings: Content, among: Iterable[str]) -> str | None:
    """Which of some commands writes such settings."""
    known = set(among)
    commands = [one for name, one in SHAPES if name in settings and one in known]
    return commands[0] if commands else None
