"""A closed wave with what quality is about: free texts, fast forms, two ways of asking."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select, true, update

from survey_app.questionnaire import library
from survey_app.store import tables as t
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.scored import answered

FAST = 6
"""Forms of citizens about the second unit that were filled in too fast."""

TEXTS = (
    "Ông Lò Văn Hùng ở Sở Nội vụ hứa rồi quên, gọi 0912 345 678.",
    '=HYPERLINK("http://x") trả kết quả chậm',
    "Cần trả kết quả đúng hẹn hơn",
    "Mạng ở bản còn yếu",
    "Cán bộ hướng dẫn tận tình",
    "Nên niêm yết thủ tục bằng cả tiếng Thái",
)


def checked_wave(house: House, tmp_path: Path, *, texts: int = 6) -> Wave:
    """24 people asked of each sample, 18 came; of citizens some wrote, some were fast."""
    study = library.study(write_study(tmp_path / "texts", citizens=_ASKED), tmp_path / "texts")
    wave = answered(house, study, each=24)
    with house.database.writing() as connection:
        for unit, wrote in (("SNV", texts), ("STP", 2)):
            for at, ballot in enumerate(of_citizens(connection, unit)[:wrote]):
                about = {"remark": TEXTS[at % len(TEXTS)], "wish": f"Mong muốn {unit} {at}"}
                _set(connection, ballot, about=json.dumps(about, ensure_ascii=False))
        for ballot in of_citizens(connection, "STP", valid=True)[:FAST]:
            _set(connection, ballot, pace="fast")
    return wave


_ASKED = (
    "      - item: used_service\n",
    """      - item: remark
        ask:
          vi: Ông/Bà có góp ý gì không?
          en: Anything to say?
        kind: long_text
        max_length: 500
      - item: wish
        ask:
          vi: Ông/Bà mong muốn điều gì?
          en: What do you wish for?
        kind: text
        max_length: 100
      - item: used_service
""",
)


def of_citizens(connection: object, unit: str, *, valid: bool = False) -> list[str]:
    """The keys of the ballots of citizens about a unit; of those with an opinion alone."""
    rated = (
        select(t.ballots.c.id)
        .join(t.ratings, t.ratings.c.ballot_id == t.ballots.c.id)
        .where(t.ballots.c.grp == "citizens", t.ratings.c.unit == unit)
        .where(t.ratings.c.answers.not_like('%"KB"%') if valid else true())
        .order_by(t.ballots.c.id)
    )
    return list(connection.execute(rated).scalars())  # type: ignore[attr-defined]


def _set(connection: object, ballot: str, **values: str) -> None:
    changed = update(t.ballots).where(t.ballots.c.id == ballot).values(**values)
    connection.execute(changed)  # type: ignore[attr-defined]
