"""Lines of ballots become columns, a batch at a time: one table of forms, one of their ratings.

Arrow reads the lines and keeps the columns. No row becomes an object of Python, and nothing here
leads to pandas: what Arrow has is seen by NumPy as it lies in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import json

from analysis.io.arrow_columns import as_numpy
from analysis.numeric import Bools, Ints
from survey_app.questionnaire.model import Study


def variables(study: Study) -> tuple[str, ...]:
    """The columns of answers: every item with codes, a number or a day; never free words."""
    names: dict[str, None] = {}
    for questionnaire in study.questionnaires.values():
        for name, item in questionnaire.items.items():
            if item.kind not in {"text", "long_text"}:
                names[name] = None
    return tuple(names)


def shape(study: Study) -> pa.Schema:
    """What a line holds of a study; whatever else it holds is left where it is.

    An answer is looked for where some questionnaire asks it: about each unit, or about none.
    """
    texts, numbers = pa.string(), pa.int64()
    forms = study.questionnaires.values()
    of_unit = {item.name for form in forms for item in form.unit_items}
    others = {name for form in forms for name in {*form.items} - {i.name for i in form.unit_items}}
    about, answers = (
        pa.struct([(name, texts) for name in variables(study) if name in names])
        for names in (others, of_unit)
    )
    rating = [("unit", texts), ("position", numbers), ("chance", texts), ("skipped", numbers),
              ("answers", answers)]  # fmt: skip
    design = ("grp", "sample", "stratum", "psu", "weight", "mode", "language", "pace")
    return pa.schema(
        [
            ("id", texts),
            *((name, texts) for name in design),
            *((name, numbers) for name in ("fpc1", "fpc2", "order_seed")),
            ("about", about),
            ("ratings", pa.list_(pa.struct(rating))),
        ]
    )


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

    forms: pa.Table
    ratings: pa.StructArray
    form: Ints
    _labelled: dict[str, Labelled] = field(default_factory=dict)

    def of_form(self, name: str) -> pa.Array:
        """A column with a row for each ballot."""
        return self.forms.column(name).chunk(0)

    def answered(self, name: str) -> Labelled:
        """What was answered about the unit of each rating."""
        if name not in self._labelled:
            given = self.ratings.field("answers")
            if given.type.get_field_index(name) >= 0:
                self._labelled[name] = Labelled.of(given.field(name))
            else:  # asked about no unit
                self._labelled[name] = Labelled(np.full(len(given), -1), ())
        return self._labelled[name]

    def of_rating(self, name: str) -> Ints:
        """A column of whole numbers with a row for each rating."""
        numbers: Ints = as_numpy(self.ratings.field(name), np.int64, 0)
        return numbers


def read(lines: Sequence[str], schema: pa.Schema) -> Batch:
    """The columns of some ballots."""
    text = "\n".join(lines).encode()
    table = json.read_json(
        pa.BufferReader(text),
        json.ReadOptions(use_threads=False, block_size=len(text) + 1),  # in one piece
        json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    ).combine_chunks()
    ratings = table.column("ratings").chunk(0)
    sizes = as_numpy(ratings.value_lengths(), np.int32, 0)
    assert (sizes > 0).all(), "a ballot rates something"
    form = np.repeat(np.arange(len(sizes)), sizes)
    return Batch(table, ratings.flatten(), form)
