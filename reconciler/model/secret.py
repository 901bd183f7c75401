"""A secret value that cannot be printed, formatted, serialised or pickled by accident.

Once a `Secret` is made, its text is masked in everything that leaves the process (see
`reconciler.redaction`), wherever the text comes from.
"""

from __future__ import annotations

import hmac
from typing import NoReturn

MASK = "••••••"

KNOWN: dict[str, None] = {}
"""The texts of all secrets of this process, in the order in which they were made."""


class Secret:
    """Holds a secret text; only `reveal()` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap `text`, which is masked from now on."""
        self._text = text
        KNOWN[text] = None

    @classmethod
    def companion(cls, text: str) -> Secret:
        """Wrap a text that goes to a sink with a secret but is none, such as a host: not masked."""
        made = cls.__new__(cls)
        made._text = text  # noqa: SLF001 -- its own
        return made

    def reveal(self) -> str:
        """Return the secret itself; only for a request, a seal or a sink."""
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
        """Tell whether the text is not empty."""
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
