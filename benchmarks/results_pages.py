"""How long the pages of a large scorecard take on the server: 300 units, 60 surveyed criteria.

python -m benchmarks.results_pages                 the first look in a new process, and later ones
python -m benchmarks.results_pages --units 34

The answers are invented and written as a release; `analysis` scores, merges and lays them out as
the job of the office does. A page is asked for in the process that makes it, compressed as for a
browser.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient
from sqlalchemy import update

from survey_app.app import create_app
from survey_app.conduct.scoring import kept_pages
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.release import writing
from survey_app.settings import HERE, VERSION, Settings
from survey_app.store import scorecards, waves
from survey_app.store import tables as t
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.builders import COUNCIL, INDEX, NAME, UNITS, write_study
from tests.support import assessed
from tests.support.accounts import PASSWORD_ALONE, add_account

AT, WAVE = "2026-08-05T01:00:00+00:00", "lon"
PASSWORD = "một mật khẩu dài"
FIELDS, CRITERIA, ANSWERS = 8, 60, 10
GROUPS = ("council", "citizens")
TIMES = 15


def main() -> None:
    """Make the scorecard, ask for each page, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=300)
    units = parser.parse_args().units
    with tempfile.TemporaryDirectory() as folder:
        house, number = scored(Path(folder), units)
        print(f"{units} units, {CRITERIA} criteria, {len(GROUPS)} groups")
        for path in pages(number):
            client = signed_in(house)
            (first, _), times = asked(client, path), [asked(client, path) for _ in range(TIMES)]
            whole, busy = (median(each) for each in zip(*times, strict=True))
            print(f"{path:45} first {first:6.1f}   median {whole:6.1f}   processor {busy:6.1f} ms")
        house.database.close()


def pages(number: int) -> list[str]:
    """The pages of the scorecard."""
    home = f"/quan-tri/dot/{WAVE}/ket-qua/{number}"
    below = ("", "/linh-vuc", "/tieu-chi", "/tieu-chi/1.1.1", "/don-vi/U001", "/giai-thich/U001")
    return [home + path for path in (*below, "/giai-thich/U001/1.1.1", "/do-nhay", "/nam-truoc")]


def asked(client: FlaskClient, path: str) -> tuple[float, float]:
    """Milliseconds that a page takes, and those of the processor."""
    begun, busy = time.perf_counter(), time.process_time()
    reply = client.get(path, headers={"Accept-Encoding": "br"})
    assert reply.status_code == 200, path
    return 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - busy)


def signed_in(house: House) -> FlaskClient:
    """A browser of an analyst, at an application that has shown nothing yet."""
    app = create_app(house.settings, house=House(house.settings, house.database, house.clock))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
    client.get("/quan-tri/nhat-ky")
    return client


def scored(folder: Path, units: int) -> tuple[House, int]:
    """A closed wave with one merged scorecard, laid out."""
    database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
    t.metadata.create_all(database.engine)
    settings = Settings(folder, str(database.url), "k" * 40, sign_in=PASSWORD_ALONE)
    house = House(settings, database, lambda: datetime(2026, 8, 5, 1, tzinfo=UTC))
    study = written(folder / "texts", units)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
        wave = waves.create(connection, WAVE, study, 2026, date(2026, 1, 1), AT)
        connection.execute(update(t.waves).values(opened_at=AT, closed_at=AT))
        wave = waves.find(connection, WAVE)
        names = [unit.unit for unit in waves.units(connection, wave.id)]
        given = [(unit, f"{field}.2", "5", "4") for unit in names for field in range(1, FIELDS + 1)]
        assessed.keep(connection, wave, given, AT)
        release = writing.write(connection, wave, folder / "releases").folder.rename(
            folder / "release"
        )
    answered(release, names)
    out, detail = folder / "out", folder / "detail"
    how = ("--missing", "renormalise", "--min-group", "2", "--rank-method", "holm-t")
    run("score", release, "--out", out, *how)
    run("merge", release, "--scores", out, "--out", out)
    run("detail", release, "--scores", out, "--out", detail)
    with database.writing() as connection:
        card = scorecards.add(
            connection, wave.id, fingerprint="0" * 64, version=VERSION, at=AT, by="lan",
            scores=(out / "scores.json").read_text("utf-8"),
            merged=(out / "merged.json").read_text("utf-8"), release="release",
        )  # fmt: skip
    kept_pages.replace(house, card.id, "detail", detail)
    return house, card.id


