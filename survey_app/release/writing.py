"""A wave becomes a frozen folder: all that a stranger needs to redo every score, and no names.

The seam to `analysis`: docs/reference/analysis-data-set.md describes every file. The same ballots
give the same bytes, whoever writes them and when.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_app.fieldwork import csv_out
from survey_app.questionnaire import codebook, library, orders
from survey_app.questionnaire.model import Study
from survey_app.release.ballots import Returned, returned
from survey_app.release.frame import Frame, frame
from survey_app.settings import VERSION
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.assessment import points
from survey_app.store.engine.database import Connection
from survey_app.store.quality import exclusions
from survey_app.store.waves import Refused, Wave

FORMAT = 1
"""Of the folder; raised when a file or a column changes its meaning."""


class ReleaseError(Refused):
    """The wave cannot be released; the message says why."""


@dataclass(frozen=True)
class Release:
    """A folder that was written. `fingerprint` is the SHA-256 of its manifest."""

    folder: Path
    fingerprint: str
    ratings: int
    min_group: int


def write(connection: Connection, wave: Wave, folder: Path, *, every_form: bool = False) -> Release:
    """Write a wave's release below `folder`, in a folder named by its fingerprint.

    `every_form`: with those that two people have agreed to leave out, too.

    Raises
    ------
    ReleaseError
        When the wave was never opened, or receipts and ballots do not agree.
    """
    files = contents(connection, wave, every_form=every_form)
    manifest = files["manifest.json"]
    print_ = fingerprint(manifest)
    target = folder / print_[:16]
    if not _is_whole(target, files):
        _write_whole(target, files)
    about = json.loads(manifest)
    return Release(target, print_, about["counts"]["ratings"], about["settings"]["min_group"])


def _is_whole(target: Path, files: Mapping[str, bytes]) -> bool:
    """Whether a release is there already, byte for byte."""
    return all(
        (target / name).is_file() and (target / name).read_bytes() == body
        for name, body in files.items()
    )


def _write_whole(target: Path, files: Mapping[str, bytes]) -> None:
    """Write all files elsewhere first: whoever dies meanwhile leaves no half of a release."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as work:
        written = Path(work) / target.name
        for name, body in files.items():
            file = written / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        if target.exists():  # damaged; results of it stay where they are
            shutil.copytree(written, target, dirs_exist_ok=True)
        else:
            with suppress(OSError):  # another process was quicker: it wrote the same
                written.replace(target)


def fingerprint(manifest: bytes) -> str:
    """What names a release: the SHA-256 of its manifest, which holds that of every file."""
    return hashlib.sha256(manifest).hexdigest()


def contents(connection: Connection, wave: Wave, *, every_form: bool = False) -> dict[str, bytes]:
    """Every file of the release, by name; with the forms that are left out where asked for."""
    if wave.state == "planned":
        message = f"wave `{wave.name}` was never opened: there is nothing to release"
        raise ReleaseError("never-opened", message, wave=wave.name, state=wave.state)
    if wave.state == "open" and wave.reopened_at:
        message = f"wave `{wave.name}` is open again: close it first"
        raise ReleaseError("open-again", message, wave=wave.name)
    texts = waves.texts(connection, wave.id)
    study = library.study_from_texts(wave.study, texts)
    units = waves.units(connection, wave.id)
    agreed = () if every_form else exclusions.agreed(connection, wave)
    left_out = exclusions.left_out(connection, wave) if agreed else frozenset()
    sample = returned(connection, wave, study, left_out)
    framed = frame(connection, wave, study, [unit.unit for unit in units], sample)
    given_up = ballot_box.given_up(connection, wave.id)
    if wave.state == "closed":
        _all_are_there(connection, wave, framed.spent - given_up, sample.ballots)
    files = {
        **_study_files(study),
        "units.csv": _csv(
            ("unit", "name_vi", "name_en", "class"),
            ((unit.unit, unit.name_vi, unit.name_en, unit.unit_class) for unit in units),
        ),
        **_respondents(sample, framed, drawn=bool(orders.places(study))),
        "frame.csv": _csv(framed.columns, framed.rows),
        "frame_modes.csv": _csv(framed.mode_columns, framed.modes),
        **_points(connection, wave, study),
        **{f"texts/{path}": text.encode() for path, text in texts.items()},
        "reproduce.R": Path(__file__).with_name("reproduce.R").read_bytes(),
    }
    about = {**_counts(sample, given_up), **({"left_out": len(sample.left_out)} if agreed else {})}
    told = {"exclusions": [each.told() for each in agreed]} if agreed else {}
    files["manifest.json"] = _manifest(wave, study, files, about, told)
    return files


def _counts(sample: Returned, given_up: int) -> dict[str, int]:
    """`given_up` stands there only where ballots were."""
    return {
        "ballots": sample.ballots,
        "valid_ballots": sample.ballots - len(sample.invalid) - len(sample.left_out),
        "ratings": len(sample.ratings),
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


def _respondents(sample: Returned, framed: Frame, *, drawn: bool) -> dict[str, bytes]:
    """`drawn`: some item shows its options in an order of chance, so each row says which."""
    columns = ("resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "fpc2")
    paradata = ("mode", "language", "pace", "position", *(["order_seed"] if drawn else []))
    rows = (
        [
            rating.resp_id,
            rating.unit,
            rating.group,
            rating.sample,
            rating.stratum,
            rating.psu,
            repr(float(framed.weight(rating))),
            _or_blank(rating.fpc1),
            _or_blank(rating.fpc2),
            rating.mode,
            rating.language,
            rating.pace,
            rating.position,
            *([_or_blank(rating.order_seed)] if drawn else []),
            *(rating.answers.get(name, "") for name in sample.variables),
        ]
        for rating in sample.ratings
    )
    return {"respondents.csv": _csv((*columns, *paradata, *sample.variables), rows)}


def _or_blank(number: int | None) -> int | str:
    return "" if number is None else number


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
    files: Mapping[str, bytes],
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
            name: {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in sorted(files.items())
        },
    }
    return (json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return csv_out.data(header, rows).encode()
