"""What tests of jobs beside a living site begin with."""

from __future__ import annotations

import pytest

from survey_app.questionnaire import library
from tests.builders import write_study
from tests.jobs.live_site import sign_up
from tests.jobs.shop import Shop
from tests.office.scored import answered


@pytest.fixture
def shop(database_url, tmp_path):
    begun = Shop(database_url, tmp_path)
    sign_up(begun)
    yield begun
    begun.database.close()


@pytest.fixture
def closed(shop):
    """The name of a closed wave with answers."""
    return answered(shop.house, library.study(write_study(shop.path), shop.path)).name
