from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from analysis.opendata.archive import write_archive
from tests.analysis.opendata.releases import release


def unpacked(folder: Path, name: str = "open", **options) -> Path:
    """Write the archive of a folder's release; gives where it was unpacked."""
    packed = folder / f"{name}.zip"
    write_archive(folder / "release", folder / "results", packed, **options)
    with zipfile.ZipFile(packed) as content:
        assert content.testzip() is None
        content.extractall(folder / name)
    return next((folder / name).iterdir())


@pytest.fixture(scope="package")
def scored(tmp_path_factory) -> Path:
    return release(tmp_path_factory.mktemp("scored"))


@pytest.fixture(scope="package")
def archive(scored) -> Path:
    return unpacked(scored)


@pytest.fixture(scope="package")
def other(tmp_path_factory) -> Path:
    """Another year's people, fewer of them, asked the same."""
    return unpacked(release(tmp_path_factory.mktemp("other"), seed=2, clusters=3))
