"""Whoever has the public pages, the tables of `publishable` and a computer finds no small group."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from survey_app.app import create_app
from survey_app.conduct.scoring import publish
from survey_app.office.results import read as reading
from survey_app.office.results.read import Results, UnitLine
from survey_app.office.results.withholding import for_the_public
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.settings import HERE
from survey_app.store import scorecards
from survey_app.store.engine.database import Database
from tests.analysis import small_cells
from tests.analysis.small_cells import Attacker
from tests.office import public_page
from tests.office.public_page import WITHHELD, Rows
from tests.office.scored import AT, answered_by_few, house_at
from tests.support import warm_python
from tests.support.stores import make_tables

STUDY = "sonla/2014-district"
Source = dict[str, Rows]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A wave in which few answered: its release, the public pages, the publishable tables."""

    release: Path
    study: Study
    page: Source
    tables: Source
    rule: dict[str, Any]
    whole: Results
    public: Results


@pytest.fixture(scope="module", params=[5, 8])
def published(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Published]:
    folder: Path = tmp_path_factory.mktemp("wave")
    database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
    make_tables(database.engine)
    house, study = house_at(database, folder), _study(folder / "texts", request.param)
    wave = answered_by_few(house, study, 2014, request.param)
    card = publish.score(house, wave, "lan", merge=True)
    with database.writing() as connection:
        scorecards.publish(connection, card.id, AT, "lan")
    release, scores = folder / card.release, publish.results(house, card)
    words = ["publishable", release, "--scores", scores, "--out", folder / "out"]
    program = warm_python.program()
    subprocess.run([program, "-m", "analysis", *map(str, words)], cwd=HERE, check=True)
    client = create_app(house.settings, house=house).test_client()
    whole = reading.read_results(wave, card, study.index, {})
    yield Published(
        release=release,
        study=study,
        page=public_page.read(client, wave.name, study),
        tables=small_cells.tables(folder / "out"),
        rule=small_cells.content(folder / "out")["settings"]["disclosure"],
        whole=whole,
        public=for_the_public(whole, study),
    )
    database.close()


def _study(folder: Path, publish_from: int) -> Study:
    """The districts of 2014, with another threshold."""
    shutil.copytree(library.LIBRARY / "sonla", folder / "sonla")
    index = folder / STUDY / "index.yaml"
    text = index.read_text("utf-8")
    assert "publish_from: 5" in text
    index.write_text(text.replace("publish_from: 5", f"publish_from: {publish_from}"), "utf-8")
    return library.study(STUDY, folder)


def withheld(rows: Rows, number: str, *names: str) -> set[tuple[str, ...]]:
    return {tuple(row[name] for name in names) for row in rows if row[number] == "*"}


@pytest.mark.parametrize(
    ("table", "number", "names"),
    [
        ("groups", "mean", ("unit", "group", "question")),
        ("criteria", "score", ("unit", "criterion")),
        ("fields", "score", ("unit", "field")),
        ("units", "score", ("unit",)),
        ("counts", "answered", ("unit", "group")),
    ],
)
def test_what_is_withheld_on_the_pages_is_withheld_in_the_tables_number_for_number(
    published: Published, table: str, number: str, names: tuple[str, ...]
) -> None:
    on_pages = withheld(published.page[table], number, *names)
    shown = {tuple(row[name] for name in names) for row in published.page[table]}
    assert on_pages == withheld(published.tables[table], number, *names) & shown
    assert on_pages or table == "units"


def test_what_both_show_is_the_same_number(published: Published) -> None:
    file = {row["unit"]: row for row in published.page["csv"]}
    for row in published.tables["criteria"]:
        shown = file[row["unit"]][f"points_{row['criterion']}"]
        assert shown == row["score"].replace("*", "")
    for row in published.tables["units"]:
        assert file[row["unit"]]["survey"] == row["score"].replace("*", "")
        assert file[row["unit"]]["survey_lo"] == row["lo"].replace("*", "")


@pytest.mark.parametrize("trusting", [False, True])
def test_no_small_group_follows_from_pages_and_tables_together(
    published: Published, trusting: bool
) -> None:
    attacker = Attacker(
        published.release, published.tables, published.page, min_group=2, trusting=trusting
    )
    fewest = published.study.index.publish_from
    assert len(small_cells.small(published.release, fewest)[0]) > 100
    assert attacker.fallen(published.release, fewest) == []


def test_the_threshold_travels_with_the_release(published: Published) -> None:
    manifest = json.loads((published.release / "manifest.json").read_text("utf-8"))
    fewest = published.study.index.publish_from
    assert manifest["settings"]["publish_from"] == published.rule["fewest"] == fewest
    shown = [int(row["n"]) for row in published.tables["groups"] if row["n"] != "*"]
    assert fewest <= min(count for count in shown if count) < fewest + 5


def test_as_the_office_sees_it_they_would_all_fall(published: Published) -> None:
    attacker = Attacker(published.release, published.tables, _as_tables(published), min_group=2)
    assert len(attacker.fallen(published.release)) > 100


def _as_tables(published: Published) -> Source:
    """The ratios of groups with nothing withheld."""
    questions = {leaf.code: leaf.question for leaf in published.study.index.leaves}
    groups = [
        {
            "unit": unit.unit,
            "group": g.group,
            "question": questions[line.code],
            "mean": g.mean or "",
        }
        for unit in published.whole.units
        for field in unit.fields
        for line in field.criteria
        for g in line.groups
    ]
    return {"groups": groups}


