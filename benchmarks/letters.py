"""How long a thousand letters take, and how much memory: one PDF, a page each.

python -m benchmarks.letters                 1,000 letters in Vietnamese
python -m benchmarks.letters 132 --lang en   as many as there are delegates, in English
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, date, datetime

from survey_app.fieldwork import tokens
from survey_app.fieldwork.case import Invitation
from survey_app.letters import composing, texts, typesetting
from survey_app.letters.composing import Writing
from survey_app.questionnaire import library
from survey_app.waves.plan import Plan

STUDY = "sonla/2025-department"
NAMES = ("Nguyễn Thị Hồng Phượng", "Lò Văn Ưởng", "Công Tằng Tôn Nữ Thị Hoàng Quỳnh " * 3)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("count", type=int, nargs="?", default=1000)
    options.add_argument("--lang", choices=("vi", "en"), default="vi")
    asked = options.parse_args()
    plan = Plan(contact_vi="Bà Nguyễn Thị Hà, 0212 3850 000", closes_at="2026-12-15T10:00:00+00:00")
    written = {"superior": "UBND tỉnh Sơn La", "place": "Sơn La", "signer": "Nguyễn Văn Ưởng"}
    writing = Writing(
        texts=texts.complete(written, asked.lang),
        language=asked.lang,
        plan=plan,
        study=library.study(STUDY),
        year=2025,
        base_url="https://khaosat.sonla.gov.vn",
        on=date(2026, 11, 28),
        units={},
    )
    drawn = [
        Invitation(f"DB-{n:05}", "council", "", NAMES[n % 3], "0912345678", "", tokens.new())
        for n in range(asked.count)
    ]
    began, busy = time.perf_counter(), time.process_time()
    pages = list(composing.pages(writing, drawn))
    drawn_at = time.perf_counter() - began
    pdf = typesetting.pdf(composing.head(writing), pages, asked.lang, datetime.now(UTC))
    took, worked = time.perf_counter() - began, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"letters            {asked.count:>8,}")
    print(f"codes, texts       {drawn_at:>8.1f} s")
    print(f"in all             {took:>8.1f} s   (processor: {worked:.1f} s)")
    print(f"memory at its most {memory:>8,.0f} MiB")
    print(f"file               {len(pdf) / 2**20:>8.1f} MiB")


if __name__ == "__main__":
    main()
