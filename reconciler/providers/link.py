"""A small HTTP/1.1 client for the first few reads.

Importing httpx takes longer than all else that a plan of five objects does. So as long as a run has
asked for little, and changed nothing, it speaks HTTP itself, over asyncio's streams: no redirects,
no cookies, no proxies, one request at a time on each connection. Whatever is not plain HTTP/1.1 is
an error. `reconciler.providers.transport` decides when this is used.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_PIECE = 1 << 16
"""Bytes read at a time, and the most that the head of an answer may have."""
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: .*)?")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,8}")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class ConnectFailed(Exception):
    """No connection was made, so nothing was sent. The text holds no URL."""


class NotHttp(Exception):
    """What came is not an answer in HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Head:
    """An answer before its body."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    keep: bool
    """The connection may be used again."""


@dataclass(frozen=True, slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def usable(self) -> bool:
        return not (self.reader.at_eof() or self.writer.is_closing())

    def close(self) -> None:
        self.writer.transport.abort()


class Links:
    """The connections to one account."""

    def __init__(
        self,
        base_url: str,
        *,
        tls: ssl.SSLContext | None,
        connect_seconds: float,
        read_seconds: float,
        idle_seconds: float,
    ) -> None:
        """Prepare; the first request connects. With `tls`, the base URL is https."""
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._port = parts.port or (80 if tls is None else 443)
        self._netloc = parts.netloc
        self._prefix = parts.path.rstrip("/")
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle_seconds = idle_seconds
        self._idle: list[tuple[float, _Connection]] = []

    async def ask(
        self, method: str, target: str, *, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[Head, AsyncGenerator[bytes, None]]:
        """Send one request and return the head of its answer and its body, which must be closed.

        Raises:
            ValueError: It cannot be sent.
            ConnectFailed: It was not sent.
            NotHttp, OSError, EOFError, TimeoutError: It may have been; also while the body is read.
        """
        request = self._request(method, target, headers, content)
        connection = self._waiting() or await self._connect()
        try:
            async with asyncio.timeout(self._read_seconds):
                connection.writer.write(request)
                await connection.writer.drain()
                head = await _head(connection.reader)
        except BaseException:
            connection.close()
            raise
        return head, self._body(connection, head)

    def _request(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> bytes:
        if not target.isascii() or not target.isprintable() or " " in target:
            raise ValueError("the target is not a path")
        lines = [f"{method} {self._prefix}{target} HTTP/1.1", f"host: {self._netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if content is not None or method in _WITH_BODY:
            lines.append(f"content-length: {len(content or b'')}")
        return "\r\n".join((*lines, "", "")).encode("ascii") + (content or b"")

    def _waiting(self) -> _Connection | None:
        oldest = asyncio.get_running_loop().time() - self._idle_seconds
        while self._idle:
            since, connection = self._idle.pop()
            if since >= oldest and connection.usable:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        try:
            async with asyncio.timeout(self._connect_seconds):
                streams = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls, limit=_PIECE
                )
        except TimeoutError:
            raise ConnectFailed("connecting took too long") from None
        except OSError as error:
            raise ConnectFailed(f"no connection could be made: {error}") from None
        return _Connection(*streams)

    async def _body(self, connection: _Connection, head: Head) -> AsyncGenerator[bytes, None]:
        whole = False
        try:
            async with asyncio.timeout(self._read_seconds) as limit:
                async for piece in _pieces(connection.reader, head):
                    limit.reschedule(None)
                    yield piece
                    limit.reschedule(asyncio.get_running_loop().time() + self._read_seconds)
            whole = True
        finally:
            if whole and head.keep:
                self._idle.append((asyncio.get_running_loop().time(), connection))
            else:
                connection.close()

    async def close(self) -> None:
        """Close all connections."""
        for _, connection in self._idle:
            connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # for the loop to let go of them


async def _head(reader: asyncio.StreamReader) -> Head:
    """Read the head of the answer; those of answers that only announce one are passed over."""
    while True:
        try:
            text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.LimitOverrunError:
            raise NotHttp("the head is too long") from None
        first, *lines = text[:-4].split("\r\n")
        found = _STATUS.fullmatch(first)
        if found is None:
            raise NotHttp("no status line")
        status = int(found[2])
        if status >= 200:
            headers = _headers(lines)
            words = headers.get("connection", "").lower()
            lasting = found[1] == "1" and "close" not in words and _bounded(status, headers)
            return Head(status, headers, lasting)
        if status == 101:
            raise NotHttp("another protocol")


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise NotHttp("a header that is none")
        name = name.lower()
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _bounded(status: int, headers: Mapping[str, str]) -> bool:
    """Tell whether the body ends before the connection does."""
    known = {"content-length", "transfer-encoding"} & headers.keys()
    return len(known) == 1 or (not known and status in {204, 304})


async def _pieces(reader: asyncio.StreamReader, head: Head) -> AsyncGenerator[bytes, None]:
    """Yield the body as it comes, chunks put together."""
    if head.status in {204, 304}:
        return
    encoding = head.headers.get("transfer-encoding")
    length = head.headers.get("content-length")
    if encoding is not None:
        if encoding.lower() != "chunked":
            raise NotHttp("an encoding that was not asked for")
        async for piece in _chunks(reader):
            yield piece
    elif length is not None:
        if not (length.isascii() and length.isdecimal()):
            raise NotHttp("a length that is none")
        async for piece in _exactly(reader, int(length)):
            yield piece
    else:
        while piece := await reader.read(_PIECE):
            yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    while size := await _chunk_size(reader):
        async for piece in _exactly(reader, size):
            yield piece
        if await reader.readexactly(2) != b"\r\n":
            raise NotHttp("a chunk that is longer than it says")
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    size = (await reader.readuntil(b"\r\n")).partition(b";")[0].strip()
    if not _HEX.fullmatch(size):
        raise NotHttp("a chunk without a size")
    return int(size, 16)


async def _exactly(reader: asyncio.StreamReader, size: int) -> AsyncGenerator[bytes, None]:
    while size:
        piece = await reader.read(min(size, _PIECE))
        if not piece:
            raise EOFError("the answer was cut off")
        size -= len(piece)
        yield piece
