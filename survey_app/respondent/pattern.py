"""A page that is the same for everyone but for a few letters: drawn once, compressed once.

What most phones are sent differs from one respondent to the next in the link's token, the form's
proof and the receipt's code, and in nothing else. Such a page is compressed once, as well as can
be (which takes a hundred times longer than sending it may take), in pieces around those letters;
for each reply the letters are put between the pieces as they are.

A brotli stream is a row of meta-blocks (RFC 7932, section 9.2). After a flush the next one begins
at a whole byte, and one may hold its bytes uncompressed. The compressor is shown stand-ins of the
same length, so that later pieces still refer back across them; what it makes of these is thrown
away. Whether that is sound does not depend on the letters, and is tried when a pattern is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import brotli

Hole = Literal["token", "csrf", "receipt"]
Letters = Mapping[Hole, str]

_MARKS: Mapping[str, Hole] = {"\ue000": "token", "\ue001": "csrf", "\ue002": "receipt"}
_LENGTHS: Mapping[Hole, int] = {"token": 26, "csrf": 24, "receipt": 9}
_MARK = re.compile("([\ue000-\ue002])")

_NEVER_IN_TEXT = bytes((0xC0, 0xC1, *range(0xF5, 0x100)))
"""Thirteen bytes that no UTF-8 text holds: no stand-in is ever taken for words, or words for it."""

_WINDOW = 16
"""Bits: 64 kB, more than any page."""

_TAIL = 2
"""Letters of the following piece that go out with a hole: their codes may depend on two before."""


@dataclass(frozen=True)
class Pattern:
    """`pieces` stand around `holes`: one piece more than there are holes."""

    pieces: tuple[str, ...]
    holes: tuple[Hole, ...]

    @classmethod
    def of(cls, html: str, letters: Letters) -> Pattern:
        """The pattern of a page that was drawn with these letters in it."""
        for mark, hole in _MARKS.items():
            if hole in letters:
                html = html.replace(letters[hole], mark)
        parts = _MARK.split(html)
        return cls(tuple(parts[::2]), tuple(_MARKS[mark] for mark in parts[1::2]))

    def filled(self, letters: Letters) -> str:
        """The page with somebody's letters."""
        pairs = zip(self.holes, self.pieces[1:], strict=True)
        return self.pieces[0] + "".join(letters[hole] + piece for hole, piece in pairs)

    def packed(self, letters: Letters) -> bytes | None:
        """The same, compressed by brotli; None where it cannot be put together from pieces."""
        return self._put_together(letters) if self._is_sound else None

    def _put_together(self, letters: Letters) -> bytes:
        first, *later = self._blocks
        joined = [
            _as_it_is(letters[hole].encode() + tail) + block
            for hole, (tail, block) in zip(self.holes, later, strict=True)
        ]
        return first[1] + b"".join(joined)

    @cached_property
    def _blocks(self) -> tuple[tuple[bytes, bytes], ...]:
        """For each piece: the bytes of it that go out as they are, and the rest compressed."""
        compressor = brotli.Compressor(mode=brotli.MODE_TEXT, quality=11, lgwin=_WINDOW)
        first, *later = (piece.encode() for piece in self.pieces)
        blocks, step = [(b"", compressor.process(first) + compressor.flush())], 1
        for hole, piece in zip(self.holes, later, strict=True):
            tail, rest = piece[:_TAIL], piece[_TAIL:]
            compressor.process(_stand_in(_LENGTHS[hole], step) + tail)
            compressor.flush()
            blocks.append((tail, compressor.process(rest) + compressor.flush()))
            step += 3
        blocks[-1] = (blocks[-1][0], blocks[-1][1] + compressor.finish())
        return tuple(blocks)

    @cached_property
    def _is_sound(self) -> bool:
        """Whether it unpacks to the page, whatever stands in the holes."""
        return all(
            self._unpacks_to({hole: letter * length for hole, length in _LENGTHS.items()})
            for letter in "xQ7"
        )

    def _unpacks_to(self, letters: Letters) -> bool:
        try:
            html: bytes = brotli.decompress(self._put_together(letters))
        except brotli.error:
            return False
        return html == self.filled(letters).encode()


def _stand_in(length: int, step: int) -> bytes:
    """Bytes in which no two neighbours stand twice, so that nothing in them can be compressed.

    Steps of one width through thirteen places meet every pair of that distance once; then the
    width grows. Another hole begins with another width.
    """
    at, places, width = 0, [0], step
    while len(places) < length:
        at = (at + width) % len(_NEVER_IN_TEXT)
        places.append(at)
        if len(places) % len(_NEVER_IN_TEXT) == 0:
            width += 1
    return bytes(_NEVER_IN_TEXT[place] for place in places)


def _as_it_is(raw: bytes) -> bytes:
    """An uncompressed meta-block: not the last, its length less one in 16 bits, then the bytes."""
    is_uncompressed = 1 << 19
    return (is_uncompressed | (len(raw) - 1) << 3).to_bytes(3, "little") + raw
