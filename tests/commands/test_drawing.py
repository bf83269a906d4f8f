import json
import random
from contextlib import closing

import pytest

from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from tests.commands.test_fieldwork_commands import cells_of

HEAD = "group,unit,stratum,psu,name,phone"


@pytest.fixture
def listed(tmp_path):
    """70 citizens of one unit and 40 of another, in villages of ten."""
    rows = [
        f"citizens,{unit},{stratum},Bản {unit} {k // 10},Người {unit} {k},09{number:02d}{k:06d}"
        for number, (unit, stratum, size) in enumerate(
            [("STC25", "nông thôn", 70), ("SYT", "thành thị", 40)]
        )
        for k in range(size)
    ]
    file = tmp_path / "dan-so.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return file


def logged(cchc, tmp_path):
    """What the log says, line after line."""
    database = Database(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")
    with closing(database), database.reading() as connection:
        return "\n".join(f"{line.action} {line.detail}" for line in audit.last(connection, 100))


def digest_of(reply):
    return next(line for line in reply.stderr.splitlines() if line.startswith("sha256 "))


def test_the_plan_says_how_many_where_and_draws_nobody(cchc, wave, listed):
    reply = cchc("sample", "draw", wave, listed, "--design", "stratified", "--forms", 22, "--plan")
    assert reply.stdout.splitlines() == [
        "group\tunit\tstratum\tpopulation\tforms\tpsus",
        "citizens\tSTC25\tnông thôn\t70\t14\t-",
        "citizens\tSYT\tthành thị\t40\t8\t-",
    ]
    assert cchc("sample", "draws", wave).stdout == ""


def test_a_seed_draws_the_same_from_a_file_in_any_order_and_every_draw_is_logged(
    cchc, wave, listed, tmp_path
):
    options = ("--design", "simple", "--forms", 12, "--each-unit", "--seed", "814203")
    first = cchc("sample", "draw", wave, listed, *options)
    head, *rows = listed.read_text(encoding="utf-8").splitlines()
    random.Random(3).shuffle(rows)
    mixed = tmp_path / "xao-tron.csv"
    mixed.write_text("\n".join([head, *rows]), encoding="utf-8")
    assert digest_of(cchc("sample", "draw", wave, mixed, *options)) == digest_of(first)
    draws = json.loads(cchc("sample", "draws", wave, "--json").stdout)
    assert [(it["drawn"], it["design"]["seed"], it["taken_at"]) for it in draws] == [
        (24, "814203", None)
    ] * 2
    assert logged(cchc, tmp_path).count("seed=814203") == 2
    assert cells_of(cchc, wave) == []


def test_without_a_seed_a_new_one_is_drawn_and_told(cchc, wave, listed):
    options = ("--design", "simple", "--forms", 12)
    first, second = (cchc("sample", "draw", wave, listed, *options) for _ in range(2))
    assert digest_of(first) != digest_of(second)
    seed = first.stderr.split("seed ")[1].split(":")[0]
    again = cchc("sample", "draw", wave, listed, *options, "--seed", seed)
    assert digest_of(again) == digest_of(first)


def test_what_is_drawn_becomes_the_sample_as_if_its_file_were_imported(
    cchc, wave, listed, tmp_path
):
    options = ("--design", "stratified", "--forms", 22, "--reserve", 50, "--seed", "7")
    out, reserve = tmp_path / "mau.xlsx", tmp_path / "du-bi.xlsx"
    cchc("sample", "draw", wave, listed, *options, "--out", out, "--reserve-out", reserve, "--take")
    cells = {(it["unit"], it["cases"], it["population"], it["planned"])
             for it in cells_of(cchc, wave)}  # fmt: skip
    assert cells == {("STC25", 14, 70, 14), ("SYT", 8, 40, 8)}
    cchc("wave", "create", "other", "--study", "sonla/2025-department", "--year", 2025)
    imported = cchc("sample", "import", "other", out)
    assert "22 cases" in imported.stderr
    assert "weights-off" not in imported.stderr
    refused = cchc("sample", "draw", wave, listed, *options, "--take", ok=False)
    assert "case-known" in refused.stderr


def test_a_list_that_is_kept_draws_again_and_a_file_is_not_written_over(
    cchc, wave, listed, tmp_path
):
    options = ("--design", "clusters", "--forms", 20, "--per-psu", 5, "--seed", "7")
    first = cchc("sample", "draw", wave, listed, *options, "--keep")
    assert digest_of(cchc("sample", "draw", wave, *options)) == digest_of(first)
    there = tmp_path / "co-roi.xlsx"
    there.write_text("x")
    assert "exists" in cchc("sample", "draw", wave, *options, "--out", there, ok=False).stderr
    cchc("wave", "create", "other", "--study", "sonla/2025-department", "--year", 2025)
    assert "no-list" in cchc("sample", "draw", "other", *options, ok=False).stderr


def test_a_faulty_list_is_refused_whole(cchc, wave, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(f"{HEAD}\ncitizens,XXX,a,,Lò Văn An,123\n", encoding="utf-8")
    refused = cchc("sample", "draw", wave, file, "--design", "all", ok=False)
    assert "unknown-unit" in refused.stderr
    assert "not-a-phone" in refused.stderr


def test_the_next_in_reserve_takes_a_place_once_an_outcome_is_noted(cchc, wave, listed, tmp_path):
    cchc("sample", "draw", wave, listed, "--design", "stratified", "--forms", 22,
         "--reserve", 10, "--seed", "7", "--take")  # fmt: skip
    case = "citizens-SYT-0003"
    assert "no-outcome" not in cchc("event", "add", wave, "citizens-SYT-0001", "called").stderr
    refused = cchc("sample", "substitute", wave, case, ok=False)
    assert "nothing is noted" in refused.stderr
    cchc("event", "add", wave, case, "moved")
    done = cchc("sample", "substitute", wave, case, "--reason", "chuyển về xuôi")
    assert "citizens-SYT-0003 (3.40) -> citizens-SYT-R0001" in done.stderr
    assert "already" in cchc("sample", "substitute", wave, case, ok=False).stderr
    cchc("event", "add", wave, "citizens-SYT-R0001", "refused")
    empty = cchc("sample", "substitute", wave, "citizens-SYT-R0001", ok=False)
    assert "nobody is left in reserve" in empty.stderr
    cells = {it["unit"]: it["cases"] for it in cells_of(cchc, wave)}
    assert cells == {"STC25": 14, "SYT": 9}
    log = logged(cchc, tmp_path)
    assert "case-substitute" in log
    assert "chuyển về xuôi" not in log


def test_weights_that_do_not_add_up_to_the_population_are_told_with_both_numbers(
    cchc, wave, tmp_path
):
    frame, sample = tmp_path / "khung.csv", tmp_path / "mau.csv"
    frame.write_text("group,unit,stratum,population\ncitizens,STC25,all,70\n", encoding="utf-8")
    rows = [f"D{n},citizens,STC25,all,2.3333" for n in range(12)]
    sample.write_text("\n".join(["case,group,unit,stratum,weight", *rows]), encoding="utf-8")
    assert "weights-off" not in cchc("frame", "import", wave, frame).stderr
    said = cchc("sample", "import", wave, sample).stderr
    assert "warning[weights-off]" in said
    assert "STC25, citizens, all add up to 12 × 2.3333 = 28, and its population is 70" in said
    assert "weights-off" in cchc("frame", "import", wave, frame).stderr
