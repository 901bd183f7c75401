"""What is wrong with manifests, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from reconciler.errors import ManifestError
from reconciler.model.origin import Origin
from reconciler.model.personal import mask_numbers_in
from reconciler.model.resource import Configuration
from reconciler.suggestions import did_you_mean

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_LONGEST = 60


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, at one place."""

    origin: Origin
    address: str = ""
    """The resource's address; `<Kind>/<name>` or nothing if the rest is not known."""
    message: str
    """What is wrong. Never holds a credential or a phone number."""
    hint: str = ""
    """How to put it right, as a sentence or `did you mean …?`."""

    def __str__(self) -> str:
        """Render as `file:line:column: address: message; hint`."""
        parts = [str(self.origin), self.address, self.message]
        text = ": ".join(part for part in parts if part)
        return f"{text}; {self.hint}" if self.hint else text

    def entry(self) -> dict[str, str | int]:
        """Return the fault as an entry of JSON output."""
        return {
            "file": self.origin.file,
            "line": self.origin.line,
            "column": self.origin.column,
            "address": self.address,
            "message": self.message,
            "hint": self.hint,
        }


class Loaded(Struct, frozen=True, kw_only=True):
    """The documents without faults, and the faults of the others."""

    configuration: Configuration
    """Has every document without faults; not to be planned with while there are any faults."""
    faults: tuple[Fault, ...] = ()
    """Ordered by file, line and column."""

    def require(self) -> Configuration:
        """Return the configuration; raises `ManifestError` with all faults when there are any."""
        raise_faults(self.faults)
        return self.configuration


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise `ManifestError` with one detail a fault, when there are any."""
    if not faults:
        return
    count = len(faults)
    raise ManifestError(
        "1 fault in the manifests:" if count == 1 else f"{count} faults in the manifests:",
        details=[str(fault) for fault in faults],
        faults=[fault.entry() for fault in faults],
    )


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Sort by file, line and column, and drop repetitions."""
    unique = dict.fromkeys(faults)
    return tuple(sorted(unique, key=lambda fault: (fault.origin, fault.address, fault.message)))


def one_of(known: Iterable[str]) -> str:
    """Return a hint that lists the known words, or nothing when there are none."""
    names = sorted(name for name in known if not name.startswith("$"))
    return f"known: {', '.join(map(printable, names))}" if names else ""


def no_provider(
    name: str,
    known: Iterable[str],
    *,
    has: str = "there is no provider",
    way: str = "add its Provider manifest",
) -> tuple[str, str]:
    """Return the message and the hint for a provider's name that is not among `known`.

    The message begins with `has`; the hint ends with `way`, unless a similar name is known.
    """
    names = list(known)
    hint = did_you_mean(name, names) or "; ".join(part for part in (one_of(names), way) if part)
    return f"{has} {shown(name)}", hint


def printable(text: str) -> str:
    """Return a text with escapes for control characters and others that cannot be seen."""
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def shown(text: str) -> str:
    """Quote a text from a manifest for a message: shortened, without control characters.

    What looks like a phone number is masked: it may be somebody's.
    """
    clean = mask_numbers_in(printable(text))
    if len(clean) > _LONGEST:
        clean = clean[: _LONGEST - 1] + "…"
    return f'"{clean}"'
