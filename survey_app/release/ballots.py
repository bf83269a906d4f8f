"""Ballots as rows of a data set: which count, and what each of them says about each unit.

What is counted of them is small; the rows of those that count are laid aside in a file of columns,
because their weights are known only when all ballots were counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from pyarrow import compute

from analysis.io.arrow_columns import as_arrow, as_numpy, texts_array
from analysis.numeric import Bools, Ints
from survey_app.fieldwork import disposition
from survey_app.fieldwork.disposition import Thresholds
from survey_app.questionnaire.model import Item, Study
from survey_app.release import columns
from survey_app.release.columns import Alike, Batch
from survey_app.store.answers import whole_waves
from survey_app.store.engine.database import Connection
from survey_app.store.waves import Wave

T = TypeVar("T")

CellKey = tuple[str, str, str]
"""group, sample, unit: one independent sample. Either sample or unit is blank."""

_LEFT_OUT = "O"
"""The class of valid forms that results leave out, by a decision of two people."""


@dataclass
class Returned:
    """All that came back.

    `left_out` are forms that two people have agreed to leave out. `outcomes` counts returned
    forms by cell, and there by mode and AAPOR class; `valid` by cell and stratum, in persons;
    `answered` ratings of valid forms by unit, group and mode; `shown` forms by group, sample,
    stratum, mode, first unit and outcome.
    """

    file: Path
    ballots: int = 0
    invalid: int = 0
    left_out: int = 0
    ratings: int = 0
    outcomes: dict[CellKey, Counter[tuple[str, str]]] = field(default_factory=dict)
    valid: Counter[tuple[CellKey, str]] = field(default_factory=Counter)
    answered: Counter[tuple[str, ...]] = field(default_factory=Counter)
    shown: Counter[tuple[str, ...]] = field(default_factory=Counter)
    variables: tuple[str, ...] = ()

    def rows(self) -> Iterator[pa.RecordBatch]:
        """The ratings of valid forms, in the order of the ballots' random keys and of units."""
        if self.ratings:
            with pa.memory_map(str(self.file)) as source, pa.ipc.open_stream(source) as reader:
                yield from reader


def returned(
    connection: Connection,
    wave: Wave,
    study: Study,
    file: Path,
    left_out: frozenset[str] = frozenset(),
) -> Returned:
    """Every returned form of a wave, judged by the study's own rule for a valid form.

    Those of `left_out` count as returned, and rate nothing. The rows are laid aside in `file`.
    """
    judge = _Judge(study)
    sample = Returned(file, variables=columns.variables(study))
    schema = columns.shape(study)
    writer = None
    try:
        fetched = _ahead(whole_waves.batches(connection, wave.id))
        for batch in _ahead(columns.read(text, schema) for text in fetched):
            outcomes = judge.outcomes(batch, left_out)
            counts = np.array([outcome not in {"R", _LEFT_OUT} for outcome in outcomes])
            rows = _rows(batch, np.flatnonzero(counts[batch.form]), sample.variables)
            _count(sample, batch, outcomes, rows)
            if rows.num_rows:
                if writer is None:
                    how = pa.ipc.IpcWriteOptions(compression="lz4")
                    writer = pa.ipc.new_stream(str(file), rows.schema, options=how)
                writer.write_batch(rows)
    finally:
        if writer is not None:
            writer.close()
    _tell(sample)
    return sample


def _ahead(batches: Iterator[T]) -> Iterator[T]:
    """The same, the next of them made by another thread while one is worked on."""
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = other.submit(next, batches, None)
            yield batch


def _count(sample: Returned, batch: Batch, outcomes: Sequence[str], rows: pa.RecordBatch) -> None:
    first = np.searchsorted(batch.form, np.arange(len(outcomes)))
    design = [batch.column(name) for name in ("grp", "sample", "stratum", "mode")]
    units = batch.column("unit").take(as_arrow(first))
    Alike.of([*design, units, texts_array(outcomes)]).add_to(sample.shown)
    Alike.of([rows.column(name) for name in ("unit", "group", "mode")]).add_to(sample.answered)
    sample.ballots += len(outcomes)
    sample.invalid += outcomes.count("R")
    sample.left_out += outcomes.count(_LEFT_OUT)
    sample.ratings += rows.num_rows


def _tell(sample: Returned) -> None:
    """Outcomes and valid forms of each cell, from what forms show."""
    for (group, name, stratum, mode, unit, outcome), size in sample.shown.items():
        cell = group, name, "" if name else unit
        sample.outcomes.setdefault(cell, Counter())[mode, outcome] += size
        if outcome not in {"R", _LEFT_OUT}:
            sample.valid[cell, stratum] += size


