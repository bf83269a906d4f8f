"""Files from outside are read in a process of their own, with an end to its memory and its time.

Whoever makes a file can make one on which a reader works for minutes, or for which it wants
gigabytes. In a process of its own it takes neither from the phones that the site answers
meanwhile: it works when they leave it time, and is ended when it wants too much.

python -m survey_app.quarantine MEMORY SECONDS: that process. Its standard input says what to read.
"""

from __future__ import annotations

import gc
import io
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import IO, Any, TypeVar, cast

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets import progress, unpacked
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.understanding.reading import HeadingsUnclear
from survey_app.settings import HERE

if sys.platform != "win32":
    import resource

_log = logging.getLogger(__name__)

T = TypeVar("T")

MEMORY = 1024 * 1024 * 1024
"""Bytes that the process may take in all. It begins with 130 million; a list of 50,000 cases makes
them 400."""

WORK_SECONDS = 60
"""Of a processor."""

WAIT_SECONDS = 120
"""Until it is ended whatever it has worked: it gives way to the site."""

MOST_RESULT = 128 * 1024 * 1024
"""Bytes of what was read, as it is handed over."""

_TAKES_TURNS = 3.0
"""Seconds that a second file waits for the first one."""

_MOST_WORDS = 100_000
_MOST_TOLD = 1_000_000_000

_PAUSE = 0.25
"""Seconds between two looks whether the result is still wanted."""

_NICE = 10
_OPEN_FILES = 64
_HOUSES = (
    "survey_app.fieldwork.",
    "survey_app.questionnaire.",
    "survey_app.sampling.",
    "analysis.problems",
)
_PLAIN = {("decimal", "Decimal"), ("datetime", "date"), ("datetime", "datetime")}


_STEP = b"\0rows "
"""What a line of the process begins with that says how far it is."""

Told = Callable[[str, int, int], None]
"""Is told now and then: the step, the rows that are done, all of them."""


class Busy(Exception):
    """Another file is being read here."""


_one_reads = threading.Lock()


def read(
    reader: Callable[..., T],
    files: Source | Sequence[Source],
    *others: object,
    pause: Callable[[], None] = lambda: None,
    told: Told = lambda *_: None,
) -> T:
    """The result of `reader(files, *others)`, which is called elsewhere.

    `pause` is called now and then meanwhile, and `told` with how far it is; what they raise ends
    the reading.

    Raises
    ------
    ProblemsFound
        Those that the reader found, or that the file is too large to be read, or cannot be read.
    Busy
        Another file is being read in this process.
    """
    if not _one_reads.acquire(timeout=_TAKES_TURNS):
        raise Busy
    try:
        sources = [files] if isinstance(files, Source) else files
        task = pickle.dumps((reader, sources, files, others))
        return cast(T, _elsewhere(task, sources, pause, told))
    finally:
        _one_reads.release()


