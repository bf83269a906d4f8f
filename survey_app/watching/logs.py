"""The site's log: text or JSON, a line each, with the number of the request and nobody's address.

Requests themselves are not logged: a line for each would tell when each respondent answered.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import secrets
import sys
from datetime import UTC, datetime

from flask import g, has_request_context

from survey_app.protecting import Watching
from survey_app.web import Discreet

SECURITY = logging.getLogger("cchc.security")
"""What a stranger tried, apart from what broke."""


def request_number() -> str:
    """The number of the request that is being answered, made when it is first asked for."""
    if not has_request_context():
        return ""
    if "request_number" not in g:
        g.request_number = secrets.token_hex(8)
    return str(g.request_number)


class AsText(logging.Formatter):
    """`2026-11-28T10:15:00Z ERROR survey_app.app [1f2e...] what happened`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and below it the traceback where there is one."""
        number = request_number()
        said = [_time(record), record.levelname, record.name, *([f"[{number}]"] if number else [])]
        line = " ".join([*said, record.getMessage()])
        return f"{line}\n{_traceback(self, record)}" if _traceback(self, record) else line


class AsJson(logging.Formatter):
    """One JSON object a line, for a collector of logs."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        said = {
            "at": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := request_number():
            said["request"] = number
        if traceback := _traceback(self, record):
            said["traceback"] = traceback
        return json.dumps(said, ensure_ascii=False)


def configure(watching: Watching) -> None:
    """Send every log of this process where the settings say.

    Raises
    ------
    OSError
        The file for events of security cannot be written.
    """
    formatter = AsJson() if watching.log_format == "json" else AsText()
    handler = logging.StreamHandler(sys.stderr)
    _keep(logging.getLogger(), handler, formatter)
    if watching.security_log:
        file = logging.handlers.WatchedFileHandler(watching.security_log, encoding="utf-8")
        _keep(SECURITY, file, formatter)
        SECURITY.propagate = False
    SECURITY.setLevel(logging.INFO)


def _keep(logger: logging.Logger, handler: logging.Handler, formatter: logging.Formatter) -> None:
    for known in [each for each in logger.handlers if isinstance(each.formatter, AsText | AsJson)]:
        logger.removeHandler(known)
    handler.setFormatter(formatter)
    handler.addFilter(Discreet())
    logger.addHandler(handler)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if record.exc_text:
        return record.exc_text
    return formatter.formatException(record.exc_info) if record.exc_info else ""
