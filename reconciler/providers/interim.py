"""Stands in for the handlers of providers that still do without; goes with the last of them."""

from __future__ import annotations

from typing import Any

from reconciler.providers.handler import Handler, Seen
from reconciler.providers.task import Applied, Scope, Task, Writer


class Interim(Handler[Any]):
    """What such a provider does not override."""

    async def observe(self, scope: Scope) -> Seen:
        raise NotImplementedError

    async def create(self, task: Task, writer: Writer) -> Applied:
        raise NotImplementedError

    async def delete(self, task: Task, writer: Writer) -> None:
        raise NotImplementedError
