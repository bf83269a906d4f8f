"""A questionnaire that respondents have answered keeps its meaning under its name and version."""

import pytest

from survey_app.questionnaire.library import study_from_texts
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from tests.builders import NAME, study_texts, write_study
from tests.fielded import field

REWORDED = ("en: Choose one", "en: Pick one")
RAISED = [("version: 1", "version: 2"), REWORDED]


@pytest.fixture
def fielded(tmp_path):
    """A store in which the tiny study was in the field."""
    (tmp_path / "data").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")
    migrate.upgrade(database)
    field(database, tmp_path)
    database.close()


@pytest.fixture
def texts(monkeypatch):
    """texts(council=...): the study as it now stands in the library."""

    def stand(**change):
        study = study_from_texts(NAME, study_texts(**change))
        monkeypatch.setattr("survey_app.commands.waves.wave.library.study", lambda *_: study)

    return stand


def create(cchc, name="again", *, ok=True):
    return cchc("wave", "create", name, "--study", NAME, "--year", 2026, ok=ok)


def waves(cchc):
    return cchc("wave", "list").stdout


def test_a_wave_of_texts_that_changed_under_the_same_version_is_refused(cchc, fielded, texts):
    texts(council=REWORDED)
    said = create(cchc, ok=False).stderr
    assert "error[version-not-raised]" in said
    assert f"{NAME}/council.yaml:2:1" in said
    assert "again" not in waves(cchc)


def test_a_wave_of_a_new_version_is_made_and_its_new_words_are_listed(cchc, fielded, texts):
    texts(council=RAISED)
    said = create(cchc).stderr
    assert "    - Choose one answer.\n    + Pick one answer.\n" in said
    assert "wave again" in said


def test_a_wave_of_the_same_texts_is_made_without_a_word_of_it(cchc, fielded, texts):
    texts()
    assert "held against" not in create(cchc).stderr


def test_new_texts_of_a_planned_wave_are_held_against_the_fielded_too(cchc, fielded, texts):
    texts()
    create(cchc)
    texts(council=REWORDED)
    assert "version-not-raised" in cchc("wave", "repin", "again", ok=False).stderr


def test_of_two_planned_waves_with_one_version_only_the_first_is_opened(cchc, tmp_path, texts):
    texts(council=REWORDED)
    create(cchc, "second")
    texts()
    database = Database(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")
    field(database, tmp_path)  # opened first, with other words
    database.close()
    assert "version-not-raised" in cchc("wave", "open", "second", ok=False).stderr


def test_check_lists_what_changed_since_and_refuses_what_may_not(cchc, tmp_path):
    before = tmp_path / "before" / write_study(tmp_path / "before")
    now = tmp_path / write_study(tmp_path, council=RAISED)
    listed = cchc("check", now, "--since", before).stdout
    assert "`leadership hint` (en)" in listed
    write_study(tmp_path, council=REWORDED)
    refused = cchc("check", now, "--since", before, ok=False)
    assert "raise `version` to 2" in refused.stderr
