"""Invented respondents who answer through the real form, each on a phone of their own.

    python -m survey_app.demo.respondents LINKS.csv http://127.0.0.1:8000

LINKS.csv is the office's own list of invitations. A link that was answered before shows its
receipt and is left alone, so that an interrupted run can be run again.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from survey_app.demo.phone import Phone

TAKES_PART = {"council": 0.74, "leaders": 0.82, "businesses": 0.66, "citizens": 0.8}
BREAKS_OFF = 0.03
DECLINES = 0.02
KNOWS = {"council": 0.93, "leaders": 0.9, "businesses": 0.95, "citizens": 0.94}
AT_ONCE = 4

_REMARKS = (
    "Cần trả kết quả đúng hẹn hơn.",
    "Cán bộ hướng dẫn tận tình.",
    "Mạng ở bản còn yếu, nộp hồ sơ trực tuyến khó.",
    "Nên niêm yết thủ tục bằng cả tiếng Thái và tiếng Mông.",
)


def answer_all(rows: Sequence[Mapping[str, str]], base: str, *, seed: int = 2025) -> dict[str, int]:
    """Let every invited person decide and answer. Returns how many did what."""
    done: dict[str, int] = {}
    total = len(rows)
    people = list(enumerate(rows))
    random.Random(seed).shuffle(people)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = pool.map(lambda pair: _live(pair[1], base, seed + pair[0]), people)
        for number, what in enumerate(jobs, 1):
            done[what] = done.get(what, 0) + 1
            if number % 10 == 0 or number == total:
                sys.stdout.write(f"{number} {total}\n")
                sys.stdout.flush()
    return done


def _live(row: Mapping[str, str], base: str, seed: int) -> str:
    rng = random.Random(seed)
    if rng.random() > TAKES_PART[row["group"]]:
        return "silent"
    phone = Phone(base)
    try:
        page = phone.open(urlsplit(row["link"]).path)
        if page.receipt:
            return "sent before"
        if rng.random() < DECLINES:
            phone.press("refuse")
            return "declined"
        opinion = Opinion(row, rng, phone)
        pages = rng.randrange(1, 4) if rng.random() < BREAKS_OFF else 500
        page = phone.fill_in(opinion.answer, pages=pages)
        if page.status != 200:
            raise SiteFailed(f"the site answered {page.status}: {page.title}")
        return "sent" if page.receipt else "broke off"
    finally:
        phone.close()


class SiteFailed(Exception):
    """The site did not show what a respondent needs."""


class Opinion:
    """What one person thinks: of offices in general, and of each office in particular."""

    def __init__(self, row: Mapping[str, str], rng: random.Random, phone: Phone) -> None:
        self.row, self.rng, self.phone = row, rng, phone
        self.mood = rng.gauss(0, 0.07)

    def answer(self, name: str, options: Sequence[str]) -> str:
        """The value to give in a field."""
        if options == [""]:
            return self.rng.choice(_REMARKS) if self.rng.random() < 0.1 else ""
        office = self.row["unit"] or self.phone.page.heading
        if self.row["unit"] == "" and self._stranger(office):
            return "skip"
        codes = [code for code in options if code not in {"KB", "NA"}]
        if "KB" not in options or len(codes) < 4:
            usual = name == "online_used" and self.rng.random() < 0.7  # most have tried it
            return codes[0] if usual else self.rng.choice(codes or list(options))
        if self.rng.random() > KNOWS[self.row["group"]]:
            return "KB"
        return self._rating(office, name, codes)

    def _stranger(self, office: str) -> bool:
        return random.Random(f"{id(self)}{office}").random() < 0.05

    def _rating(self, office: str, name: str, codes: Sequence[str]) -> str:
        """An option: the better, the better the office; the same office is as good for everyone."""
        quality = 0.72 + 0.13 * random.Random(office).gauss(0, 1)
        quality += 0.05 * random.Random(name).gauss(0, 1) + self.mood
        level = min(max(self.rng.gauss(quality, 0.2), 0), 0.999)
        place = min(int((1 - level) * len(codes)), len(codes) - 1)
        best_first = codes[0] == "A"
        return codes[place] if best_first else codes[len(codes) - 1 - place]


def main(argv: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("links", type=Path)
    parser.add_argument("base")
    parser.add_argument("--leave", type=Path, help="file of case numbers that stay unanswered")
    given = parser.parse_args(argv)
    with given.links.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    left = set(given.leave.read_text(encoding="utf-8").split()) if given.leave else set()
    done = answer_all([row for row in rows if row["case"] not in left], given.base)
    sys.stderr.write(", ".join(f"{count} {what}" for what, count in sorted(done.items())) + "\n")


if __name__ == "__main__":
    main()
