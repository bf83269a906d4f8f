"""What pages of a scorecard show beyond its scores: computed once by a job, read from files.

Below `scorecards/NUMBER` in the data folder: `detail` is made with the scorecard, `sensitivity`
and `comparison` when they are asked for, `open-data` when it becomes public. A scorecard that was
made before has none, and its pages say so. A file that cannot be read counts as one that is not
there.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import orjson

from survey_app import file_modes
from survey_app.web import House

Part = Literal["detail", "sensitivity", "comparison", "open-data"]
Json = Mapping[str, Any]


def folder(house: House, card: int, part: Part) -> Path:
    """Where a part of what is kept of a scorecard is; it need not be there."""
    return house.settings.data_folder / "scorecards" / str(card) / part


def replace(house: House, card: int, part: Part, written: Path) -> None:
    """Put what was made in the place of what was there."""
    place = folder(house, card, part)
    for parent in (place.parent.parent, place.parent):
        file_modes.make_folder(parent)
    shutil.rmtree(place, ignore_errors=True)
    written.replace(place)


def read(house: House, card: int, part: Part, name: str = "overview") -> Json | None:
    """What is kept for all units; None where there is nothing."""
    return _read(folder(house, card, part) / f"{name}.json")


def unit(house: House, card: int, part: Part, code: str) -> Json | None:
    """What is kept of a unit; None where there is nothing."""
    return _read(folder(house, card, part) / "units" / file_name(code))


def criterion(house: House, card: int, code: str) -> Json | None:
    """What is kept of a criterion; None where there is nothing."""
    return _read(folder(house, card, "detail") / "criteria" / file_name(code))


def file_name(code: str) -> str:
    """The file of a unit or a criterion, as `analysis detail` names it."""
    return quote(code, safe="") + ".json"


def write(file: Path, content: Json) -> None:
    """Write a file of what is kept."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(content))


def _read(file: Path) -> Json | None:
    try:
        content: Json = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return content
