"""A job that takes as long as a test likes: the process that computes for it is stopped."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from survey_app.store import jobs
from tests.jobs.live_site import children
from tests.jobs.shop import Shop

ON_A_FILE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing that is looked at is a matter of the database: tests/jobs has that on both."""

ON_A_SERVER = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""The same, where several processes at one server are the harder case."""


def newest(shop: Shop):
    with shop.database.reading() as connection:
        known = jobs.last(connection, most=1)
    return known[0] if known else None


def is_scoring(shop: Shop) -> bool:
    job = newest(shop)
    return job is not None and (job.state, job.progress_label) == ("running", "score")


def _computes(pid: int) -> bool:
    """Whether a process has become the analysis: until then its parent waits for it."""
    with suppress(OSError):
        return b"analysis" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


@contextmanager
def frozen(site) -> Iterator[list[int]]:
    """The process that computes for what is asked in the block, stopped as soon as it is there.

    The job takes as long as we like then, however quick the machine is.
    """
    worker, computing = site.worker(), []

    def freeze() -> None:
        end = time.monotonic() + 60
        while not computing and time.monotonic() < end:
            for pid in filter(_computes, children(worker)):
                os.kill(pid, signal.SIGSTOP)
                computing.append(pid)

    watching = threading.Thread(target=freeze)
    watching.start()
    yield computing
    watching.join()
    assert computing
