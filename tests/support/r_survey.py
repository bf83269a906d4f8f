"""R with its package survey, where a machine has them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

import pytest


@cache
def lacking() -> str:
    """What there is no R without; empty where R can be asked."""
    if not shutil.which("Rscript"):
        return "there is no Rscript here"
    loaded = subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False)
    return "R has no package survey" if loaded.returncode else ""


def needed(question: str) -> pytest.MarkDecorator:
    """Skip a test where R cannot be asked, and say so; under CI=true tests/conftest.py fails it."""
    return pytest.mark.skipif(bool(lacking()), reason=f"{lacking()}: R was NOT asked {question}")
