"""Finds kinds by a typed name."""

from __future__ import annotations

from reconciler import manifests
from reconciler.errors import UsageError
from reconciler.suggestions import did_you_mean

PROVIDER = "Provider"


def find_kind(name: str) -> list[tuple[str, str]]:
    """Return every `(provider type, kind)` that KIND or TYPE/KIND stands for, in any case.

    Raises:
        UsageError: There is no such kind; the hint has the most similar names.
    """
    known = [
        (provider_type, kind)
        for provider_type in manifests.provider_types()
        for kind in (PROVIDER, *manifests.kinds_of(provider_type))
    ]
    typed = name.casefold()
    found = [
        (provider_type, kind)
        for provider_type, kind in known
        if typed in {kind.casefold(), f"{provider_type}/{kind}".casefold()}
    ]
    if found:
        return found
    words = {kind for _, kind in known} | {f"{t}/{k}" for t, k in known}
    kinds = ", ".join(sorted({kind for _, kind in known}))
    hint = did_you_mean(name, words, most=3) or f"kinds: {kinds}"
    raise UsageError(f"there is no kind {name!r}", hint=hint)
