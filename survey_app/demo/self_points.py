"""Invented self-assessment: workbooks filled in as a unit and its appraisers would."""

from __future__ import annotations

import random
from pathlib import Path

from openpyxl import load_workbook

from survey_app.fieldwork.assessment import self_template as template

STEP = 0.25
GENEROUS = 0.06
"""How much higher than its appraisers a unit sees itself, on average."""


def fill(file: Path, rng: random.Random) -> None:
    """Fill in one workbook: points in steps of a quarter, a word of evidence here and there."""
    book = load_workbook(file)
    sheet = book[template.SHEET]
    quality = min(max(rng.gauss(0.86, 0.06), 0.6), 0.99)
    row = template.FIRST
    while code := sheet.cell(row, template.CODE).value:
        most = sheet.cell(row, template.MAXIMUM).value
        if not sheet.cell(row, template.SELF).protection.locked and isinstance(most, int | float):
            appraised = _points(rng, quality, most)
            own = min(most, max(appraised, _points(rng, quality + GENEROUS, most)))
            sheet.cell(row, template.SELF).value = own
            sheet.cell(row, template.APPRAISED).value = appraised
            if rng.random() < 0.2:
                sheet.cell(
                    row, template.EVIDENCE
                ).value = f"Báo cáo số {rng.randrange(10, 400)}/BC, mục {code}"
        row += 1
    book.save(file)


def _points(rng: random.Random, quality: float, most: float) -> float:
    wanted = min(max(rng.gauss(quality, 0.15), 0), 1) * most
    return min(most, round(wanted / STEP) * STEP)
