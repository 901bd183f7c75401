"""What a sink must be able to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from reconciler.errors import SinkError
from reconciler.model.secret import Secret

Document = Mapping[str, Secret]
"""What is delivered, by part: `{"key": …}`, or `host`, `port`, `username` and `password`."""


_COMPANIONS = frozenset({"host", "id", "port", "username"})
_LONGEST_SECRET = 64 * 1024


def found(part: str, text: str) -> Secret:
    """Return what lies in a sink; a text too long to be a secret of ours is not masked by value."""
    if part in _COMPANIONS or len(text) > _LONGEST_SECRET:
        return Secret.companion(text)
    return Secret(text)


def taken(place: object) -> SinkError:
    """Return the refusal to write over what lies in a place that this state never wrote."""
    return SinkError(
        f"{place} is there already and was not written by this state",
        hint="Take it away, name another place in the manifest, or say there that it may be "
        "written over, `adopt: true`; then apply again.",
    )


class Sink(Protocol):
    """One place for one resource's secrets. All methods raise `SinkError` with the way out."""

    def describe(self) -> str:
        """Name the place for people, without any secret: `file secrets/key`."""

    def probe(self) -> None:
        """Prove that the place can be written and read back.

        Changes nothing in it; a folder that is missing is made.
        """

    def deliver(self, document: Document, *, overwrite: bool = True) -> None:
        """Write atomically and read back; writing the same document again changes nothing.

        Without `overwrite`, whatever else lies there by now raises `SinkError` and stays.
        """

    def holds(self, document: Document) -> bool:
        """Tell whether the place holds exactly this document."""

    def read(self, parts: Collection[str]) -> Document | None:
        """Return what lies there, `None` where any of the parts is not there."""

    def is_taken(self) -> bool:
        """Tell whether there is anything that a delivery would write over."""

    def remove(self, parts: Collection[str]) -> None:
        """Take a document of these parts away; nothing else, and nothing where it is gone."""
