"""An invented frame and sample of the departments' wave, as an office would hand them in.

Sizes follow what provinces do (the sample plans in docs/explanation/field-practice): about thirty
citizens and a dozen firms for each department, all delegates, two leaders a commune.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_app.questionnaire.model import Unit

DELEGATES = 65
LEADERS = {"phuong": (8 * 4, 14), "xa": (67 * 4, 46)}  # stratum: population, drawn
RATED_BY_A_LEADER = 8
RATED_BY_A_DELEGATE = 12
FIRMS_DRAWN = 12
PLACES = {"thanh-thi": (3, 5), "nong-thon": (4, 5)}  # stratum: villages drawn, people in each

SAMPLE_COLUMNS = (
    "case", "group", "unit", "asked", "home_unit", "sample", "stratum", "psu", "weight", "fpc1",
    "fpc2", "mode", "name", "phone", "email", "address",
)  # fmt: skip
FRAME_COLUMNS = ("group", "sample", "unit", "stratum", "population", "planned")

_FAMILY = ("Lò", "Quàng", "Cà", "Hoàng", "Nguyễn", "Vàng", "Giàng", "Sùng", "Bạc", "Cầm", "Đinh")
_MIDDLE = ("Văn", "Thị", "Minh", "Thanh", "Đức", "Ngọc", "Quang", "Hồng")
_GIVEN = ("An", "Bình", "Chiến", "Hà", "Hải", "Hoa", "Hùng", "Lan", "Mai", "Phương", "Sơn", "Thảo")


@dataclass(frozen=True)
class Plan:
    """Rows of the two files, as texts."""

    frame: list[dict[str, str]]
    sample: list[dict[str, str]]


Rows = tuple[list[dict[str, str]], list[dict[str, str]]]


def departments(units: Sequence[Unit], seed: int = 2025) -> Plan:
    """The departments' frame and sample; the same for the same seed."""
    rng = random.Random(seed)
    return _numbered(
        [
            _delegates(rng),
            _leaders(rng),
            *(_firms(rng, unit) for unit in units),
            *(_citizens(rng, unit) for unit in units),
        ]
    )


def communes(units: Sequence[Unit], seed: int = 2025) -> Plan:
    """A few cases of the communes' wave, to show a delegate's random dozen of 75 communes."""
    rng = random.Random(seed)
    delegates = [_stratum("council", "all", DELEGATES, DELEGATES, sample="hdnd")], [
        _case(
            rng, "council", stratum="all", weight="1", fpc1=DELEGATES, sample="hdnd",
            asked=f"*{RATED_BY_A_DELEGATE}",
        )
        for _ in range(DELEGATES)
    ]  # fmt: skip
    return _numbered([delegates, *(_citizens(rng, unit) for unit in units[:3])])


def _numbered(parts: Sequence[Rows]) -> Plan:
    plan = Plan(
        [row for frame, _ in parts for row in frame], [row for _, sample in parts for row in sample]
    )
    for number, row in enumerate(plan.sample, 1):
        row["case"] = f"{row['group'][:2].upper()}{number:04d}"
    return plan


def _delegates(rng: random.Random) -> Rows:
    frame = [_stratum("council", "all", DELEGATES, DELEGATES, sample="hdnd")]
    rows = [
        _case(rng, "council", stratum="all", weight="1", fpc1=DELEGATES, sample="hdnd", asked="*")
        for _ in range(DELEGATES)
    ]
    return frame, rows


def _leaders(rng: random.Random) -> Rows:
    frame, rows = [], []
    for stratum, (population, drawn) in LEADERS.items():
        frame.append(_stratum("leaders", stratum, population, drawn, sample="lanh-dao-xa"))
        weight = f"{population / drawn:.6f}"
        rows += [
            _case(
                rng, "leaders", stratum=stratum, weight=weight, fpc1=population,
                sample="lanh-dao-xa", asked=f"*{RATED_BY_A_LEADER}",
            )
            for _ in range(drawn)
        ]  # fmt: skip
    return frame, rows


def _firms(rng: random.Random, unit: Unit) -> Rows:
    population = rng.randrange(150, 420)
    weight = f"{population / FIRMS_DRAWN:.6f}"
    rows = [
        _case(rng, "businesses", stratum="all", weight=weight, fpc1=population, unit=unit.code)
        for _ in range(FIRMS_DRAWN)
    ]
    return [_stratum("businesses", "all", population, FIRMS_DRAWN, unit=unit.code)], rows


def _citizens(rng: random.Random, unit: Unit) -> Rows:
    frame: list[dict[str, str]] = []
    rows: list[dict[str, str]] = []
    for stratum, (places, people) in PLACES.items():
        all_places = 8 if stratum == "thanh-thi" else 67
        sizes = [rng.randrange(40, 160) for _ in range(places)]
        population = round(sum(sizes) / places * all_places)
        frame.append(_stratum("citizens", stratum, population, places * people, unit=unit.code))
        for place, size in enumerate(sizes, 1):
            weight = f"{all_places / places * size / people:.6f}"
            mode = "interview" if stratum == "nong-thon" and place == places else "web"
            rows += [
                _case(
                    rng, "citizens", stratum=stratum, psu=f"{stratum}-{place}", weight=weight,
                    fpc1=all_places, fpc2=size, unit=unit.code, mode=mode,
                )
                for _ in range(people)
            ]  # fmt: skip
    return frame, rows


def _stratum(
    group: str, stratum: str, population: int, planned: int, *, sample: str = "", unit: str = ""
) -> dict[str, str]:
    values = (group, sample, unit, stratum, str(population), str(planned))
    return dict(zip(FRAME_COLUMNS, values, strict=True))


def _case(rng: random.Random, group: str, **given: object) -> dict[str, str]:
    row = dict.fromkeys(SAMPLE_COLUMNS, "") | {"group": group, "mode": "web"}
    row |= {name: str(value) for name, value in given.items()}
    row["name"] = " ".join(rng.choice(part) for part in (_FAMILY, _MIDDLE, _GIVEN))
    row["phone"] = "09" + "".join(rng.choice("0123456789") for _ in range(8))
    return row


def kept(rows: Sequence[dict[str, str]], most: int) -> Iterator[dict[str, str]]:
    """The invitations that stay unanswered for the visitor: `most` of each group."""
    left: dict[str, int] = {}
    for row in rows:
        group = row["group"]
        if left.setdefault(group, most):
            left[group] -= 1
            yield row
