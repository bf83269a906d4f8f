"""CSV and Parquet of open data, some rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np

from analysis.opendata.rows import Rows
from analysis.opendata.variables import Layout


def write_csv(rows: Rows, layout: Layout, out: IO[bytes]) -> None:
    """Write rows for programs: UTF-8, commas, points; a blank cell for a blank."""
    import pyarrow as pa
    from pyarrow import csv

    out.write((",".join(layout.names) + "\n").encode())
    plain = csv.WriteOptions(include_header=False, quoting_style="none")
    schema = _schema(layout)
    for chunk in rows.chunks():
        piece = pa.BufferOutputStream()
        csv.write_csv(_table(chunk, schema), piece, plain)
        out.write(piece.getvalue().to_pybytes())


def write_parquet(rows: Rows, layout: Layout, path: Path) -> None:
    """Write rows as Parquet: a row group for each of some ten thousand rows, zstd."""
    from pyarrow import parquet

    schema = _schema(layout)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for chunk in rows.chunks():
            writer.write_table(_table(chunk, schema))


def _schema(layout: Layout) -> Any:
    import pyarrow as pa

    fields = [
        pa.field(
            each.name,
            pa.int32() if each.is_whole else pa.float64(),
            metadata={"label_vi": each.label[0], "label_en": each.label[1]},
        )
        for each in layout.variables
    ]
    return pa.schema(fields)


def _table(chunk: Any, schema: Any) -> Any:
    import pyarrow as pa

    columns = []
    for at, field in enumerate(schema):
        values, blank = chunk[:, at], np.isnan(chunk[:, at])
        if pa.types.is_integer(field.type):
            values = np.where(blank, 0, values).astype("int32")
        columns.append(pa.array(values, type=field.type, mask=blank))
    return pa.table(columns, schema=schema)
