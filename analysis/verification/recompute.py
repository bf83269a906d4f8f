"""Writes a command's files once more, from the release and the choices that a manifest names.

The commands' own writers do it, into a folder that is thrown away. Whatever results rest on other
results (`merge` and `publishable` on scores) has those computed again as well, where the release
holds the answers; else the given ones are taken, and that is said.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis import results
from analysis.comparison.comparison import ComparisonRules, compare
from analysis.dataset import reader
from analysis.dataset.key_changes import KeyChanges
from analysis.dataset.model import Dataset
from analysis.design.replicate_weights import Kind, Replicates
from analysis.disclosure import publication_cells
from analysis.index import merge
from analysis.index.merge_files import Unappraised, read_merged
from analysis.io import writing
from analysis.problems import Problem, ProblemsFound
from analysis.quality.reliability import reliability
from analysis.quality.screening import Limits
from analysis.ranking.league_table import Rules
from analysis.replication.scorecards import scorecard
from analysis.replication.standard_errors import replicate_errors
from analysis.report import (
    comparison_tables,
    nonresponse_tables,
    reliability_tables,
    replication_tables,
    score_tables,
    screening_tables,
    sensitivity_tables,
)
from analysis.report.publication import folder as publication
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings
from analysis.sensitivity import scenarios, sensitivity
from analysis.sensitivity.nonresponse_analysis import nonresponse_analysis
from analysis.sensitivity.screened_scores import screened_scores
from analysis.verification import arguments, result_files
from analysis.verification.manifests import LAST, THIS, Record, is_plain_name

SCORES, MERGED = "scores.json", "merged.json"
SETTINGS = frozenset(field.name for field in fields(Settings))
RULES = frozenset(field.name for field in fields(Rules))
KEY = frozenset(field.name for field in fields(KeyChanges))
UNSOUND = (  # what a forged setting or file may lead to, deep inside a formula
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where everything lies that a command may have read.

    Attributes
    ----------
    release : Path
        The folder of the data set.
    results : Path
        The folder to be verified.
    merge_folder : Path or None
        The folder with index.csv and self_assessment.csv, where it is not the release.
    scores : Path or None
        The folder with scores.json or merged.json that the results rest on, where it is neither.
    scenarios : Path or None
        The YAML file of a sensitivity analysis, where it lies in neither.
    last : Path or None
        The folder of last year's data set, which a comparison reads.
    before : tuple of Path
        Folders with the scores.json of tables that were published earlier, the oldest first.
    """

    release: Path
    results: Path
    merge_folder: Path | None = None
    scores: Path | None = None
    scenarios: Path | None = None
    last: Path | None = None
    before: tuple[Path, ...] = ()

    def path_of(self, name: str, record: Record) -> Path | None:
        """Where an input of a command lies; None where it is not here."""
        if record.command == "compare":
            if name.startswith(LAST):
                return self._first(name.removeprefix(LAST), self.last)
            return self._first(name.removeprefix(THIS), self.release)
        if name in (earlier := publication.names_of(self.before)):
            return self._first(SCORES, self.before[earlier.index(name)])
        if name in (SCORES, MERGED):
            return self._first(name, self.scores, self.results, self.release)
        if name == declared_scenarios(record):
            return self.scenarios or self._first(name, self.release, self.results)
        folder = self.merge_folder if record.command == "merge" else None
        return self._first(name, folder or self.release)

    def earlier(self, record: Record) -> tuple[Path, ...]:
        """Where the scores lie beside which tables were made that may be published.

        Raises
        ------
        ProblemsFound
            When one of them was not named.
        """
        known = publication.names_of(self.before)
        read = [n for n in record.inputs or () if n.startswith(publication.BEFORE)]
        if set(read) - set(known):
            message = "these tables were made beside others that were published earlier"
            help = "name the folders of their scores.json, the oldest first: `--before DIR`"
            raise _impossible("no-earlier-scores", message, help)
        return self.before[: len(read)]

    @property
    def has_answers(self) -> bool:
        """Whether the release is a data set that can be scored."""
        return (self.release / "options.csv").is_file()

    def _first(self, name: str, *folders: Path | None) -> Path | None:
        paths = (folder / name for folder in folders if folder is not None)
        return next((path for path in paths if path.is_file()), None)


