"""`./dev` stands on nothing but Python, and says what to do where that is not enough."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev():
    loader = SourceFileLoader("dev", str(ROOT / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--help"], 0), (["tset"], 2)])
def test_what_it_does_is_listed(words, code):
    done = subprocess.run(
        [sys.executable, "-I", ROOT / "dev", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    for word in ("run", "test", "check", "fix", "cchc", "lock"):
        assert f"./dev {word} " in done.stdout


def test_the_installer_is_pinned_with_its_hashes(dev):
    first, *hashes = dev.pin_of("uv").splitlines()
    assert first.startswith("uv==")
    assert hashes
    assert all(line.startswith("    --hash=sha256:") for line in hashes)


def test_an_old_python_is_told_which_one_is_needed(dev, monkeypatch):
    monkeypatch.setattr(dev.sys, "version_info", (3, 9))
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        dev.use_new_python([])


def test_a_python_that_cannot_install_is_told_the_package(dev, monkeypatch):
    monkeypatch.setattr(dev, "CAN_PIP", False)
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        dev.make_venv()


def test_uv_finds_packages_where_pip_is_told_to(dev, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    seen = dev.environment()
    assert seen["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert "PYTHONDONTWRITEBYTECODE" not in seen


def test_other_requirements_another_python_or_another_place_make_it_anew(dev, monkeypatch):
    before = dev.wanted("dev")
    assert dev.wanted("run") != before
    monkeypatch.setattr(dev, "HERE", Path("/elsewhere"))
    assert dev.wanted("dev") != before
    monkeypatch.undo()
    monkeypatch.setattr(dev.sys, "version", "3.99")
    assert dev.wanted("dev") != before


def test_a_python_that_may_not_write_finds_everything_compiled(dev, monkeypatch, tmp_path):
    """Without it each start of `python -m analysis` would take a second longer."""
    called = []
    monkeypatch.setattr(dev.subprocess, "call", lambda step, **_: called.append(step) or 0)
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "BIN", tmp_path)
    dev.install("run")
    dev.make_importable()
    assert "--compile-bytecode" in called[1]
    assert called[-1][1:] == ["-m", "compileall", "-q", "analysis", "survey_app"]
