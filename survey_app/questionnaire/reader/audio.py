"""Recorded words: small sound files beside a study, each known by the SHA-256 of its bytes.

A wave pins texts. Of a recording it pins one line, `recording sha256:... bytes:...`; the file
itself is read from the library when somebody listens, and refused if it has become another.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence

from analysis.problems import closest
from survey_app.questionnaire.model import Recording
from survey_app.questionnaire.yaml.document import Node

MOST_BYTES = 200_000
KINDS = {".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg"}
Heard = tuple[str, int]
"""The SHA-256 of a recording, and how many bytes it has."""
Seek = Callable[[str], Heard | None]
"""A path below the library -> what stands there; None when nothing does."""

_LINE = re.compile(r"recording sha256:([0-9a-f]{64}) bytes:([0-9]{1,9})\n")


def pinned(raw: bytes) -> str:
    """What a wave keeps of a recording."""
    return f"recording sha256:{hashlib.sha256(raw).hexdigest()} bytes:{len(raw)}\n"


def unpinned(line: str) -> Heard | None:
    """What a kept line says; None when it is none."""
    matched = _LINE.fullmatch(line)
    return (matched[1], int(matched[2])) if matched else None


def recordings(
    node: Node | None, languages: Sequence[str], seek: Seek | None
) -> Mapping[str, Recording]:
    """Recordings by language; a language may have none. `seek` None: files are not at hand."""
    by_name: dict[str, Recording] = {}
    for key, value in node.pairs() if node else ():
        if key.text not in languages:
            message = f"`{key.text[:40]}` is not a language of this file"
            key.problem("unknown-language", message, closest(key.text, languages))
        elif recording := _recording(value, seek):
            by_name[key.text] = recording
    return by_name


def _recording(node: Node, seek: Seek | None) -> Recording | None:
    written = node.scalar()
    if not written:
        return None
    home = posixpath.dirname(node.document.path)
    path = posixpath.normpath(posixpath.join(home, written))
    below = path.startswith(f"{home}/") if home else not path.startswith(("/", ".."))
    if "\\" in written or not below:
        help_ = "name a file below the folder of the study, with `/` between folders"
        node.problem("outside-library", f"`{written[:80]}` is no file of the study", help_)
    elif posixpath.splitext(path)[1] not in KINDS:
        help_ = f"known are {', '.join(KINDS)}"
        node.problem("unknown-audio", f"`{written[:80]}` is no recording we can serve", help_)
    elif seek is None:
        return Recording(path, "")
    elif (heard := seek(path)) is None:
        help_ = "paths are read from the folder of the questionnaire"
        node.problem("missing-file", f"there is no recording `{written[:80]}`", help_)
    elif heard[1] > MOST_BYTES:
        help_ = f"at most {MOST_BYTES} bytes: 24 kbit/s in one channel is plenty for a voice"
        node.problem("audio-too-large", f"`{written[:80]}` has {heard[1]} bytes", help_)
    else:
        return Recording(path, heard[0])
    return None
