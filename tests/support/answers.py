"""Answers of an emulator, changed on their way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Json = Any


def rewritten(change: Callable[[Json], Json]) -> Callable[..., Any]:
    """What to put around an emulator so that each JSON answer is changed; see `Port.around`."""

    def body_of(body: bytes) -> bytes:
        try:
            value = json.loads(body)
        except ValueError:
            return body
        return json.dumps(change(value)).encode()

    return replaced(lambda _scope, body: ([], body_of(body)))


def replaced(
    make: Callable[[Any, bytes], tuple[list[tuple[bytes, bytes]], bytes]],
) -> Callable[..., Any]:
    """The same with headers and bytes made from the request's scope and the answer's bytes."""

    async def around(app: Any, scope: Any, receive: Any, send: Any) -> None:
        start: dict[str, Any] = {}
        body = b""

        async def keep(message: Any) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body += message.get("body", b"")

        await app(scope, receive, keep)
        if not start:
            return
        headers, content = make(scope, body)
        kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        start["headers"] = [*kept, *headers, (b"content-length", str(len(content)).encode())]
        await send(start)
        await send({"type": "http.response.body", "body": content})

    return around


def every_text(value: Json, change: Callable[[str, str], str], name: str = "") -> Json:
    """Change every text of a JSON value; `change` is given its member's name and the text."""
    if isinstance(value, dict):
        return {key: every_text(each, change, key) for key, each in value.items()}
    if isinstance(value, list):
        return [every_text(each, change, name) for each in value]
    return change(name, value) if isinstance(value, str) else value
