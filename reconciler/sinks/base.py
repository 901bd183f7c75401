"""What a sink must be able to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from reconciler.model.secret import Secret

Document = Mapping[str, Secret]
"""What is delivered, by part: `{"key": …}`, or `host`, `port`, `username` and `password`."""


class Sink(Protocol):
    """One place for one resource's secrets. All methods raise `SinkError` with the way out."""

    def describe(self) -> str:
        """Name the place for people, without any secret: `file secrets/key`."""

    def probe(self) -> None:
        """Prove that the place can be written and read back.

        Changes nothing in it; a folder that is missing is made.
        """

    def deliver(self, document: Document) -> None:
        """Write atomically and read back; writing the same document again changes nothing."""

    def holds(self, document: Document) -> bool:
        """Tell whether the place holds exactly this document."""
