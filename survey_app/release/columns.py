"""Ballots as columns, a batch at a time: some have a row for each form, some for each rating.

Arrow reads what the database has written. No row becomes an object of Python, and nothing here
leads to pandas: what Arrow has is seen by NumPy as it lies in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import compute, json

from analysis.io.arrow_columns import as_numpy
from analysis.numeric import Bools, Ints
from survey_app.questionnaire.model import Study
from survey_app.store.answers import whole_waves

_NUMBERS = ("fpc1", "fpc2", "order_seed", "position", "skipped")


def variables(study: Study) -> tuple[str, ...]:
    """The columns of answers: every item with codes, a number or a day; never free words."""
    names: dict[str, None] = {}
    for questionnaire in study.questionnaires.values():
        for name, item in questionnaire.items.items():
            if item.kind not in {"text", "long_text"}:
                names[name] = None
    return tuple(names)


def shape(study: Study) -> pa.Schema:
    """What a batch holds of a study: arrays by name. Whatever else it holds is left where it is.

    An answer is looked for where some questionnaire asks it: about each unit, or about none.
    """
    forms = study.questionnaires.values()
    of_unit = {item.name for form in forms for item in form.unit_items}
    others = {name for form in forms for name in {*form.items} - {i.name for i in form.unit_items}}
    about, answers = (
        pa.struct([(name, pa.string()) for name in variables(study) if name in names])
        for names in (others, of_unit)
    )
    kinds = {**dict.fromkeys(_NUMBERS, pa.int64()), "about": about, "answers": answers}
    names = (*whole_waves.FORM, *whole_waves.RATING)
    return pa.schema([(name, pa.list_(kinds.get(name, pa.string()))) for name in names])


@dataclass(frozen=True)
class Labelled:
    """A column as codes into its distinct labels; -1 where nothing was answered."""

    codes: Ints
    labels: Sequence[str]

    @classmethod
    def of(cls, column: pa.Array) -> Labelled:
        """A column of texts."""
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        return cls(as_numpy(coded.indices, np.int32, -1), coded.dictionary.to_pylist())

    def where(self, holds: Callable[[str], bool], rows: Ints) -> Bools:
        """Of some rows those whose label is such; not those where nothing was answered."""
        by_label = np.array([*map(holds, self.labels), False])
        return by_label[self.codes[rows]]


@dataclass(frozen=True)
class Alike:
    """Rows by their labels in some columns: of each kind the labels, and how many there are.

    `kind` says of each row which it is.
    """

    kinds: Sequence[tuple[str, ...]]
    sizes: Sequence[int]
    kind: Ints

    @classmethod
    def of(cls, columns: Sequence[pa.Array]) -> Alike:
        """Sort the rows of columns of texts, in which nothing is missing."""
        coded = [Labelled.of(column) for column in columns]
        code = np.zeros(len(coded[0].codes), dtype=np.int64)
        for column in coded:
            code = code * len(column.labels) + column.codes
        _, first, kind, sizes = np.unique(
            code, return_index=True, return_inverse=True, return_counts=True
        )
        labels = [[c.labels[code] for code in c.codes[first].tolist()] for c in coded]
        return cls(list(zip(*labels, strict=True)), sizes.tolist(), kind)

    def add_to(self, counter: Counter[tuple[str, ...]]) -> None:
        """Count these rows with others."""
        for labels, size in zip(self.kinds, self.sizes, strict=True):
            counter[labels] = counter.get(labels, 0) + size


@dataclass(frozen=True)
class Batch:
    """Some ballots and all of their ratings; `form` says which ballot a rating belongs to."""

    columns: Mapping[str, pa.Array]
    form: Ints
    _labelled: dict[str, Labelled] = field(default_factory=dict)

    @property
    def forms(self) -> int:
        """How many ballots there are."""
        return len(self.columns["id"])

    def column(self, name: str) -> pa.Array:
        """A column with a row for each ballot, or for each rating."""
        return self.columns[name]

    def answered(self, name: str) -> Labelled:
        """What was answered about the unit of each rating."""
        if name not in self._labelled:
            given = self.column("answers")
            if given.type.get_field_index(name) >= 0:
                self._labelled[name] = Labelled.of(given.field(name))
            else:  # asked about no unit
                self._labelled[name] = Labelled(np.full(len(given), -1), ())
        return self._labelled[name]

    def whole_numbers(self, name: str) -> Ints:
        """A column of whole numbers, 0 where there is none."""
        numbers: Ints = as_numpy(self.column(name), np.int64, 0)
        return numbers


def read(text: str, schema: pa.Schema) -> Batch:
    """The columns of a batch.

    Raises
    ------
    ValueError
        When a ballot rates nothing, or a rating is of no ballot: they are no batch then.
    """
    content = text.encode()
    table = json.read_json(
        pa.BufferReader(content),
        json.ReadOptions(use_threads=False, block_size=len(content) + 1),  # in one piece
        json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    )
    columns = {name: table.column(name).chunk(0).flatten() for name in schema.names}
    runs = compute.run_end_encode(columns["ballot_id"])
    if not runs.values.equals(columns["id"]):
        raise ValueError("the ballots of a batch are not those of its ratings")
    sizes = np.diff(as_numpy(runs.run_ends, np.int32, 0), prepend=0)
    return Batch(columns, np.repeat(np.arange(len(sizes)), sizes))