@dataclass(frozen=True, kw_only=True)
class Recomputation:
    """Computes once more, below a working folder; `notes` says what was taken as given."""

    sources: Sources
    work: Path
    notes: list[str] = field(default_factory=list)

    def run(self, record: Record) -> Path:
        """Write the files of a command once more.

        Parameters
        ----------
        record : Record
            The command, its settings and its arguments.

        Returns
        -------
        Path
            The folder that holds them.

        Raises
        ------
        ProblemsFound
            When they cannot be computed: the data are not sound, a file or a setting is missing, or
            a setting is one that no command would take.
        """
        write = RECIPES.get(record.command)
        if write is None:
            message = f"`{record.command}` is no command that can be verified"
            help = f"verified are {', '.join(RECIPES)}"
            raise _impossible("unknown-command", message, help)
        out = self.work / record.command
        try:
            return write(self, record, out)
        except UNSOUND as error:
            message = f"`{record.command}` cannot be computed from these files: {error!r}"
            help = "one of them was altered: write the results again"
            raise _impossible("not-recomputed", message, help) from error

    @cached_property
    def data(self) -> Dataset:
        """The data set of the release."""
        return reader.read(self.sources.release)

    def scored(self, values: Mapping[str, Any]) -> Path:
        """A folder with what `score` writes under these settings."""
        named = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        out = self.work / f"scores-{named[:16]}"
        if not out.exists():
            settings = arguments.read(Settings, values, others=RULES | KEY)
            rules = arguments.read(Rules, values, others=SETTINGS | KEY)
            key = KeyChanges(**{name: values[name] for name in KEY if name in values})
            score_tables.write(results.compute(self.data, settings, rules, key), out)
        return out

    def scores(self, values: Any) -> Path:
        """A folder with the scores that other results rest on, by the settings they name."""
        if self.sources.has_answers:
            return self.scored(_choices(values, "the scores"))
        path = self.sources.path_of(SCORES, Record(command="score", settings={}))
        if path is None:
            message = "the release holds no answers to score, and there is no scores.json"
            help = "name the folder of scores.json: `--scores DIR`"
            raise _impossible("no-scores", message, help)
        self.say("scores.json is taken as given: the release holds no answers to score again")
        return path.parent

    def card(self, values: Mapping[str, Any], others: Iterable[str] = ()) -> Scorecard:
        """The scorecard under settings; `others` are names among them of other choices."""
        return scorecard(self.data, arguments.read(Settings, values, others=others))

    def card_of(self, record: Record, *others: str) -> Scorecard:
        """The scorecard under a record's settings, or the fuller ones of its arguments."""
        if "scoring" in record.arguments:
            return self.card(_choices(record.arguments["scoring"], "the scorecard"))
        self.say_defaults(record.command, Settings, record.settings)
        return self.card(record.settings, others)

    def say(self, note: str) -> None:
        """Note it, once."""
        if note not in self.notes:
            self.notes.append(note)

    def say_defaults(self, command: str, kind: type[Any], values: Mapping[str, Any]) -> None:
        """Note which choices are not named, so that the defaults are taken."""
        if names := arguments.missing(kind, values):
            what = ", ".join(names)
            self.say(f"{command}: the manifest does not name {what}; the defaults were taken")


# --- what each command writes


def _score(again: Recomputation, record: Record, _: Path) -> Path:
    again.say_defaults("score", Settings, record.settings)
    again.say_defaults("score", Rules, record.settings)
    return again.scored(record.settings)


def _merge(again: Recomputation, record: Record, out: Path) -> Path:
    chosen = arguments.read(_Ties, record.settings, others=["scores"])
    scores = again.scores(record.settings.get("scores"))
    folder = again.sources.merge_folder or again.sources.release
    merge.write(merge.merge_folder(folder, scores, chosen.ties, chosen.unappraised), out)
    return out


def _publishable(again: Recomputation, record: Record, out: Path) -> Path:
    scored = _choices(record.settings.get("scores"), "the scores")
    disclosure = _choices(record.settings.get("disclosure"), "the tables")
    rules = record.arguments.get("rules")
    if not isinstance(rules, dict):
        path = again.sources.path_of(SCORES, record)
        given = {} if path is None else result_files.read_json(path)
        rules = {n: v for n, v in given.get("settings", {}).items() if n not in scored}
        again.say_defaults("publishable", Rules, rules)
    rule = arguments.read(publication_cells.Rule, disclosure)
    scores = again.scores({**scored, **rules})
    before = again.sources.earlier(record)
    publication.publish_folder(again.sources.release, scores, out, rule, before)
    return out


