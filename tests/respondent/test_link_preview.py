"""What Zalo or Facebook shows of a link that is sent on: the survey's title, and nobody."""

import re

from sqlalchemy import insert, select

from survey_app.store import tables as t
from tests.respondent.live_survey import live_survey

TAGS = re.compile(r"<(?:meta|title)[^>]*>(?:[^<]*</title>)?")


def test_a_preview_shows_the_title_and_neither_a_name_nor_the_token(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        token = survey.wave.tokens["citizens"][0]
        with survey.database.writing() as connection:
            case_id = connection.execute(select(t.cases.c.id)).scalars().first()
            contact = {"case_id": case_id, "name": "Lò Văn Ưởng", "phone": "0912345678"}
            connection.execute(t.contacts.delete())
            connection.execute(insert(t.contacts).values(**contact))
        page = survey.app.test_client().get(f"/p/{token}").get_data(as_text=True)
        head = page.partition("<style>")[0]
        (title,) = re.findall(r"<title[^>]*>([^<]*)</title>", head)
        assert f'<meta property="og:title" content="{title}">' in head
        told = " ".join(TAGS.findall(head))
        assert token not in told
        assert "Ưởng" not in page
        assert "og:url" not in head
