"""`cchc demo`: a whole wave, made by the commands and the pages that an office would use.

Every step looks first whether it was done, so a run that was interrupted goes on where it stopped,
and a run that was finished only starts the server again.
"""

from __future__ import annotations

import csv
import random
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import click

from survey_app import doors
from survey_app.app import create_app
from survey_app.conduct import closing, opening
from survey_app.conduct.timetable import looking_now_and_then
from survey_app.demo import appraisal, files, plan, publication, quality, respondents, self_points
from survey_app.demo.past import Past, PastClock, PastWave, a_year_before
from survey_app.demo.preparation import Preparation
from survey_app.demo.upgrading import bring_up_to_date
from survey_app.mixing.clock import mixing_now_and_then
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study, Unit
from survey_app.serving.limits import Limits
from survey_app.serving.processes import listener
from survey_app.serving.site import Site
from survey_app.settings import HERE, Settings
from survey_app.store import publications, scorecards, waves
from survey_app.store.engine.database import Database
from survey_app.store.waves import NoSuchWave, Wave
from survey_app.web import House

WAVE, STUDY, YEAR, UNITS_ON = "so-nganh-2025", "sonla/2025-department", 2025, date(2025, 12, 31)
LAST_WAVE, LAST_YEAR = "so-nganh-2024", 2024
DAYS = 21
"""Days of fieldwork that the invented respondents take, up to today; last year's took some more."""

COMMUNES_WAVE, COMMUNES_STUDY = "xa-phuong-2025", "sonla/2025-commune"
ACCOUNT = "demo"
NEXT_WAVE = "thu-nghiem-xa-phuong-2025"
TITLES = {
    WAVE: "Khảo sát Chỉ số cải cách hành chính các sở, ban, ngành năm 2025",
    COMMUNES_WAVE: "Khảo sát Chỉ số cải cách hành chính các xã, phường năm 2025",
    NEXT_WAVE: "Khảo sát thử nghiệm tại các xã, phường năm 2025",
    LAST_WAVE: "Khảo sát Chỉ số cải cách hành chính các sở, ban, ngành năm 2024",
}
CONTACT = "Phòng Cải cách hành chính, Sở Nội vụ, điện thoại 0212 000 0000"
GOES_ON = 14
"""Days from today on which the waves in the field close by themselves."""

COLLEAGUES: dict[str, tuple[str, ...]] = {
    "phan-tich": ("analyst",),
    "lanh-dao": ("approver",),
    "tham-dinh": ("appraiser", "--unit", "STC25"),
    "so-noi-vu": ("unit", "--unit", "SNV25"),
    "van-thu": ("clerk",),
    "dieu-tra-vien": ("interviewer",),
    "tra-cuu": ("reader",),
}
"""Accounts that nobody has signed in by yet; the last is suspended."""
COLLEAGUE = "phan-tich"
"""Who has begun to check last year's wave."""

KEPT_FOR_THE_VISITOR = 2
"""Invitations of each group that no invented respondent answers."""

THREADS = 16


