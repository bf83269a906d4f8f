"""The parts that other tests stand on are real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

PAGE = (
    '<!doctype html><meta name="viewport" content="width=device-width"><title>Phiếu</title><h1>Chào</h1>'
)


def test_each_test_gets_an_empty_store_on_both_databases(database_url: str) -> None:
    with create_engine(database_url).begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
        assert connection.execute(text("SELECT COUNT(*) FROM mine")).scalar() == 0


def test_the_postgresql_is_a_real_server(fresh_postgres: str) -> None:
    with create_engine(fresh_postgres).connect() as connection:
        assert connection.execute(text("SELECT version()")).scalar().startswith("PostgreSQL")


def test_a_phone_opens_a_served_page(phone_page: Any, serve: Callable[[Any], str]) -> None:
    app = Flask("small")
    app.add_url_rule("/", "home", lambda: PAGE)
    phone_page.goto(serve(app))
    assert phone_page.title() == "Phiếu"
    assert phone_page.evaluate("innerWidth") == 360


def test_axe_finds_a_fault(phone_page: Any, axe: Callable[[Any], None]) -> None:
    phone_page.set_content("<html><body><img src=x><input></body></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(phone_page)
