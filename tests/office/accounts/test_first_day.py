"""The first day in a real browser: from an empty database to an account of every role."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp

from survey_app.permissions import ROLES
from tests.conftest import DESKTOP, IN_VIETNAM, PHONE
from tests.contract.test_exactly_once import free_port
from tests.support import warm_python
from tests.support.browsing import settle

ROOT = Path(__file__).resolve().parents[3]
OWN_WORDS = "một câu rất dài mà chỉ {name} biết"
ROLES_OF_THE_DAY = ("administrator", "approver", "analyst", "unit", "reader")
"""Of whom the day tells more; on one database all others come in as well."""
_START_SECONDS = 90
PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of every page on the way, to be looked at."""


class Site:
    """`cchc serve` on a store: two processes on one port, that may be started anew."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "CCHC_DATA": str(folder / "data"),
            "CCHC_DATABASE": database_url,
            "CCHC_SECRET_KEY": "",
            "CCHC_PUBLIC_URL": self.address,
        }
        self._log = folder / "site.log"
        self.cchc("db", "upgrade")

    def cchc(self, *words: str) -> str:
        """A command on the same store; what it printed."""
        command = [warm_python.program(), "-m", "survey_app.commands.cli", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve. Gives the code for the first administrator, or a blank."""
        command = [sys.executable, "-m", "survey_app.commands.cli", "serve"]
        with self._log.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*command, "--port", str(self.port), "--processes", "2"],
                cwd=ROOT,
                env=self._environment,
                stderr=log,
            )
        try:
            said = self._said(process)
            code = re.search(r"used once: (\S+)", said)
            yield code[1] if code else ""
        finally:
            process.terminate()
            process.wait(60)

    def _said(self, process: subprocess.Popen[bytes]) -> str:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            said = self._log.read_text(encoding="utf-8")
            if self.address in said.splitlines():  # the last thing that it says
                return said
            assert process.poll() is None, said
            time.sleep(0.1)
        raise AssertionError("the site did not start")


