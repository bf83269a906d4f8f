"""The rows of a release are those that a plain loop over the store would write, byte for byte.

The loop stands here: a row a rating, in the words of docs/reference/analysis-data-set.md. What it
is held against works on columns, some ballots at a time.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from sqlalchemy import delete, insert, select, update

from survey_app.fieldwork import csv_out, disposition
from survey_app.questionnaire import library
from survey_app.release import columns, writing
from survey_app.release.elsewhere import ReleaseError
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.answers import whole_waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.sample import alike, cases
from survey_app.store.sample.alike import Alike
from survey_app.store.sample.cases import Known
from tests.builders import ORDERS_DRAWN
from tests.fielded import field
from tests.support import warm_python

STRATA = ("all", "a, b", 'xã "Chiềng An"', "=1+1")
PSUS = ("", "", "bản 1", "-1", "+x", "p\r\nq", "a;=1")
WORDS = ["góp ý", 'nói "thẳng"\nhai dòng', "a\\b\tc \u2028", "={}"]
_SCORED = (
    "        scale: yes_no\n        ask_if:\n          used_service: [1]\n",
    "        scale: level4\n        ask_if:\n",
)
CODES = ("A", "B", "C", "D", "KB")
COLUMNS = (
    *("resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "fpc2"),
    *("mode", "language", "pace", "position", "order_seed"),
    *("leadership", "used_service", "ways", "age", "last_visit", "waiting"),
)


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A closed wave, most of whose people have answered something or other."""
    database = Database(database_url)
    migrate.upgrade(database)
    study = {**ORDERS_DRAWN, "citizens": [*_changes(ORDERS_DRAWN["citizens"]), _SCORED]}
    field(database, tmp_path, council=40, citizens=120, study=study)
    rng = random.Random(20261128)
    with database.writing() as connection:
        for case in connection.execute(select(t.cases).order_by(t.cases.c.id)).all():
            stratum, psu = rng.choice(STRATA), rng.choice(PSUS)
            design = {
                "stratum": stratum,
                "psu": psu,
                "weight": rng.choice(("2.5", "1", "0.333333", "12.05")),
                "fpc1": 400 if STRATA.index(stratum) % 2 else None,
                "fpc2": 600 if case.grp == "citizens" else None,
                "mode": rng.choice(("web", "paper", "")),
            }
            mine = t.cases.c.id == case.id
            connection.execute(update(t.cases).where(mine).values(**design))
            if rng.random() < 0.8:
                connection.execute(delete(t.unspent).where(t.unspent.c.case_id == case.id))
                _cast(connection, rng, {**case._mapping, **design})
            elif rng.random() < 0.5:
                kind = rng.choice(("refused", "not_eligible", "issued", "delivery_failed"))
                noted = {"day": "2026-01-06", "detail": "", "by": "lan"}
                connection.execute(insert(t.events).values(case_id=case.id, kind=kind, **noted))
        connection.execute(update(t.waves).values(closed_at="2026-02-01T01:00:00+00:00"))
    yield database
    database.close()


def _changes(change: Any) -> list[tuple[str, str]]:
    return [change] if isinstance(change, tuple) else list(change)


def _cast(connection: Any, rng: random.Random, case: Mapping[str, Any]) -> None:
    key = f"{rng.getrandbits(128):032x}"
    own = ("wave_id", "grp", "sample", "stratum", "psu", "weight", "fpc1", "fpc2", "mode")
    about = {"remark": rng.choice(WORDS)}
    if case["grp"] == "citizens":
        about |= {"used_service": rng.choice("12"), "age": str(rng.randrange(18, 90))}
        about |= {"ways": "counter online"} if about["used_service"] == "1" else {}
    connection.execute(
        insert(t.ballots).values(
            id=key,
            questionnaire="q",
            version=1,
            language=rng.choice(("vi", "en")),
            pace="usual",
            about=json.dumps(about, ensure_ascii=rng.random() < 0.5),
            order_seed=rng.choice((None, 3, 11)),
            **{name: case[name] for name in own},
        )
    )
    for position, unit in enumerate(["STP", "SNV"] if case["sample"] else [case["unit"]], 1):
        skipped = rng.random() < 0.1
        answers = {
            name: rng.choice(CODES)
            for name in ("leadership", "waiting")
            if rng.random() < 0.85 and not skipped
        }
        connection.execute(
            insert(t.ratings).values(
                ballot_id=key, unit=unit, position=position, skipped=skipped,
                chance=rng.choice(("1", "1/2", "12/75")) if case["sample"] else "1",
                answers=json.dumps(answers),
            )
        )  # fmt: skip


