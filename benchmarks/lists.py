"""How long a list of 100,000 rows takes from the upload to the page, and into the store.

python -m benchmarks.lists [ROWS]: an office's list in Excel and in CSV, with titles, Vietnamese
headings, names of units and telephone numbers as numbers. Each is read in quarantine by a worker,
kept, confirmed and taken in, on SQLite; then one with a fault in each tenth row.
"""

from __future__ import annotations

import csv
import io
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from xlsxwriter import Workbook

from survey_app.fieldwork.sheets.cells import Source
from tests.jobs.shop import Shop

ROWS = 100_000
HEADINGS = (
    "STT", "Số hiệu", "Nhóm đối tượng", "Đơn vị", "Tầng", "Bản", "Quyền số", "Họ và tên",
    "Số điện thoại", "Địa chỉ",
)  # fmt: skip


def rows(count: int, *, faulty: bool = False) -> Iterable[Sequence[str | int | float]]:
    """An office's list."""
    yield ("DANH SÁCH MẪU ĐIỀU TRA NĂM 2025",)
    yield ()
    yield HEADINGS
    for n in range(1, count + 1):
        phone = "x" if faulty and n % 10 == 0 else 900_000_000 + n
        yield (
            n, f"D{n:06d}", "Người dân", "Sở Nội vụ", f"Tầng {n % 7}", f"Bản {n % 400}",
            2.5, f"Lò Văn {n}", phone, f"Số {n}, đường Tô Hiệu, phường Tô Hiệu, tỉnh Sơn La",
        )  # fmt: skip


def excel(count: int, *, faulty: bool = False) -> Source:
    """The list as Excel writes it, texts shared."""
    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Mẫu")
        for line, cells in enumerate(rows(count, faulty=faulty)):
            sheet.write_row(line, 0, cells)
    return Source("mau.xlsx", stream.getvalue())


def as_csv(count: int) -> Source:
    """The list as Excel saves it as CSV on a Vietnamese machine."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows(count))
    return Source("mau.csv", out.getvalue().encode("utf-8-sig"))


def processor() -> float:
    """Seconds of the processor so far, of this process and of those that read for it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measure(name: str, file: Source, folder: Path) -> None:
    """Read, confirm, take in, and tell how long each took."""
    folder.mkdir()
    shop = Shop(f"sqlite:///{folder / 'store.sqlite3'}", folder)
    shop.field(council=0, citizens=0, opened=False)
    began, worked = time.monotonic(), processor()
    job = shop.ask("list", {"kind": "sample", "language": "vi"}, [file])
    read = shop.worker().do(job.id)
    told = time.monotonic()
    assert read is not None
    line = [name, f"{len(file.content) / 1e6:.1f} MB", f"{told - began:.1f} s",
            f"{processor() - worked:.1f} s"]  # fmt: skip
    if read.state == "done":
        taken = shop.ask("sample", {"list": read.id}, in_folder=read.folder)
        done = shop.worker().do(taken.id)
        assert done is not None
        assert done.state == "done", done.problem
        line.append(f"{time.monotonic() - told:.1f} s")
    else:
        line.append(f"{len(read.problem['faults'])} kind(s) of faults")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print("\t".join([*line, f"{peak:.0f} MiB"]), flush=True)
    shop.database.close()


def main() -> None:
    """Print a line for each kind of file."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(
        f"{count} rows\tsize\tto the page\tof it processor\tinto the store\tlargest reader so far"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure("CSV", as_csv(count), folder / "csv")
        measure("Excel", excel(count), folder / "excel")
        measure("Excel, a fault in each tenth row", excel(count, faulty=True), folder / "faulty")


if __name__ == "__main__":
    main()
