"""Finds kinds by the name that somebody typed."""

from __future__ import annotations

from difflib import get_close_matches

from reconciler.errors import UsageError

PROVIDER = "Provider"


def find_kind(name: str) -> list[tuple[str, str]]:
    """Return every `(provider type, kind)` that KIND or TYPE/KIND stands for, in any case.

    Raises:
        UsageError: There is none, with the most similar names.
    """
    from reconciler import manifests

    known = [
        (provider_type, kind)
        for provider_type in manifests.provider_types()
        for kind in (PROVIDER, *manifests.kinds_of(provider_type))
    ]
    wanted = name.casefold()
    found = [
        (provider_type, kind)
        for provider_type, kind in known
        if wanted in {kind.casefold(), f"{provider_type}/{kind}".casefold()}
    ]
    if found:
        return found
    words = {kind for _, kind in known} | {f"{t}/{k}" for t, k in known}
    folded = {word.casefold(): word for word in words}
    close = [folded[word] for word in get_close_matches(wanted, folded, n=3)]
    kinds = ", ".join(sorted({kind for _, kind in known}))
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Kinds: {kinds}."
    raise UsageError(f"there is no kind {name!r}", hint=hint)
