"""California's schools, the data that R survey is explained with: its published figures are ours.

The data stay in R's package; without it there is nothing to compare with. An index of 200 to 1000
points is a coefficient from 0 to 1, and a criterion of 800 points gives the index less 200.
"""

from __future__ import annotations

import io
import subprocess
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis
from tests.support import r_survey

SCRIPT = Path(__file__).with_name("api_schools.R")
LEAST, MOST = 200, 1000
pytestmark = r_survey.needed("for its schools")


@cache
def r(what):
    """What the script prints, as a table; its labels as text."""
    asked = ["Rscript", str(SCRIPT), what]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    labels = dict.fromkeys(("cds", "stype", "sch.wide", "dnum"), str)
    return pd.read_csv(io.StringIO(done.stdout), dtype=labels)


def theirs(figure):
    """R's estimate and its standard error."""
    row = r("figures").set_index("figure").loc[figure]
    return row["value"], row["se"]


def scored(sample, year="api00", *, domains=False, population=None, **options):
    """A sample of schools as a data set: all schools one unit, or a unit for each domain."""
    schools = r(sample)
    domain = schools["stype"] + "." + schools["sch.wide"]
    is_strat = sample == "strat"
    people = pd.DataFrame(
        {
            "resp_id": schools["cds"],
            "unit": domain if domains else "all",
            "group": "schools",
            "sample": sample if domains else None,
            "stratum": schools["stype"] if is_strat else "all",
            "psu": schools["cds"] if is_strat else schools["dnum"],
            "weight": schools["weight"],
            "fpc1": schools["fpc1"],
            "fpc2": schools["fpc2"],
            "stype": schools["stype"],
            "wide": schools["sch.wide"],
            "index": schools[year],
        }
    )
    criteria = pd.DataFrame(
        {"criterion": [year], "max_points": MOST - LEAST, "group": "schools", "question": "index",
         "group_weight": 1}
    )  # fmt: skip
    levels = np.unique(schools[year])
    coefs = (levels - LEAST) / (MOST - LEAST)
    options_csv = pd.DataFrame({"question": "index", "option": levels, "coef": coefs})
    data = analysis.read_frame(people, criteria, options_csv, population=population)
    return analysis.score(data, **options).units


def ours(units, unit="all"):
    return units.loc[unit, "score"] + LEAST, units.loc[unit, "se"]


# As printed on the pages that explain the package: r-survey.r-forge.r-project.org/survey,
# example-summary.html and example-domain.html, ?svymean and ?svydesign.
PUBLISHED = {
    ("strat", "api00"): ("662.29", "9.4089"),
    ("clus1", "api00"): ("644.169399", "23.5422"),
    ("clus1", "api99"): ("606.978142", "24.2250"),
    ("clus2", "api00"): ("670.81", "30.099"),
}
PUBLISHED_DOMAINS = {
    "E.No": ("601.6667", "596.3333", "47.27582", "43.49010"),
    "E.Yes": ("608.3485", "653.6439", "21.52493", "20.31720"),
    "H.No": ("662.0000", "659.3333", "29.23003", "27.00275"),
    "H.Yes": ("577.6364", "607.4545", "46.50125", "43.70468"),
    "M.No": ("611.3750", "606.3750", "41.11886", "41.11686"),
    "M.Yes": ("607.2941", "643.2353", "42.53046", "42.12850"),
}


def as_printed(value, printed):
    places = len(printed.partition(".")[2])
    return f"{value:.{places}f}" == printed


@pytest.mark.parametrize(("sample", "year"), PUBLISHED)
def test_published_means_and_their_errors(sample, year):
    found = ours(scored(sample, year))
    for value, printed in zip(found, PUBLISHED[sample, year], strict=True):
        assert as_printed(value, printed)


@pytest.mark.parametrize("domain", PUBLISHED_DOMAINS)
def test_published_means_of_domains(domain):
    of_99, of_00 = (
        ours(scored("clus1", year, domains=True), domain) for year in ("api99", "api00")
    )
    found = of_99[0], of_00[0], of_99[1], of_00[1]
    for value, printed in zip(found, PUBLISHED_DOMAINS[domain], strict=True):
        assert as_printed(value, printed)


@pytest.mark.parametrize(("sample", "year"), list(product(("strat", "clus1", "clus2"),
                                                          ("api00", "api99"))))  # fmt: skip
def test_stratified_one_stage_and_two_stage_samples_are_rs_to_the_last_digits(sample, year):
    np.testing.assert_allclose(
        ours(scored(sample, year)), theirs(f"{sample} {year}"), rtol=1e-10, atol=0
    )


@pytest.mark.parametrize(("sample", "domain"), list(product(("clus1", "clus2"), PUBLISHED_DOMAINS)))
def test_domains_are_rs_to_the_last_digits(sample, domain):
    np.testing.assert_allclose(
        ours(scored(sample, domains=True), domain),
        theirs(f"{sample} api00 {domain}"),
        rtol=1e-10,
        atol=0,
    )


def margins(**counts):
    """Cells whose margins are the counts, as if covariates had nothing to do with each other."""
    total = sum(next(iter(counts.values())).values())
    rows = []
    for cell in product(*(own.items() for own in counts.values())):
        count = total * np.prod([own / total for _, own in cell])
        rows.append(dict(zip(counts, [value for value, _ in cell], strict=True)) | {"count": count})
    return pd.DataFrame(rows).assign(unit="all", group="schools")


TYPES = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}


def test_raking_to_school_type_and_target_is_rs():
    population = margins(stype=TYPES, wide=WIDE)
    found = ours(scored("clus1", population=population, weights="raked"))
    np.testing.assert_allclose(found, theirs("raked api00"), rtol=1e-7)
    assert as_printed(found[0], "641.23")


def test_post_stratification_to_school_type_is_rs():
    found = ours(scored("clus1", population=margins(stype=TYPES), weights="poststratified"))
    np.testing.assert_allclose(found, theirs("poststratified api00"), rtol=1e-10)


def test_the_jackknife_is_rs_raked_or_not():
    for figure, choices in (
        ("clus1 jackknife api00", {}),
        (
            "raked jackknife api00",
            {"weights": "raked", "population": margins(stype=TYPES, wide=WIDE)},
        ),
    ):
        units = scored("clus1", variance="jkn", **choices)
        value, se = theirs(figure)
        np.testing.assert_allclose(units.loc["all", "score"] + LEAST, value, rtol=1e-7)
        np.testing.assert_allclose(units.loc["all", "se_jkn"], se, rtol=1e-6)