def _rows(batch: Batch, chosen: Ints, variables: Sequence[str]) -> pa.RecordBatch:
    """Some ratings as rows of a data set, but for their weights."""
    places, forms = as_arrow(chosen), as_arrow(batch.form[chosen])
    given, about = batch.column("answers"), batch.column("about")
    texts = {"unit": batch.column("unit"), "chance": batch.column("chance")}
    texts = {name: column.take(places) for name, column in texts.items()}
    for name in ("grp", "sample", "stratum", "weight", "mode", "language", "pace"):
        texts[name] = batch.column(name).take(forms)
    for name in variables:
        columns_of = [
            answers.field(name).take(rows)
            for answers, rows in ((given, places), (about, forms))
            if answers.type.get_field_index(name) >= 0
        ]
        texts[name] = columns_of[0] if len(columns_of) == 1 else compute.coalesce(*columns_of)
    columns = {
        "resp_id": batch.column("id").take(forms),
        "psu": _psus(batch).take(forms),
        "position": batch.column("position").take(places),
        **{name: batch.column(name).take(forms) for name in ("fpc1", "fpc2", "order_seed")},
        **{name: column.dictionary_encode("encode") for name, column in texts.items()},
    }
    names = ["group" if name == "grp" else name for name in columns]
    return pa.RecordBatch.from_arrays(list(columns.values()), names=names)


def _psus(batch: Batch) -> pa.Array:
    """The PSU of each ballot; where it has none, the respondent is one."""
    key, psu = batch.column("id"), batch.column("psu")
    size = len(key)
    is_own = as_numpy(compute.binary_length(psu), np.int32, 0) == 0
    places = np.arange(size, dtype=np.int32) + np.where(is_own, 0, size).astype(np.int32)
    return pa.concat_arrays([key, psu]).take(as_arrow(places))


class _Judge:
    """The study's rule for a valid form, on columns."""

    def __init__(self, study: Study) -> None:
        self._share = Fraction(study.index.min_valid_share)
        self._items = {
            group: [item for item in each.unit_items if item.scale and item.scale.best]
            for group, each in study.questionnaires.items()
        }
        self._class = lru_cache(maxsize=100_000)(self._judged)

    def outcomes(self, batch: Batch, left_out: frozenset[str]) -> list[str]:
        """I complete, P partial, R returned without enough opinions to be valid; O left out."""
        counts = np.zeros((3, len(batch.form)), dtype=np.int64)
        groups = columns.Labelled.of(batch.column("grp"))
        rated = batch.whole_numbers("skipped") == 0
        for group, items in self._items.items():
            of_group = groups.where(group.__eq__, batch.form)
            _add(counts, batch, np.flatnonzero(of_group & rated), items)
        size = batch.forms
        sums = (np.bincount(batch.form, row, size).astype(int).tolist() for row in counts)
        outcomes = list(map(self._class, *sums))
        if left_out:
            for place, key in enumerate(batch.column("id").to_pylist()):
                if key in left_out and outcomes[place] != "R":
                    outcomes[place] = _LEFT_OUT
        return outcomes

    def _judged(self, asked: int, answered: int, opinions: int) -> str:
        if not asked or Fraction(opinions, asked) < self._share:
            return "R"
        return disposition.of_ballot(answered, asked, Thresholds(partial=self._share)).class_


def _add(counts: Ints, batch: Batch, rows: Ints, items: Sequence[Item]) -> None:
    """Count the items asked, those answered, and the opinions, of some ratings."""
    if not len(rows):
        return
    asked, answered, opinions = np.zeros((3, len(rows)), dtype=np.int64)
    for item in items:
        given, here = batch.answered(item.name), _is_asked(batch, item, rows)
        asked += here
        answered += here & (given.codes[rows] >= 0)
        opinions += here & given.where(_opinions(item).__contains__, rows)
    counts[:, rows] = asked, answered, opinions


def _is_asked(batch: Batch, item: Item, rows: Ints) -> Bools:
    holds = np.ones(len(rows), dtype=bool)
    for name, wanted in item.ask_if.codes.items():
        holds &= batch.answered(name).where(partial(_has_one, wanted), rows)
    return holds


def _has_one(wanted: frozenset[str], label: str) -> bool:
    return not wanted.isdisjoint(label.split())


def _opinions(item: Item) -> frozenset[str]:
    """The codes that are worth something."""
    assert item.scale is not None
    return frozenset(o.code for o in item.scale.options if o.coefficient is not None)
