"""python -m survey_app.release: writes a release. Its standard input says of which wave, and where.

It answers in JSON: the release, or why there is none. See `elsewhere`, which asks it.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from survey_app import file_modes
from survey_app.release import writing
from survey_app.release.elsewhere import ReleaseError
from survey_app.store import waves
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.waves import NoSuchWave


def main() -> None:
    """Answer what is asked."""
    gc.freeze()  # what was imported stays until the end: not to be looked through for garbage
    pa.set_memory_pool(pa.system_memory_pool())  # gives back what is let go, others keep it
    order = json.load(sys.stdin)
    try:
        with file_modes.owner_only(), closing(Database(order.pop("url"))) as database:
            answer = _answer(database, **order)
    except ReleaseError as error:
        answer = {"refused": [error.slug, str(error), error.values]}
    except NoSuchWave as error:
        answer = {"no_such_wave": str(error)}
    except StoreBusy as error:
        answer = {"busy": str(error)}
    json.dump(answer, sys.stdout)


def _answer(
    database: Database,
    *,
    wave: str,
    folder: str,
    only: str = "",
    every_form: bool = False,
    packed: str | None = None,
) -> dict[str, Any]:
    with database.reading() as connection:
        known = waves.find(connection, wave)
        if only == "fingerprint":
            return {"fingerprint": writing.fingerprint(connection, known, Path(folder))}
        rows = Path(packed) if packed else None
        where = Path(folder)
        written = writing.write(connection, known, where, every_form=every_form, packed=rows)
    return {**asdict(written), "folder": str(written.folder)}


if __name__ == "__main__":
    main()
