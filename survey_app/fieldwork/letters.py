"""Printed letters: one page a case, with the link as words and as a QR code.

One HTML file without scripts, fonts or pictures from elsewhere: it is opened in a browser on the
office's own machine and printed, two A5 pages to an A4 sheet if wished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from survey_app.fieldwork.case import Invitation
from survey_app.questionnaire.model import Questionnaire, Text
from survey_app.questionnaire.text import words


@dataclass(frozen=True)
class Sender:
    """Where the form is, and whom to call: the notice refers to the number on the letter.

    `title` is that of the wave, where it has one of its own; `period` when it takes answers.
    """

    base_url: str
    contact: str
    title: str = ""
    period: str = ""


_HEAD = """<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<title>Thư mời</title>
<style>
@page { size: A5; margin: 15mm }
body { font: 12pt/1.45 "Times New Roman", serif; margin: 0 }
article { break-after: page; max-width: 118mm; margin: 0 auto; padding: 6mm 0 }
article:last-of-type { break-after: auto }
h1 { font-size: 14pt; text-align: center; margin: 0 0 5mm }
h1 + p { text-align: center }
p { margin: 0 0 3mm }
figure { margin: 4mm 0; text-align: center }
svg { width: 42mm; height: 42mm }
code { font: 10pt/1.4 monospace; overflow-wrap: anywhere }
footer { display: flex; justify-content: space-between; gap: 5mm }
footer { font-size: 10pt; border-top: 1px solid; padding-top: 2mm }
</style>
"""


def pages(
    invitations: Iterable[Invitation],
    sender: Sender,
    questionnaires: Mapping[str, Questionnaire],
    year: int,
) -> Iterator[str]:
    """The file, piece by piece.

    The words are those of each group's questionnaire: a letter promises what the form promises.
    """
    yield _HEAD
    for invitation in invitations:
        yield _letter(invitation, sender, questionnaires[invitation.group], year)
    yield "</html>\n"


def _letter(invitation: Invitation, sender: Sender, form: Questionnaire, year: int) -> str:
    def said(text: Text) -> str:
        return escape(words(text, "vi", year=str(year)))

    notice, link = form.notice, invitation.link(sender.base_url)
    title = f"<b>{escape(sender.title)}</b><br>" if sender.title else ""
    period = f"<p>Thời gian trả lời: {escape(sender.period)}.</p>\n" if sender.period else ""
    return f"""<article>
<h1>THƯ XIN Ý KIẾN ÔNG/BÀ</h1>
<p>{title}{said(form.title)}</p>
<p>Kính gửi: <b>{escape(invitation.name) or "Ông/Bà"}</b></p>
<p>{said(notice.asks)} {said(notice.why)}</p>
<p>Ông/Bà dùng điện thoại quét mã dưới đây, hoặc mở đường dẫn:</p>
<figure>{_qr(link)}</figure>
<p><code>{escape(link)}</code></p>
<p>Đường dẫn này dành riêng cho Ông/Bà. Có thể trả lời dần; phiếu chỉ gửi một lần.
{said(notice.kept)} {said(notice.voluntary)}</p>
{period}<p>Liên hệ: {escape(sender.contact)}</p>
<footer>{said(notice.contact)} <span>Số thư mời: {escape(invitation.label)}</span></footer>
</article>
"""


def _qr(link: str) -> str:
    """The link as a QR code, inline SVG; it still reads when a fold or a stamp spoils a quarter."""
    import segno

    drawn: str = segno.make(link, error="q", micro=False).svg_inline(border=2, omitsize=True)
    return drawn
