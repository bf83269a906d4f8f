"""How the numbers were made, said from the settings they were made with.

Page, workbook and report print these same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from survey_app import i18n
from survey_app.i18n import Words
from survey_app.office.results.read import Results

Line = tuple[str, str]


def lines(results: Results, words: Words, language: str) -> tuple[Line, ...]:
    """Label and text of every setting, in the order of reading."""
    w, index = words(language), results.index
    valid = i18n.percent(index.min_valid_share, language, 0)
    legal = index.legal_basis.get(language) or next(iter(index.legal_basis.values()), "")
    return (
        (w["method_legal"], legal),
        (w["method_formula"], w["formula_merged"] if results.is_merged else w["formula_survey"]),
        (w["method_average"], w[f"average_{index.average}"]),
        (w["method_no_opinion"], w["no_opinion_rule"]),
        (
            w["method_valid"],
            w["valid_rule"].format(share=valid),
        ),
        (w["method_level"], f"{i18n.percent(results.level, language, 0)}. {w['interval_rule']}"),
        *_chosen(results.settings, w),
        (w["method_bands"], w["bands_rule"]),
        *([(w["method_grades"], _grades(results, w, language))] if results.is_merged else []),
        (w["method_withheld"], w["withheld_note"].format(fewest=index.publish_from)),
        (w["method_program"], f"cchc {results.card.version}"),
        (w["method_release"], results.card.fingerprint),
    )


def _chosen(settings: Mapping[str, Any], w: Mapping[str, str]) -> tuple[Line, ...]:
    """The choices of the scoring, as its own record of settings has them."""
    return tuple(
        (w[f"method_{name}"], w.get(f"{name}_{settings[name]}", str(settings[name])))
        for name in ("weights", "lonely_psu", "missing", "rank_method")
        if name in settings
    )


def _grades(results: Results, w: Mapping[str, str], language: str) -> str:
    said = []
    for grade in results.index.grades:
        label, least = grade.label.get(language) or grade.code, _percent(grade.min, language)
        text = w["grade_from"].format(label=label, min=least)
        if grade.component_floor is not None:
            text += w["grade_floor"].format(floor=_percent(grade.component_floor, language))
        said.append(text)
    return "; ".join(said)


def _percent(value: Decimal, language: str) -> str:
    return f"{i18n.number(value, language, 0)}%"