def _elsewhere(
    task: bytes, sources: Sequence[Source], pause: Callable[[], None], told: Told
) -> object:
    """What the process makes of a task.

    Raises
    ------
    ProblemsFound
    """
    with subprocess.Popen(
        [sys.executable, "-m", "survey_app.quarantine", str(MEMORY), str(WORK_SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
    ) as process:
        try:
            result, words = _result(process, task, pause, told)
        except subprocess.TimeoutExpired as error:
            raise ProblemsFound(_too_large(sources)) from error
        finally:
            process.kill()
    if process.returncode < 0:  # the system ended it: too much time, or no memory at all
        raise ProblemsFound(_too_large(sources))
    if process.returncode:
        _log.error("a file could not be read: %s", words.decode(errors="replace").strip())
        raise ProblemsFound(_unreadable(sources))
    is_sound, unpacked = unpacked_result(result)
    if not is_sound:
        raise ProblemsFound(unpacked)
    return unpacked


def _result(
    process: subprocess.Popen[bytes], task: bytes, pause: Callable[[], None], told: Told
) -> tuple[bytes, bytes]:
    """What the process wrote: its result, and its words.

    Raises
    ------
    subprocess.TimeoutExpired
    """
    end = time.monotonic() + WAIT_SECONDS
    # Sent beside: `communicate` would not go on sending after a pause, and the process would wait.
    door, process.stdin = process.stdin, None
    threading.Thread(target=_send, args=(door, task), daemon=True).start()
    mouth, process.stderr = process.stderr, None
    said = _Said()
    listening = threading.Thread(target=said.listen, args=(mouth,), daemon=True)
    listening.start()
    while True:
        try:
            result, _ = process.communicate(timeout=_PAUSE)
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise
        else:
            listening.join()
            said.pass_on(told)
            return result, said.words
        pause()
        said.pass_on(told)


class _Said:
    """What the process says while it works: how far it is, and its words."""

    def __init__(self) -> None:
        self.how_far: tuple[str, int, int] | None = None
        self.words = b""

    def pass_on(self, told: Told) -> None:
        """Tell how far it is, as far as anything is known."""
        if self.how_far:
            told(*self.how_far)

    def listen(self, mouth: IO[bytes]) -> None:
        """Take down everything, to the end."""
        with mouth:
            for line in mouth:
                if line.startswith(_STEP):
                    self.how_far = how_far(line) or self.how_far
                else:
                    self.words = (self.words + line)[-_MOST_WORDS:]


def how_far(line: bytes) -> tuple[str, int, int] | None:
    """A step that the process told; None where a file made it write something else."""
    step, _, numbers = line[len(_STEP) :].decode(errors="replace").partition(" ")
    done, _, total = numbers.strip().partition(" ")
    if step not in progress.STEPS or not (done.isdecimal() and total.isdecimal()):
        return None
    return step, min(int(done), _MOST_TOLD), min(int(total), _MOST_TOLD)


def _send(door: IO[bytes], task: bytes) -> None:
    """Hand a task over; a process that has ended takes nothing more."""
    with suppress(OSError), door:
        door.write(task)


def _environment() -> dict[str, str]:
    """What the process is told of ours: where Python's packages are, and no settings."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


class _Results(pickle.Unpickler):
    """Reads what the process made: values of ours, and nothing that could act."""

    def find_class(self, module: str, name: str) -> Any:
        """A class that may be in a result.

        Raises
        ------
        pickle.UnpicklingError
        """
        known = super().find_class(module, name)
        is_ours = module.startswith(_HOUSES) and isinstance(known, type)
        if (is_ours and known.__module__ == module) or (module, name) in _PLAIN:
            return known
        raise pickle.UnpicklingError(f"{module}.{name} is not what a reader makes")


def packed(result: object) -> bytes:
    """What a reader made, to be kept in a file of ours."""
    return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)


def unpacked_result(raw: bytes) -> Any:
    """What a reader made: values of ours, and nothing that could act.

    Raises
    ------
    pickle.UnpicklingError
    """
    return _Results(io.BytesIO(raw)).load()


def _too_large(sources: Iterable[Source]) -> list[Problem]:
    message = "this takes more memory or time to read than a list can"
    return [Problem("file-too-large", message, source.name) for source in sources]


def _unreadable(sources: Iterable[Source]) -> list[Problem]:
    message = "this cannot be read as an Excel workbook"
    help = "open it in Excel and save it anew as `Excel Workbook (.xlsx)`"
    return [Problem("not-xlsx", message, source.name, help=help) for source in sources]


def main(memory: int, seconds: int) -> int:
    """Read what the standard input says, within the limits."""
    give_way()
    task = sys.stdin.buffer.read()
    _confine(memory, seconds)
    reader, sources, files, others = pickle.loads(task)  # noqa: S301 - from the process above
    gc.disable()  # millions of cells, none in a circle: looking for circles took half of the time
    progress.listener.set(_tell)
    try:
        for source in sources:
            unpacked.check(source)
        raw = _packed(reader(files, *others), is_sound=True)
    except ProblemsFound as refused:
        raw = _packed(refused.problems, is_sound=False)
    except (MemoryError, RecursionError):
        raw = _packed(_too_large(sources), is_sound=False)
    except Exception:  # noqa: BLE001 - whatever a parser lets through
        traceback.print_exc(limit=-5)
        return 1
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()
    return 0


def _tell(step: str, done: int, total: int) -> None:
    sys.stderr.buffer.write(_STEP + f"{step} {done} {total}\n".encode())
    sys.stderr.buffer.flush()


def in_two(
    files: Source | Sequence[Source], reader: Callable[..., Any], *others: object
) -> tuple[object, bytes]:
    """What a list came to: how it was understood, and all of it, packed to be put aside.

    Whoever shows the list needs the first part only, and the second may be a hundred thousand rows.
    It is empty where what the columns are cannot be told; the first part then says why.
    """
    try:
        listed = reader(files, *others)
    except HeadingsUnclear as unclear:
        return (unclear.understanding, unclear.problems), b""
    return (listed.understanding, tuple(listed.remarks)), packed(listed)


def _packed(result: object, *, is_sound: bool) -> bytes:
    raw = pickle.dumps((is_sound, result), pickle.HIGHEST_PROTOCOL)
    if len(raw) > MOST_RESULT:
        raise MemoryError
    return raw


def give_way() -> None:
    """Work when the site has nothing to do, and on any processor: it may keep to one itself."""
    if sys.platform == "win32":
        return
    os.nice(_NICE)
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, range(os.cpu_count() or 1))


def _confine(memory: int, seconds: int) -> None:
    """No more memory and time than a list needs; no files at all."""
    if sys.platform == "win32":
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
