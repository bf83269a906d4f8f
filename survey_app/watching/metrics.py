"""What Prometheus reads at /metrics: requests, waiting, limits and their use, counts of boards.

Several processes answer on one port: each writes into files of its own in a folder that they
share, and whoever is asked adds them up (prometheus_client's way for such servers).
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from survey_app.settings import VERSION
from survey_app.store import gauges
from survey_app.store.engine import facts
from survey_app.store.upkeep import contents
from survey_app.watching import disk
from survey_app.watching.readiness import Readiness
from survey_app.web import House

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the folder, when it is imported."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_ROUNDED = 4 * 1024 * 1024
"""Bytes: to the next such step below. To the byte, sizes would move with each form."""

TEXT = "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def shared() -> Iterator[None]:
    """A folder for the numbers of the processes that are started meanwhile."""
    folder = tempfile.mkdtemp(prefix="cchc-metrics-")
    before = os.environ.get(FOLDER)
    os.environ[FOLDER] = folder
    try:
        yield
    finally:
        os.environ.pop(FOLDER, None)
        if before is not None:
            os.environ[FOLDER] = before
        shutil.rmtree(folder, ignore_errors=True)


def forget(pid: int) -> None:
    """Take what a process that ended was holding out of the sums; what it did stays in them."""
    if FOLDER in os.environ:
        _multiprocess().mark_process_dead(pid)


def _multiprocess() -> Any:  # it has no types
    return importlib.import_module("prometheus_client.multiprocess")


class Metrics:
    """The numbers of one process, and of all that share a port with it."""

    def __init__(self, house: House) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._house, self._own = house, CollectorRegistry()

        def seconds(name: str, words: str, *labels: str) -> Histogram:
            return Histogram(name, words, labels, buckets=SECONDS, registry=self._own)

        def held(name: str, words: str) -> Gauge:
            return Gauge(name, words, registry=self._own, multiprocess_mode="livesum")

        self._requests = Counter(
            "cchc_requests",
            "Requests, by who asks, method (of respondents none) and class of status",
            ("area", "method", "status"),
            registry=self._own,
        )
        self._seconds = seconds(
            "cchc_request_seconds", "From a request's first line to its reply", "area"
        )
        self._writes = seconds(
            "cchc_write_seconds",
            "Of what respondents save and send: from asking for its turn to lying on the disk",
        )
        self._waiting = held("cchc_writes_waiting", "Such writes, under way or waiting their turn")
        self._connections = held("cchc_connections", "Connections that are held")
        self._places = held("cchc_connections_limit", "Connections that can be held")

    def note(self, area: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(area, method, f"{status // 100}xx").inc()
        self._seconds.labels(area).observe(seconds)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Stand around a write of a respondent's."""
        with self._writes.time(), self._waiting.track_inprogress():
            yield

    def hold(self, connections: int, most: int) -> None:
        """Say how many connections this process holds, and how many it could."""
        self._connections.set(connections)
        self._places.set(most)

    def text(self, readiness: Readiness) -> bytes:
        """All numbers, as Prometheus reads them."""
        from prometheus_client import CollectorRegistry, generate_latest

        counted = CollectorRegistry() if FOLDER in os.environ else self._own
        if counted is not self._own:
            _multiprocess().MultiProcessCollector(counted)
        now = CollectorRegistry()
        self._look(now, readiness)
        return bytes(generate_latest(counted) + generate_latest(now))

    def _look(self, registry: Any, readiness: Readiness) -> None:
        """What is looked up when it is asked for."""
        settings = self._house.settings

        def gauge(name: str, words: str, *labels: str) -> _Now:
            return _Now(name, words, labels, registry)

        gauge("cchc_info", "The version that runs", "version").set(1, VERSION)
        ready = gauge("cchc_ready", "1 where a check of /readyz is well", "check")
        for check, fault in readiness.checks.items():
            ready.set(not fault, check)
        words = "1 where a later version has changed the tables and this process is to be restarted"
        restart = gauge("cchc_restart_wanted", words)
        restart.set(bool(readiness.remarks or readiness.checks["migrations"]))
        room = gauge("cchc_disk_free_bytes", "Free where the database and the data are")
        room.set(disk.free(settings) // _ROUNDED * _ROUNDED)
        reserve = gauge("cchc_disk_reserve_bytes", "With less than this, phones are told to wait")
        reserve.set(settings.protection.disk_reserve_megabytes * 1024 * 1024)
        upload = gauge("cchc_upload_limit_bytes", "The largest list that the office hands in")
        upload.set(settings.protection.upload_megabytes * 1024 * 1024)
        if readiness.checks["database"]:
            return
        size = gauge("cchc_database_bytes", "The size of the database")
        size.set(facts.of(self._house.database).size // _ROUNDED * _ROUNDED)
        with self._house.database.reading() as connection:
            told, backup = gauges.read(connection), contents.last_backup(connection)
        words = "When the newest backup was made that was read back whole; 0: never"
        newest = gauge("cchc_backup_last_timestamp_seconds", words)
        newest.set(datetime.fromisoformat(backup).timestamp() if backup else 0)
        jobs = gauge("cchc_jobs", "Work that takes long, by state", "state")
        for state, number in told.jobs.items():
            jobs.set(number, state)
        words = "As the board shows it: of an open wave five people or more at a time"
        forms = gauge("cchc_forms", words, "wave", "count")
        for wave, counts in told.waves.items():
            for name, number in counts.items():
                forms.set(number, wave, name)


class _Now:
    """A number that is looked up anew each time; files of processes have no part in it."""

    def __init__(self, name: str, words: str, labels: tuple[str, ...], registry: Any) -> None:
        from prometheus_client.core import GaugeMetricFamily

        self._family = GaugeMetricFamily(name, words, labels=labels)
        registry.register(self)

    def set(self, value: float, *labels: str) -> None:
        """Say what it is now."""
        self._family.add_metric(labels, float(value))

    def collect(self) -> Iterator[Any]:
        """As prometheus_client asks for it."""
        yield self._family