def _sensitivity(again: Recomputation, record: Record, out: Path) -> Path:
    name, declared, wanted = declared_scenarios(record), None, None
    if name is not None:
        path = again.sources.path_of(name, record)
        if path is None:
            help = "name it: `--scenarios FILE.yaml`"
            raise _impossible("no-scenarios-file", f"`{name}` of the scenarios is not here", help)
        declared = again.work / name
        shutil.copyfile(path, declared)
        wanted = scenarios.read(declared)
    outcome = sensitivity.sensitivity(again.card_of(record), wanted)
    sensitivity_tables.write(outcome, out, declared)
    return out


def _reliability(again: Recomputation, record: Record, out: Path) -> Path:
    card = again.card_of(record, "fewest")
    fields = publication_cells.fields_of(again.sources.release, card)
    reliability_tables.write(reliability(card, fields), out)
    return out


def _screen(again: Recomputation, record: Record, out: Path) -> Path:
    limits = arguments.read(Limits, _choices(record.settings.get("limits"), "the flags"))
    screening_tables.write(screened_scores(again.card_of(record, "limits"), limits), out)
    return out


def _nonresponse(again: Recomputation, record: Record, out: Path) -> Path:
    merged, grades = None, {}
    if record.arguments.get("merged", not record.named and _has_grades(again.sources)):
        path = again.sources.path_of(MERGED, record)
        if path is None:
            help = "name its folder: `--scores DIR`"
            raise _impossible("no-scores", "merged.json, which the grades need, is not here", help)
        if path.parent != again.sources.results:
            again.say("merged.json is taken as given: verify its folder as well")
        merged, grades = read_merged(path.parent), writing.fingerprints(path)
    nonresponse_tables.write(nonresponse_analysis(again.card_of(record), merged), out, grades)
    return out


def _replicates(again: Recomputation, record: Record, out: Path) -> Path:
    chosen = arguments.read(_Replication, record.settings, others=["weights", "missing"])
    card = again.card_of(record, "method", "replicates", "seed")
    drawn = {"number": chosen.replicates, "seed": chosen.seed}  # null for the jackknife
    given = {name: value for name, value in drawn.items() if value is not None}
    replicates = Replicates(design=card.data.design, kind=chosen.method, **given)
    replication_tables.write(replicate_errors(card, replicates), out)
    return out


def _compare(again: Recomputation, record: Record, out: Path) -> Path:
    if again.sources.last is None:
        help = "name the folder of last year's data set: `--last DIR`"
        raise _impossible("no-last-year", "a comparison rests on two data sets", help)
    again.say_defaults("compare", Settings, record.settings)
    rules = arguments.read(ComparisonRules, record.settings, others=SETTINGS)
    settings = arguments.read(
        Settings, record.settings, others=[field.name for field in fields(ComparisonRules)]
    )
    last = reader.read(again.sources.last)
    comparison_tables.write(compare(last, again.data, settings, rules), out)
    return out


RECIPES: Mapping[str, Callable[[Recomputation, Record, Path], Path]] = {
    "score": _score,
    "merge": _merge,
    "publishable": _publishable,
    "sensitivity": _sensitivity,
    "reliability": _reliability,
    "screen": _screen,
    "nonresponse": _nonresponse,
    "replicates": _replicates,
    "compare": _compare,
}


@dataclass(frozen=True, kw_only=True)
class _Ties:
    ties: merge.Ties = "exact"
    unappraised: Unappraised = "refuse"


@dataclass(frozen=True, kw_only=True)
class _Replication:
    method: Kind = "jackknife"
    replicates: int | None = None
    seed: int | None = None


def declared_scenarios(record: Record) -> str | None:
    """The name of the file that declared the scenarios of a sensitivity analysis, if one did."""
    if record.command != "sensitivity":
        return None
    others = [name for name in record.inputs or () if name not in reader.FILES]
    name = record.arguments.get("scenarios") if record.named else next(iter(others), None)
    return name if isinstance(name, str) and is_plain_name(name) else None


def _has_grades(sources: Sources) -> bool:
    """Whether a nonresponse.json tells how far grades are, for which it read merged.json."""
    content = result_files.read_json(sources.results / "nonresponse.json")
    return any(str(row["change"]).startswith("grade") for row in content["tipping"])


def _choices(values: Any, of: str) -> dict[str, Any]:
    if isinstance(values, dict):
        return values
    message = f"manifest.json does not say under which settings {of} were computed"
    raise _impossible("no-settings", message, "write the results again")


def _impossible(slug: str, message: str, help: str) -> ProblemsFound:
    return ProblemsFound([Problem(slug, message, "manifest.json", help=help)])