def looped(database: Database, left_out: frozenset[str] = frozenset()) -> bytes:
    """respondents.csv of the wave, by a loop over everything that the store has."""
    with database.reading() as connection:
        cases = connection.execute(select(t.cases)).all()
        gone = select(t.events.c.case_id).where(t.events.c.kind == "not_eligible")
        gone = set(connection.execute(gone).scalars())
        gone -= {c.id for c in cases} - set(connection.execute(select(t.unspent)).scalars())
        ballots = connection.execute(select(t.ballots).order_by(t.ballots.c.id)).all()
        ratings = sorted(connection.execute(select(t.ratings)).all())
    eligible = Counter(
        (c.grp, c.sample, "" if c.sample else c.unit, c.stratum) for c in cases if c.id not in gone
    )
    valid: Counter[tuple[str, ...]] = Counter()
    rows = []
    for ballot in ballots:
        own = [rating for rating in ratings if rating.ballot_id == ballot.id]
        if ballot.id in left_out or not is_valid(ballot.grp, own):
            continue
        place = ballot.grp, ballot.sample, "" if ballot.sample else own[0].unit, ballot.stratum
        valid[place] += 1
        rows += [(place, ballot, rating) for rating in own]
    return csv_out.data(
        COLUMNS,
        (
            row(ballot, rating, Fraction(max(eligible[place], valid[place]), valid[place]))
            for place, ballot, rating in rows
        ),
    ).encode()


def is_valid(group: str, ratings: list[Any]) -> bool:
    """Whether half of what was asked, or more, was answered with an opinion."""
    asked = opinions = 0
    for rating in ratings:
        given = json.loads(rating.answers)
        names = ["leadership"] if group == "council" else ["leadership", "waiting"]
        if given.get("leadership") not in {"C", "D"}:
            names = names[:1]
        for name in () if rating.skipped else names:
            asked += 1
            opinions += given.get(name, "KB") != "KB"
    return asked > 0 and 2 * opinions >= asked


def row(ballot: Any, rating: Any, adjusted: Fraction) -> list[object]:
    """A row of respondents.csv."""
    weight = Fraction(Decimal(ballot.weight)) * adjusted / Fraction(rating.chance)
    given = json.loads(ballot.about) | json.loads(rating.answers)
    design = [ballot.id, rating.unit, ballot.grp, ballot.sample, ballot.stratum]
    numbers = [ballot.fpc1, ballot.fpc2]
    paradata = [ballot.mode, ballot.language, ballot.pace, rating.position, ballot.order_seed]
    answers = [given.get(name, "") for name in COLUMNS[14:]]
    return [*design, ballot.psu or ballot.id, repr(float(weight)), *numbers, *paradata, *answers]


