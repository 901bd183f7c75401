"""Delivers generated secrets to the sinks that manifests name."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from reconciler.engine.live.delivered import not_overwritten, row_of
from reconciler.engine.workspace import Workspace
from reconciler.errors import SinkError
from reconciler.model.change import Making
from reconciler.model.secret import Secret
from reconciler.model.values import Fields
from reconciler.sinks.base import Sink, taken
from reconciler.sinks.registry import sink_for


def probe(workspace: Workspace, changes: Iterable[Making]) -> None:
    """Check, before anything is created, that every sink that the changes need can be written.

    A sink that holds something which must not be overwritten, perhaps only since the plan was made,
    fails the check. Raises `SinkError` that names all sinks that fail.
    """
    faults: list[str] = []
    for change in changes:
        keep = not_overwritten(workspace, row_of(change), change.desired.fields)
        for name in workspace.kind(change.address).sinks:
            value = change.desired.fields.get(name)
            if isinstance(value, dict):
                sink = partial(sink_for, value, workspace.sink_root)
                faults.extend(_probe(change, name, sink, overwrite=name not in keep))
    if faults:
        message = "generated secrets could not be delivered, so nothing was changed"
        raise SinkError(message, details=faults, hint="Mend these places and apply again.")


def _probe(
    change: Making, name: str, open_sink: Callable[[], Sink], *, overwrite: bool
) -> Iterable[str]:
    try:
        sink = open_sink()
        sink.probe()
        if not overwrite and sink.is_taken():
            raise taken(sink.describe())
    except SinkError as error:
        yield "; ".join(filter(None, (f"{change.address}: {name}: {error.message}", error.hint)))


async def deliver(
    fields: Fields, secrets: Mapping[str, Secret], root: Path, *, keep: Collection[str] = ()
) -> None:
    """Write secrets named `<sink field>.<part>` to the sinks in `fields`, and read them back.

    A secret whose field has no sink is dropped. Sinks of `keep` fields are not overwritten. Raises
    `SinkError`.
    """
    documents: dict[str, dict[str, Secret]] = defaultdict(dict)
    for name, secret in secrets.items():
        field, part = name.split(".", 1)
        documents[field][part] = secret
    for field, document in documents.items():
        value = fields.get(field)
        if isinstance(value, dict):
            sink = sink_for(value, root)
            await asyncio.to_thread(sink.deliver, document, overwrite=field not in keep)
