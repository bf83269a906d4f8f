"""What the groups answered about a unit, option by option, where enough people did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.page import language, say
from survey_app.office.results.read import Results
from survey_app.questionnaire.model import Option, Study

_STEPS = 5
_ROOM = 6.0
"""Per cent of a bar that a number needs."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a bar: options, how many chose them, and its place in per cent of the width."""

    label: str
    n: int
    at: float
    width: float
    middle: float
    step: int
    has_room: bool


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What one group answered; `parts` are empty where too few did. `declined`: gave no opinion."""

    group: str
    withheld: bool
    n: int
    parts: Sequence[Part]
    declined: int
    blank: int
    is_joined: bool = False
    """Whether some options are counted together, because few chose them."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A criterion with what each group answered."""

    code: str
    name: str
    bars: Sequence[Bar]


def answers(results: Results, study: Study, laid_out: Json) -> tuple[Answers, ...]:
    """Every criterion of a unit."""
    spoken = language()
    names = {leaf.code: say(leaf.name, spoken) for leaf in results.index.leaves}
    return tuple(
        Answers(
            code=row["criterion"],
            name=names.get(row["criterion"], ""),
            bars=[_bar(results, study, link, spoken) for link in row["links"]],
        )
        for row in laid_out["derivation"]
    )


def scale(study: Study, group: str, question: str) -> Mapping[str, Option]:
    """The options of a question as a group is asked it, by their code."""
    form = study.questionnaires.get(group)
    for item in () if form is None else form.unit_items:
        if item.name == question and item.scale is not None:
            return {option.code: option for option in item.scale.options}
    return {}


def label(known: Mapping[str, Option], codes: Sequence[str], spoken: str) -> str:
    """What options are called; several that are counted together are named one after another."""
    return " + ".join(say(known[code].label, spoken) if code in known else code for code in codes)


def _bar(results: Results, study: Study, link: Json, spoken: str) -> Bar:
    group = say(results.groups.get(link["group"], link["group"]), spoken)
    if link["withheld"]:
        return Bar(group=group, withheld=True, n=0, parts=(), declined=0, blank=0)
    known = scale(study, link["group"], link["question"])
    return Bar(
        group=group,
        withheld=False,
        n=link["n"],
        parts=list(_parts(known, link, spoken)),
        declined=sum(row["n"] for row in link["answers"] if row.get("declined")),
        blank=link["blank"],
        is_joined=any(len(row["options"]) > 1 for row in link["answers"]),
    )


def _parts(known: Mapping[str, Option], link: Json, spoken: str) -> Iterator[Part]:
    begun = 0
    for row in link["answers"]:
        if row.get("declined") or not row["n"]:
            continue
        width = 100 * row["n"] / link["n"]
        at = 100 * begun / link["n"]
        begun += row["n"]
        yield Part(
            label=label(known, row["options"], spoken),
            n=row["n"],
            at=round(at, 2),
            width=round(width, 2),
            middle=round(at + width / 2, 2),
            step=_step(known, row["options"]),
            has_room=width >= _ROOM,
        )


def _step(known: Mapping[str, Option], codes: Sequence[str]) -> int:
    """The darker, the better: by what the options are worth, on average."""
    worth = [float(known[code].coefficient or 0) if code in known else 0.0 for code in codes]
    return round(_STEPS * sum(worth) / len(worth))
