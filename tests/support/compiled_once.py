"""What Flask compiles for every application, compiled once in a test process.

Hundreds of tests make an application of their own. Its templates and the builders of its addresses
are the same each time, and compiling them was a third of what those tests took.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class _Templates(BytecodeCache):
    """Compiled templates, by a name that Jinja makes of their file; their text is compared."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def keep() -> None:
    """Keep what is compiled from here on."""
    options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    Flask.jinja_options = options
    compile_builder = Rule._compile_builder
    builders: dict[tuple[object, ...], Any] = {}

    def kept(rule: Rule, append_unknown: bool = True) -> Any:
        converters = tuple((name, type(it)) for name, it in rule._converters.items())
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), converters, append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = kept  # type: ignore[method-assign]
