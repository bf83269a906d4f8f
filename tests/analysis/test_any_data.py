"""Data sets drawn at random, nasty ones: what must hold of each, whatever is in it."""

from __future__ import annotations

import csv
import io
import json
import random

import pytest

from analysis.__main__ import main
from tests.analysis import small
from tests.analysis.reference import agrees

UNITS = ("Sở Nội vụ, tỉnh", 'Ban "Q"', "01", "1", " lead", "unit", "NA", "two\nlines", "=1+1")
GROUPS = ("leaders", "dân, cư", "NA")
CODES = ("A", "B", "1", "01", "NA", "-")
COEFS = ("1", "0", "0.5", ".25", "1e-1", "")
HEAD = ["resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "fpc2"]
ASKED = (
    [],
    ["--missing", "renormalise"],
    ["--missing", "renormalise", "--lonely-psu", "average", "--rank-method", "holm-t"],
    ["--missing", "renormalise", "--lonely-psu", "remove", "--variance", "jkn", "--trim", "3"],
)


def cell(rng):
    """(stratum, psu, weight, fpc1, fpc2) of each person: strata, clusters, censuses, lone PSUs."""
    two = rng.random() < 0.4
    heavy = rng.random() < 0.3
    for stratum in range(rng.choice((0, 1, 1, 2, 3))):
        drawn = rng.choice((1, 2, 3, 6))
        there = drawn + rng.choice((0, 1, 10**6))
        for psu in range(drawn):
            persons = rng.randint(1, 4) if two else 1
            more = rng.choice((0, 3))
            for _ in range(persons):
                weight = f"{10 ** rng.uniform(-6, 6):.6g}" if heavy else rng.choice(("1", "2.50"))
                yield stratum, psu, weight, f"{there}.0", f"{persons + more}" if two else ""


def answers(rng, codes):
    """How a cell answers: anything, all alike, nothing, or almost nothing."""
    kind, one = rng.choice(("any", "any", "any", "alike", "none", "few")), rng.choice(codes)
    chance = {"any": 0.85, "alike": 1.0, "none": 0.0, "few": 0.15}[kind]
    return lambda: (one if kind == "alike" else rng.choice(codes)) if rng.random() < chance else ""


def drawn(seed):
    """Rows of respondents.csv with its header, options.csv and criteria.csv."""
    rng = random.Random(seed)
    units, groups = rng.sample(UNITS, rng.choice((1, 2, 4))), rng.sample(GROUPS, rng.randint(1, 3))
    questions = [f"q{number}" for number in range(rng.choice((1, 3, 5)))]
    codes = {name: rng.sample(CODES, rng.randint(1, 5)) for name in questions}
    options = [[name, code, rng.choice(COEFS)] for name in questions for code in codes[name]]
    criteria = [
        [f"C{number}", rng.choice(("1.5", "0.001", "100")), group, rng.choice(questions), 1]
        for number in range(3)
        for group in groups[: rng.randint(1, 3)]
    ]
    points = {}
    criteria = [[c[0], points.setdefault(c[0], c[1]), *c[2:]] for c in criteria]
    rows = []
    for unit in units:
        for group in groups:
            given = [answers(rng, codes[name]) for name in questions]
            for place in cell(rng):
                who = f"r{len(rows)}"
                rows.append([who, unit, group, "", *place, *(answer() for answer in given)])
    rows += shared(rng, units, groups, codes) if rng.random() < 0.5 else []
    rng.shuffle(rows)
    return [[*HEAD, *questions], *rows], options, criteria


def shared(rng, units, groups, codes):
    """One sample that serves several units and groups; not everyone rates everything."""
    given = {unit: [answers(rng, own) for own in codes.values()] for unit in units}
    return [
        [f"s{number}", unit, group, "both", *place, *(answer() for answer in given[unit])]
        for number, place in enumerate(cell(rng))
        for unit in units
        for group in groups
        if rng.random() < 0.6
    ]


def text(rows, **style):
    out = io.StringIO(newline="")
    csv.writer(out, **({"lineterminator": "\n"} | style)).writerows(rows)
    return out.getvalue()


def folder(path, rows, options, criteria):
    head = ["criterion", "max_points", "group", "question", "group_weight"]
    given = {"respondents": text(rows), "options": text([["question", "option", "coef"], *options])}
    small.folder(path, **given, criteria=text([head, *criteria]))
    (path / "frame.csv").unlink()
    return path


def scored(path, asked):
    out = path.with_name(f"{path.name}-out")
    assert main(["score", str(path), "--out", str(out), *asked]) == 0
    return (out / "scores.json").read_text(encoding="utf-8")


def is_sound(found):
    for row in found["units"]:
        assert (row["lo"] is None) == (row["hi"] is None)
        if row["lo"] is not None:
            assert 0 <= row["lo"] <= row["score"] <= row["hi"] <= row["max_available"] * (1 + 1e-12)
    for row in found["estimates"]:
        assert (row["n"] == 0) == (row["mean"] is None)
        if row["lo"] is not None:
            assert 0 <= row["lo"] <= row["mean"] <= row["hi"] <= 1
    for row in found["ranks"]:
        if row["lo"] is not None:
            assert 1 <= row["lo"] <= row["rank"] <= row["hi"] <= len(found["ranks"])


@pytest.mark.parametrize("seed", range(24))
def test_results_are_sound_and_no_matter_how_the_file_is_written(seed, tmp_path):
    from pyarrow import csv as arrow
    from pyarrow import parquet

    rows, options, criteria = drawn(seed)
    asked = ASKED[seed % len(ASKED)]
    plain = scored(folder(tmp_path / "plain", rows, options, criteria), asked)
    assert "NaN" not in plain.replace('"NaN"', "")
    is_sound(json.loads(plain))
    other = folder(tmp_path / "other", rows, options, criteria)
    quoted = text(rows, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    (other / "respondents.csv").write_bytes(b"\xef\xbb\xbf" + quoted.encode())
    assert scored(other, asked) == plain
    packed = folder(tmp_path / "packed", rows, options, criteria)
    kinds = dict.fromkeys(rows[0], "string")
    table = arrow.read_csv(
        packed / "respondents.csv",
        parse_options=arrow.ParseOptions(newlines_in_values=True),
        convert_options=arrow.ConvertOptions(column_types=kinds, strings_can_be_null=False),
    )
    (packed / "respondents.csv").unlink()
    parquet.write_table(table, packed / "respondents.parquet", row_group_size=1 + seed)
    assert scored(packed, asked) == plain


@pytest.mark.parametrize("seed", range(24))
def test_a_unit_scores_the_same_alone_and_in_any_order(seed, tmp_path):
    (head, *rows), options, criteria = drawn(seed)
    asked = ASKED[1]
    every = json.loads(scored(folder(tmp_path / "d", [head, *rows], options, criteria), asked))
    random.Random(seed).shuffle(rows)
    order = folder(tmp_path / "order", [head, *rows], options, criteria)
    alone = [row for row in rows if row[1] == rows[0][1]] if rows else []
    compared = [(every["units"], json.loads(scored(order, asked))["units"])]
    if rows and not any(row[3] for row in rows):
        one = folder(tmp_path / "one", [head, *alone], options, criteria)
        own = [row for row in every["units"] if row["unit"] == rows[0][1]]
        compared.append((own, json.loads(scored(one, asked))["units"]))
    for wanted, found in compared:
        for here, there in zip(wanted, found, strict=True):
            assert here["unit"] == there["unit"]
            for name in ("score", "se", "se_nr", "max_available"):
                assert agrees(_number(here[name]), there[name]), name


def _number(cell):
    return float("nan") if cell is None else cell
