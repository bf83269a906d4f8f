"""A wave becomes a frozen folder: all that a stranger needs to redo every score, and no names.

The seam to `analysis`: docs/reference/analysis-data-set.md describes every file. The same ballots
give the same bytes, whoever writes them and when.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from filecmp import cmp
from pathlib import Path
from typing import Any

from survey_app.fieldwork import csv_out
from survey_app.questionnaire import codebook, library, orders
from survey_app.questionnaire.model import Study
from survey_app.release import rows_file
from survey_app.release.ballots import Returned, returned
from survey_app.release.elsewhere import Release, ReleaseError
from survey_app.release.frame import Frame, frame
from survey_app.settings import VERSION
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.assessment import points
from survey_app.store.engine.database import Connection
from survey_app.store.quality import exclusions
from survey_app.store.waves import Wave

FORMAT = 1
"""Of the folder; raised when a file or a column changes its meaning."""

_PART = ".part-"
_ABANDONED = 24 * 3600
"""Seconds after which nobody works there any more: a release is given an hour."""


def write(
    connection: Connection,
    wave: Wave,
    folder: Path,
    *,
    every_form: bool = False,
    packed: Path | None = None,
) -> Release:
    """Write a wave's release below `folder`, in a folder named by its fingerprint.

    All files are written elsewhere first: whoever dies meanwhile leaves no half of a release.

    Parameters
    ----------
    every_form : bool
        With those that two people have agreed to leave out, too.
    packed : Path or None
        Where the rows of respondents.csv are written as Parquet as well, for who scores them next.

    Raises
    ------
    ReleaseError
        When the wave was never opened, or receipts and ballots do not agree.
    """
    with _workshop(folder) as work:
        written = work / "release"
        manifest = _write_files(connection, wave, written, packed, every_form=every_form)
        print_ = _fingerprint(manifest)
        target = folder / print_[:16]
        if not _is_whole(target, written):
            _put(written, target)
    about = json.loads(manifest)
    return Release(target, print_, about["counts"]["ratings"], about["settings"]["min_group"])


def fingerprint(connection: Connection, wave: Wave, folder: Path) -> str:
    """The fingerprint that a release would have now; nothing stays in `folder`.

    Raises
    ------
    ReleaseError
    """
    with _workshop(folder) as work:
        return _fingerprint(_write_files(connection, wave, work / "release"))


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder for what is not whole yet; what was left there by those who were killed goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_PART}*"):
        with suppress(OSError):  # of somebody who has just finished
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PART, dir=folder) as work:
        yield Path(work)


def _fingerprint(manifest: bytes) -> str:
    """What names a release: the SHA-256 of its manifest, which holds that of every file."""
    return hashlib.sha256(manifest).hexdigest()


def _is_whole(target: Path, written: Path) -> bool:
    """Whether a release is there already, byte for byte."""
    files = [file.relative_to(written) for file in written.rglob("*") if file.is_file()]
    is_whole = all((target / name).is_file() for name in files)
    return is_whole and all(cmp(target / name, written / name, shallow=False) for name in files)


def _put(written: Path, target: Path) -> None:
    if target.exists():  # damaged; results of it stay where they are
        shutil.copytree(written, target, dirs_exist_ok=True)
    else:
        with suppress(OSError):  # another process was quicker: it wrote the same
            written.replace(target)


def _write_files(
    connection: Connection,
    wave: Wave,
    folder: Path,
    packed: Path | None = None,
    *,
    every_form: bool = False,
) -> bytes:
    """Every file of a release, and last the manifest, which is given back."""
    _may_be_released(wave)
    study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    agreed = () if every_form else exclusions.agreed(connection, wave)
    left_out = exclusions.left_out(connection, wave) if agreed else frozenset()
    folder.mkdir(parents=True)
    sample = returned(connection, wave, study, folder.with_name("rows.arrow"), left_out)
    units = [unit.unit for unit in waves.units(connection, wave.id)]
    framed = frame(connection, wave, study, units, sample)
    given_up = ballot_box.given_up(connection, wave.id)
    if wave.state == "closed":
        _all_are_there(connection, wave, framed.spent - given_up, sample.ballots)
    files = {**_study_files(study), **_wave_files(connection, wave, study, framed)}
    written = {name: _written(folder / name, body) for name, body in files.items()}
    rows = folder / "respondents.csv"
    written[rows.name] = rows_file.write(framed, rows, packed, drawn=bool(orders.places(study)))
    about = {**_counts(sample, given_up), **({"left_out": sample.left_out} if agreed else {})}
    told = {"exclusions": [each.told() for each in agreed]} if agreed else {}
    manifest = _manifest(wave, study, written, about, told)
    _written(folder / "manifest.json", manifest)
    return manifest


def _wave_files(
    connection: Connection, wave: Wave, study: Study, framed: Frame
) -> dict[str, bytes]:
    """The small files of a wave: its units, its frame, its points, its texts."""
    units = waves.units(connection, wave.id)
    texts = waves.texts(connection, wave.id)
    return {
        "units.csv": _csv(
            ("unit", "name_vi", "name_en", "class"),
            ((unit.unit, unit.name_vi, unit.name_en, unit.unit_class) for unit in units),
        ),
        "frame.csv": _csv(framed.columns, framed.rows),
        "frame_modes.csv": _csv(framed.mode_columns, framed.modes),
        **_points(connection, wave, study),
        **{f"texts/{path}": text.encode() for path, text in texts.items()},
        "reproduce.R": Path(__file__).with_name("reproduce.R").read_bytes(),
    }


def _written(file: Path, body: bytes) -> tuple[int, str]:
    """Write a file; its bytes and its SHA-256."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.write_bytes(body), hashlib.sha256(body).hexdigest()


