"""`python -m analysis`, as a stranger runs it."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import subprocess
import sys
import time

from tests.analysis import small
from tests.analysis.reference import HERE, expected

ROOT = HERE.parent.parent


def run(*arguments, before=""):
    code = f"import sys; {before}\nfrom analysis.__main__ import main\nsys.exit(main())"
    call = [sys.executable, "-c", code] if before else [sys.executable, "-m", "analysis"]
    return subprocess.run(
        [*call, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_scores_are_written_as_json_and_as_tables(tmp_path):
    done = run("score", HERE / "missing", "--out", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert {
        "settings",
        "level",
        "units",
        "criteria",
        "estimates",
        "covariance",
        "covariance_nr",
        "ranks",
        "rates",
    } <= set(found)
    wanted = {
        s["unit"]: s
        for s in expected("missing")["scores"]
        if (s["policy"], s["weights"]) == ("strict", "base")
    }
    for row in found["units"]:
        assert math.isclose(row["score"], wanted[row["unit"]]["score"], rel_tol=1e-9)
        assert math.isclose(row["se"], wanted[row["unit"]]["se"], rel_tol=1e-9)
    for name in ("units", "criteria", "estimates", "ranks", "rates"):
        with (tmp_path / f"{name}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(found[name])
        for ours, theirs in zip(rows, found[name], strict=True):
            for key, value in theirs.items():
                if isinstance(value, float):
                    assert float(ours[key]) == value


def test_ranks_on_few_degrees_of_freedom_are_noted_unless_t_tests_were_asked_for(tmp_path):
    plain = run("score", HERE / "missing", "--out", tmp_path / "z")
    assert plain.stderr.startswith("note: few_df: ")
    assert plain.stderr.count("\n") == 1
    student = run("score", HERE / "missing", "--out", tmp_path / "t", "--rank-method", "holm-t")
    assert student.stderr == ""
    z, t = (
        json.loads((tmp_path / name / "scores.json").read_text(encoding="utf-8"))
        for name in ("z", "t")
    )
    assert len(z["notes"]) == 1
    assert t["notes"] == []
    by_z, by_t = ([(row["lo_t"], row["hi_t"]) for row in each["ranks"]] for each in (z, t))
    assert by_z == by_t == [(row["lo"], row["hi"]) for row in t["ranks"]]
    assert by_z != [(row["lo"], row["hi"]) for row in z["ranks"]]


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    for out in ("a", "b"):
        assert run("score", HERE / "edge", "--out", tmp_path / out).returncode == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert set(manifest["inputs"]) >= {"respondents.csv", "options.csv", "criteria.csv"}


def test_every_setting_can_be_given(tmp_path):
    done = run(
        "score",
        HERE / "edge",
        "--out",
        tmp_path,
        "--level",
        "0.9",
        "--lonely-psu",
        "adjust",
        "--weights",
        "raked",
        "--missing",
        "renormalise",
        "--min-group",
        "3",
        *("--max-error", "20%", "--rank-method", "mrsw", "--top", "2", "4"),
        *("--seed", "7", "--draws", "500"),
        *("--variance", "jkn", "--adjust", "frame", "--trim", "4"),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert found["settings"] == {
        "level": 0.9,
        "lonely_psu": "adjust",
        "weights": "raked",
        "missing": "renormalise",
        "min_group": 3,
        "max_error": "20%",
        "rank_method": "mrsw",
        "top": [2, 4],
        "seed": 7,
        "draws": 500,
        "variance": "jkn",
        "adjust": "frame",
        "trim": 4.0,
    }
    assert found["calibration"]


def test_an_unsound_folder_ends_with_one_and_names_file_line_and_column(tmp_path):
    small.folder(tmp_path / "data", options=small.OPTIONS.replace("0.6", "6"))
    done = run("score", tmp_path / "data", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "options.csv:3:6" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_calibration_without_population_counts_is_a_problem(tmp_path):
    done = run("score", small.folder(tmp_path / "data"), "--out", tmp_path, "--weights", "raked")
    assert done.returncode == 1
    assert "population.csv" in done.stderr


def test_a_folder_that_is_not_there(tmp_path):
    done = run("score", tmp_path / "nowhere", "--out", tmp_path)
    assert done.returncode == 1
    assert "missing-folder" in done.stderr


def test_scoring_needs_neither_flask_nor_a_database(tmp_path):
    block = "sys.modules.update({n: None for n in ('flask', 'sqlalchemy', 'click', 'survey_app')})"
    done = run("score", HERE / "clean", "--out", tmp_path, before=block)
    assert done.returncode == 0, done.stderr


def test_scoring_a_small_folder_waits_for_neither_pandas_nor_matplotlib_nor_arrow(tmp_path):
    block = "sys.modules.update({n: None for n in ('pandas', 'matplotlib', 'pyarrow')})"
    done = run("score", HERE / "clean", "--out", tmp_path, before=block)
    assert done.returncode == 0, done.stderr


def test_the_manifest_has_what_lies_in_the_folder_written_now_or_before(tmp_path):
    (tmp_path / "merged.csv").write_bytes(b"of another command\n")
    run("score", HERE / "clean", "--out", tmp_path)
    outputs = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    there = [path for path in sorted(tmp_path.iterdir()) if path.name != "manifest.json"]
    assert list(outputs) == [path.name for path in there]
    assert outputs == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in there}


def test_help_comes_in_under_a_second():
    begun = time.perf_counter()
    assert "score" in run("--help").stdout
    assert time.perf_counter() - begun < 1


def test_a_score_is_explained(tmp_path):
    done = run("explain", HERE / "edge", "E1_regular", "C01")
    assert "2 × 0.618799 = 1.237598 points" in done.stdout
    done = run("explain", HERE / "edge", "E1_regulr")
    assert done.returncode == 1
    assert "did you mean `E1_regular`" in done.stderr


def test_parquet_gives_the_same_scores(tmp_path):
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    for path in (HERE / "missing").glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    types = {
        n: pa.string()
        for n in (
            "resp_id",
            "unit",
            "group",
            "stratum",
            "psu",
            "sex",
            "age",
            *(f"q{i:02d}" for i in range(1, 9)),
        )
    }
    types |= {"weight": pa.float64(), "fpc1": pa.int64(), "fpc2": pa.float64()}
    table = arrow_csv.read_csv(
        tmp_path / "respondents.csv",
        convert_options=arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=True),
    )
    parquet.write_table(table, tmp_path / "respondents.parquet")
    (tmp_path / "respondents.csv").unlink()
    assert run("score", HERE / "missing", "--out", tmp_path / "a").returncode == 0
    done = run("score", tmp_path, "--out", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    for name in ("units.csv", "estimates.csv", "covariance.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_command_offers_exactly_what_the_settings_allow():
    from typing import get_args, get_type_hints

    from analysis.__main__ import parser
    from analysis.ranking.league_table import Rules
    from analysis.scoring.settings import Settings

    commands = next(a for a in parser()._actions if a.choices and "score" in a.choices)
    offered = {a.dest: tuple(a.choices) for a in commands.choices["score"]._actions if a.choices}
    for kind in (Settings, Rules):
        for name, hint in get_type_hints(kind).items():
            if allowed := [value for value in get_args(hint) if isinstance(value, str)]:
                assert offered.pop(name) == tuple(allowed), name
    assert offered == {}
