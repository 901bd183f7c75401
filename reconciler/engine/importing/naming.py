"""Names for what is imported: the same ones in every run, whatever else there is.

A name comes from the natural key. Characters that no name may have become `-`. What would be equal
on a disk that takes capitals and small letters for the same gets a suffix, all of the group: so
nothing depends on the order in which a provider lists.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from unicodedata import category, normalize

from reconciler.engine.importing.selecting import Candidate
from reconciler.manifests.schema.rules import is_name
from reconciler.manifests.writing.layout import singular
from reconciler.model.address import CollectionKey

MOST_BYTES = 100
"""As UTF-8: a file system takes 255, and a suffix and an ending come behind it."""
_DIGITS = 6
_SCHEME = re.compile(r"https?://")
_RUNS = re.compile(r"-{2,}")
_LEADING = ".-@+"
_SIGNS = "._-@+"
_ID = re.compile(r"[A-Za-z0-9_]{1,40}")
_CAPITALS = re.compile(r"[A-Z]+")


def names_of(
    candidates: Sequence[Candidate], taken: Mapping[CollectionKey, Iterable[str]]
) -> list[str]:
    """Return a name for each, apart from those that are `taken` in its collection."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    names = [base_name(candidate) for candidate in candidates]
    used = {(*collection, _folded(name)) for collection, each in taken.items() for name in each}
    for number, (candidate, name) in enumerate(zip(candidates, names, strict=True)):
        groups[*candidate.collection, _folded(name)].append(number)
    used |= {key for key, numbers in groups.items() if len(numbers) == 1}
    former = {(*collection, _folded(name)) for collection, each in taken.items() for name in each}
    for key, numbers in groups.items():
        if len(numbers) > 1 or key in former:
            for number in numbers:
                names[number] = _apart(candidates[number], names[number].lower(), used)
    return names


def _apart(candidate: Candidate, name: str, used: set[tuple[str, str, str]]) -> str:
    """Return the name with a suffix that nobody else has."""
    for suffix in _suffixes(candidate):
        made = _cut(name, MOST_BYTES - len(suffix) - 1) + f"-{suffix}"
        key = (*candidate.collection, _folded(made))
        if key not in used:
            used.add(key)
            return made
    raise AssertionError(candidate)  # pragma: no cover -- as many digits as SHA-256 has


def _suffixes(candidate: Candidate) -> Iterable[str]:
    if identifier := _server_id(candidate):
        yield identifier
    digest = hashlib.sha256((candidate.live.key or candidate.live.id).encode()).hexdigest()
    yield from (digest[:length] for length in range(_DIGITS, len(digest) + 1))


def _server_id(candidate: Candidate) -> str:
    """Return the id where the server makes one that can stand in a name; else nothing."""
    live = candidate.live
    made = live.id != live.key and _ID.fullmatch(live.id)
    return live.id if made else ""


def base_name(candidate: Candidate) -> str:
    """Return the name that an object has where no other comes in its way."""
    name = clean(_called(candidate))
    if not name:
        suffix = next(iter(_suffixes(candidate)))
        return f"{singular(candidate.kind.name)}-{suffix}"
    if len(name.encode()) <= MOST_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{_cut(name, MOST_BYTES - _DIGITS - 1)}-{digest}"


def _called(candidate: Candidate) -> str:
    """Return what an object is called by people: by its identity, else by what it shows."""
    live = candidate.live
    own = (f.name for f in candidate.kind.fields if f.identity and not f.refers_to)
    for name in (*own, "description"):
        if isinstance(value := live.fields.get(name), str) and value:
            return value
    return _SCHEME.sub("", live.name or live.key or live.id)


def clean(text: str) -> str:
    """Return a text as a name: nothing, where no character of it may stand in one."""
    composed = normalize("NFC", text)
    kept = "".join(char if _fits(char) else "-" for char in composed)
    kept = _RUNS.sub("-", kept).lstrip(_LEADING).rstrip("-")
    kept = _CAPITALS.sub(_lowered, kept)
    return kept if is_name(kept) else ""


def _lowered(found: re.Match[str]) -> str:
    return found[0].lower()


@lru_cache(maxsize=4096)
def _fits(char: str) -> bool:
    """Tell whether names may have a character: the schema takes symbols, too, people do not."""
    return (char in _SIGNS or category(char)[0] in "LNM") and is_name(f"a{char}")


def _cut(name: str, size: int) -> str:
    """Return the beginning of a name in so many bytes, whole characters alone."""
    return name.encode()[: max(size, 1)].decode(errors="ignore").rstrip("-")


def _folded(name: str) -> str:
    return normalize("NFKC", normalize("NFKC", name).casefold())
