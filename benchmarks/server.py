"""A server that is never the bottleneck: pages are made before the first request.

    python -m benchmarks.server --templates 10000 --latency 0.05

It speaks as much of NHN Cloud SMS v2.2 as the benchmarks need, and of AWS SES as much as
Terraform's `aws_ses_template` needs, over plain HTTP/1.1 with keep-alive, on `asyncio` protocols
alone. It prints its URL as its first line and serves until stdin closes. `GET /stats` says what
was asked of it; `POST /set?latency=0.05` changes the delay; `POST /reset` zeroes the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs
from urllib.request import urlopen

from benchmarks import workload

_OK = b'{"header":{"isSuccessful":true,"resultCode":0,"resultMessage":"success"}}'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_XML = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n"
_GIVEN_SECONDS = 120


def _answer(body: bytes, head: bytes = _HEAD) -> bytes:
    return head % len(body) + body


def _pages(rows: Iterable[str], total: int) -> list[bytes]:
    pages: list[bytes] = []
    part: list[str] = []
    for row in rows:
        part.append(row)
        if len(part) == workload.PAGE:
            pages.append(_page(part, len(pages) + 1, total))
            part = []
    if part or not pages:
        pages.append(_page(part, len(pages) + 1, total))
    return pages


def _page(rows: list[str], page: int, total: int) -> bytes:
    return _answer(workload.envelope(rows, page=page, size=workload.PAGE, total=total))


@dataclass(slots=True)
class Stats:
    """What was asked."""

    requests: int = 0
    writes: int = 0
    posted: int = 0
    """Numbers in POSTs to a block list, repetitions counted."""
    repeated: int = 0
    """Of these, numbers that had been posted before."""
    most_at_once: int = 0
    at_once: int = 0


@dataclass(slots=True)
class World:
    """What the account has."""

    templates: list[str] = field(default_factory=list)
    """Rows, as JSON."""
    categories: list[str] = field(default_factory=list)
    tag_pages: list[bytes] = field(default_factory=list)
    latency: float = 0.0
    stats: Stats = field(default_factory=Stats)
    number_pages: list[bytes] = field(default_factory=list)
    posted: set[str] = field(default_factory=set)
    live_numbers: int = 0
    _template_pages: list[bytes] = field(default_factory=list)

    def template_pages(self) -> list[bytes]:
        """Render the templates, once after each change."""
        if not self._template_pages:
            self._template_pages = _pages(self.templates, len(self.templates))
        return self._template_pages

    def add_template(self, body: bytes) -> None:
        """Take a POST."""
        wanted = json.loads(body)
        row = workload.template_row(0) | {
            name: wanted[name]
            for name in ("templateId", "templateName", "templateDesc", "sendNo", "sendType")
        }
        row |= {"title": wanted["title"], "body": wanted["body"], "useYn": wanted["useYn"]}
        self.templates.append(workload.compact(row))
        self._template_pages = []

    def add_numbers(self, body: bytes) -> None:
        """Take a POST."""
        for each in json.loads(body)["recipientNoList"]:
            self.stats.posted += 1
            self.stats.repeated += each in self.posted
            self.posted.add(each)

    def numbers_page(self, page: int) -> bytes:
        """Return a page of the block list, with what was posted at its end."""
        if not self.posted:
            return self.number_pages[page - 1]
        total = self.live_numbers + len(self.posted)
        if page <= self.live_numbers // workload.PAGE:
            body = self.number_pages[page - 1]
            rest = body.partition(b"\r\n\r\n")[2].replace(
                b'"totalCount":%d' % self.live_numbers, b'"totalCount":%d' % total, 1
            )
            return _answer(rest)
        more = sorted(self.posted)
        first = page * workload.PAGE - workload.PAGE - self.live_numbers
        rows = [number_row(each) for each in more[max(first, 0) : first + workload.PAGE]]
        return _page(rows, page, total)


def number_row(number: str) -> str:
    """Return one row of a block list."""
    return (
        f'{{"unsubscribeNo":"{workload.UNSUBSCRIBE}","recipientNo":"{number}",'
        '"requestDate":"2026-01-02 03:04:05.0"}'
    )


def category_row(identifier: int, name: str) -> str:
    """Return one category."""
    top = identifier == workload.CATEGORY_ID - 1
    return workload.compact(
        {
            "categoryId": identifier,
            "categoryParentId": 0 if top else workload.CATEGORY_ID - 1,
            "depth": 0 if top else 1,
            "sort": 0,
            "categoryName": name,
            "categoryDesc": "",
            "useYn": "Y",
            "createDate": "2026-01-02 03:04:05.0",
            "createUser": "ci-bot",
            "updateDate": "2026-01-02 03:04:05.0",
            "updateUser": "ci-bot",
        }
    )


def make_world(*, templates: int, numbers: int, category: bool, tags: int = 0) -> World:
    """Make everything that will be served."""
    world = World(live_numbers=numbers)
    world.categories = [category_row(workload.CATEGORY_ID - 1, "highest")]
    if category:
        world.categories.append(category_row(workload.CATEGORY_ID, "benchmark"))
    world.templates = [
        workload.compact(workload.template_row(number)) for number in range(templates)
    ]
    world.template_pages()
    world.tag_pages = _pages(
        (workload.compact(workload.tag_row(number)) for number in range(tags)), tags
    )
    if numbers >= 0:
        world.number_pages = _pages(map(number_row, workload.numbers(0, numbers)), numbers)
    return world


class Connection(asyncio.Protocol):
    """One client; answers in order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
                elif line[:7].lower() == b"expect:" and self.transport is not None:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(rest) < length:
                return
            body, self.buffer = rest[:length], rest[length:]
            method, target, _ = head.split(b" ", 2)
            self._serve(method, target.decode(), body)

    def _serve(self, method: bytes, target: str, body: bytes) -> None:
        stats = self.world.stats
        answer = route(self.world, method, target, body)
        if not target.startswith(("/stats", "/set", "/reset")):
            stats.requests += 1
            stats.writes += method != b"GET"
            stats.at_once += 1
            stats.most_at_once = max(stats.most_at_once, stats.at_once)
            if self.world.latency:
                loop = asyncio.get_running_loop()
                loop.call_later(self.world.latency, self._send, answer)
                return
            stats.at_once -= 1
        if self.transport is not None:
            self.transport.write(answer)

    def _send(self, answer: bytes) -> None:
        self.world.stats.at_once -= 1
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(answer)


