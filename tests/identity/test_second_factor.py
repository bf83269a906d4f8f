"""The second factor: the published values of TOTP, and secrets that only the key folder opens."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from survey_app.identity import browsers, second_factor
from survey_app.identity.second_factor import FactorKey, Unreadable

RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.step_of(RFC, code, now, 0) == seconds // 30
    assert second_factor.step_of(RFC, code, now, seconds // 30) is None


@given(some.text(max_size=12))
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    second_factor.step_of(RFC, typed, datetime(2026, 8, 5, tzinfo=UTC), 0)


def test_a_secret_is_opened_for_its_account_only_and_by_its_key_only(tmp_path: Path) -> None:
    key, other = FactorKey(tmp_path / "a"), FactorKey(tmp_path / "b")
    sealed = key.seal(RFC, 1)
    assert key.open(sealed, 1) == RFC
    assert key.seal(RFC, 1) != sealed
    for opens, account, body in (
        (key, 2, sealed),
        (other, 1, sealed),
        (key, 1, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(Unreadable):
            opens.open(body, account)


def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    FactorKey(tmp_path / "keys").seal(RFC, 1)
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_session_is_shown_changes_with_the_session_and_after_each_code(
    tmp_path: Path,
) -> None:
    key = FactorKey(tmp_path)
    shown = {key.candidate(session, step) for session in "ab" for step in (1, 2)}
    assert len(shown) == 4
    assert all(len(secret) == 20 for secret in shown)


def test_codes_on_paper_have_120_bits_and_are_all_different() -> None:
    codes = second_factor.paper_codes()
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) * 5 == 120 for code in codes)


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/120 Chrome/114", "Cốc Cốc, Windows"),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_told_in_plain_words(agent: str, kind: str) -> None:
    assert browsers.kind_of(agent) == kind
