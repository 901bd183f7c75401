"""The `Sink` interface: what every place for secrets must be able to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from reconciler.errors import SinkError
from reconciler.model.secret import Secret

Document = Mapping[str, Secret]
"""Delivered secrets by part: `{"key": …}`, or `host`, `port`, `username` and `password`."""


_COMPANIONS = frozenset({"host", "id", "port", "username"})
_LONGEST_SECRET = 64 * 1024


def found(part: str, text: str) -> Secret:
    """Return a text read from a sink as a `Secret`; one too long to be ours masks no other text."""
    if part in _COMPANIONS or len(text) > _LONGEST_SECRET:
        return Secret.companion(text)
    return Secret(text)


def taken(place: object) -> SinkError:
    """Return the error for a place that holds something this state did not write."""
    return SinkError(
        f"{place} is there already and was not written by this state",
        hint="Take it away, name another place in the manifest, or say there that it may be "
        "written over, `adopt: true`; then apply again.",
    )


class Sink(Protocol):
    """A place for the secrets of one resource. All methods raise `SinkError` with a hint."""

    def describe(self) -> str:
        """Name the place for people, without any secret: `file secrets/key`."""

    def probe(self) -> None:
        """Check that the place can be written and read back, without changing what it holds.

        A missing folder is made.
        """

    def deliver(self, document: Document, *, overwrite: bool = True) -> None:
        """Write atomically and read back; writing the same document again changes nothing.

        Without `overwrite`, raise `SinkError` if something else is there by now.
        """

    def holds(self, document: Document) -> bool:
        """Tell whether the place holds exactly this document."""

    def read(self, parts: Collection[str]) -> Document | None:
        """Return what the place holds; `None` where any of the parts is missing."""

    def is_taken(self) -> bool:
        """Tell whether there is anything that a delivery would overwrite."""

    def remove(self, parts: Collection[str]) -> None:
        """Remove a document of these parts and nothing else; do nothing where it is gone."""
