"""The archive of open data: one ZIP with checksums; the same data give the same bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from string import Template
from typing import IO, Any, cast

from analysis.io.writing import VERSION, Row, fingerprint
from analysis.opendata import reproducible
from analysis.opendata.about import About, about
from analysis.opendata.description import codebook
from analysis.opendata.description.ddi import ddi
from analysis.opendata.formats import columnar, fixed_width
from analysis.opendata.published import Published, published, settings_of
from analysis.opendata.rows import Rows, Told, rows
from analysis.opendata.variables import NO_VALUE, Layout, layout
from analysis.report.publication.tables import tables_of, with_symbols
from analysis.spreadsheets import guarded, runs

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can tell: the same content gives the same bytes."""
_TEMPLATES = Path(__file__).with_name("templates")
_DRAFT = {
    "vi": "**Bản dự thảo: kết quả chưa được công bố.**\n",
    "en": "**Draft: the results are not published yet.**\n",
}
STEPS = ("read", "code", "csv", "parquet", "sav", "dta", "pack")
"""What progress speaks of."""


def write_archive(
    release: Path,
    results: Path,
    out: Path,
    *,
    before: Sequence[Path] = (),
    is_draft: bool = False,
    told: Told = lambda *_: None,
) -> None:
    """Write the open data of a scored release.

    Parameters
    ----------
    release : Path
        The folder of a release of a closed wave.
    results : Path
        The folder of its scores (`python -m analysis score`).
    out : Path
        The ZIP file to write.
    before : sequence of Path
        Folders of scores that were published of the same wave before, oldest first.
    is_draft : bool
        Whether to say that the results are not published yet.
    told : callable
        Where progress is said: a step of `STEPS`, rows done, and of how many.

    Raises
    ------
    ProblemsFound
        When a file cannot be read or files do not belong together.
    """
    known = about(release, fingerprint(release / "manifest.json"), is_draft=is_draft)
    columns, public = layout(release, known.year), published(release, results, before)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".open-data-", dir=out.parent) as folder:
        work = Path(folder)
        answers = rows(release, columns, public.pattern, work, public.rule.fewest, told)
        part = work / "archive.zip"
        name = f"open-data-{known.wave}-{known.fingerprint[:8]}"
        with closing(_Packer(part, name)) as packer:
            _write_data(packer, answers, columns, known, work, told)
            told("pack", answers.count, answers.count)
            _write_texts(packer, answers, columns, known, public)
        part.replace(out)


def _write_data(
    packer: _Packer, data: Rows, columns: Layout, known: About, work: Path, told: Told
) -> None:
    told("csv", 0, data.count)
    packer.stream("data/ratings.csv", lambda out: columnar.write_csv(data, columns, out))
    told("parquet", 0, data.count)
    columnar.write_parquet(data, columns, work / "ratings.parquet")
    packer.copy("data/ratings.parquet", work / "ratings.parquet")
    told("sav", 0, data.count)
    title = known.label
    packer.stream("data/ratings.sav", lambda out: fixed_width.write_sav(data, columns, title, out))
    told("dta", 0, data.count)
    packer.stream("data/ratings.dta", lambda out: fixed_width.write_dta(data, columns, title, out))


def _write_texts(
    packer: _Packer, data: Rows, columns: Layout, known: About, public: Published
) -> None:
    counts = codebook.counted(data, columns, public.rule.fewest)
    packer.table("codebook/codebook.csv", codebook.table(columns, counts, public.key))
    packer.text("codebook/codebook.md", codebook.readable(columns, counts, known.title_vi))
    packer.add("codebook/ddi.xml", ddi(known, columns, data, counts))
    for name, lines in _definition(columns, public).items():
        packer.table(f"definition/{name}.csv", lines)
    units = [unit for unit, *_ in columns.units]
    for name, lines in tables_of(public.pattern, units, columns.groups).items():
        packer.table(f"results/{name}.csv", with_symbols(lines))
    packer.table("results/headline.csv", reproducible.headline(public.pattern, data))
    for name in ("reproduce.R", "reproduce.ipynb"):
        packer.add(name, (_TEMPLATES / name).read_bytes())
    for language in ("vi", "en"):
        packer.text(f"README.{language}.md", _readme(language, known, public))
    packer.text("manifest.json", _manifest(packer, columns, known, public))
    packer.sums()


