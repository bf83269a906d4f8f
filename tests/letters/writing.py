"""A wave whose letters are printed: its texts, its dates, and those who get one."""

from __future__ import annotations

from datetime import UTC, date, datetime

from survey_app.fieldwork import tokens
from survey_app.fieldwork.case import Invitation
from survey_app.letters import composing, texts, typesetting
from survey_app.letters.composing import Writing
from survey_app.questionnaire.model import Study
from survey_app.waves.plan import Plan

AT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
SITE = "https://khaosat.tinh.vn"
PLAN = Plan(
    title_vi="Khảo sát mức độ hài lòng năm 2026",
    contact_vi="Bà Nguyễn Thị Hà, 0212 3850 000",
    closes_at="2026-12-15T10:00:00+00:00",
)


def writing(
    study: Study, language: str = "vi", *, plan: Plan = PLAN, site: str = SITE, **written: str
) -> Writing:
    """What letters need, with some texts of the office's own."""
    return Writing(
        texts=texts.complete(written, language),
        language=language,
        plan=plan,
        study=study,
        year=2026,
        base_url=site,
        on=date(2026, 11, 28),
        units={"SNV": "Sở Nội vụ"},
    )


def invitation(number: int = 1, name: str = "Lò Văn Ưởng", group: str = "council") -> Invitation:
    """Somebody who gets a letter."""
    return Invitation(f"DB-{number:04}", group, "", name, "0912345678", "", tokens.new())


def printed(writing: Writing, *invitations: Invitation) -> bytes:
    """The PDF."""
    pages = list(composing.pages(writing, invitations))
    return typesetting.pdf(composing.head(writing), pages, writing.language, AT)
