"""A Python that has read its programs already: `python -m ...` without the seconds of its start.

A process of its own reads them once and forks whenever it is asked to. Who asks is a program as
quick as a shell, called as `python` is called: with its words, its environment, its folder and its
three streams, it has the forked one do what it was told, and ends as that ended. The work is done
by a process of its own all the same, under its own limits.

subprocess.run([warm_python.program(), "-m", "survey_app.commands.cli", "check"])

Not for processes that are to be stopped or killed: whoever asked would be, and the forked one a
moment later. Not for tests of what a process loads.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

LIGHT = ("survey_app.commands.cli", "survey_app.app", "survey_app.jobs.lists", "openpyxl")
"""What commands and readers of files load; their limit of memory has no room for more."""

HEAVY = ("analysis.__main__", "analysis.api", "survey_app.release.__main__", "matplotlib.figure")
FOR_HEAVY = ("analysis", "survey_app.release")
"""What is run by the process that has loaded Arrow and the numbers."""

CLIENT = """#!{python} -IS
import json, os, signal, socket, sys
words = sys.argv[1:]
is_heavy = words[:1] == ["-m"] and words[1] in {for_heavy!r}
place = {heavy!r} if is_heavy else {light!r}
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.connect(place)
mask = os.umask(0o77)
told = {{"words": words, "env": dict(os.environ), "cwd": os.getcwd(), "umask": mask}}
told["me"] = __file__
socket.send_fds(door, [json.dumps(told).encode()], [0, 1, 2])
for name in ("SIGTERM", "SIGINT"):
    signal.signal(getattr(signal, name), lambda number, _: door.send(str(number).encode()))
status = int(door.recv(100) or b"1")
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
os._exit(status)
"""

CAN_WARM = hasattr(os, "pidfd_open") and hasattr(socket, "SOCK_SEQPACKET")


@cache
def program() -> str:
    """The path of such a program, which lives as long as this process."""
    if not CAN_WARM:
        return sys.executable
    folder = Path(tempfile.mkdtemp(prefix="cchc-warm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("light", "heavy"):
        _start(folder / name, name)
    client = folder / "python"
    told = {name: str(folder / name) for name in ("light", "heavy")}
    client.write_text(CLIENT.format(python=sys.executable, for_heavy=FOR_HEAVY, **told))
    client.chmod(0o755)
    return str(client)


def _start(door: Path, what: str) -> None:
    path = os.pathsep.join(filter(None, sys.path))
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, str(door), what],
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,  # closed when this process is gone, however it went
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    _servers.append(server)


_servers: list[subprocess.Popen[bytes]] = []


class _Server:
    """Forks for everyone who comes, and looks after all of them."""

    def __init__(self, door: Path) -> None:
        self.waits = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(door))
        self.listener.listen(64)
        self.waits.register(self.listener, selectors.EVENT_READ, self._begin)
        self.waits.register(0, selectors.EVENT_READ, lambda: os._exit(0))

    def serve(self) -> None:
        """Go on until this process is ended."""
        while True:
            for key, _ in self.waits.select():
                if key.fd in self.waits.get_map():  # not let go meanwhile
                    key.data()

    def _begin(self) -> None:
        line, _ = self.listener.accept()
        raw, streams, _, _ = socket.recv_fds(line, 1_000_000, 3)
        if (child := os.fork()) == 0:
            for key in list(self.waits.get_map().values()):
                if key.fd:
                    os.close(key.fd)
            self.waits.close()
            line.close()
            _become(json.loads(raw), streams)
        for stream in streams:
            os.close(stream)
        ended = os.pidfd_open(child)

        def pass_on() -> None:
            """A signal that whoever asked was sent; where nobody waits any more, the end."""
            number = line.recv(100)
            if not number:
                self.waits.unregister(line)
            os.kill(child, int(number or signal.SIGKILL))

        def tell() -> None:
            """How it ended."""
            _, status = os.waitpid(child, 0)
            with suppress(OSError):
                line.send(str(os.waitstatus_to_exitcode(status)).encode())
            if line in self.waits.get_map():
                self.waits.unregister(line)
            self.waits.unregister(ended)
            os.close(ended)
            line.close()

        self.waits.register(line, selectors.EVENT_READ, pass_on)
        self.waits.register(ended, selectors.EVENT_READ, tell)


def main(door: Path, what: str) -> None:
    """Serve, and read the programs as soon as somebody comes."""
    server = _Server(door)
    os.write(1, b"ready\n")
    if any(key.fd == 0 for key, _ in server.waits.select()):
        return  # nobody came
    for module in LIGHT if what == "light" else HEAVY:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # a look for what is not needed would write to every page that is shared
    server.serve()


def _become(told: dict[str, Any], streams: Sequence[int]) -> None:
    """Be the process that was asked for."""
    os.setsid()
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
        for number, mode in enumerate("rww")
    )
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["cwd"])
    os.umask(told["umask"])
    sys.executable = told["me"]
    status = 1
    try:
        _run(told["words"])
        status = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        else:
            status = end.code or 0
    except BaseException:  # noqa: BLE001 - as Python does
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _run(words: Sequence[str]) -> None:
    if not words[0].startswith("-"):
        sys.argv = [*words]
        runpy.run_path(words[0], run_name="__main__")
        return
    how, what, *others = words
    if how == "-c":
        sys.argv = ["-c", *others]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
        return
    assert how == "-m", words
    sys.argv = [what, *others]
    sys.modules.pop(what, None)
    sys.modules.pop(f"{what}.__main__", None)
    runpy.run_module(what, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