def run(*words: object) -> None:
    """A command of `analysis`."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "analysis", *map(str, words)], cwd=HERE, check=True)
    print(f"analysis {words[0]:10} {time.perf_counter() - begun:6.1f} s", file=sys.stderr)


def written(folder: Path, units: int) -> Study:
    """The texts of a study with many criteria and many units."""
    numbers = [(at % FIELDS + 1, at // FIELDS + 1) for at in range(CRITERIA)]
    fields = "".join(_field(field, [n for f, n in numbers if f == field]) for field in
                     range(1, FIELDS + 1))  # fmt: skip
    index = INDEX[: INDEX.index("fields:\n  - field: 1")] + "fields:\n" + fields
    index = index.replace("fields: 1\n  criteria: 2\n  sub_criteria: 1\n  self: 8.5\n  survey: 1.5",
        f"fields: {FIELDS}\n  criteria: {2 * FIELDS}\n  sub_criteria: {CRITERIA}\n"
        f"  self: {5 * FIELDS}\n  survey: {CRITERIA}")  # fmt: skip
    items = "".join(
        f"      - item: q{field}_{number}\n        ask:\n          vi: Ông/Bà đánh giá "
        f"{{{{unit}}}} thế nào?\n          en: How is {{{{unit}}}}?\n        scale: level4\n"
        f"        required: true\n"
        for field, number in numbers
    ).replace("{{unit}}", "{unit}")
    head = COUNCIL[: COUNCIL.index("      - item: leadership")]
    forms = {"council": head + items, "citizens": (head + items).replace("council", "citizens")}
    listed = UNITS[: UNITS.index("  - unit: SNV")] + "".join(
        f"  - unit: U{at:03}\n    class: department\n    name:\n      vi: Đơn vị số {at} của tỉnh\n"
        f"      en: Unit {at}\n    provenance: analogous\n    source: list\n"
        for at in range(1, units + 1)
    )
    write_study(folder, index=index, units=listed, **forms)
    return library.study(NAME, folder)


def _field(field: int, numbers: list[int]) -> str:
    leaves = "".join(
        f"          - sub_criterion: {field}.1.{number}\n            name:\n"
        f"              vi: Nội dung đánh giá {number}\n              en: Part {number}\n"
        f"            provenance: proposed\n            points: 1\n            assessed: survey\n"
        f"            question: q{field}_{number}\n            groups: [council, citizens]\n"
        for number in numbers
    )
    return (
        f"  - field: {field}\n    name:\n      vi: Lĩnh vực số {field}\n      en: Field {field}\n"
        f"    provenance: quoted\n    source: decision\n    criteria:\n"
        f"      - criterion: {field}.1\n        name:\n          vi: Khảo sát\n          en: Ask\n"
        f"        provenance: proposed\n        sub_criteria:\n{leaves}"
        f"      - criterion: {field}.2\n        name:\n          vi: Kế hoạch\n          en: Plan\n"
        f"        provenance: analogous\n        source: decision\n        points: 5\n"
        f"        assessed: self\n"
    )


def answered(release: Path, units: list[str]) -> None:
    """Invented answers about every unit, in place of those that a wave would have."""
    rng = random.Random(1)
    questions = [f"q{at % FIELDS + 1}_{at // FIELDS + 1}" for at in range(CRITERIA)]
    rows = [",".join(("resp_id", "unit", "group", "stratum", "psu", "weight", "fpc1", *questions))]
    frame = ["unit,group,N,n_invited,n_responded"]
    for unit in units:
        good = rng.uniform(0.3, 0.9)
        for group in GROUPS:
            frame.append(f"{unit},{group},200,20,{ANSWERS}")
            for number in range(ANSWERS):
                name = f"{unit}-{group}-{number}"
                worse = [int(abs(rng.gauss(1 - good, 0.25)) * 4) for _ in questions]
                said = ["ABCD"[min(step, 3)] for step in worse]
                rows.append(",".join((name, unit, group, "1", name, "20", "200", *said)))
    (release / "respondents.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    (release / "frame.csv").write_text("\n".join([*frame, ""]), encoding="utf-8")
    (release / "frame_modes.csv").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
