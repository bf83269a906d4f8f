"""Two years compared: `compare` takes two data sets and says what changed, and how surely.

    comparison = compare(reader.read(Path("2024")), reader.read(Path("2025")))
    comparison.scores.change, comparison.scores.verdict

Only criteria that both years ask and score alike count, in both years: a compared score is the sum
over those, and so is a rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.comparison.change import Changes
from analysis.comparison.common_criteria import CriterionMatch, Rewording, match_criteria
from analysis.comparison.common_units import UnitMatch, match_units, read_predecessors
from analysis.comparison.panel import Panel
from analysis.comparison.rank_changes import RankChanges
from analysis.comparison.years import Years
from analysis.dataset.model import Dataset
from analysis.disclosure.publication_cells import fields_of
from analysis.problems import Problem, ProblemsFound
from analysis.ranking import ranks
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings, one_of

SCORE = "score"


@dataclass(frozen=True, kw_only=True)
class ComparisonRules:
    """The choices of a comparison; each is printed with the results.

    Parameters
    ----------
    panel : str or mapping from group to str, default "none"
        What equal labels of the two years mean: "none", "psus" or "persons", for all groups or by
        group; the key "*" is for the groups that are not named, which else are "none".
    reworded : {"compare", "leave-out"}, default "compare"
        What becomes of a criterion whose questions or options were reworded.
    rank_method : {"holm", "holm-t", "mrsw"}, default "holm-t"
        How units are told apart for ranks: z tests, t tests, or by simulation.
    seed, draws : int, default 1 and 10000
        Of "mrsw".

    Raises
    ------
    ValueError
        When a value is none of those allowed; the message lists them.
    """

    panel: str | Mapping[str, str] = "none"
    reworded: Rewording = "compare"
    rank_method: ranks.Method = "holm-t"
    seed: int = 1
    draws: int = 10_000

    def __post_init__(self) -> None:
        one_of("reworded", self.reworded, Rewording)
        one_of("rank_method", self.rank_method, ranks.Method)

    @property
    def rank_rule(self) -> ranks.Rule:
        """How units are told apart."""
        return ranks.Rule(method=self.rank_method, seed=self.seed, draws=self.draws)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that one comparison found.

    Attributes
    ----------
    last, this : Dataset
        The two years as they were given.
    settings : Settings
        How both were scored.
    rules : ComparisonRules
        How they were compared.
    criteria : tuple of CriterionMatch
        Every criterion of either year, and why it is left out.
    units : tuple of UnitMatch
        Every unit of this year: the first axis of all arrays below.
    only_last : tuple of str
        Units of last year that no unit of this year comes from.
    field_of : mapping from criterion to field
        Of common criteria, as the years' index.csv agree; empty without one.
    scores : Changes
        (units, 1): points of all common criteria.
    by_field : Changes
        (units, fields): points of the common criteria of each field.
    by_criterion : Changes
        (units, criteria): points of each common criterion.
    ranks : RankChanges
        Changes of rank among the units that both years can rank.
    panel : Panel or None
        The overlap of the two samples; None where they count as independent.
    """

    last: Dataset
    this: Dataset
    settings: Settings
    rules: ComparisonRules
    criteria: tuple[CriterionMatch, ...]
    units: tuple[UnitMatch, ...]
    only_last: tuple[str, ...]
    field_of: Mapping[str, str] = field(default_factory=dict)
    scores: Changes
    by_field: Changes
    by_criterion: Changes
    ranks: RankChanges
    panel: Panel | None

    @property
    def common(self) -> tuple[str, ...]:
        """The criteria that are compared."""
        return tuple(match.name for match in self.criteria if not match.reason)


def compare(
    last: Dataset,
    this: Dataset,
    settings: Settings | None = None,
    rules: ComparisonRules | None = None,
) -> Comparison:
    """Compare two years, unit by unit.

    Parameters
    ----------
    last, this : Dataset
        The two years.
    settings : Settings, optional
        How both are scored; variances are linearised (``variance="taylor"``).
    rules : ComparisonRules, optional
        What the years share, and how they are compared.

    Returns
    -------
    Comparison

    Raises
    ------
    ProblemsFound
        When nothing can be compared, or when a file that says what can is not sound.
    ValueError
        When the settings ask for jackknife variances.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6, 65-70.
    Tam, S. M. (1984). On covariances from overlapping samples. The American Statistician 38,
    288-289.
    """
    settings, rules = settings or Settings(), rules or ComparisonRules()
    if settings.variance != "taylor":
        raise ValueError(f"variance={settings.variance!r}: a comparison has 'taylor' only")
    criteria = match_criteria(last, this, rules.reworded)
    common = tuple(match.name for match in criteria if not match.reason)
    _need(common, criteria, this, "criteria", "only criteria that both years score alike count")
    declared = read_predecessors(this)
    units = match_units(last, this, declared, common, settings)
    known = tuple(match.name for match in units if not match.reason)
    _need(known, units, this, "units", "say in units.csv, column predecessors, what they were")
    years = Years.of(last, this, units, rules.panel)
    scores, cards = Changes.of({SCORE: common}, years, settings)
    fields = _fields((last, this), cards[SCORE], common)
    claimed = {code for match in units for code in match.predecessors}
    return Comparison(
        last=last,
        this=this,
        settings=settings,
        rules=rules,
        criteria=criteria,
        units=units,
        only_last=tuple(unit for unit in last.units if unit not in claimed),
        field_of=fields,
        scores=scores,
        by_field=Changes.of(_criteria_by_field(fields), years, settings)[0],
        by_criterion=Changes.of({name: [name] for name in common}, years, settings)[0],
        ranks=RankChanges.of(
            years, cards[SCORE], scores.reason[:, 0], scores.detail[:, 0], rules.rank_rule
        ),
        panel=None if years.parts is None else years.parts.panel,
    )


def _need(
    common: Sequence[str],
    matches: Sequence[CriterionMatch] | Sequence[UnitMatch],
    this: Dataset,
    what: str,
    help: str,
) -> None:
    """Raise `ProblemsFound` where the two years have no criteria, or no units, in common."""
    if common:
        return
    reasons = "; ".join(
        f"{match.name}: {match.reason} {match.detail}".rstrip() for match in matches[:6]
    )
    message = f"the two years have no {what} in common ({reasons})"
    raise ProblemsFound([Problem(f"no-common-{what}", message, str(this.folder), help=help)])


def _fields(
    years: tuple[Dataset, Dataset],
    cards: tuple[Scorecard, Scorecard],
    common: Sequence[str],
) -> dict[str, str]:
    """By common criterion its field; without those that the two years put into different ones."""
    by_year = (fields_of(data.folder, card) for data, card in zip(years, cards, strict=True))
    known = [fields for fields in by_year if fields]
    if not known:
        return {}
    return {
        name: known[-1][name] for name in common if len({fields[name] for fields in known}) == 1
    }


def _criteria_by_field(field_of: Mapping[str, str]) -> dict[str, list[str]]:
    criteria: dict[str, list[str]] = {}
    for criterion, name in field_of.items():
        criteria.setdefault(name, []).append(criterion)
    return criteria