def _may_be_released(wave: Wave) -> None:
    if wave.state == "planned":
        message = f"wave `{wave.name}` was never opened: there is nothing to release"
        raise ReleaseError("never-opened", message, wave=wave.name, state=wave.state)
    if wave.state == "open" and wave.reopened_at:
        message = f"wave `{wave.name}` is open again: close it first"
        raise ReleaseError("open-again", message, wave=wave.name)


def _counts(sample: Returned, given_up: int) -> dict[str, int]:
    """`given_up` stands there only where ballots were."""
    return {
        "ballots": sample.ballots,
        "valid_ballots": sample.ballots - sample.invalid - sample.left_out,
        "ratings": sample.ratings,
        **({"given_up": given_up} if given_up else {}),
    }


def _all_are_there(connection: Connection, wave: Wave, spent: int, stored: int) -> None:
    """See to it that every form that was sent, but for those given up, is mixed.

    Raises
    ------
    ReleaseError
    """
    if spent == stored:
        return
    sealed = ballot_box.count(connection, wave.id)
    if sealed:
        message = (
            f"{sealed} ballots of wave `{wave.name}` are still sealed: close it again "
            "(cchc wave close), then release it"
        )
        raise ReleaseError("still-sealed", message, wave=wave.name, count=str(sealed))
    message = (
        f"{spent} invitations are spent but {stored} ballots are stored; "
        "nothing was written: keep the database as it is and ask for help"
    )
    counts = {"spent": str(spent), "ballots": str(stored)}
    raise ReleaseError("ballots-differ", message, wave=wave.name, **counts)


def _study_files(study: Study) -> dict[str, bytes]:
    drawn = orders.places(study)
    return {
        **({"option_orders.csv": _csv(orders.Place._fields, drawn)} if drawn else {}),
        "options.csv": _csv(codebook.Worth._fields, codebook.options(study)),
        "criteria.csv": _csv(
            (*codebook.Link._fields, "average"),
            ((*link, study.index.average) for link in codebook.criteria(study)),
        ),
        "codebook.csv": _csv(codebook.Entry._fields, codebook.codebook(study)),
        "index.csv": _csv(codebook.IndexRow._fields, codebook.index_rows(study)),
        "grading.csv": _csv(codebook.GradeRow._fields, codebook.grading_rows(study)),
    }


def _points(connection: Connection, wave: Wave, study: Study) -> dict[str, bytes]:
    """Self-assessed and appraised points, where any were imported."""
    rows = list(points.for_release(connection, wave.id, study))
    adjusted = list(points.adjustments_for_release(connection, wave.id))
    files = {}
    if rows:
        files["self_assessment.csv"] = _csv(
            ("unit", "criterion", "max_points", "self", "appraised"), rows
        )
    if adjusted:
        files["adjustments.csv"] = _csv(("unit", "points", "basis"), adjusted)
    return files


def _manifest(
    wave: Wave,
    study: Study,
    files: Mapping[str, tuple[int, str]],
    counts: Mapping[str, int],
    told: Mapping[str, Any],
) -> bytes:
    kinds = list(study.index.provenances)
    about: dict[str, Any] = {
        "format": FORMAT,
        "program": VERSION,
        "wave": wave.name,
        "study": wave.study,
        "year": wave.year,
        "state": wave.state,
        "opened_on": (wave.opened_at or "")[:10],
        "closed_on": (wave.closed_at or "")[:10] or None,
        "index": {"name": study.index.name, "version": study.index.version},
        "provenance": {kind: kinds.count(kind) for kind in ("quoted", "analogous", "proposed")},
        "settings": {
            "min_valid_share": str(study.index.min_valid_share),
            "average": study.index.average,
            "min_group": study.index.min_group,
            "publish_from": study.index.publish_from,
        },
        "counts": dict(counts),
        **told,
        "files": {
            name: {"bytes": size, "sha256": digest}
            for name, (size, digest) in sorted(files.items())
        },
    }
    return (json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return csv_out.data(header, rows).encode()
