"""Store to release to analysis: the answers that were given are the answers that are scored."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from survey_app.conduct import closing
from survey_app.fieldwork.disposition import CLASSES
from survey_app.questionnaire.filling.draft import Draft
from survey_app.release import writing
from survey_app.release.elsewhere import ReleaseError
from survey_app.respondent.session import RespondentSession
from survey_app.settings import Settings
from survey_app.store import tables, waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.sample import cases, substitutions
from survey_app.store.tables import cases as cases_table
from survey_app.store.tables import unspent
from survey_app.web import House
from tests.builders import ORDERS_DRAWN
from tests.fielded import Fielded, field
from tests.support import warm_python

pytestmark = pytest.mark.usefixtures("quick_processes")

IS_RUN = re.compile(r"(^|[;,\t\r\n])[=+\-@\t\r＝＋－＠]")
IS_NUMBER = re.compile(r"[+-]?[0-9]+([.][0-9]+)?(e-?[0-9]+)?").fullmatch


@pytest.fixture
def house(database_url, tmp_path):
    database = Database(database_url)
    migrate.upgrade(database)
    yield House(Settings(tmp_path, database_url, "k" * 40), database)
    database.close()


def test_a_release_holds_exactly_what_was_answered(house, tmp_path):
    wave = field(house.database, tmp_path, council=3, citizens=4)
    for token, code in zip(wave.tokens["council"], "ABD", strict=True):
        _send(house, token, {"SNV": {"leadership": code}, "STP": {"leadership": "C"}})
    for token, code in zip(wave.tokens["citizens"], ["A", "B", "KB", "D"], strict=True):
        _send(house, token, {"SNV": {"leadership": code}})
    rows = _table(_release(house, wave, tmp_path), "respondents.csv")
    given = sorted((row["group"], row["unit"], row["leadership"]) for row in rows)
    assert given == [
        ("citizens", "SNV", "A"),
        ("citizens", "SNV", "B"),
        ("citizens", "SNV", "D"),
        ("council", "SNV", "A"),
        ("council", "SNV", "B"),
        ("council", "SNV", "D"),
        ("council", "STP", "C"),
        ("council", "STP", "C"),
        ("council", "STP", "C"),
    ]


def test_a_form_without_enough_opinions_is_counted_and_not_scored(house, tmp_path):
    wave = field(house.database, tmp_path, council=2, citizens=2)
    for token in wave.tokens["citizens"]:
        _send(house, token, {"SNV": {"leadership": "KB"}})
    frame = _table(_release(house, wave, tmp_path), "frame.csv")
    citizens = next(row for row in frame if (row["unit"], row["group"]) == ("SNV", "citizens"))
    assert (citizens["n_responded"], citizens["I"], citizens["R"]) == ("0", "0", "2")


FORMULAS = ["=HYPERLINK(1)", "+a", "-a", "@SUM(1)", "\t=1", "\r=1", "a;=1+1", "＝1+1", "-1", "+5"]


def test_no_cell_of_a_release_is_a_formula_to_a_spreadsheet(house, tmp_path):
    """Not even where the store and the texts are full of them: labels were not always refused."""
    study = {
        "units": ("vi: Sở Nội vụ", "vi: '=Sở Nội vụ'"),
        "index": ("vi: Người dân", "vi: '@dân'"),
    }
    wave = field(house.database, tmp_path, council=0, citizens=3 * len(FORMULAS), study=study)
    with house.database.writing() as connection:
        for number, text in enumerate(FORMULAS * 3):  # three of each: none is joined with others
            own = cases_table.c.label == f"citizens-{number}"
            connection.execute(update(cases_table).where(own).values(psu=text))
    for token in wave.tokens["citizens"]:
        _send(house, token, {"SNV": {"leadership": "B"}})
    folder = _release(house, wave, tmp_path)
    psus = [row["psu"] for row in _table(folder, "respondents.csv")]
    assert len(set(psus)) == len(FORMULAS)
    assert {"-1", "+5"} < set(psus)
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert not [cell for cell in cells if IS_RUN.search(cell) and not IS_NUMBER(cell)], file
    _analysis("score", folder, "--out", tmp_path / "out", "--missing", "renormalise")


def test_weights_add_up_to_the_population_of_those_who_could_answer(house, tmp_path):
    wave = field(house.database, tmp_path, council=4, citizens=2)
    for token in wave.tokens["council"][:2]:
        _send(house, token, {"SNV": {"leadership": "A"}, "STP": {"leadership": "B"}})
    rows = _table(_release(house, wave, tmp_path), "respondents.csv")
    weights = [float(row["weight"]) for row in rows if row["unit"] == "SNV"]
    assert weights == [2.5 * 4 / 2] * 2  # four were drawn, two answered: each stands for two


@pytest.mark.parametrize(("outcome", "people"), [("refused", 10), ("not_eligible", 8)])
def test_with_a_stand_in_weights_add_up_to_those_who_could_answer_all_the_same(
    house, tmp_path, outcome, people
):
    """Four of ten were drawn, and one more of the reserve. Where one of the five turns out not to
    belong to the group, that is a fifth of all: eight of ten are left."""
    wave = field(house.database, tmp_path, council=4, citizens=2)
    stand_in = {"label": "R1", "grp": "council", "sample": "council", "unit": "", "asked": "*",
                "stratum": "all", "weight": "2.5", "fpc1": 10}  # fmt: skip
    with house.database.writing() as connection:
        mine = {"wave_id": wave.wave.id, "at": "", "by": "lan"}
        counts = {"file": "a", "people": 10, "drawn": 4, "reserve": 1, "digest": ""}
        draw = connection.execute(
            insert(tables.draws).values(design="{}", strata="[]", **mine, **counts)
        ).inserted_primary_key[0]
        row = {"wave_id": wave.wave.id, "draw_id": draw, "position": 1, **stand_in}
        connection.execute(insert(tables.reserve_people).values(**row))
        case = cases.find(connection, wave.wave, "council-3")
        cases.add_event(connection, case, outcome, "2026-01-06")
        told = {"day": "2026-01-06", "by": "lan", "at": "2026-01-06T00:00:00+00:00"}
        substitutions.substitute(connection, wave.wave, "council-3", "", **told)
        (link,) = cases.issue_invitations(connection, wave.wave, "2026-01-06")
    for token in (*wave.tokens["council"][:2], link.token):
        _send(house, token, {"SNV": {"leadership": "A"}, "STP": {"leadership": "B"}})
    rows = _table(_release(house, wave, tmp_path), "respondents.csv")
    weights = [float(row["weight"]) for row in rows if row["unit"] == "SNV"]
    assert len(weights) == 3
    assert sum(weights) == pytest.approx(people)


def test_a_unit_drawn_at_random_carries_its_inverse_chance(house, tmp_path):
    wave = field(house.database, tmp_path, council=6, citizens=1, asked="*1")
    for token in wave.tokens["council"]:
        _send(house, token, None)
    rows = _table(_release(house, wave, tmp_path), "respondents.csv")
    assert len(rows) == 6
    assert {row["weight"] for row in rows} == {repr(2.5 * 2)}  # one of two units: chance 1/2
    assert {row["sample"] for row in rows} == {"council"}


def test_the_frame_by_mode_adds_up_to_the_frame_and_is_scored(house, tmp_path):
    wave = field(house.database, tmp_path, council=4, citizens=8)
    on_paper = [f"citizens-{number}" for number in range(4)]
    with house.database.writing() as connection:
        connection.execute(
            update(cases_table).where(cases_table.c.label.in_(on_paper)).values(mode="paper")
        )
    for token in (*wave.tokens["council"], *wave.tokens["citizens"][1:7]):
        _send(house, token, None)
    folder = _release(house, wave, tmp_path)
    frame, modes = (_table(folder, name) for name in ("frame.csv", "frame_modes.csv"))
    citizens = [row for row in modes if (row["unit"], row["group"]) == ("SNV", "citizens")]
    assert [(row["mode"], row["n_invited"], row["n_responded"]) for row in citizens] == [
        ("paper", "4", "3"),
        ("web", "4", "3"),
    ]
    for line in frame:
        own = [row for row in modes if all(row[k] == line[k] for k in ("unit", "group"))]
        for name in ("n_invited", "n_responded", *CLASSES):
            assert sum(int(row[name]) for row in own) == int(line[name]), (line, name)
    _analysis("score", folder, "--out", tmp_path / "out", "--missing", "renormalise")
    found = json.loads((tmp_path / "out/scores.json").read_text())["rates_by_mode"]
    assert {(row["mode"], row["RR1"]) for row in found if row["group"] == "citizens"} == {
        ("paper", 3 / 4),
        ("web", 3 / 4),
    }


def test_where_modes_were_dropped_the_frame_by_mode_leaves_the_cell_out(house, tmp_path):
    wave = field(house.database, tmp_path, council=4, citizens=8)
    with house.database.writing() as connection:
        one = update(cases_table).where(cases_table.c.label == "citizens-0").values(mode="paper")
        connection.execute(one)
    for token in (*wave.tokens["council"], *wave.tokens["citizens"]):
        _send(house, token, None)
    folder = _release(house, wave, tmp_path)
    modes = {row["mode"] for row in _table(folder, "respondents.csv") if row["group"] == "citizens"}
    assert modes == {""}  # one alone on paper, joined with seven who answered online
    listed = {(row["unit"], row["group"]) for row in _table(folder, "frame_modes.csv")}
    assert ("SNV", "citizens") not in listed
    assert ("SNV", "council") in listed
    (citizens,) = (
        row
        for row in _table(folder, "frame.csv")
        if (row["unit"], row["group"]) == ("SNV", "citizens")
    )
    assert (citizens["n_invited"], citizens["n_responded"], citizens["I"]) == ("8", "8", "8")
    _analysis("score", folder, "--out", tmp_path / "out", "--missing", "renormalise")


def test_a_trial_of_an_open_wave_holds_mixed_ballots_and_no_outcome_of_any_case(house, tmp_path):
    wave = field(house.database, tmp_path, council=1, citizens=12)
    for token in wave.tokens["citizens"][:10]:
        _send(house, token, {"SNV": {"leadership": "A"}})
    assert house.mixer.mix(wave.wave) == 7  # three of a class are held back
    with house.database.reading() as connection:
        found = waves.find(connection, wave.wave.name)
        folder = writing.write(connection, found, tmp_path / "releases").folder
    assert len(_table(folder, "respondents.csv")) == 7
    assert set(_table(folder, "frame.csv")[0]) == {"unit", "group", "N", "n_invited", "n_responded"}
    _analysis("score", folder, "--out", tmp_path / "out", "--missing", "renormalise")


def test_the_same_ballots_give_the_same_bytes(house, tmp_path):
    wave = field(house.database, tmp_path)
    _send(house, wave.tokens["citizens"][0], {"SNV": {"leadership": "B"}})
    first, again = (_release(house, wave, tmp_path / name) for name in ("first", "again"))
    assert first.name == again.name
    for file in first.rglob("*"):
        if file.is_file():
            assert file.read_bytes() == (again / file.relative_to(first)).read_bytes()


def test_a_release_names_every_file_with_its_hash(house, tmp_path):
    import hashlib

    wave = field(house.database, tmp_path)
    _send(house, wave.tokens["citizens"][0], {"SNV": {"leadership": "B"}})
    folder = _release(house, wave, tmp_path)
    named = json.loads((folder / "manifest.json").read_text())["files"]
    written = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()} - {
        "manifest.json"
    }
    assert written == set(named)
    for name, about in named.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == about["sha256"]


def test_a_release_holds_no_token_no_name_and_no_free_words(house, tmp_path):
    wave = field(house.database, tmp_path)
    _send(
        house,
        wave.tokens["council"][0],
        {"SNV": {"leadership": "A"}, "STP": {"leadership": "A"}, "": {"remark": "chữ riêng tư"}},
    )
    everything = b"".join(
        f.read_bytes() for f in _release(house, wave, tmp_path).rglob("*") if f.is_file()
    )
    assert wave.tokens["council"][0].encode() not in everything
    assert "chữ riêng tư".encode() not in everything
    assert b"council-0" not in everything


def test_a_wave_whose_receipts_and_ballots_disagree_is_not_released(house, tmp_path):
    wave = field(house.database, tmp_path)
    with house.database.writing() as connection:
        connection.execute(unspent.delete())
    with pytest.raises(ReleaseError, match="invitations are spent but 0 ballots"):
        _release(house, wave, tmp_path)


def test_a_wave_that_was_never_opened_is_not_released(house, tmp_path):
    wave = field(house.database, tmp_path, opened=False)
    with pytest.raises(ReleaseError, match="never opened"):
        _release(house, wave, tmp_path)


def test_what_was_answered_is_what_is_scored(house, tmp_path):
    wave = field(house.database, tmp_path, council=7, citizens=8)
    codes = ["A", "B", "C", "D", "KB", "A", "B"]
    for token, code in zip(wave.tokens["council"], codes, strict=True):
        _send(house, token, {"SNV": {"leadership": code}, "STP": {"leadership": "B"}})
    for token, code in zip(wave.tokens["citizens"], "AABBCCDD", strict=True):
        _send(house, token, {"SNV": {"leadership": code}})
    folder = _release(house, wave, tmp_path)
    _analysis("score", folder, "--out", tmp_path / "out", "--missing", "renormalise")
    scores = {
        u["unit"]: u["score"]
        for u in json.loads((tmp_path / "out/scores.json").read_text())["units"]
    }
    council = Fraction("1") * 2 + Fraction("0.6") * 2 + Fraction("0.2")  # KB is not counted
    citizens = (Fraction(2) + Fraction("1.2") + Fraction("0.4")) / 8
    assert scores["SNV"] == pytest.approx(
        float(Fraction("1.5") * (council / 6 + citizens) / 2), rel=1e-12
    )
    assert scores["STP"] == pytest.approx(1.5 * 0.6, rel=1e-12)


def test_a_release_says_in_which_order_each_row_was_asked(house, tmp_path):
    wave = field(house.database, tmp_path, council=5, citizens=6, study=ORDERS_DRAWN)
    seeds = {}
    for token in (*wave.tokens["council"], *wave.tokens["citizens"]):
        group, seed = _send(house, token, None)
        seeds.setdefault(group, []).append(str(seed))
    folder = _release(house, wave, tmp_path)
    rows = _table(folder, "respondents.csv")
    for group, drawn in seeds.items():
        each = {row["resp_id"]: row["order_seed"] for row in rows if row["group"] == group}
        assert sorted(each.values()) == sorted(drawn)
    orders = _table(folder, "option_orders.csv")
    assert {row["seed"] for row in orders} >= {row["order_seed"] for row in rows}
    assert {row["question"] for row in orders} == {"leadership", "ways"}
    named = [row for row in _table(folder, "codebook.csv") if row["variable"] == "order_seed"]
    assert [row["groups"] for row in named] == ["council citizens"]
    _analysis("score", folder, "--out", tmp_path / "out", "--missing", "renormalise")
    scores = json.loads((tmp_path / "out/scores.json").read_text())["units"]
    assert {unit["unit"]: unit["score"] for unit in scores} == {"SNV": 1.5, "STP": 1.5}
    _analysis("screen", folder, "--out", tmp_path / "screened", "--missing", "renormalise")
    screened = json.loads((tmp_path / "screened/screening.json").read_text())
    seen = {
        each["group"]: each["n_best_first"] + each["n_worst_first"]
        for each in screened["orders"]
        if each["question"] == "leadership"
    }
    assert seen == {"council": 5, "citizens": 6}  # people, not ratings


def test_a_release_without_drawn_orders_is_what_it_was(house, tmp_path):
    wave = field(house.database, tmp_path)
    _send(house, wave.tokens["citizens"][0], {"SNV": {"leadership": "B"}})
    folder = _release(house, wave, tmp_path)
    assert not (folder / "option_orders.csv").exists()
    for name in ("respondents.csv", "codebook.csv"):
        assert "order_seed" not in (folder / name).read_text(encoding="utf-8")


def _send(
    house: House, token: str, answers: dict[str, dict[str, str]] | None
) -> tuple[str, int | None]:
    """Begin, answer every page and send. None: the first option everywhere.

    Gives back the group, and the seed that the order of its options followed.
    """
    session = RespondentSession.of(house, token)
    session.begin()
    assert isinstance(session.draft, Draft)
    for page in session.journey.pages:
        here = (
            {"leadership": "A"}
            if answers is None and page.unit
            else (answers or {}).get(page.unit, {})
        )
        session.keep(page, here, set(), left=True)
    seed = session.seed
    session.submit_ballot()
    return session.invited.grp, seed


def _release(house: House, wave: Fielded, folder: Path) -> Path:
    """The release of a wave, which is closed for it however few are alike."""
    with house.database.reading() as connection:
        state = waves.find(connection, wave.wave.name).state
    if state == "open":
        closing.close(house, wave.wave.name, "lan", accepted=True)
    with house.database.reading() as connection:
        return writing.write(
            connection, waves.find(connection, wave.wave.name), folder / "releases"
        ).folder


def _table(folder: Path, name: str) -> Sequence[dict[str, Any]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _analysis(*arguments: object) -> None:
    subprocess.run([warm_python.program(), "-m", "analysis", *map(str, arguments)], check=True)


def test_histories_tell_who_has_begun_and_who_has_sent(house, tmp_path):
    wave = field(house.database, tmp_path, council=1, citizens=2)
    RespondentSession.of(house, wave.tokens["citizens"][0]).begin()
    _send(house, wave.tokens["citizens"][1], {"SNV": {"leadership": "A"}})
    with house.database.reading() as connection:
        known = {each.label: each.history for each in cases.histories(connection, wave.wave.id)}
    assert known["citizens-0"].begun
    assert not known["citizens-0"].spent
    assert known["citizens-1"].spent
    assert not known["citizens-1"].begun
