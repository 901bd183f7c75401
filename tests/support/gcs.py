"""Google Cloud Storage as far as a state needs it, on a port of loopback.

After the XML API's reference: an upload with `x-goog-if-generation-match: 0` fails with 412 where an
object of that name exists, each answer has an ETag and a generation, and a listing is
`ListBucketResult`.
"""

from __future__ import annotations

import itertools
import json
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar
from urllib.parse import unquote
from xml.sax.saxutils import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Gcs:
    """A server; its buckets exist when they are named."""

    environment: ClassVar[dict[str, str]] = {
        "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(
            {"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": True}
        )
    }

    def __init__(self) -> None:
        self._made = 0
        self._objects: dict[tuple[str, str], tuple[bytes, int, datetime]] = {}
        self._generations = itertools.count(1)
        self._lock = threading.Lock()
        routes = [
            Route("/{bucket}", self._list, methods=["GET"]),
            Route("/{bucket}/", self._list, methods=["GET"]),
            Route("/{bucket}/{key:path}", self._object, methods=["GET", "HEAD", "PUT", "DELETE"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            pass
        [port] = [each.getsockname()[1] for each in self._server.servers[0].sockets]
        self.endpoint = f"http://127.0.0.1:{port}"

    def place(self) -> str:
        """Return a state URL in a bucket of its own."""
        self._made += 1
        return f"gs://states-{self._made}/messaging?endpoint={self.endpoint}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    async def _object(self, request: Request) -> Response:
        name = request.path_params["bucket"], unquote(request.path_params["key"])
        if request.method == "PUT":
            return self._put(name, await request.body(), request.headers)
        found = self._objects.get(name)
        if found is None:
            return Response(status_code=404)
        if request.method == "DELETE":
            del self._objects[name]
            return Response(status_code=204)
        content, generation, written_at = found
        return Response(content, headers=_headers(generation, written_at))

    def _put(self, name, content, headers) -> Response:
        with self._lock:
            if headers.get("x-goog-if-generation-match") == "0" and name in self._objects:
                return Response(status_code=412)
            generation, now = next(self._generations), datetime.now(UTC)
            self._objects[name] = content, generation, now
        return Response(headers=_headers(generation, now))

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        bucket, prefix = request.path_params["bucket"], query.get("prefix", "")
        after = query.get("start-after", "")
        found = sorted(
            (key, *found)
            for (of, key), found in self._objects.items()
            if of == bucket and key.startswith(prefix) and key > after
        )
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size>"
            f'<ETag>"{generation}"</ETag><Generation>{generation}</Generation>'
            f"<LastModified>{written_at:%Y-%m-%dT%H:%M:%S.%fZ}</LastModified></Contents>"
            for key, content, generation, written_at in found
        )
        return Response(
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>",
            media_type="application/xml",
        )


def _headers(generation: int, written_at: datetime) -> dict[str, str]:
    return {
        "ETag": f'"{generation}"',
        "x-goog-generation": str(generation),
        "Last-Modified": format_datetime(written_at, usegmt=True),
    }
