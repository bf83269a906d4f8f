"""The whole attack on one random wave: read all, and name what was found out."""

from __future__ import annotations

import json

from survey_app.store import waves as kept
from tests.office.attack.reading import Reader
from tests.office.attack.solving import Row, Truth, Unit, Version
from tests.office.attack.waves import PublicSite, PublicWave


def attack(site: PublicSite, seed: int, *, left_out: int = 0) -> list[str]:
    """What a stranger finds out of what is withheld of a random wave."""
    public = site.wave(seed, left_out=left_out)
    if seed % IN_BOTH == 0:
        return attack_on(public, LANGUAGES)
    return attack_on(public, LANGUAGES[:1], seed + seed // IN_BOTH)


def attack_on(public: PublicWave, languages: tuple[str, ...], turn: int | None = None) -> list[str]:
    """What a stranger finds out of what is withheld of a wave; `turn` as for `Reader`."""
    with public.house.database.reading() as connection:
        units = kept.units(connection, public.wave.id)
    names = {
        "vi": {unit.unit: unit.name_vi for unit in units},
        "en": {unit.unit: unit.name_en for unit in units},
    }
    codes = tuple(unit.unit for unit in units)
    readers = [
        Reader(
            public.client,
            f"/ket-qua/{public.wave.name}{address}",
            public.study,
            codes,
            names,
            languages,
            turn,
        )
        for address in _addresses(len(public.cards))
    ]
    read = [reader.read() for reader in readers]
    fewest = public.study.index.publish_from
    fallen = []
    for code in codes:
        versions = [
            Version(read=each, truth=_truth(json.loads(card.scores), code))
            for each, card in zip(read, public.cards, strict=True)
        ]
        unit = Unit(public.study, code, versions, _min_group(public.cards[0].scores))
        fallen += list(unit.fallen(fewest))
    return fallen


LANGUAGES = ("vi", "en")
IN_BOTH = 4
"""Every so manieth wave is read whole, in both languages, which show the same tables."""

WHOSE = ("n_respondents", "n", "n_blank", "n_nocoef", "sum_w", "mean")
"""By what two rows are known to be of the same people."""


def _addresses(versions: int) -> list[str]:
    """Where the versions are: the first at its own address, the last at that of the wave."""
    return [*(f"/lan/{number}" for number in range(1, versions)), ""]


def _min_group(scores: str) -> int:
    return int(json.loads(scores)["settings"]["min_group"])


def _truth(scores: dict, unit: str) -> Truth:
    return {
        (row["group"], row["question"]): Row(
            n=row["n"], mean=row["mean"] or 0.0, whose=tuple(row[key] for key in WHOSE)
        )
        for row in scores["estimates"]
        if row["unit"] == unit and row["n"]
    }