class Demo:
    """The demonstration in one data folder."""

    def __init__(self, settings: Settings, database: Database, base: str) -> None:
        self.settings, self.database, self.base = settings, database, base
        self.folder = settings.data_folder / "demo"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = MovingClock()
        self.house = House(settings, database, self.clock)

    def prepare(self) -> None:
        """What needs no server: waves, samples, links, an account."""
        self._account()
        self._last_year()
        self._field(WAVE, STUDY)
        self._field(COMMUNES_WAVE, COMMUNES_STUDY)
        self._next()

    def fill(self) -> None:
        """What needs the server: respondents answer; then points are imported and scored."""
        with self.database.reading() as connection:
            scored = scorecards.latest(connection, waves.find(connection, WAVE).id)
        if scored is None:
            self._respondents()
            self._open_ballots()
            self._self_assessment()
            self._say("Tính điểm, tổng hợp điểm (scoring and merging)")
            _cchc("merge", WAVE)
            self._say("Độ nhạy, so sánh với năm trước (sensitivity, year on year)")
            _cchc("sensitivity", WAVE)
            _cchc("compare", WAVE)

    def _account(self) -> None:
        file = self.folder / "mat-khau.txt"
        if file.exists():
            return
        files.secret(file, secrets.token_urlsafe(12))
        self._say("Tạo tài khoản (an account)")
        roles = ("administrator", "analyst", "approver")
        given = [word for role in roles for word in ("--role", role)]
        _cchc("account", "add", ACCOUNT, *given, "--password-file", str(file))
        for name, role in COLLEAGUES.items():
            _cchc("account", "add", name, "--role", *role, "--one-time")
        _cchc("account", "suspend", [*COLLEAGUES][-1])

    def _field(self, name: str, study: str) -> None:
        links = self.folder / f"{name}-lien-ket.csv"
        wave = self._wave(name)
        if wave is None:
            self._say(f"Tạo đợt điều tra {name} (making the wave)")
            on = ("--year", str(YEAR), "--units-on", f"{UNITS_ON}")
            _cchc("wave", "create", name, "--study", study, *on, *self._said(name))
        if wave is None or wave.state == "planned":
            if not links.exists():
                self._sample(name, study)
                _cchc("invitations", "issue", name, "--out", str(links), "--base-url", self.base)
                links.chmod(0o600)
            if name == WAVE:
                self._open_in_the_past(name)
            else:
                _cchc("wave", "open", name)

    def _said(self, name: str) -> tuple[str, ...]:
        """Title, contact line and dates of a wave."""
        said = ("--title", TITLES[name], "--contact", CONTACT)
        closes = self.clock.first + timedelta(days=DAYS + GOES_ON)
        opened = self.clock.first if name == WAVE else None
        dates = ("--opens", f"{opened}T07:00") if opened else ()
        return (*said, *dates, "--closes", f"{closes}T17:00") if name != NEXT_WAVE else said

    def _next(self) -> None:
        """A wave in preparation."""
        if self._wave(NEXT_WAVE) is None:
            self._say("Đợt điều tra đang chuẩn bị (a wave in preparation)")
            on = ("--year", str(YEAR), "--units-on", f"{UNITS_ON}")
            said = (*on, *self._said(NEXT_WAVE))
            _cchc("wave", "create", NEXT_WAVE, "--study", COMMUNES_STUDY, *said)
            _, units = self._units(COMMUNES_STUDY)
            house = House(self.settings, self.database)
            preparation = Preparation(house=house, wave=NEXT_WAVE, by=ACCOUNT)
            preparation.hand_in(plan.communes(units, seed=LAST_YEAR))

    def _last_year(self) -> None:
        """A closed wave of the year before, so that this year's has something to stand beside."""
        wave = self._wave(LAST_WAVE)
        study, units = self._units(STUDY, date(LAST_YEAR, 12, 31))
        past_wave = PastWave(House(self.settings, self.database), _last_year(study, units))
        if wave is None:
            self._say("Đợt điều tra năm trước (last year's wave)")
            past_wave.open(plan.departments(units, seed=LAST_YEAR))
            past_wave.go_on(past_wave.past.ends)
            past_wave.close()
            quality.begin(past_wave.house, LAST_WAVE, ACCOUNT, COLLEAGUE)
        elif wave.state == "open":  # a run that was interrupted; its links are gone
            past_wave.clock.day = past_wave.past.ends
            closing.close(past_wave.house, LAST_WAVE, ACCOUNT, accepted=True)
        if not self._is_published(LAST_WAVE):
            self._say("Công bố kết quả năm trước (publishing last year's results)")
            past_wave.clock.day = past_wave.past.ends + timedelta(days=1)
            publication.points(past_wave)
            publication.publish_twice(past_wave)

    def _is_published(self, name: str) -> bool:
        with self.database.reading() as connection:
            wave = waves.find(connection, name)
            return len(publications.versions(connection, wave.id)) > 1

    def _open_in_the_past(self, name: str) -> None:
        """Let respondents in some weeks ago, by an invented clock."""
        house = House(self.settings, self.database, PastClock(day=self.clock.first))
        opening.open_(house, name, ACCOUNT)

    def _units(self, study: str, on: date = UNITS_ON) -> tuple[Study, list[Unit]]:
        """The texts of a study, and its units of a day."""
        texts = library.study(study)
        return texts, [
            unit
            for unit in texts.units
            if unit.unit_class == texts.index.unit_class and unit.exists_on(on)
        ]

    def _wave(self, name: str) -> Wave | None:
        with self.database.reading() as connection:
            try:
                return waves.find(connection, name)
            except NoSuchWave:
                return None

    def _sample(self, name: str, study: str) -> None:
        _, units = self._units(study)
        drawn = plan.departments(units) if name == WAVE else plan.communes(units)
        frame, sample = self.folder / f"{name}-khung.csv", self.folder / f"{name}-mau.csv"
        files.rows(frame, plan.FRAME_COLUMNS, drawn.frame)
        files.rows(sample, plan.SAMPLE_COLUMNS, drawn.sample)
        self._say(f"Nhập dàn mẫu và {len(drawn.sample)} trường hợp (importing frame and sample)")
        _cchc("frame", "import", name, str(frame), "--yes")
        _cchc("sample", "import", name, str(sample), "--yes")

    def visitors(self, name: str) -> list[dict[str, str]]:
        """The invitations that are left for whoever looks at the demonstration."""
        with (self.folder / f"{name}-lien-ket.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(plan.kept(list(csv.DictReader(file)), KEPT_FOR_THE_VISITOR))

    def _respondents(self) -> None:
        links = self.folder / f"{WAVE}-lien-ket.csv"
        left = self.folder / "de-lai.txt"
        left.write_text("\n".join(row["case"] for row in self.visitors(WAVE)), encoding="utf-8")
        self.clock.left = DAYS
        self._say("Người được mời trả lời trên biểu mẫu thật (respondents fill in the real form)")
        command = [
            sys.executable, "-m", "survey_app.demo.respondents",
            str(links), self.base, "--leave", str(left),
        ]  # fmt: skip
        with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            _show_progress(child.stdout, self._go_on)
        self.clock.left = 0
        if child.returncode:
            raise click.ClickException(
                "the invented respondents stopped; run the command again to go on"
            )

    def _go_on(self, share: float) -> None:
        """Let days go by, as far as respondents have come."""
        left = round(DAYS * (1 - share))
        if left < self.clock.left:
            with self.database.reading() as connection:
                wave = waves.find(connection, WAVE)
            self.house.mixer.mix(wave)
        self.clock.left = left

    def _open_ballots(self) -> None:
        """A real wave is closed for this; here visitors shall still find forms to answer."""
        self._say("Mở và trộn các phiếu (opening and mixing the ballots)")
        house = House(self.settings, self.database)
        with self.database.reading() as connection:
            wave = waves.find(connection, WAVE)
        house.mixer.open_everything(wave)

    def _self_assessment(self) -> None:
        folder = self.folder / "tu-cham"
        if not folder.exists():
            self._say("Biểu tự đánh giá của từng đơn vị, bằng Excel (self-assessment workbooks)")
            _cchc("self", "template", WAVE, "--out", str(folder))
            rng = random.Random(YEAR)
            for file in sorted(folder.glob("*.xlsx")):
                self_points.fill(file, rng)
        files = [str(file) for file in sorted(folder.glob("*.xlsx"))]
        _cchc("self", "import", WAVE, *files, "--yes")
        _cchc("self", "import-appraised", WAVE, *files, "--yes")
        appraisal.ask_and_agree(self.house, WAVE)
        appraisal.begin(self.house, COMMUNES_WAVE)

    def _say(self, words: str) -> None:
        click.echo(f"- {words}", err=True)

    def tell(self) -> None:
        """Print where everything is."""
        password = (self.folder / "mat-khau.txt").read_text(encoding="utf-8").strip()
        click.echo(
            "\nPhiếu chưa trả lời, mở bằng điện thoại hoặc trình duyệt (forms still unanswered):"
        )
        for name in (WAVE, COMMUNES_WAVE):
            for row in self.visitors(name):
                click.echo(f"  {row['group']:<11} {self.base}{urlsplit(row['link']).path}")
        click.echo("\nKhu vực nghiệp vụ (the office):")
        click.echo(
            f"  {self.base}/quan-tri    tên (name): {ACCOUNT}    mật khẩu (password): {password}"
        )
        click.echo(f"\nKết quả đã công bố (published):\n  {self.base}/ket-qua/{LAST_WAVE}")
        click.echo("\nKết quả (the results page):")
        with self.database.reading() as connection:
            card = scorecards.latest(connection, waves.find(connection, WAVE).id)
        assert card is not None
        click.echo(f"  {self.base}/quan-tri/dot/{WAVE}/ket-qua/{card.id}")
        click.echo(
            "\nDừng bằng Ctrl-C; chạy lại không mất gì "
            "(stop with Ctrl-C; run again, nothing is lost)."
        )


def run(settings: Settings, host: str, port: int, *, stay: bool = True) -> None:
    """Prepare whatever is missing, serve, fill in whatever is missing, and stay."""
    database = Database(settings.database_url)
    try:
        bring_up_to_date(database, TITLES)
        demo = Demo(settings, database, f"http://{host}:{port}")
        demo.prepare()
        with serving(demo.house, host, port) as server_thread:
            demo.fill()
            demo.tell()
            while stay and server_thread.is_alive():
                server_thread.join(1)
    except KeyboardInterrupt:
        click.echo("\nĐã dừng (stopped).", err=True)
    finally:
        database.close()


@contextmanager
def serving(house: House, host: str, port: int) -> Iterator[threading.Thread]:
    """The site, in a thread beside."""
    app = create_app(house.settings, house=house)
    try:
        heard = listener(host, port)
    except OSError as error:
        raise click.ClickException(
            f"port {port} on {host} cannot be used ({error.strerror}): "
            "stop what uses it, or give --port"
        ) from error
    server = Site(app, heard, Limits(doors.largest_body(app), threads=THREADS))
    thread = threading.Thread(target=server.run, name="site", daemon=True)
    thread.start()
    stop_mixing = mixing_now_and_then(app.extensions["cchc"].mixer)
    stop_looking = looking_now_and_then(app.extensions["cchc"])
    try:
        yield thread
    finally:
        stop_looking()
        stop_mixing()
        server.stop()
        thread.join()


def _last_year(study: Study, units: Sequence[Unit]) -> Past:
    """The wave of the year before: the same questions, an unlucky unit, and longer in the field."""
    name = study.name.replace(str(YEAR), str(LAST_YEAR))
    return Past(
        name=LAST_WAVE,
        study=library.study_from_texts(name, a_year_before(study, LAST_YEAR)),
        year=LAST_YEAR,
        opened=datetime.now(UTC).date() - timedelta(days=365 + DAYS),
        days=DAYS + 7,
        title=TITLES[LAST_WAVE],
        shares=respondents.TAKES_PART,
        seed=LAST_YEAR,
        texts=quality.TEXTS,
        hasty=units[0].code,
    )


def _cchc(*arguments: str) -> None:
    """One command of the product, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "survey_app.commands.cli", *arguments],
        cwd=HERE,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"`cchc {' '.join(arguments[:3])}` failed:\n{done.stderr}")


@dataclass
class MovingClock:
    """The clock of the demonstration: some days before now, and fewer as respondents answer."""

    left: int = 0

    @property
    def first(self) -> date:
        """The day on which it begins when respondents do."""
        return datetime.now(UTC).date() - timedelta(days=DAYS)

    def __call__(self) -> datetime:
        """Its time."""
        return datetime.now(UTC) - timedelta(days=self.left)


def _show_progress(lines: Iterable[str], go_on: Callable[[float], None]) -> None:
    """Numbers `done total`, a line each, as a bar; tells each share that is done."""
    before = 0
    with click.progressbar(length=1, file=sys.stderr, label="  ") as bar:
        for line in lines:
            done, total = map(int, line.split())
            bar.length = total
            bar.update(done - before)
            go_on(done / total)
            before = done
