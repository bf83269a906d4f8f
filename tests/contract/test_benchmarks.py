"""The benchmarks' server can be started by anyone, on either database, with links that work."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import benchmarks
from benchmarks import peer
from survey_app.app import create_app
from survey_app.demo.phone import Phone
from survey_app.settings import Settings
from survey_app.store.engine.database import Database


def test_the_peer_survey_is_fielded_with_links_that_lead_to_a_receipt(
    database_url, tmp_path, serve
):
    database = Database(database_url)
    links = peer.field(database, 3) + peer.field(database, 2)  # asked for again: more links
    address = serve(create_app(Settings(tmp_path, database_url, "k" * 40), database))
    for token in links:
        phone = Phone(address)
        phone.open(f"/p/{token}")
        assert phone.fill_in(lambda _, options: options[0]).receipt
        phone.close()
    database.close()


def test_the_peer_survey_has_its_four_pages_of_24_questions():
    assert [len(page) for _, page in peer.answers()] == [7, 7, 6, 4]


@pytest.mark.parametrize(
    "name", sorted(file.stem for file in Path(benchmarks.__path__[0]).glob("*.py"))
)
def test_a_benchmark_stands_on_what_the_product_has_today(name):
    importlib.import_module(f"benchmarks.{name}")
