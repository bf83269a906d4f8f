"""YAML in which every scalar is text, so that `No` is a word and 3.30 is not 3.3."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read(file: Path) -> Any:
    """What a file says; nothing but texts, lists and mappings is made."""
    import yaml  # a phone's pages do without

    quick: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # where PyYAML has its C library
    loader = quick(file.read_text(encoding="utf-8"))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
