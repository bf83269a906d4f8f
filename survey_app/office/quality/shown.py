"""What the pages of this room share: classes of the design in words and in forms, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from survey_app.conduct import closing
from survey_app.office.page import language, page, say, words
from survey_app.office.results.page import index_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves.forms import Typed
from survey_app.quality import codes
from survey_app.quality.classes import DesignClass
from survey_app.store.waves import Wave
from survey_app.web import house


def show(template: str, wave: Wave, **more: Any) -> str:
    """A page of this room."""
    return page(
        f"quality/{template}",
        wave=wave,
        title=title_of(wave),
        index=index_of(wave),
        form=Typed(),
        is_ready=is_ready(wave),
        class_name=namer(wave),
        class_key=key,
        reasons=codes.reasons(),
        outcomes=codes.outcomes(),
        **more,
    )


def is_ready(wave: Wave) -> bool:
    """Whether quality may be looked at: before, whatever is shown would change with each form."""
    return wave.state == "closed" and not closing.is_unfinished(house(), wave)


def key(of: DesignClass) -> str:
    """A class as a form sends it."""
    return json.dumps(of, ensure_ascii=False, separators=(",", ":"))


def of_key(sent: str) -> DesignClass | None:
    """The class that a form sent; None where it is none."""
    try:
        parts = json.loads(sent)
    except ValueError:
        return None
    is_class = isinstance(parts, list) and len(parts) == len(DesignClass._fields)
    if not is_class or not all(isinstance(part, str) for part in parts):
        return None
    return DesignClass(*parts)


def namer(wave: Wave) -> Any:
    """What a class is called: group, unit or shared sample, mode, place."""
    groups, units, w = index_of(wave).groups, house().units(wave.id), words()

    def name(of: DesignClass) -> str:
        place = unit_name(units, of.unit) if of.unit else f"{w['shared_sample']} ({of.sample})"
        parts = [say(groups.get(of.group, of.group), language()), place]
        parts += [w.get(f"mode_{of.mode}", of.mode)] if of.mode else []
        return ", ".join([*parts, of.psu] if of.psu else parts)

    return name


def unit_name(units: Mapping[str, Any], unit: str) -> str:
    """What a unit is called in the language of the page."""
    return units[unit].name(language()) if unit in units else unit
