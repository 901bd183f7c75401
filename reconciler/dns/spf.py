"""SPF records (RFC 7208): a name has one, which names everybody who may send for it."""

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
    """Tell whether a term says what becomes of everybody else."""
    return bool(_ALL.fullmatch(term) or _REDIRECT.match(term))


def senders(text: str) -> list[str]:
    """Return the terms that name who may send; a `redirect` names somebody, too."""
    named = (_REDIRECT.sub("include:", term) for term in terms(text))
    return [_plain(term) for term in named if not _ALL.fullmatch(term)]


def covers(text: str, other: str) -> bool:
    """Tell whether a record names everybody whom another one names."""
    return {*map(str.casefold, senders(text))} >= {*map(str.casefold, senders(other))}


def extended(text: str, others: Iterable[str]) -> str:
    """Return a record with everybody in it whom others name, and its own end."""
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
    """Return one record for all; where they end differently, the softest end counts."""
    softest = max((end for text in texts for end in _ends(text)), key=_softness, default="")
    bare = [" ".join([_VERSION, *senders(text)]) for text in texts]
    merged = extended(bare[0], bare[1:])
    return f"{merged} {softest}" if softest else merged


def _ends(text: str) -> list[str]:
    return [term for term in terms(text) if _ALL.fullmatch(term)]


def _softness(end: str) -> int:
    return _SOFTEST_LAST.index(end[0]) if end[0] in _SOFTEST_LAST else 0


def _plain(term: str) -> str:
    """Return a term without the sign that says nothing."""
    return term.removeprefix("+")
