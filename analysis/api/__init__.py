"""The public face: what `import analysis` gives. DataFrames around what stands below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import results
from analysis.api.options import joined, with_options
from analysis.api.survey_comparison import SurveyComparison
from analysis.api.survey_data import SurveyData
from analysis.api.survey_results import SurveyResults
from analysis.comparison.comparison import ComparisonRules
from analysis.comparison.comparison import compare as comparison_of
from analysis.dataset import reader
from analysis.dataset.key_changes import KeyChanges
from analysis.io import frames
from analysis.problems import Problem, ProblemsFound
from analysis.ranking.league_table import Rules
from analysis.results import Choices, of_kinds
from analysis.scoring.settings import Settings
from analysis.verification.verify import Verification
from analysis.verification.verify import verify as verification_of
from analysis.weighting import nonresponse_adjustment

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "SurveyComparison",
    "SurveyData",
    "SurveyResults",
    "Verification",
    "compare",
    "read",
    "read_frame",
    "score",
    "verify",
]


def read(folder: str | Path) -> SurveyData:
    """Read a folder of survey answers, and check all of it.

    Parameters
    ----------
    folder : str or Path
        A folder with respondents.csv (or respondents.parquet), options.csv and criteria.csv, and
        maybe frame.csv, population.csv, units.csv and more; ``~`` is the reader's home. A release
        of ``cchc`` is one.

    Returns
    -------
    SurveyData
        What `score` takes; a notebook shows it as a table of how many answered.

    Raises
    ------
    ProblemsFound
        When a file is missing or not sound. Its `problems` are all faults of all files, each with
        file, line, column and a remedy; printed, it lists them.

    Examples
    --------
    >>> import analysis
    >>> data = analysis.read("tests/reference/clean")
    >>> data.groups
    ('leaders', 'delegates', 'businesses', 'citizens')
    """
    return SurveyData(reader.read(Path(folder).expanduser()))


def read_frame(  # noqa: PLR0913 - a table each
    respondents: DataFrame,
    criteria: DataFrame,
    options: DataFrame,
    frame: DataFrame | None = None,
    *,
    population: DataFrame | None = None,
    units: DataFrame | None = None,
    codebook: DataFrame | None = None,
    frame_modes: DataFrame | None = None,
    response_classes: DataFrame | None = None,
) -> SurveyData:
    """Take survey answers that are in memory, and check them as `read` does.

    Each DataFrame has the columns of the CSV file of its name. Cells are labels whatever their
    dtype: text is itself, a whole number its digits (1, 1.0 and "1" are the label ``1``), True and
    False are ``True`` and ``False``, and what pandas counts as missing is blank. The results are
    those of `read` on a folder with the same labels, to the last byte.

    Parameters
    ----------
    respondents : DataFrame
        A row for each person and unit rated: resp_id, unit, group, stratum, psu, weight, maybe
        sample, fpc1 and fpc2, and a column for each question; all other columns are covariates.
    criteria : DataFrame
        criterion, max_points, group, question, group_weight, and maybe average.
    options : DataFrame
        question, option, coef (from 0 to 1; missing: the option carries no opinion).
    frame : DataFrame, optional
        unit, group, N, n_invited, n_responded, and maybe outcomes by AAPOR class.
    population : DataFrame, optional
        unit, group, count and covariates: the cells that weights are calibrated to.
    units : DataFrame, optional
        unit, and maybe name_vi, name_en and class.
    codebook : DataFrame, optional
        variable, label_vi, code and code_label_vi: words for `SurveyResults.explain`.
    frame_modes : DataFrame, optional
        The frame by mode of answering: unit, group, mode, n_invited, n_responded.
    response_classes : DataFrame, optional
        unit, group, n_invited and covariates: the classes of ``adjust="classes"``.

    Returns
    -------
    SurveyData
        What `score` takes. Its fingerprints are of the cells, since there are no files.

    Raises
    ------
    ProblemsFound
        When the data are not sound: all faults, each with DataFrame, row and column. Dates, lists
        and other values that are neither text nor numbers are faults.
    TypeError
        When an argument is no pandas DataFrame.

    Examples
    --------
    >>> import analysis, pandas as pd
    >>> people = pd.DataFrame({"resp_id": [1, 2, 3, 4], "unit": "U1", "group": "citizens",
    ...                        "stratum": "all", "psu": [1, 2, 3, 4], "weight": 1.0,
    ...                        "q1": ["A", "A", "B", None]})
    >>> criteria = pd.DataFrame({"criterion": ["C1"], "max_points": [10], "group": ["citizens"],
    ...                          "question": ["q1"], "group_weight": [1]})
    >>> options = pd.DataFrame({"question": "q1", "option": ["A", "B"], "coef": [1, 0.5]})
    >>> results = analysis.score(analysis.read_frame(people, criteria, options))
    >>> round(float(results.units.loc["U1", "score"]), 2)
    8.33
    """
    given = {
        "respondents": (respondents, reader.COLUMNS),
        "options": (options, reader.NEEDED["options"]),
        "criteria": (criteria, reader.NEEDED["criteria"]),
        "frame": (frame, reader.OPTIONAL["frame"]),
        "population": (population, reader.OPTIONAL["population"]),
        "frame_modes": (frame_modes, reader.OPTIONAL["frame_modes"]),
        "units": (units, reader.OPTIONAL["units"]),
        "codebook": (codebook, reader.OPTIONAL["codebook"]),
        "response_classes": (response_classes, nonresponse_adjustment.COLUMNS),
    }
    problems: list[Problem] = []
    tables = {
        name: frames.table_of(name, content, columns, problems)
        for name, (content, columns) in given.items()
        if content is not None or name in ("respondents", *reader.NEEDED)
    }
    prints = {f"{name} (DataFrame)": t.fingerprint() for name, t in tables.items() if t}
    classes = tables.pop("response_classes", None)
    with _in_words_of(in_memory=True):
        data = reader.assemble(tables, problems, frames.MEMORY)
    return SurveyData(replace(data, fingerprints=prints, response_classes=classes))


def score(data: SurveyData, settings: Settings | None = None, **options: Any) -> SurveyResults:
    """Score and rank every unit of a data set.

    Names and values of the options are those of ``python -m analysis score``.

    Parameters
    ----------
    data : SurveyData
        What `read` or `read_frame` returned.
    settings : Settings, optional
        Options of the scoring in one; those given by name go before it.
    level : float, default 0.95
        Confidence level of every interval, between 0 and 1.
    lonely_psu : {"report", "remove", "adjust", "average"}, default "report"
        What a stratum with one sampling unit of several adds to a variance: it has no standard
        error; nothing; its deviation from 0; the mean of the sample's other strata.
    weights : {"base", "poststratified", "raked"}, default "base"
        Weights as they are, or calibrated to the population.
    missing : {"strict", "renormalise"}, default "strict"
        A group without answers: no score, or its weight goes to the others.
    min_group : int, default 1
        Answers that a group must give to a question, else it is set aside.
    variance : {"taylor", "jkn"}, default "taylor"
        Standard errors by linearisation, or by delete-one-PSU jackknife.
    adjust : {"none", "frame", "classes"}, default "none"
        Base weights times invited over responding, by unit and group or by response class.
    trim : float, optional
        Weights are capped at so many times the median of their unit and group, 1 or more.
    max_error : float or str, optional
        The largest half-width of an interval that may be ranked: points (``1.5``), or a share of
        the unit's maximum (``"5%"``).
    rank_method : {"holm", "holm-t", "mrsw"}, default "holm"
        How units are told apart: z tests of all pairs; t tests with the degrees of freedom of each
        difference; the largest difference, simulated.
    top : sequence of int, default (1, 3, 5)
        The k of the chances of being among the first and the last k.
    seed, draws : int, default 1 and 10000
        For what is simulated.
    group_weights : mapping, optional
        Weights of groups in place of those of criteria.csv: ``{group: weight}``, and for one
        criterion ``{criterion: {group: weight}}`` or ``{(criterion, group): weight}``, which goes
        before the other. The weights of a criterion are divided by their sum. Groups that are not
        named keep the weight of criteria.csv; one of weight 0 is left out.
    coefficients : mapping, optional
        What options are worth in place of options.csv, from 0 to 1, or None for no opinion:
        ``{option: coef}``, ``{question: {option: coef}}`` or ``{(question, option): coef}``.
        Options that are not named keep theirs.

    Returns
    -------
    SurveyResults
        Tables, charts and files; `settings` holds every option, these two included.

    Raises
    ------
    TypeError
        When there is no such option; the message lists all.
    ValueError
        When a value is none of those allowed, or names a group, criterion, question or option that
        the data have not; the message lists what is allowed.
    ProblemsFound
        When the data lack what an option needs, such as the population that weights are raked to.

    Examples
    --------
    >>> import analysis
    >>> data = analysis.read("tests/reference/clean")
    >>> results = analysis.score(data, missing="renormalise", rank_method="holm-t")
    >>> results.units.loc["U01", ["rank", "rank_lo", "rank_hi"]].tolist()
    [1, 1, 3]
    """
    _need_data("data", data)
    choices = Choices.of(joined(settings, options))
    with _in_words_of(in_memory=data.in_memory):
        scored = results.compute(data.dataset, choices.settings, choices.rules, choices.key)
    return SurveyResults(data, scored)


def compare(
    last: SurveyData, this: SurveyData, settings: Settings | None = None, **options: Any
) -> SurveyComparison:
    """Compare this year with last, unit by unit: what changed, and how surely.

    Only criteria that both years ask and score alike count, in both years. Names and values of the
    options are those of ``python -m analysis compare``.

    Parameters
    ----------
    last, this : SurveyData
        The two years, as `read` or `read_frame` returned them.
    settings : Settings, optional
        How both are scored; options of the scoring given by name go before it.
    level, lonely_psu, weights, missing, min_group, variance, adjust, trim : optional
        How both are scored, as in `score`; variances are linearised (``"taylor"``).
    panel : str or mapping from group to str, default "none"
        What equal labels of the two years mean: ``"none"``, ``"psus"`` or ``"persons"``, for all
        groups or by group; the key ``"*"`` is for the groups that are not named. A panel needs
        data from folders, where the labels of the two years are read again.
    reworded : {"compare", "leave-out"}, default "compare"
        What becomes of a criterion whose questions or options were reworded.
    rank_method : {"holm", "holm-t", "mrsw"}, default "holm-t"
        How units are told apart for ranks.
    seed, draws : int, default 1 and 10000
        Of ``"mrsw"``.

    Returns
    -------
    SurveyComparison
        Tables and files.

    Raises
    ------
    TypeError
        When there is no such option; the message lists all.
    ValueError
        When a value is none of those allowed; the message lists them. When a panel is declared of
        data that came from DataFrames.
    ProblemsFound
        When nothing can be compared, or a file that says what can is not sound.
    """
    _need_data("last", last)
    _need_data("this", this)
    scoring, rules = of_kinds(joined(settings, options), Settings, ComparisonRules)
    in_memory = last.in_memory or this.in_memory
    if in_memory and rules.get("panel", "none") != "none":
        raise ValueError("panel: data from DataFrames keep no labels to compare; read folders")
    with _in_words_of(in_memory=in_memory):
        comparison = comparison_of(
            last.dataset, this.dataset, Settings(**scoring), ComparisonRules(**rules)
        )
    return SurveyComparison(comparison)


def verify(
    release: str | Path,
    results: str | Path,
    *,
    scores: str | Path | None = None,
    merge_folder: str | Path | None = None,
    scenarios: str | Path | None = None,
    last: str | Path | None = None,
    before: Sequence[str | Path] = (),
) -> Verification:
    """Compute results again from a release, and compare every number and every decision.

    Parameters
    ----------
    release : str or Path
        The folder that was scored.
    results : str or Path
        A folder that a command or `SurveyResults.write` wrote, with its manifest.json.
    scores : str or Path, optional
        The folder with scores.json or merged.json, if it is neither of the two.
    merge_folder : str or Path, optional
        The folder with index.csv and self_assessment.csv, if it is not the release.
    scenarios : str or Path, optional
        The file that declared the scenarios of a sensitivity analysis, if it lies in neither.
    last : str or Path, optional
        The folder of last year's data set, where `results` is a comparison of two years.
    before : sequence of str or Path, optional
        Folders with the scores of tables that were published earlier, the oldest first, where
        `results` were made by ``python -m analysis publishable --before``.

    Returns
    -------
    Verification
        ``ok`` says whether everything follows from the release, ``verdict`` says it in a line, and
        ``print(verification.text())`` lists what differs. Files that are missing or malformed are
        among its problems; nothing is raised for them.

    Examples
    --------
    >>> import analysis, tempfile
    >>> data = analysis.read("tests/reference/clean")
    >>> with tempfile.TemporaryDirectory() as out:
    ...     folder = analysis.score(data, group_weights={"leaders": 0.4}).write(out)
    ...     analysis.verify("tests/reference/clean", folder).ok
    True
    """
    folders = {"scores": scores, "merge_folder": merge_folder, "scenarios": scenarios, "last": last}
    given = {name: Path(folder) for name, folder in folders.items() if folder is not None}
    earlier = tuple(map(Path, before))
    return verification_of(Path(release), Path(results), before=earlier, **given)


def _need_data(name: str, value: Any) -> None:
    if not isinstance(value, SurveyData):
        kind = type(value).__name__
        raise TypeError(f"{name} is what `read` or `read_frame` returned, not {kind}")


@contextmanager
def _in_words_of(*, in_memory: bool) -> Iterator[None]:
    """Faults of DataFrames name no files."""
    try:
        yield
    except ProblemsFound as error:
        if in_memory:
            raise frames.reworded(error.problems) from None
        raise


with_options(score, Settings, Rules, KeyChanges)
with_options(compare, Settings, ComparisonRules)
