"""Lists that LibreOffice has opened and saved anew say the same as before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from analysis.problems import ProblemsFound
from survey_app.fieldwork import table_template
from survey_app.fieldwork.lists import sample_file
from survey_app.fieldwork.sheets.cells import Source
from tests.fieldwork.lists import excel_file
from tests.fieldwork.test_understanding import GROUPS, HEADINGS, UNITS

pytestmark = pytest.mark.usefixtures("libreoffice")


def resaved(folder: Path, source: Source, kind: str = "xlsx") -> Source:
    """The file as LibreOffice saves it."""
    before, after = folder / "before", folder / "after"
    before.mkdir()
    (before / source.name).write_bytes(source.content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", str(after)]
    subprocess.run([*command, str(before / source.name)], check=True, capture_output=True)
    (saved,) = after.iterdir()
    return Source(saved.name, saved.read_bytes())


def office_list() -> Source:
    rows = [
        ["ỦY BAN NHÂN DÂN TỈNH", *[None] * 7], ["DANH SÁCH MẪU NĂM 2025"], [], HEADINGS,
        [1, "A1", "Người dân", "Sở Nội vụ", "all", 12.5, "Lò Văn An", 912345678],
        [2, "A2", "nguoi dan", "STP", "all", "=100/8", "Vì Thị Bình", "0912345679"],
        ["Tổng cộng", None, None, None, None, "=SUM(F5:F6)"],
    ]  # fmt: skip
    return excel_file(rows, lambda sheet: sheet.merge_cells("A1:H1"))


def read(file: Source) -> sample_file.Sample:
    return sample_file.read(file, GROUPS, UNITS)


def test_an_office_s_list_is_understood_alike_and_formulas_have_come_to_something(tmp_path):
    sample = read(resaved(tmp_path, office_list()))
    assert [(each.label, each.unit, each.weight) for each in sample.rows] == [
        ("A1", "SNV", "12.5"),
        ("A2", "STP", "12.5"),
    ]
    phones = [contact.phone for contact in sample.contacts.values()]
    assert phones == ["0912345678", "0912345679"]
    assert sample.understanding.header == 4
    assert {each.why for each in sample.understanding.left_out} == {"above", "total"}
    assert "formula" in {each.kind for each in sample.understanding.changes}


def test_a_template_comes_back_whole(tmp_path):
    groups = {code: names[0] for code, names in GROUPS.items()}
    units = {code: names[0] for code, names in UNITS.items()}
    template = Source("mau.xlsx", table_template.sample(groups, units))
    saved = resaved(tmp_path, template)
    with pytest.raises(ProblemsFound) as refused:
        read(saved)
    assert [each.slug for each in refused.value.problems] == ["empty-file"]


def test_csv_that_it_saves_has_lost_zeros_and_they_come_back(tmp_path):
    sample = read(resaved(tmp_path, office_list(), "csv:Text - txt - csv (StarCalc):59,34,76,1"))
    assert [contact.phone for contact in sample.contacts.values()] == ["0912345678", "0912345679"]
