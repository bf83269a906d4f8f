"""A preview is the real form on a store of its own, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from analysis.problems import ProblemsFound, report
from survey_app.preview import explained
from survey_app.preview.files import Target
from survey_app.preview.sandbox import MANY, PreviewForm
from survey_app.questionnaire.check import check_files
from tests.builders import NAME, ORDERS_DRAWN, changed
from tests.support.icons import check_icon

CITIZEN = PreviewForm("citizens", "vi")
DELEGATE = PreviewForm("council", "vi", many=True)


def policies(site: Any) -> tuple[str, str]:
    """What a page of the form may do in a preview, and in the field."""
    path = f"/p/{site.sandbox.session(CITIZEN).token}"
    replies = Client(site).get(path), site.application.test_client().get(path)
    assert replies[0].get_data() == replies[1].get_data()
    shown, real = (reply.headers["Content-Security-Policy"] for reply in replies)
    return shown, real


def test_the_form_is_byte_for_byte_that_of_the_field_and_only_its_frame_differs(preview):
    shown, real = policies(preview())
    assert "frame-ancestors 'none'" in real
    assert shown == real.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


def test_the_phones_helper_is_not_handed_out(preview):
    site = preview()
    assert Client(site).get("/p/sw.js").status_code == 404
    assert site.application.test_client().get("/p/sw.js").status_code == 200


def test_a_questionnaire_is_shown_first_whose_file_was_named(preview, author):
    assert "Phiếu hỏi người dân" in Client(preview()).get("/").text
    assert "Phiếu hỏi đại biểu" in Client(preview(author.file("council"))).get("/").text


def test_a_file_that_the_index_does_not_name_is_said_not_to_be_shown(preview, author):
    other = author.file("leaders")
    other.write_text(author.file().read_text(encoding="utf-8"), encoding="utf-8")
    assert "leaders.yaml chưa được nêu trong index.yaml" in Client(preview(other)).get("/").text


def test_a_file_without_an_index_beside_it_is_refused_with_a_remedy(tmp_path):
    lone = tmp_path / "lone.yaml"
    lone.write_text("questionnaire: lone\n", encoding="utf-8")
    with pytest.raises(ProblemsFound, match=r"name the folder of a study"):
        Target.of(lone)


def test_faults_are_those_of_check_in_the_same_words(preview, author):
    author.save("scale: level4", "scale: level5")
    site = preview()
    checked = check_files([author.file().parent], author.folder).problems
    assert report(site.sandbox.problems) == report(checked)
    html = Client(site).get("/").text
    for problem in checked:
        for words in (problem.place, problem.message, problem.help, problem.text.strip()):
            assert words in html.replace("&#39;", "'")


def test_a_fault_in_any_file_of_the_study_is_seen(preview, author):
    site = preview()
    for name in ("index", "scales", "council", "citizens"):
        text = author.file(name).read_text(encoding="utf-8")
        author.file(name).write_text(text + "strange: 1\n", encoding="utf-8")
        assert site.sandbox.look()
        assert [each.slug for each in site.sandbox.problems] == ["unknown-key"], name
        author.file(name).write_text(text, encoding="utf-8")
        assert site.sandbox.look()
        assert site.sandbox.problems == ()
    units = author.folder / "demo" / "units.yaml"
    units.write_text("units: [\n", encoding="utf-8")
    assert site.sandbox.look()
    assert site.sandbox.problems


def test_the_page_and_the_faults_of_a_preview_have_an_icon(preview, author):
    client = Client(preview())
    pages = [client.get("/"), client.get("/khong-co")]
    author.save("scale: level4", "scale: level5")
    pages.append(client.get("/"))
    assert [page.status_code for page in pages] == [200, 404, 200]
    assert 'class="faults"' in pages[2].text
    for page in pages:
        check_icon(client, page.text, page.headers["Content-Security-Policy"])


def test_nothing_is_read_again_as_long_as_no_file_is_saved(preview, author):
    site = preview()
    version = site.sandbox.version
    assert not site.sandbox.look()
    (author.file().parent / "notes.txt").write_text("mine", encoding="utf-8")
    assert not site.sandbox.look()
    assert Client(site).get("/state").get_json() == {"version": version}


def test_a_preview_that_begins_with_faults_comes_up_when_they_are_mended(preview, author):
    author.save("scale: level4", "scale: level5")
    site = preview()
    assert 'class="faults"' in Client(site).get("/").text
    author.save("scale: level5", "scale: level4")
    assert "<iframe" in Client(site).get("/").text


def test_a_delegate_is_asked_about_some_units_and_a_citizen_about_one(preview):
    site = preview()
    for form, most in ((DELEGATE, MANY), (CITIZEN, 1)):
        session = site.sandbox.session(form)
        session.begin()
        assert 1 <= len(session.draft.units) <= most


def test_languages_side_by_side_are_about_the_same_units_in_the_same_order(preview):
    site = preview()
    pair = [DELEGATE, PreviewForm("council", "en", many=True)]
    site.sandbox.begin(pair)
    vi, en = (site.sandbox.session(form).draft for form in pair)
    assert vi.units == en.units
    assert (vi.language, en.language) == ("vi", "en")
    site.sandbox.session(pair[1]).keep(site.sandbox.journey(pair[1]).pages[0], {}, set(), left=True)
    site.sandbox.begin(pair)  # whoever has begun is left alone
    assert site.sandbox.session(pair[1]).draft.left


def test_answers_come_along_into_the_next_state_of_the_files(preview, author):
    site = preview()
    session = site.sandbox.session(CITIZEN)
    session.begin()
    session.keep(session.journey.pages[0], {"age": "44"}, set(), left=True)
    author.save("bao nhiêu tuổi?", "nhiêu tuổi?")
    assert site.sandbox.look()
    after = site.sandbox.session(CITIZEN)
    assert (after.token, after.draft) == (session.token, session.draft)
    assert after.invited.wave_id != session.invited.wave_id


def test_a_draft_gets_a_seed_when_the_author_lets_orders_be_drawn(preview, author):
    site = preview()
    site.sandbox.session(CITIZEN).begin()
    for name in ("scales", "council", "citizens"):
        text = author.file(name).read_text(encoding="utf-8")
        author.file(name).write_text(changed(text, ORDERS_DRAWN[name]), encoding="utf-8")
    assert site.sandbox.look()
    assert site.sandbox.session(CITIZEN).seed is not None


def test_a_form_about_a_unit_that_is_gone_begins_anew(preview, author):
    site = preview()
    site.sandbox.session(CITIZEN).begin()
    units = author.folder / "demo" / "units.yaml"
    text = units.read_text(encoding="utf-8")
    units.write_text(text.replace("SNV", "SNVU"), encoding="utf-8")
    assert site.sandbox.look()
    assert site.sandbox.session(CITIZEN).draft is None


def test_a_questionnaire_that_is_taken_out_of_the_study_is_no_longer_offered(preview, author):
    site = preview()
    site.sandbox.session(DELEGATE)
    author.save("[council.yaml, citizens.yaml]", "[citizens.yaml]", "index")
    author.save("groups: [council, citizens]", "groups: [citizens]", "index")
    author.save("  council:\n    vi: Đại biểu Hội đồng nhân dân\n"
                "    en: People's Council delegates\n", "", "index")  # fmt: skip
    assert site.sandbox.look()
    assert site.sandbox.problems == ()
    assert "Phiếu hỏi người dân" in Client(site).get("/?group=council").text


def test_a_fault_without_a_readable_file_is_shown_with_the_line_it_knows():
    from analysis.problems import Problem

    shown = explained.shown(Problem("tab", "a tab", "gone.yaml", 3, 2, "\tx", "spaces", 1))
    assert [(line.number, line.text, line.caret) for line in shown.lines] == [(3, "\tx", " ^")]
    assert "Tab" in shown.explained


class Command:
    """`cchc preview` in a process of its own."""

    def __init__(self, file: Path, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir()
        environment = {**os.environ, "TMPDIR": str(folder), "CCHC_DATA": str(folder / "data")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "survey_app.commands.cli", "preview", str(file), *options],
            env=environment,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.told = ""
        assert self.process.stderr
        while "http://" not in self.told:
            line = self.process.stderr.readline()
            assert line, self.told
            self.told += line
        self.base = re.search(r"http://\S+", self.told)[0]

    def end(self, by: signal.Signals) -> str:
        self.process.send_signal(by)
        _, told = self.process.communicate(timeout=60)
        return told


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_command_picks_a_free_port_and_leaves_nothing_behind(author, tmp_path, by):
    from urllib.request import urlopen

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = Command(author.file(), tmp_path / "temp", "--port", str(port))
        assert f"{port} is taken" in command.told
        assert not command.base.endswith(f":{port}")
        with urlopen(command.base) as reply:
            assert "Phiếu hỏi người dân" in reply.read().decode()
        assert [each.name[:13] for each in command.folder.iterdir()] == ["cchc-preview-"]
    told = command.end(by)
    assert command.process.returncode == 0, told
    assert "không lưu lại gì" in told
    assert list(command.folder.iterdir()) == []


def test_a_port_that_is_free_is_used_and_not_called_taken(author, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Command(author.file(), tmp_path / "temp", "--port", str(port))
    assert command.base.endswith(f":{port}")
    assert "is taken" not in command.told
    command.end(signal.SIGINT)


def test_the_command_tells_faults_in_the_terminal_too(author, tmp_path):
    author.save("scale: level4", "scale: level5")
    command = Command(author.file(), tmp_path / "temp", "--port", "65000")
    assert "error[unknown-scale]" in command.told
    command.end(signal.SIGINT)


def test_the_year_is_read_from_the_name_of_the_study(author):
    from survey_app.commands.studies import preview

    assert preview._year_of(NAME) == 2026
    assert preview._year_of("demo/index") >= 2026