def released(database: Database, folder: Path, packed: Path | None = None, **how: Any) -> Path:
    """The folder of a release."""
    with database.reading() as connection:
        wave = waves.find(connection, "test")
        return writing.write(connection, wave, folder, packed=packed, **how).folder


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_rows_are_those_of_a_loop_over_the_store(database, tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(whole_waves, "AT_ONCE", at_once)
    written = (released(database, tmp_path / "releases") / "respondents.csv").read_bytes()
    assert written.decode() == looped(database).decode()
    assert 100 < written.count(b"\n") < 200
    manifest = json.loads((next((tmp_path / "releases").iterdir()) / "manifest.json").read_text())
    counts = manifest["counts"]
    assert 0 < counts["valid_ballots"] < counts["ballots"], "some forms are not valid"


def test_every_ballot_is_in_one_batch_which_never_has_more_of_them_than_it_may_have_ratings(
    database, monkeypatch
):
    monkeypatch.setattr(whole_waves, "AT_ONCE", 40)
    with database.reading() as connection:
        wave = waves.find(connection, "test")
        batches = [json.loads(text) for text in whole_waves.batches(connection, wave.id)]
        stored = connection.execute(select(t.ballots.c.id).where(t.ballots.c.wave_id == wave.id))
        assert [key for batch in batches for key in batch["id"]] == sorted(stored.scalars())
    assert len(batches) > 2
    for batch in batches:
        assert len(batch["id"]) <= 40
        assert list(dict.fromkeys(batch["ballot_id"])) == batch["id"], "each rates something"
        assert {len(batch[name]) for name in whole_waves.RATING} == {len(batch["unit"])}


@pytest.mark.parametrize("lacking", ["id", "ballot_id"])
def test_a_batch_whose_ballots_are_not_those_of_its_ratings_is_refused(database, lacking):
    with database.reading() as connection:
        wave = waves.find(connection, "test")
        study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
        batch = json.loads(next(whole_waves.batches(connection, wave.id)))
    schema = columns.shape(study)
    assert columns.read(json.dumps(batch), schema).forms == len(batch["id"])
    last = batch["id"][-1]
    kept = [key for key in batch[lacking] if key != last]
    with pytest.raises(ValueError, match="are not those of its ratings"):
        columns.read(json.dumps({**batch, lacking: kept}), schema)


def test_the_parquet_holds_what_is_read_from_the_csv(database, tmp_path):
    packed = tmp_path / "rows.parquet"
    folder = released(database, tmp_path / "releases", packed)
    with (folder / "respondents.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.reader(file))
    content = parquet.read_table(packed)
    assert content.column_names == read[0]
    columns = [[_text(cell) for cell in column.to_pylist()] for column in content.columns]
    assert [list(row) for row in zip(*columns, strict=True)] == read[1:]


def _text(cell: object) -> str:
    return "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)


def test_scores_are_the_same_bytes_from_either_with_or_without_pages(database, tmp_path):
    packed = tmp_path / "rows.parquet"
    folder = released(database, tmp_path / "releases", packed)
    how = ("--missing", "renormalise", "--min-group", "2", "--rank-method", "holm-t")
    out, alone = tmp_path / "out", tmp_path / "alone"
    analysis("score", folder, "--out", alone, *how)
    analysis("detail", folder, "--scores", alone, "--out", tmp_path / "alone-detail")
    packed_too = ("--packed", packed, "--detail", tmp_path / "out-detail")
    analysis("score", folder, "--out", out, *how, *packed_too)
    assert files(out) == files(alone)
    assert files(tmp_path / "out-detail") == files(tmp_path / "alone-detail")
    assert len(files(out)) > 5
    assert "units/SNV.json" in files(tmp_path / "out-detail")


def analysis(*arguments: object) -> None:
    subprocess.run([warm_python.program(), "-m", "analysis", *map(str, arguments)], check=True)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_damaged_release_is_mended_and_nothing_else_is_left(database, tmp_path):
    parent = tmp_path / "releases"
    folder = released(database, parent)
    before = files(folder)
    (folder / "results-kept").mkdir()
    rows = folder / "respondents.csv"
    rows.write_bytes(rows.read_bytes()[:-20])
    (folder / "frame.csv").unlink()
    assert released(database, parent) == folder
    assert files(folder) == before
    assert (folder / "results-kept").is_dir()
    assert list(parent.iterdir()) == [folder]


def test_a_release_that_dies_halfway_leaves_nothing(database, tmp_path, monkeypatch):
    parent = tmp_path / "releases"
    monkeypatch.setattr(whole_waves, "AT_ONCE", 50)
    with database.writing() as connection:
        last = select(t.ballots.c.id).order_by(t.ballots.c.id.desc()).limit(1)
        mine = t.ratings.c.ballot_id == connection.execute(last).scalar_one()
        connection.execute(update(t.ratings).where(mine).values(chance="0"))
    with pytest.raises(ZeroDivisionError):
        released(database, parent)
    assert list(parent.iterdir()) == []


def test_what_was_left_by_a_release_that_was_killed_goes_with_a_later_one(database, tmp_path):
    parent = tmp_path / "releases"
    left, working = parent / ".part-left", parent / ".part-working"
    for folder in (left, working):
        (folder / "release").mkdir(parents=True)
        (folder / "rows.arrow").write_bytes(b"answers")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    folder = released(database, parent)
    assert sorted(parent.iterdir()) == sorted([working, folder])


def test_receipts_are_compared_before_a_row_is_shown(database, tmp_path):
    with database.writing() as connection:
        connection.execute(t.unspent.delete())
    with pytest.raises(ReleaseError, match="invitations are spent"):
        released(database, tmp_path / "releases")
    assert list((tmp_path / "releases").iterdir()) == []


def test_csv_cells_are_what_a_table_holds():
    for text in (*STRATA, *PSUS, *WORDS, "", "0.5", "x" * 40):
        cell = csv_out.cell(text)
        table = csv_out.data(("a", "b"), [("", text)])
        assert table == f"a,b\n,{cell}\n"
        assert next(csv.reader(io.StringIO(f",{cell}\n", newline="")))[1] == csv_out.in_data(text)


@pytest.mark.parametrize("is_trial", [False, True])
def test_cases_counted_by_the_database_are_those_of_a_loop(database, is_trial):
    with database.reading() as connection:
        wave = waves.find(connection, "test").id
        counted: Counter[tuple[str, ...]] = Counter()
        for them in alike.of_wave(connection, wave, is_trial=is_trial):
            counted[told(them, is_trial=is_trial)] += them.size
        histories = list(cases.histories(connection, wave))
    assert counted == Counter(told(each, is_trial=is_trial) for each in histories)
    assert len({outcome for *_, outcome in counted}) > 3


def told(known: Known | Alike, *, is_trial: bool) -> tuple[str, ...]:
    """What a frame counts of a case."""
    history = replace(known.history, spent=known.history.spent and not is_trial)
    design = (*known.cell, known.stratum, known.mode, known.home_unit)
    return *design, str(known.history.spent), disposition.of(history).code
