"""Makes the sink that a manifest names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import SinkError
from reconciler.model.values import JsonValue
from reconciler.sinks.base import Sink
from reconciler.sinks.secret_file import Failpoints, no_failpoints

ADOPT = "adopt"
"""The key of a manifest's sink that allows to overwrite what is there already."""


def place_in(value: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the place of a manifest's sink, without the key `adopt`."""
    return {name: item for name, item in value.items() if name != ADOPT}


def sink_for(
    value: Mapping[str, JsonValue], root: Path, *, failpoints: Failpoints = no_failpoints
) -> Sink:
    """Return the sink of `{"file": path}` or `{"envFile": {"path": …, "variable": …}}`.

    The place is not touched yet. A relative path starts from `root` and must stay inside it.

    Raises:
        SinkError: The value is neither of these.
    """
    match dict(value):
        case {"file": str(path), **rest} if not rest and path:
            from reconciler.sinks.file import FileSink

            return FileSink(path, root, failpoints=failpoints)
        case {"envFile": {"path": str(path), "variable": str(variable)}, **rest} if (
            not rest and path
        ):
            from reconciler.sinks.env_file import EnvFileSink

            return EnvFileSink(path, variable, root, failpoints=failpoints)
        case _:
            raise SinkError(
                f"a sink cannot have {', '.join(sorted(value)) or 'nothing'}",
                hint="Use `file: path` or `envFile: {path: …, variable: …}`.",
            )