def test_a_withheld_row_of_a_page_tells_nothing_else(published: Published) -> None:
    for row in published.page["groups"]:
        if row["mean"] == "*":
            assert set(row["cells"]) - {row["cells"][-1]} <= {WITHHELD, ""}
    for row in published.page["counts"]:
        if row["answered"] == "*":
            assert set(row["cells"]) == {"–", WITHHELD}


def test_a_criterion_with_a_withheld_group_shows_no_interval(published: Published) -> None:
    hidden = withheld(published.page["groups"], "mean", "unit", "question")
    questions = {leaf.code: leaf.question for leaf in published.study.index.leaves}
    rows = [
        r for r in published.page["criteria"] if (r["unit"], questions[r["criterion"]]) in hidden
    ]
    assert rows
    assert {row["lo"] for row in rows} == {""}


def test_no_flag_speaks_of_a_group_or_a_criterion_that_is_withheld(published: Published) -> None:
    questions = {leaf.code: leaf.question for leaf in published.study.index.leaves}
    hidden = withheld(published.page["groups"], "mean", "unit", "group", "question")
    told = {unit.unit: set(unit.flags) for unit in published.whole.units}
    kinds = {flag.rpartition(":")[2] for flags in told.values() for flag in flags}
    assert {"renormalised", "below_min"} <= kinds
    for row in published.page["csv"]:
        for flag in row["flags"].split():
            about, _, rest = flag.partition(":")
            question = rest.partition(":")[0]
            assert (row["unit"], about, question) not in hidden
            if about in questions:
                asked = {place for place in hidden if place[0] == row["unit"]}
                assert questions[about] not in {place[2] for place in asked}
        assert set(row["flags"].split()) <= told[row["unit"]]


def test_nothing_public_tells_that_a_group_was_set_aside_for_one_answer(
    published: Published,
) -> None:
    """Neither its criterion's points, which would follow from the groups shown, nor their lack."""
    attacker = Attacker(published.release, published.tables, published.page, min_group=2)
    criteria = {(row["unit"], row["criterion"]): row["score"] for row in published.page["criteria"]}
    for link in attacker.links:
        asked = [r for r in attacker.links if r["criterion"] == link["criterion"]]
        for unit in published.whole.units:
            places = [(unit.unit, r["group"], r["question"]) for r in asked]
            hidden = [place for place in places if place in attacker.withheld]
            points = criteria[unit.unit, link["criterion"]]
            if hidden and points != "*":
                assert points
                assert any(attacker.counted(place) for place in hidden)


def test_a_unit_that_is_withheld_tells_neither_total_nor_place_nor_grade(
    published: Published,
) -> None:
    """Only one group of the first unit answered, and few of it."""
    first = published.whole.units[0].unit
    scores = json.loads(published.whole.card.scores)
    for row in scores["estimates"]:
        if row["unit"] == first:
            row["n_respondents"] = row["n"] = 3
            row["mean"] = row["mean"] or 0.5
    public = for_the_public(_with_scores(published.whole, scores), published.study)
    unit = public.unit(first)
    assert unit is not None
    assert unit.withheld
    assert unit.self_points == published.whole.units[0].self_points
    gone = (
        "survey",
        "survey_maximum",
        "survey_lo",
        "total",
        "maximum",
        "index",
        "lo",
        "hi",
        "rank",
    )
    assert {getattr(unit, name) for name in gone} == {None}
    assert (unit.grade, unit.grade_lo, unit.band, unit.grade_chances) == ("", "", "", {})
    unranked = [each.unit for each in public.units[_ranked(public) :]]
    assert first in unranked, "its place in the table would be its rank"
    assert unranked == sorted(unranked)
    assert [each.rank for each in public.units if each.rank] == list(range(1, _ranked(public) + 1))
    assert not any(flag == "incomplete" for flag in unit.flags)


def _ranked(results: Results) -> int:
    return sum(unit.is_ranked for unit in results.units)


def _with_scores(results: Results, scores: dict[str, Any]) -> Results:
    card = replace(results.card, scores=json.dumps(scores))
    return replace(results, card=card)


def test_where_all_are_many_nothing_is_withheld(published: Published) -> None:
    scores = json.loads(published.whole.card.scores)
    for row in scores["estimates"]:
        row["n_respondents"], row["n"] = 30, 30 if row["n"] else 0
    for row in scores["rates"]:
        row["responded"] = 30
    public = for_the_public(_with_scores(published.whole, scores), published.study)
    assert not any(_hidden(unit) for unit in public.units)
    assert any(_hidden(unit) for unit in published.public.units)


def _hidden(unit: UnitLine) -> bool:
    lines = [line for field in unit.fields for line in field.criteria]
    groups = [group for line in lines for group in line.groups]
    return any(each.withheld for each in (unit, *unit.fields, *lines, *groups, *unit.rates))


def test_groups_of_nobody_are_shown(published: Published) -> None:
    scores = json.loads(published.whole.card.scores)
    first = scores["units"][0]["unit"]
    for row in scores["estimates"]:
        if (row["unit"], row["group"]) == (first, "citizens"):
            row |= {"n_respondents": 0, "n": 0, "mean": None}
    for row in scores["rates"]:
        if (row["unit"], row["group"]) == (first, "citizens"):
            row["responded"] = 0
    unit = for_the_public(_with_scores(published.whole, scores), published.study).unit(first)
    assert unit is not None
    lines = [line for field in unit.fields for line in field.criteria]
    citizens = [group for line in lines for group in line.groups if group.group == "citizens"]
    assert citizens
    assert not any(group.withheld for group in citizens)
