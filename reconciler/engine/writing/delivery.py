"""Brings generated secrets to the sinks that manifests name."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.errors import SinkError
from reconciler.model.change import Action, Change
from reconciler.model.secret import Secret
from reconciler.model.values import Fields, JsonValue
from reconciler.providers.kind import Kind
from reconciler.sinks.registry import sink_for


def probe(changes: Iterable[tuple[Kind, Change]], root: Path) -> None:
    """Prove that every sink the changes will need can be written, before anything is created.

    Raises `SinkError` naming all that cannot.
    """
    faults: list[str] = []
    for kind, change in changes:
        if change.action in {Action.DELETE, Action.FORGET}:
            continue
        for name in kind.sinks:
            value = change.desired.get(name)
            if isinstance(value, dict):
                faults.extend(_probe(change, name, value, root))
    if faults:
        message = "generated secrets could not be delivered, so nothing was changed"
        raise SinkError(message, details=faults, hint="Mend these places and apply again.")


def _probe(change: Change, name: str, value: Mapping[str, JsonValue], root: Path) -> Iterable[str]:
    try:
        sink_for(value, root).probe()
    except SinkError as error:
        yield "; ".join(filter(None, (f"{change.address}: {name}: {error.message}", error.hint)))


async def deliver(fields: Fields, secrets: Mapping[str, Secret], root: Path) -> None:
    """Write secrets named `<sink field>.<part>` to the sinks in `fields`, and read them back.

    A part whose field names no sink is dropped: nobody asked for it. Raises `SinkError`.
    """
    documents: dict[str, dict[str, Secret]] = defaultdict(dict)
    for name, secret in secrets.items():
        field, part = name.split(".", 1)
        documents[field][part] = secret
    for field, document in documents.items():
        value = fields.get(field)
        if isinstance(value, dict):
            await asyncio.to_thread(sink_for(value, root).deliver, document)
