"""Every ballot of a wave with its ratings, some thousand at a time, so that memory stays small.

The database writes each batch as one object of JSON that holds columns, and Arrow takes them over:
a row of a driver costs Python an object for every value, and a wave has ten million of those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from survey_app.store.engine.statement import Statement

FORM = ("id", "grp", "sample", "stratum", "psu", "weight", "fpc1", "fpc2", "mode", "language",
        "pace", "order_seed", "about")  # fmt: skip
"""What is told of each form, in the order of their random keys. `about` are the answers that are
about no unit."""

RATING = ("ballot_id", "unit", "position", "chance", "skipped", "answers")
"""What is told of each rating, in the order of the forms' keys and of units. `skipped` is 0, 1."""

AT_ONCE = 20_000
"""Ratings of one batch, about: some 6 MB of text, however many units a ballot rates."""

_AT_FIRST = 1_000
"""Ballots of the first batch, which tells how many ratings a ballot of this wave has."""

_IS_JSON = {"about", "answers"}
"""What was written as JSON by this program stays as it is."""

_OF_BATCH = "b.wave_id = :wave AND b.id > :after AND b.id <= :last"


def _batch(quoted: str, joined: str, values: Mapping[str, str], by_unit: str) -> str:
    """SQL that writes a batch: an array of JSON for each name of `FORM`, then of `RATING`.

    `quoted` makes it of values, `joined` of texts that are JSON. `values` says how a column is
    read where its own value is none of JSON's.
    """
    forms, ratings = (
        ", ".join((joined if name in _IS_JSON else quoted).format(name) for name in names)
        for names in (FORM, RATING)
    )
    of_form = ", ".join(f"b.{name}" for name in FORM)
    of_rating = ", ".join(f"{values.get(name, f'r.{name}')} AS {name}" for name in RATING)
    return f"""SELECT * FROM
        (SELECT {forms} FROM (
            SELECT {of_form} FROM ballots b WHERE {_OF_BATCH} ORDER BY b.id) f) forms,
        (SELECT {ratings} FROM (
            SELECT {of_rating} FROM ballots b JOIN ratings r ON r.ballot_id = b.id
            WHERE {_OF_BATCH} AND r.ballot_id > :after AND r.ballot_id <= :last
            ORDER BY b.id, {by_unit}) r) ratings"""


_LAST = Statement("""SELECT MAX(id) FROM (
    SELECT b.id FROM ballots b WHERE b.wave_id = :wave AND b.id > :after
    ORDER BY b.id LIMIT :most) batch""")
_BATCH = Statement(
    _batch("json_group_array({})", "'[' || group_concat({}) || ']'", {}, "r.unit"),
    on_server=_batch(
        "CAST(json_agg({}) AS text)",
        "'[' || string_agg({}, ',') || ']'",
        {"skipped": "CASE WHEN r.skipped THEN 1 ELSE 0 END"},
        'r.unit COLLATE "C"',
    ),
)


def batches(connection: Connection, wave_id: int) -> Iterator[str]:
    """The ballots of a wave in the order of their random keys, by the batch.

    Yields
    ------
    str
        A JSON object with an array for each name of `FORM`, as long as the batch has forms, and of
        `RATING`, as long as it has ratings.
    """
    after, most = "", min(_AT_FIRST, AT_ONCE)
    while True:
        where = {"wave": wave_id, "after": after}
        (last,) = _LAST.on(connection, {**where, "most": most}).fetchall()[0]
        if last is None:
            return
        values = _BATCH.on(connection, {**where, "last": last}).fetchall()[0]
        arrays = dict(zip((*FORM, *RATING), values, strict=True))
        yield "{" + ",".join([f'"{name}":{array}' for name, array in arrays.items()]) + "}"
        forms, ratings = (arrays[name].count(",") + 1 for name in ("fpc1", "position"))
        after, most = last, max(1, forms * AT_ONCE // ratings)