class Person:
    """Somebody at a browser of their own, with a phone and a sheet of paper."""

    def __init__(self, browser: Any, site: Site, name: str, **options: Any) -> None:
        self._context = browser.new_context(**IN_VIETNAM, **{**DESKTOP, **options})
        self._context.set_default_timeout(30_000)
        self.page, self.site, self.name = self._context.new_page(), site, name
        self.password, self.secret, self.paper = "", "", []
        self._used = 0

    def open(self, path: str = "/quan-tri/") -> None:
        self.page.goto(f"{self.site.address}{path}")

    def at(self) -> str:
        return urlsplit(self.page.url).path

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        settle(self.page)

    def sign_out(self) -> None:
        """Leave; a phone folds what leads there."""
        menu = self.page.locator("details.menu > summary")
        if menu.is_visible():
            menu.click()
        self.press("Đăng xuất")

    def picture(self, name: str) -> None:
        """The page as it is now, on both screens, where pictures are asked for."""
        if PICTURES:
            for width, height in ((1366, 768), (360, 740)):
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
            self.page.set_viewport_size(DESKTOP["viewport"])

    def sign_in(self) -> None:
        self.open("/quan-tri/dang-nhap")
        self.page.fill("#name", self.name)
        self.page.fill("#password", self.password)
        self.page.click("main button[type=submit]")
        settle(self.page)

    def choose_password(self) -> None:
        self.password = OWN_WORDS.format(name=self.name[:1].upper() * 3)
        self.page.fill("#password", self.password)
        self.page.fill("#again", self.password)
        self.press("Lưu mật khẩu")

    def set_phone_up(self) -> None:
        """Scan what the page shows, type its code, note the codes for paper."""
        self.picture("phone")
        self.secret = "".join(self.page.inner_text("code.spell").split())
        assert self.page.locator("svg.qr").is_visible()
        self.page.fill("#code", self.code())
        self.press("Bật xác thực hai bước")
        self.picture("paper")
        self.paper = self.page.locator(".paper-codes code").all_inner_texts()
        self.page.click("text=Đã ghi lại, tiếp tục")
        settle(self.page)

    def code(self) -> str:
        """What the phone shows; the next one, where this was used already."""
        step = max(int(time.time()) // 30, self._used + 1)
        while step > int(time.time()) // 30 + 1:  # no later one is taken yet
            time.sleep(0.5)
        self._used = step
        return str(pyotp.TOTP(self.secret).generate_otp(step))

    def give_code(self) -> None:
        self.page.fill("#code", self.code())
        self.press("Tiếp tục")

    def close(self) -> None:
        self._context.close()


def make_account(administrator: Person, role: str) -> str:
    """By the page: name, role, what it is about. The one-time password that is shown."""
    administrator.open("/quan-tri/tai-khoan")
    administrator.page.click("main >> text=Tạo tài khoản")
    administrator.page.fill("#name", role)
    administrator.page.check(f"input[name=roles][value={role}]")
    if role == "unit":
        administrator.page.fill("#unit", "SNV")
    if role == "appraiser":
        administrator.page.fill("#fields", "LV1, LV2")
    if role == "appraiser":
        administrator.picture("new")
    administrator.press("Tạo tài khoản")
    if role == "appraiser":
        administrator.picture("once")
    return str(administrator.page.inner_text("#once"))


def open_account(administrator: Person, name: str) -> None:
    administrator.open("/quan-tri/tai-khoan")
    administrator.page.get_by_role("link", name=name, exact=True).first.click()


def test_an_office_begins_with_a_code_and_gives_every_role_an_account(
    database_url: str, tmp_path: Path, browser: Any, axe: Callable[[Any], None]
) -> None:
    site = Site(tmp_path, database_url)
    roles = ROLES if database_url.startswith("sqlite") else ROLES_OF_THE_DAY
    people: dict[str, Person] = {}
    an = Person(browser, site, "an")
    with site.running() as code:
        first_administrator(an, code, axe)
        for role in roles:
            person = Person(browser, site, role, **(PHONE if role == "reader" else {}))
            people[role] = person
            first_sign_in(person, make_account(an, role), role)
        for page in ("/quan-tri/tai-khoan", "/quan-tri/tai-khoan-cua-toi"):
            an.open(page)
            axe(an.page)
            an.picture(page.rpartition("/")[2])
        suspended_reset_given_back(an, people["approver"], axe)
        seen_from_another_browser(people["analyst"], Person(browser, site, "analyst"), axe)
        limit_holds_up_to(people["reader"])
    with site.running() as code:  # started anew, in other processes
        assert not code
        limit_still_holds(people["reader"])
        assert not is_open(an, "/quan-tri/thiet-lap-lan-dau")
        for action, said in (
            ("account-first", "Đã tạo quản trị viên đầu tiên"),
            ("account-suspend", "Đã tạm khóa tài khoản"),
            ("account-reset", "Đã đặt lại mật khẩu"),
        ):
            an.open(f"/quan-tri/nhat-ky?viec={action}")
            assert said in an.page.inner_text("main table tbody")
    for person in (an, *people.values()):
        person.close()
    assert {line.split("\t")[0] for line in site.cchc("account", "list").splitlines()} == {
        "an",
        *roles,
    }


def first_administrator(an: Person, code: str, axe: Callable[[Any], None]) -> None:
    an.open()
    an.picture("sign-in-empty")
    an.page.click("text=Thiết lập lần đầu")
    axe(an.page)
    an.picture("set-up")
    an.page.fill("#code", code)
    an.page.fill("#name", an.name)
    an.password = OWN_WORDS.format(name="XYZ")
    an.page.fill("#password", an.password)
    an.page.fill("#again", an.password)
    an.press("Tạo tài khoản quản trị")
    axe(an.page)
    an.set_phone_up()
    assert an.at() == "/quan-tri/"
    assert len(an.paper) == 10


def first_sign_in(person: Person, once: str, role: str) -> None:
    person.password = once
    person.sign_in()
    if role == "analyst":
        person.picture("password-first")
    person.choose_password()
    if role in {"administrator", "approver"}:
        person.set_phone_up()
    assert person.at() == ("/quan-tri/tu-danh-gia" if role == "unit" else "/quan-tri/")
    assert is_open(person, "/quan-tri/tai-khoan") is (role == "administrator")


def suspended_reset_given_back(an: Person, person: Person, axe: Callable[[Any], None]) -> None:
    open_account(an, person.name)
    axe(an.page)
    an.picture("one")
    an.press("Tạm khóa tài khoản")
    person.open()
    assert person.at() == "/quan-tri/dang-nhap"
    person.sign_in()
    assert "không đúng" in person.page.inner_text("#problem")
    open_account(an, person.name)
    an.picture("suspended")
    an.press("Mở lại tài khoản")
    an.press("Đặt lại mật khẩu")
    person.password = an.page.inner_text("#once")
    person.sign_in()
    axe(person.page)
    person.picture("code")
    person.give_code()
    axe(person.page)
    person.choose_password()
    assert person.at() == "/quan-tri/"
    person.sign_out()
    person.sign_in()
    person.page.fill("#code", person.paper[0])
    person.press("Tiếp tục")
    assert person.at() == "/quan-tri/"


def seen_from_another_browser(
    person: Person, elsewhere: Person, axe: Callable[[Any], None]
) -> None:
    """A sign-in from a new browser is shown on the first one until it is acknowledged there."""
    elsewhere.password = person.password
    elsewhere.sign_in()
    elsewhere.picture("first-time-here")
    person.open()
    warning = person.page.get_by_text("đã được đăng nhập từ trình duyệt mới")
    assert warning.is_visible()
    axe(person.page)
    person.picture("new-browser")
    person.press("Đúng là tôi")
    assert warning.count() == 0
    person.picture("two-sessions")
    person.press("Đăng xuất mọi trình duyệt khác")
    elsewhere.open()
    assert elsewhere.at() == "/quan-tri/dang-nhap"
    person.open("/quan-tri/tai-khoan-cua-toi/mat-khau")
    axe(person.page)
    person.picture("password")
    person.open("/quan-tri/tai-khoan-cua-toi/xac-thuc-hai-buoc")
    axe(person.page)
    elsewhere.close()


def limit_holds_up_to(person: Person) -> None:
    """Guess at a name until the site says to wait: one count for both processes."""
    person.sign_out()
    right, person.password = person.password, "đoán mò"
    for _ in range(10):
        person.sign_in()
        assert "không đúng" in person.page.inner_text("#problem")
    person.password = right
    person.sign_in()
    assert "quá nhiều lần" in person.page.inner_text("#problem")
    person.picture("too-many")


def limit_still_holds(person: Person) -> None:
    person.sign_in()
    assert person.at() == "/quan-tri/dang-nhap"


def is_open(person: Person, path: str) -> bool:
    """Whether a page is there for somebody, at its own address."""
    reply = person.page.goto(f"{person.site.address}{path}")
    return bool(reply.status == 200) and person.at() == path
