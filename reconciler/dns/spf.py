"""Reads and merges SPF records (RFC 7208). A name has one, which lists who may send for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_VERSION = "v=spf1"
_ALL = re.compile(r"[-+~?]?all", re.IGNORECASE)
_REDIRECT = re.compile(r"redirect=", re.IGNORECASE)
_SOFTEST_LAST = "+-~?"


def terms(text: str) -> list[str]:
    """Return the terms of a record after its version."""
    return text.split()[1:]


def is_end(term: str) -> bool:
    """Tell whether a term is about all other senders: `all` or `redirect`."""
    return bool(_ALL.fullmatch(term) or _REDIRECT.match(term))


def senders(text: str) -> list[str]:
    """Return the terms that name senders; a `redirect` counts as an `include`."""
    named = (_REDIRECT.sub("include:", term) for term in terms(text))
    return [_plain(term) for term in named if not _ALL.fullmatch(term)]


def covers(text: str, other: str) -> bool:
    """Tell whether a record names every sender that another one names."""
    return {*map(str.casefold, senders(text))} >= {*map(str.casefold, senders(other))}


def extended(text: str, others: Iterable[str]) -> str:
    """Return a record with the senders of others added before its own end."""
    own = terms(text)
    known = {term.casefold() for term in senders(text)}
    added = []
    for sender in (sender for each in others for sender in senders(each)):
        if sender.casefold() not in known:
            known.add(sender.casefold())
            added.append(sender)
    at = next((number for number, term in enumerate(own) if is_end(term)), len(own))
    return " ".join([_VERSION, *own[:at], *added, *own[at:]])


def together(texts: Sequence[str]) -> str:
    """Return all records merged into one; of different ends, the softest counts."""
    softest = max((end for text in texts for end in _ends(text)), key=_softness, default="")
    bare = [" ".join([_VERSION, *senders(text)]) for text in texts]
    merged = extended(bare[0], bare[1:])
    return f"{merged} {softest}" if softest else merged


def _ends(text: str) -> list[str]:
    return [term for term in terms(text) if _ALL.fullmatch(term)]


def _softness(end: str) -> int:
    return _SOFTEST_LAST.index(end[0]) if end[0] in _SOFTEST_LAST else 0


def _plain(term: str) -> str:
    """Return a term without `+`, which is the default."""
    return term.removeprefix("+")
