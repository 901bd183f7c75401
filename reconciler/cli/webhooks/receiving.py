"""The web application (ASGI) that receives webhook calls, checks each, and passes it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.cli.webhooks.callbacks import LARGEST_CALL, Signer
from reconciler.providers.callbacks import Call, CallFault
from reconciler.render.commands.callbacks import Verified

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

OnCall = Callable[[Call, Verified], None]


class Receiver:
    """Answers a POST to any path: 200 to a call that the provider signed, otherwise 401.

    An empty body or JSON object, with which a provider tries the URL, gets 200 as well.
    """

    def __init__(self, signer: Signer, on_call: OnCall) -> None:
        self._signer = signer
        self._on_call = on_call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _answer(send, 405, "Only POST is received here.")
            return
        body = await _body(receive)
        if body is None:
            await _answer(send, 413, "A webhook call is smaller.")
            return
        names = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        call = Call(headers=names, body=body)
        seen = self._verified(call)
        self._on_call(call, seen)
        await _answer(
            send, 401 if seen.fault else 200, "Not signed as expected." * bool(seen.fault)
        )

    def _verified(self, call: Call) -> Verified:
        name = self._signer.name
        if call.body.strip() in {b"", b"{}"}:
            return Verified(provider=name)
        try:
            self._signer.callbacks.verify(call, self._signer.key)
            return Verified(provider=name, events=self._signer.callbacks.events(call))
        except CallFault as fault:
            return Verified(provider=name, fault=str(fault))


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body; `None` when it is too large."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > LARGEST_CALL:
            return None
        if not message.get("more_body"):
            return b"".join(pieces)


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
