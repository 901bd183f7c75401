"""Serving an emulator on a TCP port, with connections that can really be dropped."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any, Self, cast

from reconciler.emulator.pipeline import ABORT_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp, Receive, Scope, Send
    from uvicorn import Server

_STARTUP_SECONDS = 30.0


class EmulatorServer:
    """An emulator on `host:port` (0: any free one).

    As a context manager it serves from a thread; `run` serves in the calling thread until a signal.
    The port is bound from the start, so `url` is right before anything is served.
    Raises `OSError` when the port is taken.
    """

    def __init__(self, app: ASGIApp, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self.app = app
        self._socket = socket.create_server((host, port), backlog=2048)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Base URL without a slash at its end; a provider's is this with `/<type>` appended."""
        return f"http://{self.host}:{self.port}"

    def run(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until SIGINT or SIGTERM; `on_ready` gets `url` once requests are accepted."""
        self._server = _make_server(self.app, lambda: self._started(on_ready))
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def __enter__(self) -> Self:
        """Serve from a thread, and wait until requests are accepted."""
        self._thread = threading.Thread(target=self.run, name="emulator", daemon=True)
        self._thread.start()
        if not self._ready.wait(_STARTUP_SECONDS):
            msg = f"the emulator did not start on {self.url}"
            raise RuntimeError(msg)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop at once: requests that still hang are dropped."""
        if self._server is not None:
            self._server.should_exit = True
            self._server.force_exit = True
        if self._thread is not None:
            self._thread.join(_STARTUP_SECONDS)

    def _started(self, on_ready: Callable[[str], None] | None) -> None:
        self._ready.set()
        if on_ready is not None:
            on_ready(self.url)


def serve(
    app: ASGIApp,
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` gets the base URL once requests are accepted."""
    EmulatorServer(app, port=port, host=host).run(on_ready)


def _make_server(app: ASGIApp, started: Callable[[], None]) -> Server:
    """A uvicorn server whose connections can be reset by the application."""
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class AbortableProtocol(H11Protocol):
        """Gives the application, in each request's scope, a way to reset its connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            sock = transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.app = cast("Any", _abortable(cast("ASGIApp", self.app), transport.abort))

    class AnnouncingServer(uvicorn.Server):
        """Says when it accepts requests."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            started()

    config = uvicorn.Config(
        app,
        http=AbortableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_level="error",
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    return AnnouncingServer(config)


def _abortable(app: ASGIApp, abort: Callable[[], None]) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), ABORT_EXTENSION: abort}
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # The server stops while this request hangs: drop it; that needs no line in the log.
            abort()
            await asyncio.sleep(0)

    return wrapped
