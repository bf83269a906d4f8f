from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from analysis.problems import ProblemsFound
from survey_app.conduct import wave_making
from survey_app.conduct.assessment import evidence
from survey_app.office.pieces.faults import CATALOGUE
from survey_app.settings import Evidence, Settings
from survey_app.store.log import audit
from survey_app.web import House
from tests.fieldwork.assessment.handed_in import HOSTILE, PDF, SOUND, packed
from tests.office.assessment.conftest import Enter
from tests.office.assessment.doing import (
    WAVE,
    appraise,
    enter_points,
    hand_in,
    own,
    submit,
)


def files(house: House) -> list[Path]:
    folder = evidence.folder(house.settings)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def numbers(house: House) -> list[int]:
    with house.database.reading() as connection:
        query = "SELECT id FROM evidence_files ORDER BY id"
        return list(connection.exec_driver_sql(query).scalars())


def test_a_file_is_kept_by_its_hash_readable_by_nobody_else(
    house: House, clerk: FlaskClient
) -> None:
    assert hand_in(clerk, PDF).status_code == 302
    (kept,) = files(house)
    assert kept.name == hashlib.sha256(PDF).hexdigest()
    assert kept.read_bytes() == PDF
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert house.settings.data_folder in kept.parents


def test_a_file_goes_out_as_a_download_that_no_browser_runs(
    house: House, clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    hand_in(clerk, PDF, "Kế hoạch số 12.pdf")
    (number,) = numbers(house)
    assert appraiser.get(f"{WAVE}/tep/{number}").status_code == 404  # not before it submits
    enter_points(clerk)
    submit(clerk)
    for client in (clerk, appraiser):
        reply = client.get(f"{WAVE}/tep/{number}")
        assert reply.data == PDF
        assert reply.mimetype == "application/pdf"
        assert reply.headers["Content-Disposition"].startswith("attachment;")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert reply.headers["Cache-Control"] == "no-store"
    with house.database.reading() as connection:
        assert audit.last(connection, 1)[0].action == "evidence-fetch"


def test_evidence_is_seen_by_its_unit_and_by_those_who_appraise(
    house: House, clerk: FlaskClient, enter: Enter
) -> None:
    hand_in(clerk, PDF)
    enter_points(clerk)
    submit(clerk)
    address = f"{WAVE}/tep/{numbers(house)[0]}"
    assert enter("van-thu-stp", "unit", unit="STP").get(address).status_code == 404
    for role in ("reader", "clerk", "interviewer", "administrator"):
        assert enter(f"mot-{role}", role).get(address).status_code == 403
    assert enter("lanh-dao", "approver").get(address).status_code == 200
    assert clerk.get(f"{WAVE}/tep/999").status_code == 404


def test_what_offices_use_is_taken(clerk: FlaskClient) -> None:
    for name in SOUND:
        assert hand_in(clerk, SOUND[name], name).status_code == 302, name
        assert name in clerk.get(f"{own()}/kiem-chung/1.1.1").text


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # no other store is written to either
def test_what_could_do_harm_is_refused_and_nothing_of_it_stays(
    house: House, clerk: FlaskClient
) -> None:
    for name, (slug, content) in HOSTILE.items():
        reply = hand_in(clerk, content, name)
        assert reply.status_code == 422, name
        assert CATALOGUE[slug]["vi"] in reply.text, name
        assert files(house) == [], name
        assert numbers(house) == [], name


def test_the_name_of_a_file_leads_nowhere(house: House, clerk: FlaskClient) -> None:
    hand_in(clerk, PDF, "../../../secret-key.pdf")
    assert [path.parent.parent.name for path in files(house)] == ["evidence"]
    assert ">secret-key.pdf<" in clerk.get(f"{own()}/kiem-chung/1.1.1").text


def limited(house: House, **limits: object) -> None:
    house.settings = replace(house.settings, evidence=Evidence(**limits))  # type: ignore[arg-type]


def test_a_file_and_all_files_of_a_unit_have_a_limit(house: House, clerk: FlaskClient) -> None:
    limited(house, file_megabytes=1, unit_megabytes=1)
    large = PDF[:-7] + bytes(700 * 1024) + b"\n%%EOF\n"
    assert hand_in(clerk, large).status_code == 302
    assert hand_in(clerk, large + b"\n%%EOF\n").status_code == 409
    assert len(files(house)) == 1
    assert hand_in(clerk, PDF[:-7] + bytes(1024 * 1024) + b"\n%%EOF\n").status_code == 422
    assert hand_in(clerk, bytes(2 * 1024 * 1024)).status_code == 413
    assert len(numbers(house)) == 1


SCANNER = """\
import pathlib, sys
content = pathlib.Path(sys.argv[-1]).read_bytes()
print(sys.argv[-1], "FOUND" if b"EICAR" in content else "OK")
sys.exit(1 if b"EICAR" in content else 2 if b"BROKEN" in content else 0)
"""


@pytest.fixture
def scanner(house: House, tmp_path: Path) -> str:
    """A scanner as clamdscan is: 0 passes, 1 is a virus, 2 is a fault of its own."""
    script = tmp_path / "scan with blanks.py"
    script.write_text(SCANNER, "utf-8")
    return f"{sys.executable} '{script}'"


def test_the_scanner_that_a_setting_names_decides(
    house: House, clerk: FlaskClient, scanner: str
) -> None:
    limited(house, scanner=scanner)
    assert hand_in(clerk, PDF).status_code == 302
    virus = hand_in(clerk, PDF + b"EICAR %%EOF")
    assert virus.status_code == 422
    assert "diệt vi-rút không cho qua" in virus.text
    broken = hand_in(clerk, PDF + b"BROKEN %%EOF")
    assert broken.status_code == 422
    assert "không chạy được" in broken.text
    assert len(files(house)) == 1


def test_without_its_scanner_nothing_is_taken(house: House, clerk: FlaskClient) -> None:
    limited(house, scanner="/khong-co/clamdscan")
    assert hand_in(clerk, PDF).status_code == 422
    assert files(house) == []


def test_no_name_of_a_file_reaches_a_shell(
    house: House, clerk: FlaskClient, scanner: str, tmp_path: Path
) -> None:
    limited(house, scanner=scanner)
    mark = tmp_path / "made"
    hand_in(clerk, PDF, f"$(touch {mark});`touch {mark}`.pdf")
    assert not mark.exists()


def test_a_file_is_taken_out_until_the_unit_submits(house: House, clerk: FlaskClient) -> None:
    hand_in(clerk, PDF)
    hand_in(clerk, PDF, criterion="1.1.2")
    first, second = numbers(house)
    assert clerk.post(f"{own()}/kiem-chung/bo/{first}").status_code == 302
    assert len(files(house)) == 1  # the same content is another criterion's too
    assert clerk.post(f"{own()}/kiem-chung/bo/{second}").status_code == 302
    assert files(house) == []
    hand_in(clerk, PDF)
    enter_points(clerk)
    submit(clerk)
    assert clerk.post(f"{own()}/kiem-chung/bo/{numbers(house)[0]}").status_code == 409
    hand_in(clerk, PDF, "moi.pdf")
    assert len(numbers(house)) == 1


def test_with_an_answer_more_evidence_may_come(
    house: House, clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    submit(clerk)
    appraise(appraiser, question_1_1_1="Đâu là báo cáo?")
    assert hand_in(clerk, PDF, "bao-cao.pdf").status_code == 302
    assert hand_in(clerk, PDF, "khac.pdf", criterion="1.1.2").status_code == 200
    assert len(numbers(house)) == 1


def test_a_file_of_another_unit_is_not_taken_out(
    house: House, clerk: FlaskClient, enter: Enter
) -> None:
    hand_in(clerk, PDF)
    theirs = enter("van-thu-stp", "unit", unit="STP")
    address = f"{own('STP')}/kiem-chung/bo/{numbers(house)[0]}"
    assert theirs.post(address).status_code == 404
    assert len(files(house)) == 1


def test_several_files_come_at_once(house: House, clerk: FlaskClient) -> None:
    sent = [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(packed({"b.pdf": PDF})), "b.zip")]
    reply = clerk.post(f"{own()}/kiem-chung/1.1.1", data={"files": sent})
    assert reply.status_code == 302
    assert len(files(house)) == 2


def test_what_comes_in_is_never_readable_by_others_whatever_the_mask(
    house: House, clerk: FlaskClient
) -> None:
    before = os.umask(0)
    try:
        hand_in(clerk, PDF)
    finally:
        os.umask(before)
    folder = evidence.folder(house.settings)
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [folder, *folder.rglob("*")]}
    assert modes == {0}


