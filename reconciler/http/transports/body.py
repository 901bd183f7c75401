"""Reads the body of an answer, within limits."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from reconciler.http.failures import Lost, Unreadable
from reconciler.http.transports.base import Answer

_GZIP = 16 + zlib.MAX_WBITS


class Body:
    """Collects a body piece by piece: decompresses it, and limits its size."""

    def __init__(self, status: int, headers: Mapping[str, str], most: int) -> None:
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity", "gzip"}:
            raise Unreadable("the answer is encoded in a way that was not asked for", status)
        self._status = status
        self._headers = headers
        self._most = most
        self._room = most
        self._unzip = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
        self._pieces: list[bytes] = []

    def add(self, raw: bytes) -> None:
        """Add a piece; raises `Unreadable` if the body gets too large or cannot be decompressed."""
        try:
            piece = raw if self._unzip is None else self._unzip.decompress(raw, self._room + 1)
        except zlib.error:
            raise Unreadable("the answer cannot be decompressed", self._status) from None
        self._room -= len(piece)
        if self._room < 0:
            raise Unreadable(f"the answer is larger than {self._most} bytes", self._status)
        self._pieces.append(piece)

    def answer(self) -> Answer:
        """Return the answer once its body has ended; raises `Lost` if the body was cut off."""
        body = b"".join(self._pieces)
        if self._unzip is not None and not self._unzip.eof and self._pieces:
            raise Lost("the answer was cut off")
        return Answer(status=self._status, headers=self._headers, body=body)
