"""Webhook calls that providers owe: always listed, made if the emulator was asked to.

Only addresses of this computer are called, whatever a webhook says, since manifests name the
receivers of real projects. A call is made once; its status is kept in the list.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct, to_builtins

from reconciler.model.loopback import is_loopback

if TYPE_CHECKING:
    from reconciler.emulator.clock import Clock
    from reconciler.emulator.store import Store

_TIMEOUT_SECONDS = 5
NOT_HERE = "not called: no http address of this computer"
UNREACHABLE = "not answered"


class Callback(Struct, frozen=True, kw_only=True):
    """One call, to the webhook that was set when its message was accepted."""

    provider: str
    url: str
    body: Mapping[str, Any]
    due: datetime
    headers: Mapping[str, str] = {}


class Callbacks:
    """The calls of all emulators on one store, by when they were added."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.table("emulator/callbacks")

    def add(self, callback: Callback) -> None:
        """Add a call that is to be made when it is due."""
        with self._store.batch():
            row = {**to_builtins(callback), "status": None}
            self._table[str(self._table.next_id())] = row

    def listed(self) -> list[dict[str, Any]]:
        """Return all calls; `status` is `None` at first, then the HTTP status or why it failed."""
        return list(self._table.values())

    def clear(self) -> None:
        """Forget all calls, even those not made yet."""
        with self._store.batch():
            self._table.clear()

    def next_after(self, now: datetime) -> float | None:
        """Return the seconds until a call is due, 0 where one is, `None` where none is owed."""
        owed = [_due(row) for row in self._table.values() if row["status"] is None]
        return max(0.0, (min(owed) - now).total_seconds()) if owed else None

    def take(self, now: datetime) -> list[tuple[str, dict[str, Any]]]:
        """Return the calls that are due, with their keys, in the order of their times."""
        owed = [pair for pair in self._table.items() if pair[1]["status"] is None]
        return sorted((p for p in owed if _due(p[1]) <= now), key=lambda pair: _due(pair[1]))

    def done(self, key: str, status: int | str) -> None:
        """Record the status of a call, unless the calls were cleared meanwhile."""
        with self._store.batch():
            if key in self._table:
                self._table[key] = {**self._table[key], "status": status}


class Caller:
    """Makes the calls that are due, in the background of the event loop."""

    def __init__(self, callbacks: Callbacks, clock: Clock) -> None:
        self._callbacks = callbacks
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Check for due calls; called when something was sent, or the clock was moved."""
        self._woken.set()
        if self._task is None or self._task.done():
            self._woken = asyncio.Event()
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while (seconds := self._callbacks.next_after(self._clock.now())) is not None:
            if seconds:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), seconds)
                self._woken.clear()
            for key, row in self._callbacks.take(self._clock.now()):
                self._callbacks.done(key, await asyncio.to_thread(_call, row))


def _due(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["due"])


def _call(row: Mapping[str, Any]) -> int | str:
    """Make one call. Returns the HTTP status, or why there is none."""
    parts = urlsplit(row["url"])
    host = parts.hostname or ""
    if parts.scheme != "http" or not is_loopback(host):
        return NOT_HERE
    connection = http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = json.dumps(row["body"], ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", **row["headers"]}
    try:
        connection.request("POST", path, body=body, headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return UNREACHABLE
    finally:
        connection.close()
