"""What a worker is told by the site that starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_app.serving import workers
from survey_app.settings import Provider, Settings, SignIn

PROVIDER = Provider("https://dinh-danh.vn", "cchc", "bí mật", "email")


@pytest.mark.parametrize("provider", [None, PROVIDER])
def test_a_worker_has_the_settings_of_its_site(provider: Provider | None) -> None:
    settings = Settings(
        Path("data"),
        "sqlite:///store.sqlite3",
        "k" * 40,
        workers=2,
        sign_in=SignIn(second_factor="everyone", provider=provider),
        command_roles=("analyst", "clerk"),
    )
    assert workers._read(workers._written(settings)) == settings