def test_the_evidence_of_a_wave_goes_with_it(house: House, clerk: FlaskClient) -> None:
    hand_in(clerk, PDF)
    closed = "UPDATE waves SET closed_at = opened_at"
    with house.database.writing() as connection:
        connection.exec_driver_sql(closed)
    wave_making.delete(house, "test", "test", "phan-tich")
    assert files(house) == []
    assert numbers(house) == []


def test_the_limits_and_the_scanner_are_settings_and_a_wrong_one_stops_the_start(
    tmp_path: Path,
) -> None:
    right = {
        "CCHC_DATA": str(tmp_path),
        "CCHC_EVIDENCE_FILE_MB": "5",
        "CCHC_EVIDENCE_UNIT_MB": "50",
        "CCHC_EVIDENCE_SCANNER": f"{sys.executable} -c pass",
    }
    limits = Settings.from_environment(right).evidence
    assert (limits.file_megabytes, limits.unit_megabytes) == (5, 50)
    assert limits.scanner.endswith("-c pass")
    wrong = {
        "CCHC_EVIDENCE_FILE_MB": "0",
        "CCHC_EVIDENCE_UNIT_MB": "nhiều",
        "CCHC_EVIDENCE_SCANNER": "khong-co-lenh-nay",
    }
    with pytest.raises(ProblemsFound) as refused:
        Settings.from_environment(right | wrong)
    named = [problem.message.partition(" ")[0] for problem in refused.value.problems]
    assert named == list(wrong)
