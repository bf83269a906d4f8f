"""The charts of reports: read off, and looked at."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from survey_app.office.documents.paper.blocks import Picture
from survey_app.office.documents.reports import province, unit
from survey_app.office.documents.reports.telling import Telling, share_of
from survey_app.office.results.read import UnitLine
from tests.office.reports.printed import cells


def dots(picture: Picture, legend: int = 0) -> list[float]:
    """The percents at which the dots of a chart stand, from its scale; the legend's left out."""
    drawn = ET.fromstring(picture.svg())
    ticks = {
        float(each.attrib["x"]): float(each.text.removesuffix("%").replace(",", "."))
        for each in drawn.findall(".//{*}text")
        if each.text and re.fullmatch(r"\d+(,\d)?%", each.text)
    }
    ends = min(ticks), max(ticks)
    places = [float(each.attrib["cx"]) for each in drawn.findall(".//{*}circle")][legend:]
    return np.interp(places, ends, [ticks[end] for end in ends]).tolist()


def test_the_chart_of_the_province_shows_every_index_on_one_scale(telling: Telling) -> None:
    charts = [each for each in province.paper(telling).blocks if isinstance(each, Picture)]
    read = [percent for picture in charts for percent in dots(picture)]
    assert read == pytest.approx([unit.index for unit in telling.results.units], abs=0.01)
    assert len(charts) == 2
    assert all(picture.height < 8 for picture in charts), "little stays blank above one"
    words = [{e.text for e in ET.fromstring(c.svg()).findall(".//{*}text")} for c in charts]
    assert {text for text in words[0] if text.endswith("%")} - words[1] == {
        "Chỉ số của các đơn vị và khoảng tin cậy 95%"
    }


def test_a_unit_sees_itself_beside_the_mean_of_all_in_ink_alone_and_nothing_that_is_withheld(
    public: Telling,
) -> None:
    means = unit.Means.of(public.results)
    first = public.results.units[0]
    for shown in (first, _with_a_withheld_criterion(first)):
        pictures = [
            each for each in unit.paper(public, shown, means).blocks if isinstance(each, Picture)
        ]
        lines = [line for field in shown.fields for line in field.criteria]
        of_criteria = [line.points / line.maximum for line in lines if not line.withheld]
        of_fields = [share for field in shown.fields if (share := share_of(field)) is not None]
        index = [] if shown.withheld else [shown.index / 100]
        read = [percent / 100 for picture in pictures for percent in dots(picture, legend=1)]
        assert read == pytest.approx([*index, *of_fields, *of_criteria], abs=1e-4)
    assert any(line.withheld for line in lines)
    for picture in pictures:
        image = Image.open(io.BytesIO(picture.png()))
        assert image.mode == "L", "greys: a printer without colour loses nothing"
        assert image.width / image.height == pytest.approx(picture.width / picture.height, rel=0.01)
        ink = 255 - np.asarray(image)
        assert ink.max() > 200
        edges = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert edges.max() < 100, "no word runs off the drawing"
    alone = [each for each in cells(unit.paper(public, first, means)) if each[:2] in {"+-", "+−"}]
    assert alone == [], "a difference has one sign"


def _with_a_withheld_criterion(line: UnitLine) -> UnitLine:
    """As a unit is told of a criterion about which too few said something."""
    head, *rest = line.fields
    hidden = replace(head.criteria[0], points=None, lo=None, hi=None, withheld=True)
    field = replace(head, criteria=(hidden, *head.criteria[1:]), withheld=True, share=None)
    return replace(line, fields=(field, *rest))
