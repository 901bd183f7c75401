"""A secret value that cannot be printed, formatted, serialised or pickled by accident.

Whoever makes a `Secret` has made its text known: from then on everything that leaves the process is
masked by it (see `reconciler.redaction`), wherever it comes from and whoever repeats it.
"""

from __future__ import annotations

import hmac
from typing import NoReturn

MASK = "••••••"

KNOWN: dict[str, None] = {}
"""The texts of all secrets that this process has met, in the order in which it met them."""


class Secret:
    """Holds a secret text; only `reveal()` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap `text`, and have it masked from now on."""
        self._text = text
        KNOWN[text] = None

    @classmethod
    def companion(cls, text: str) -> Secret:
        """Wrap what goes with a secret to its sink and is none, such as a host: masked nowhere."""
        made = cls.__new__(cls)
        made._text = text  # noqa: SLF001 -- its own
        return made

    def reveal(self) -> str:
        """Return the secret itself: for a request, a seal or a sink, nothing else."""
        return self._text

    def __repr__(self) -> str:
        """Show a mask."""
        return f"Secret({MASK})"

    def __str__(self) -> str:
        """Show a mask."""
        return MASK

    def __format__(self, spec: str) -> str:
        """Show a mask, whatever the format."""
        return MASK

    def __bool__(self) -> bool:
        """Tell whether there is anything in it."""
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        """Hash by identity of type only, so that no digest of the text leaks."""
        return hash(Secret)

    def __reduce__(self) -> NoReturn:
        """Refuse pickling and copying."""
        message = "a Secret cannot be pickled"
        raise TypeError(message)
