"""PostgreSQL's programs are of its server's version, and no argument of theirs is a secret."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from survey_app.store.upkeep import server_programs
from survey_app.store.waves import Refused


def program(folder, version):
    folder.mkdir()
    file = folder / "pg_of_a_test"
    said = "" if version is None else f"pg_dump (PostgreSQL) {version} (of a test)"
    file.write_text(f'#!/bin/sh\nprintf "%s\\n" "{said} $*"\n')
    file.chmod(0o755)
    return file


def test_one_of_the_servers_version_is_taken(tmp_path):
    file = program(tmp_path / "15", "15.18")
    assert server_programs.find("pg_of_a_test", 15, str(file.parent)) == file


@pytest.mark.parametrize("version", ["14.9", "16.0", None])
def test_one_of_another_version_is_refused_with_what_to_install(tmp_path, version):
    file = program(tmp_path / "other", version)
    with pytest.raises(Refused, match="postgresql-client-15") as refused:
        server_programs.find("pg_of_a_test", 15, str(file.parent))
    assert f"{file} is of version {(version or 'unknown').split('.')[0]}" in str(refused.value)


def test_the_password_goes_by_the_environment(monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "of another program")
    url = make_url("postgresql+psycopg://lan:s3cret@db:5433/cchc?sslmode=verify-full&host=/tmp")
    told = server_programs.environment(url)
    assert told["PGPASSWORD"] == "s3cret"
    assert (told["PGUSER"], told["PGPORT"], told["PGDATABASE"]) == ("lan", "5433", "cchc")
    assert told["PGSSLMODE"] == "verify-full"
    assert "PGOPTIONS" not in told
