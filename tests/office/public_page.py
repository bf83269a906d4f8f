"""The public pages of a wave, read by a stranger into tables such as `publishable` writes."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient

from survey_app.questionnaire.model import Study

WITHHELD = "Không công bố"
Rows = list[dict[str, Any]]


def read(client: FlaskClient, wave: str, study: Study) -> dict[str, Rows]:
    """All that is shown: `*` for what is withheld, blank for what does not exist.

    A row of groups or counts also has its cells as they stand there.
    """
    file = client.get(f"/ket-qua/{wave}/ket-qua.csv").data.decode("utf-8-sig")
    shown: dict[str, Rows] = {"csv": list(csv.DictReader(io.StringIO(file)))}
    for row in shown["csv"]:
        page = client.get(f"/ket-qua/{wave}/don-vi/{row['unit']}").get_data(as_text=True)
        for name, rows in _unit(row["unit"], page, study).items():
            shown.setdefault(name, []).extend(rows)
    return shown


def _unit(unit: str, page: str, study: Study) -> dict[str, Rows]:
    facts = {
        _text(term): _text(said) for term, said in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    }
    return {
        "units": [{"unit": unit, "score": _number(facts["Điều tra XHH"])}],
        "fields": [
            {"unit": unit, "field": name.partition(". ")[0], "score": _number(survey)}
            for name, _, _, _, survey, *_ in _table(page, "c-fields")
        ],
        **_criteria(unit, page, study),
        "counts": [
            {"unit": unit, "group": code, "answered": _number(cells[2]), "cells": cells}
            for group, *cells in _table(page, "c-rates")
            for code in [_code(study.index.groups, group)]
        ],
    }


def _criteria(unit: str, page: str, study: Study) -> dict[str, Rows]:
    questions = {leaf.code: leaf.question for leaf in study.index.leaves}
    criteria: Rows = []
    groups: Rows = []
    for row in _table(page, "c-criteria"):
        code, is_first, _ = row[0].partition(". ")
        if is_first:  # the first row of a criterion; the next ones are its other groups
            points, interval = _number(row[1]), _number(row[3])
            criteria.append({"unit": unit, "criterion": code, "score": points, "lo": interval})
        group, *numbers = row[4:] if is_first else row
        mean = numbers[0] if numbers[0] == WITHHELD else numbers[1]
        question = questions[criteria[-1]["criterion"]]
        place = {"group": _code(study.index.groups, group), "question": question}
        groups.append({"unit": unit, **place, "mean": _number(mean), "cells": numbers})
    return {"criteria": criteria, "groups": groups}


def _table(page: str, caption: str) -> list[list[str]]:
    """The text of each cell below the header."""
    (table,) = re.findall(rf'<caption id="{caption}">.*?</table>', page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    return [[_text(cell) for cell in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row)] for row in rows]


def _text(cell: str) -> str:
    return html.unescape(re.sub(r"<.*?>", "", cell)).strip()


def _code(names: Mapping[str, Mapping[str, str]], name: str) -> str:
    return next(code for code, text in names.items() if text["vi"] == name)


def _number(text: str) -> str:
    first = text.split(" / ", maxsplit=1)[0].split(" – ", maxsplit=1)[0]
    if first in {WITHHELD, "–"}:
        return "*" if first == WITHHELD else ""
    return first.rstrip("%").replace(".", "").replace(",", ".")
