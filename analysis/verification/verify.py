"""Recomputes results from a release, and says what of them does not follow from it."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analysis.io.writing import MANIFEST
from analysis.problems import Problem, ProblemsFound
from analysis.verification import hashes, manifests
from analysis.verification.compare_tables import Comparison, compare, compare_values
from analysis.verification.differences import Difference, Log, printable
from analysis.verification.hashes import HashMismatch
from analysis.verification.manifests import Record
from analysis.verification.recompute import SCORES, Recomputation, Sources

CHARTS = frozenset({".svg", ".png"})
SHOWN = 20  # differences of a file that are printed


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What became of verifying a results folder.

    Attributes
    ----------
    commands : tuple of str
        The commands whose files were computed again.
    files : tuple of str
        The files that were compared with recomputed ones.
    numbers, decisions : int
        How many numbers were compared within a tolerance, and how many values exactly: ranks,
        bands, grades, flags, statuses, counts, what is withheld.
    differences : tuple of Difference
        What differs, file by file; a thousand a file at most.
    further : mapping of str to int
        By file, how many more differ than `differences` holds.
    hashes : tuple of HashMismatch
        Inputs that are not those that were read, and outputs that changed since.
    problems : tuple of Problem
        What could not be read or computed again.
    notes : tuple of str
        What a reader should know, such as that charts are not compared.
    """

    commands: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    numbers: int = 0
    decisions: int = 0
    differences: tuple[Difference, ...] = ()
    further: Mapping[str, int] = field(default_factory=dict)
    hashes: tuple[HashMismatch, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything follows from the release."""
        return bool(self.files) and not (self.differences or self.hashes or self.problems)

    @property
    def verdict(self) -> str:
        """The whole in one line."""
        if self.ok:
            counts = (len(self.files), "file"), (self.numbers, "number")
            return "verified: " + _listed(*counts, (self.decisions, "decision"))
        differing = len(self.differences) + sum(self.further.values())
        files = _several(len({difference.file for difference in self.differences}), "file")
        return "not verified: " + _listed(
            (differing, f"difference in {files}", f"differences in {files}"),
            (len(hashes.names(self.hashes, "input")), "input hash", "input hashes"),
            (len(hashes.names(self.hashes, "output")), "output hash", "output hashes"),
            (len(self.problems), "problem"),
        )

    def text(self, shown: int = SHOWN) -> str:
        """The verdict and everything behind it; at most so many differences a file."""
        lines = [self.verdict, *map(str, self.hashes), *map(str, self.problems)]
        further = Counter(self.further)
        printed: Counter[str] = Counter()
        for difference in self.differences:
            printed[difference.file] += 1
            if printed[difference.file] <= shown:
                lines.append(str(difference))
            else:
                further[difference.file] += 1
        lines += [f"{file}: ... and {count} more" for file, count in further.items()]
        return printable("\n".join([*lines, *(f"note: {note}" for note in self.notes)]))

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for a program to read."""
        content: dict[str, Any] = {"ok": self.ok, "verdict": self.verdict}
        content |= {"commands": list(self.commands), "files": list(self.files)}
        content |= {"numbers": self.numbers, "decisions": self.decisions}
        content["differences"] = [asdict(difference) for difference in self.differences]
        content["further_differences"] = dict(self.further)
        content["hashes"] = [asdict(mismatch) for mismatch in self.hashes]
        content["problems"] = [
            {"slug": p.slug, "message": p.message, "place": p.place, "help": p.help}
            for p in self.problems
        ]
        return content | {"notes": list(self.notes)}


def verify(
    release: Path,
    results: Path,
    *,
    scores: Path | None = None,
    merge_folder: Path | None = None,
    scenarios: Path | None = None,
    last: Path | None = None,
    before: Sequence[Path] = (),
) -> Verification:
    """Compute results again from a release, and compare every number and every decision.

    Numbers agree within 1e-9 of their size (`analysis.verification.agreement`), because last digits
    depend on the processor. Ranks, bands, ties, grades, flags, counts and what is withheld must be
    equal, also where they are simulated: the seeds are those of the manifest.

    Parameters
    ----------
    release : Path
        The folder that was scored: respondents.csv, options.csv, criteria.csv and so on.
    results : Path
        A folder that commands of `python -m analysis` wrote, with its manifest.json.
    scores : Path, optional
        The folder with scores.json or merged.json that the results rest on, if they lie neither in
        the results nor in the release.
    merge_folder : Path, optional
        The folder with index.csv and self_assessment.csv, if they are not in the release.
    scenarios : Path, optional
        The file that declared the scenarios of a sensitivity analysis, if it lies in neither.
    last : Path, optional
        The folder of last year's data set, where a comparison of two years is verified; `release`
        is this year's.
    before : sequence of Path, optional
        Folders with the scores.json of tables that were published earlier, the oldest first, where
        tables that may be published were made beside them.

    Returns
    -------
    Verification
        `ok` when everything follows from the release, and all that does not. Files that are
        malformed or missing are among its problems; nothing is raised for them.
    """
    sources = Sources(
        release=release,
        results=results,
        scores=scores,
        merge_folder=merge_folder,
        scenarios=scenarios,
        last=last,
        before=tuple(before),
    )
    problems = list(_unusable_folders(sources))
    if problems:
        return Verification(problems=tuple(problems))
    run = _Run(sources)
    with tempfile.TemporaryDirectory() as work:
        run.recompute_all(Path(work))
    return run.outcome()


class _Run:
    """One verification under way."""

    def __init__(self, sources: Sources) -> None:
        self.sources, self.results = sources, sources.results
        self.problems: list[Problem] = []
        self.log = Log()
        self.mismatches: dict[HashMismatch, None] = {}
        self.notes: list[str] = []
        self.commands: list[str] = []
        self.written_by: dict[str, str] = {}

    def recompute_all(self, work: Path) -> None:
        """Every command of the folder, the newest first: what it wrote is what lies there."""
        with self._problems_noted():
            manifest = manifests.read(self.results, self.problems)
            again = Recomputation(sources=self.sources, work=work, notes=self.notes)
            for record in manifest.records:
                with self._problems_noted():
                    self._note(hashes.of_inputs(record, self.sources))
                with self._problems_noted():
                    self._compare(record, again.run(record))
            if (self.results / MANIFEST).exists():
                self._note(hashes.of_outputs(manifest.outputs, self.results))
            self._note_inputs_not_here(manifest.records)
            self._note_what_is_left()

    def outcome(self) -> Verification:
        """What came of it."""
        return Verification(
            commands=tuple(self.commands),
            files=tuple(self.written_by),
            numbers=self.log.numbers,
            decisions=self.log.decisions,
            differences=tuple(self.log.differences()),
            further=self.log.beyond(),
            hashes=tuple(self.mismatches),
            problems=tuple(self.problems),
            notes=tuple(self.notes),
        )

    def _compare(self, record: Record, folder: Path) -> None:
        """Compare what a command wrote with what it writes now."""
        self.commands.append(record.command)
        now = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        self._note(hashes.of_additional_inputs(record, now["inputs"]))
        about = Comparison(file=MANIFEST, log=self.log)
        compare_values(about, "settings", record.settings, now["settings"])
        if record.named:
            compare_values(about, "arguments", record.arguments, now["arguments"])
        for path in hashes.tables(folder):
            if other := self.written_by.get(path.name):
                self.notes.append(f"{path.name} of `{record.command}` was replaced by `{other}`")
                continue
            with self._problems_noted():
                self._compare_file(self.results / path.name, path, record.command)

    def _compare_file(self, written: Path, recomputed: Path, command: str) -> None:
        if not written.is_file():
            message = f"there is no `{written.name}`, which `{command}` writes"
            help = "write the results again with the command that made them"
            raise ProblemsFound([Problem("missing-file", message, str(written), help=help)])
        self.written_by[written.name] = command
        compare(written, recomputed, command, self.log)

    def _note(self, mismatches: Iterator[HashMismatch]) -> None:
        self.mismatches |= dict.fromkeys(mismatches)

    def _note_inputs_not_here(self, records: tuple[Record, ...]) -> None:
        for record in records:
            if record.inputs is None:
                self.notes.append(f"the manifest keeps no hashes of what `{record.command}` read")
            elif self.sources.has_answers and _is_not_here(SCORES, record, self.sources):
                self.notes.append(
                    f"scores.json, which `{record.command}` read, is not here: "
                    "it was computed again from the answers"
                )

    def _note_what_is_left(self) -> None:
        """Tables that nothing could be compared with are a problem; charts are told."""
        left = [p.name for p in hashes.tables(self.results) if p.name not in self.written_by]
        if left:
            message = f"not verified, because nothing could be computed to compare: {_names(left)}"
            help = "keep results of a command in a folder of their own"
            self.problems.append(Problem("not-verified", message, str(self.results), help=help))
        others = [p for p in sorted(self.results.iterdir()) if p.suffix not in hashes.TABLES]
        charts = sum(path.suffix in CHARTS for path in others)
        if charts:
            self.notes.append(f"charts are not verified ({charts} here): draw them again")
        if rest := [path.name for path in others if path.suffix not in CHARTS]:
            self.notes.append(f"not verified, because they are no tables: {_names(rest)}")

    @contextmanager
    def _problems_noted(self) -> Iterator[None]:
        """Whatever cannot be read or computed becomes a problem, and the rest goes on."""
        try:
            yield
        except ProblemsFound as error:
            self.problems.extend(error.problems)
        except OSError as error:
            help = "see that the file is there and may be read"
            problem = Problem("not-readable", str(error.strerror), str(error.filename), help=help)
            self.problems.append(problem)


def _is_not_here(name: str, record: Record, sources: Sources) -> bool:
    return name in (record.inputs or {}) and sources.path_of(name, record) is None


def _unusable_folders(sources: Sources) -> Iterator[Problem]:
    folders = (
        sources.release,
        sources.results,
        sources.scores,
        sources.merge_folder,
        sources.last,
    )
    for folder in (folder for folder in folders if folder is not None):
        if not folder.is_dir():
            help = "name the folder of the release first, then that of the results"
            yield Problem("missing-folder", "there is no such folder", str(folder), help=help)
    if sources.scenarios is not None and not sources.scenarios.is_file():
        help = "name the YAML file of the scenarios"
        yield Problem("missing-file", "there is no such file", str(sources.scenarios), help=help)
    if sources.results.resolve() == sources.release.resolve():
        message = "the results lie in the release itself, where tables of both have one name"
        help = "write results to a folder of their own"
        yield Problem("same-folder", message, str(sources.results), help=help)


def _several(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _listed(*counts: tuple[int, str] | tuple[int, str, str]) -> str:
    said = [_several(*count) for count in counts if count[0]]
    return ", ".join(said) or "there are no results to verify"


def _names(names: list[str], most: int = 10) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
