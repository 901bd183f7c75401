"""Addresses: how every resource is named in state, plans and messages."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.errors import UsageError

CollectionKey = tuple[str, str]
"""`(provider, kind)`: names all objects of a kind in an account, which are listed together."""


class Address(NamedTuple):
    """`<provider>/<Kind>/<name>`, for example `nhn/Template/welcome`.

    A tuple: large plans look addresses up a million times, and the first two parts of one are its
    `CollectionKey`.
    """

    provider: str
    """The `metadata.name` of the Provider manifest."""
    kind: str
    name: str
    """The `metadata.name` of the resource; unique per provider and kind."""

    def __str__(self) -> str:
        """Render as `<provider>/<Kind>/<name>`."""
        return f"{self.provider}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `<provider>/<Kind>/<name>`; raises `UsageError` for anything else."""
        parts = text.split("/", 2)
        if len(parts) != 3 or not all(parts):
            message = f"{text!r} is not an address"
            raise UsageError(message, hint="An address is <provider>/<Kind>/<name>.")
        return cls(*parts)
