"""A closed wave is screened by the analysis: which forms should be called back about."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_app.conduct.quality.free_texts import only_closed
from survey_app.conduct.scoring import publish
from survey_app.conduct.scoring.publish import Told
from survey_app.quality import classes
from survey_app.quality.classes import ENOUGH, DesignClass
from survey_app.quality.codes import ANY, FLAGS, flags_of
from survey_app.release.elsewhere import Pause
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.quality import call_backs, screenings
from survey_app.store.waves import Wave
from survey_app.web import House

_FALSE_DISCOVERY = 0.05
"""As `python -m analysis screen` has it."""

_Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Screened:
    """A screening that is to be kept: the flags of every valid form, by the ballot's key."""

    fingerprint: str
    flags: Mapping[str, tuple[str, ...]]
    effects: tuple[_Json, ...]


def screened(
    house: House,
    wave: Wave,
    work: Path,
    *,
    told: Told = lambda _: None,
    pause: Pause = lambda: None,
) -> Screened:
    """Screen every form of a closed wave, in the folder `work`.

    Raises
    ------
    WaveState, publish.ScoringFailed, ReleaseError
    """
    only_closed(house, wave)
    told("release")
    written = publish.release(house, wave, every_form=True, pause=pause)
    told("screen")
    publish.analyse("screen", pause, written.folder, "--out", work / "screening")
    content = json.loads((work / "screening" / "screening.json").read_text("utf-8"))
    rows = written.folder / "respondents.csv"
    return Screened(
        fingerprint=written.fingerprint,
        flags=_by_form(_rows(rows), content["flags"]),
        effects=tuple(_effects(_rows(rows), content["effects"])),
    )


def _rows(file: Path) -> Iterator[Mapping[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {name: row[name] for name in ("resp_id", "unit", "group", "mode")}


def _by_form(
    rows: Iterable[Mapping[str, str]], flagged: list[dict[str, Any]]
) -> Mapping[str, tuple[str, ...]]:
    of_row = {(row["resp_id"], row["unit"]): row["flags"] for row in flagged}
    by_form: defaultdict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        by_form[row["resp_id"]].append(of_row.get((row["resp_id"], row["unit"]), []))
    return {form: flags_of(carried) for form, carried in by_form.items()}


def _effects(rows: Iterable[Mapping[str, str]], effects: list[dict[str, Any]]) -> Iterator[_Json]:
    """Where forms of a cell differ by the way of asking; only where each way has five forms."""
    by_mode = Counter((row["unit"], row["group"], row["mode"]) for row in rows)
    for effect in effects:
        cell = effect["unit"], effect["group"]
        sizes = [count for key, count in by_mode.items() if key[:2] == cell]
        p = effect["p_adjusted"]
        if p is not None and p <= _FALSE_DISCOVERY and min(sizes) >= ENOUGH:
            yield {
                name: effect[name]
                for name in ("unit", "group", "factor", "farthest", "difference", "p_adjusted")
            }


def keep(connection: Connection, house: House, wave: Wave, result: Screened, by: str) -> None:
    """Put a screening in the place of the one before."""
    at = house.stamp()
    screenings.keep(
        connection,
        wave,
        fingerprint=result.fingerprint,
        flags=result.flags,
        effects=result.effects,
        by=by,
        at=at,
    )
    audit.append(connection, by, "screen", f"{wave.name} {result.fingerprint}", at)


@dataclass(frozen=True, kw_only=True)
class CalledBack:
    """What call-backs of a class came to. `chance`: that so few took part by luck."""

    drawn: int
    noted: int
    reached: int
    took_part: int
    cases: int
    returned: int
    chance: float | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A class as it is shown: forms, and flagged ones by fives, never nearly all."""

    of: DesignClass
    forms: int
    flagged: Mapping[str, int]
    calls: CalledBack

    @property
    def share(self) -> float:
        """Flagged forms that are told of, of all."""
        return self.flagged[ANY] / self.forms

    @property
    def is_suspect(self) -> bool:
        """Whether call-backs should begin here."""
        return self.share >= classes.SUSPECT_SHARE


def lines(connection: Connection, wave: Wave) -> tuple[Line, ...]:
    """Every class of five or more forms, those with the most flags first."""
    forms: Counter[DesignClass] = Counter()
    flagged: defaultdict[DesignClass, Counter[str]] = defaultdict(Counter)
    counted = screenings.counts(connection, wave)
    for (design, _), count in counted.items():
        forms[design] += count
    shown = classes.divided(forms)
    sizes: Counter[DesignClass] = Counter()
    for (design, flags), count in counted.items():
        if design in shown:
            carried = flags.split()
            sizes[shown[design]] += count
            for flag in [*carried, *([ANY] if carried else [])]:
                flagged[shown[design]][flag] += count
    returned = screenings.returned(connection, wave)
    noted = call_backs.outcomes(connection, wave)
    lines = [
        Line(
            of=of,
            forms=size,
            flagged={
                flag: classes.shown_flagged(flagged[of][flag], size) for flag in (ANY, *FLAGS)
            },
            calls=_calls(connection, wave, of, returned, noted.get(of, Counter())),
        )
        for of, size in sizes.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.share, line.of)))


def _calls(
    connection: Connection,
    wave: Wave,
    of: DesignClass,
    returned: Mapping[DesignClass, int],
    outcomes: Counter[str],
) -> CalledBack:
    from survey_app.quality import codes

    known = codes.outcomes()
    reached = sum(n for code, n in outcomes.items() if code and known[code].is_reached)
    took_part = sum(n for code, n in outcomes.items() if code and known[code].took_part)
    cases = call_backs.cases_in(connection, wave, of)
    came = sum(count for design, count in returned.items() if of.holds(design))
    enough = reached >= ENOUGH
    return CalledBack(
        drawn=outcomes.total(),
        noted=outcomes.total() - outcomes[""],
        reached=reached,
        took_part=took_part,
        cases=cases,
        returned=came,
        chance=classes.chance_of_so_few(cases, came, reached, took_part) if enough else None,
    )
