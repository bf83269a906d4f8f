"""Links for cases: letters and tables are made of them before any of them counts.

The office's job and the command do the same: make links ready, write the files, and issue the
links in the transaction in which the files are put in their place. Tokens are in the files alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from survey_app.fieldwork.case import Invitation
from survey_app.letters import composing, merging, texts, typesetting
from survey_app.letters.composing import Writing
from survey_app.letters.texts import Texts
from survey_app.questionnaire import library
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.letters import letter_texts
from survey_app.store.waves import Wave
from survey_app.web import House

_NEW_YEAR = (1980, 1, 1, 0, 0, 0)
_BY_TURNS = 100
"""Letters between two looks whether the work is still wanted."""

SAMPLE_NAME = "Nguyễn Thị Hồng Phượng"


def _nothing() -> None:
    """Nobody wants to stop it."""


def writing(
    house: House,
    connection: Connection,
    wave: Wave,
    language: str,
    *,
    base_url: str = "",
    contact: str = "",
    written: Texts | None = None,
) -> Writing:
    """What letters of a wave need; an address, a contact or texts in place of what is settled."""
    if written is None:
        written = letter_texts.read(connection, wave.id, language)
    return Writing(
        texts=texts.complete(written, language),
        language=language,
        plan=wave.plan,
        study=library.study_from_texts(wave.study, waves.texts(connection, wave.id)),
        year=wave.year,
        base_url=base_url or house.settings.public_url,
        on=composing.today(house.clock()),
        units={unit.unit: unit.name(language) for unit in waves.units(connection, wave.id)},
        contact=contact,
    )


def sample(writing_: Writing) -> Invitation:
    """Nobody's invitation, to show a letter before there are any."""
    group = next(iter(writing_.study.questionnaires))
    unit = next(iter(writing_.units), "")
    token = "0" * 26
    return Invitation("DB-0001", group, unit, SAMPLE_NAME, "0912345678", "", token)


def checked(writing_: Writing, invitations: Sequence[Invitation]) -> None:
    """See whether everything that letters and messages speak of is known.

    Raises
    ------
    ProblemsFound
    """
    composing.check_contact(writing_)
    for invitation in invitations[:1]:
        composing.check(writing_, invitation)


def letters(
    house: House,
    writing_: Writing,
    invitations: Sequence[Invitation],
    pause: Callable[[], None] = _nothing,
) -> Iterator[bytes]:
    """PDF files of at most a thousand letters each, in the order of the invitations.

    Raises
    ------
    ProblemsFound
        A letter does not fit on its page.
    """
    for start in range(0, len(invitations), typesetting.MOST):
        pages = []
        for number, one in enumerate(invitations[start : start + typesetting.MOST]):
            pages.append(composing.page(writing_, one))
            if number % _BY_TURNS == 0:
                pause()
        head = composing.head(writing_)
        yield typesetting.pdf(head, pages, writing_.language, house.clock())
        pause()


def pack(
    house: House,
    writing_: Writing,
    invitations: Sequence[Invitation],
    file: Path,
    pause: Callable[[], None] = _nothing,
) -> None:
    """Letters and tables of links in one ZIP, for whoever sends them out.

    Raises
    ------
    ProblemsFound
        A letter does not fit on its page.
    """
    lines = merging.rows(writing_, invitations)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        parts = -(-len(invitations) // typesetting.MOST)
        for number, pdf in enumerate(letters(house, writing_, invitations, pause), 1):
            _add(packed, f"thu-moi-{number}.pdf" if parts > 1 else "thu-moi.pdf", pdf)
        _add(packed, "duong-dan.xlsx", merging.workbook(writing_, lines))
        _add(packed, "duong-dan.csv", merging.csv(writing_, lines).encode())


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    about = zipfile.ZipInfo(name, _NEW_YEAR)
    about.compress_type = zipfile.ZIP_DEFLATED
    packed.writestr(about, content)