def route(world: World, method: bytes, target: str, body: bytes) -> bytes:  # noqa: PLR0911 -- one a route
    """Return the whole answer to a request."""
    path, _, query = target.partition("?")
    given = parse_qs(query)
    page = int(given.get("pageNum", ["1"])[0])
    match method, path.rsplit("/", 1)[-1]:
        case b"GET", "templates":
            pages = world.template_pages()
            empty = page > len(pages)
            return _page([], page, len(world.templates)) if empty else pages[page - 1]
        case b"GET", "categories":
            return _page(world.categories, page, len(world.categories))
        case b"GET", "tags":
            return world.tag_pages[page - 1]
        case b"GET", "sendNos":
            row = {"sendNo": workload.SENDER, "useYn": "Y", "blockYn": "N", "serviceId": 123456}
            return _page([workload.compact(row)], 1, 1)
        case b"GET", "recipients":
            return world.numbers_page(page)
        case b"POST", "templates":
            world.add_template(body)
            return _answer(_OK)
        case b"POST", "categories":
            made = category_row(workload.CATEGORY_ID, json.loads(body)["categoryName"])
            world.categories.append(made)
            return _answer(_OK[:-1] + b',"body":{"data":%s}}' % made.encode())
        case b"POST", "recipients":
            world.add_numbers(body)
            return _answer(_OK)
        case b"POST", "":
            return _aws(parse_qs(body.decode()))
    return _control(world, path, given)


def _control(world: World, path: str, given: dict[str, list[str]]) -> bytes:
    if path == "/set":
        world.latency = float(given["latency"][0])
    elif path == "/reset":
        world.stats = Stats()
    elif path != "/stats":
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
    stats = world.stats
    shown = {name: getattr(stats, name) for name in Stats.__dataclass_fields__}
    return _answer(workload.compact(shown | {"different": len(world.posted)}).encode())


def _aws(form: dict[str, list[str]]) -> bytes:
    """Answer as SES's query API does."""
    action = form.get("Action", [""])[0]
    name = form.get("TemplateName", [""])[0]
    found = (
        f"<Template><TemplateName>{name}</TemplateName><SubjectPart>Subject</SubjectPart>"
        f"<TextPart>Body</TextPart></Template>"
    )
    result = found if action == "GetTemplate" else ""
    text = (
        f'<{action}Response xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><{action}Result>'
        f"{result}</{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    )
    return _answer(text.encode(), _XML)


async def _serve(world: World) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(world), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)  # whoever started us is gone


class Served(AbstractContextManager["Served"]):
    """The server in a process of its own."""

    def __init__(
        self,
        *,
        templates: int = 0,
        tags: int = 0,
        numbers: int = -1,
        latency: float = 0.0,
        category: bool = True,
    ) -> None:
        arguments = ["--templates", str(templates), "--tags", str(tags)]
        arguments += ["--numbers", str(numbers), "--latency", str(latency)]
        arguments += [] if category else ["--no-category"]
        self._process = Popen(
            [sys.executable, "-m", "benchmarks.server", *arguments],
            stdin=PIPE,
            stdout=PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_GIVEN_SECONDS)

    def stats(self) -> dict[str, int]:
        """Return what was asked so far."""
        return self._ask("/stats")

    def reset(self) -> None:
        """Begin to count anew."""
        self._ask("/reset")

    def set_latency(self, seconds: float) -> None:
        """Delay every answer."""
        self._ask(f"/set?latency={seconds}")

    def _ask(self, path: str) -> Any:
        with urlopen(self.url + path) as answer:
            return json.load(answer)


def main() -> None:
    """Serve until stdin closes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=int, default=0)
    parser.add_argument("--tags", type=int, default=0)
    parser.add_argument("--numbers", type=int, default=-1)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--no-category", action="store_true")
    given = parser.parse_args()
    world = make_world(
        templates=given.templates,
        tags=given.tags,
        numbers=given.numbers,
        category=not given.no_category,
    )
    world.latency = given.latency
    asyncio.run(_serve(world))


if __name__ == "__main__":
    main()