def _definition(columns: Layout, public: Published) -> dict[str, list[Row]]:
    """The criteria and how scores are made, by the names and numbers of the data files."""
    numbers = {group: at for at, group in enumerate(columns.groups, 1)}
    names = {each.source: each.name for each in columns.questions if each.kind == "choice"}
    chosen = {name: public.settings.get(name) for name in ("missing", "min_group")}
    return {
        "units": [
            {"number": at, "unit": unit, "name_vi": vi, "name_en": en}
            for at, (unit, vi, en) in enumerate(columns.units, 1)
        ],
        "groups": [{"number": at, "group": group} for group, at in numbers.items()],
        "criteria": [
            {
                "criterion": each.name,
                "field": each.field,
                "max_points": each.max_points,
                "average": each.average,
                "group": group,
                "group_number": numbers[group],
                "variable": names[question],
                "group_weight": weight,
            }
            for each in public.pattern.scores.definition.criteria
            for group, question, weight in each.links
        ],
        "settings": [{"name": name, "value": value} for name, value in chosen.items()],
    }


def _readme(language: str, known: About, public: Published) -> str:
    at = ("vi", "en").index(language)
    missing = "\n".join(
        f"| {code} | `.{fixed_width.STATA_LETTERS[code]}` | {words[at]} |"
        for code, words in sorted(NO_VALUE.items(), reverse=True)
    )
    template = Template((_TEMPLATES / f"README.{language}.md").read_text(encoding="utf-8"))
    return template.substitute(
        title=(known.title_vi, known.title_en)[at],
        draft=_DRAFT[language] if known.is_draft else "",
        missing=missing,
        fewest=public.rule.fewest,
        others=public.rule.fewest - 1,
        fingerprint=known.fingerprint,
    )


def _manifest(packer: _Packer, columns: Layout, known: About, public: Published) -> str:
    content = {
        "format": 1,
        "program": VERSION,
        "wave": known.wave,
        "study": known.study,
        "year": known.year,
        "state": "draft" if known.is_draft else "published",
        "release": known.fingerprint,
        "settings": settings_of(public),
        "variables": list(columns.names),
        "files": {name: {"sha256": sum_} for name, sum_ in sorted(packer.hashes.items())},
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class _Packer:
    """A ZIP that is written file by file, and knows the SHA-256 of each."""

    def __init__(self, path: Path, folder: str) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._folder = folder
        self.hashes: dict[str, str] = {}

    def close(self) -> None:
        """Finish the file."""
        self._zip.close()

    def stream(self, name: str, write: Callable[[IO[bytes]], None]) -> None:
        """A file that is written piece by piece."""
        about_ = zipfile.ZipInfo(f"{self._folder}/{name}", _FIRST_DAY)
        about_.compress_type, about_.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        with self._zip.open(about_, "w", force_zip64=True) as target:
            hashed = _Hashed(target)
            write(cast("IO[bytes]", hashed))
        self.hashes[name] = hashed.sha256.hexdigest()

    def copy(self, name: str, path: Path) -> None:
        """A file that was written elsewhere."""
        with path.open("rb") as source:
            self.stream(name, lambda out: shutil.copyfileobj(source, out))

    def add(self, name: str, content: bytes) -> None:
        """A small file."""
        self.stream(name, partial(_write, content))

    def text(self, name: str, content: str) -> None:
        """A text, in UTF-8."""
        self.add(name, content.encode())

    def table(self, name: str, lines: Sequence[Mapping[str, Any]]) -> None:
        """A small table as CSV: full precision, an empty cell for what does not exist."""
        out = io.StringIO(newline="")
        names = list(lines[0]) if lines else []
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(line[name]) for name in names] for line in lines)
        self.text(name, out.getvalue())

    def sums(self) -> None:
        """SHA256SUMS of all files so far, as `sha256sum -c` reads it."""
        lines = (f"{sum_}  {name}\n" for name, sum_ in sorted(self.hashes.items()))
        self.text("SHA256SUMS", "".join(lines))


def _cell(value: Any) -> Any:
    """A cell as programs read it; no name or label of an office begins to calculate."""
    if isinstance(value, str):
        return guarded(value) if runs(value) else value
    return "" if value is None else value


def _write(content: bytes, out: IO[bytes]) -> None:
    out.write(content)


class _Hashed:
    """Passes bytes on and hashes them."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self.sha256 = target, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self._target.write(content)
