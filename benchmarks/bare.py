"""The least that a program can do: read the same files, fetch and decode the same pages.

    python -m benchmarks.bare URL [--yaml PATH] [--templates N] [--numbers N]

It is given every advantage: no checks, no retries, no state, nothing kept but what a parser
returns, and the HTTP stack of `reconciler.http.transports` used without any of its care:
httpx's own pool for a few pages, aiohttp under httpx for many.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

_MANY = 200
_AT_ONCE = 8


def parse(path: Path) -> int:
    """Read all documents of a file, or of all files of a folder."""
    import yaml

    count = 0
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    for file in files:
        count += len(list(yaml.load_all(file.read_bytes(), Loader=yaml.CSafeLoader)))
    return count


async def fetch(targets: list[str]) -> int:
    """Fetch and decode pages, some at once."""
    import httpx
    import orjson

    transport: Any
    if len(targets) >= _MANY:
        import httpx_aiohttp

        transport = httpx_aiohttp.AiohttpTransport(
            limits=httpx.Limits(max_connections=_AT_ONCE), trust_env=False
        )
    else:
        transport = httpx.AsyncHTTPTransport(trust_env=False, verify=False)
    waiting = iter(targets)
    rows = 0

    async def worker() -> None:
        nonlocal rows
        for target in waiting:
            response = await transport.handle_async_request(httpx.Request("GET", target))
            body = b"".join([chunk async for chunk in response.stream])
            await response.stream.aclose()
            rows += len(orjson.loads(body)["body"]["data"])

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    await transport.aclose()
    return rows


def pages(url: str, path: str, count: int) -> list[str]:
    """Return the addresses of all pages of a list of `count` rows."""
    base = f"{url}/sms/v2.2/appKeys/benchmark-app-key{path}"
    mark = "&" if "?" in base else "?"
    last = max(1, -(-count // 1000))
    return [f"{base}{mark}pageNum={page}&pageSize=1000" for page in range(1, last + 1)]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--yaml", type=Path)
    parser.add_argument("--templates", type=int)
    parser.add_argument("--numbers", type=int)
    given = parser.parse_args()
    if given.yaml is not None:
        print("documents", parse(given.yaml))
    targets: list[str] = []
    if given.templates is not None:
        targets += pages(given.url, "/templates", given.templates)
        targets += [*pages(given.url, "/categories", 1), *pages(given.url, "/sendNos", 1)]
    if given.numbers is not None:
        path = "/blockservice/recipients?unsubscribeNo=0801234567"
        targets += pages(given.url, path, given.numbers)
    if targets:
        print("rows", asyncio.run(fetch(targets)))


if __name__ == "__main__":
    main()
