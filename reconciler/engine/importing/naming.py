"""Gives names to imported objects: the same in every run, in whatever order a provider lists them.

A name comes from the natural key; characters that no name may have become `-`. Names that a file
system without upper and lower case would take for equal all get a suffix.
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
"""In UTF-8: a file system takes 255, and a suffix and a file extension are added."""
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
    """Return a name for each candidate that is not `taken` in its collection."""
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
                names[number] = _with_suffix(candidates[number], names[number].lower(), used)
    return names


def _with_suffix(candidate: Candidate, name: str, used: set[tuple[str, str, str]]) -> str:
    """Return the name with a suffix that makes it unique; adds it to `used`."""
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
    """Return the id that the server made, if it can be part of a name; else an empty text."""
    live = candidate.live
    made = live.id != live.key and _ID.fullmatch(live.id)
    return live.id if made else ""


def base_name(candidate: Candidate) -> str:
    """Return the name of an object without namesakes."""
    name = clean(_called(candidate))
    if not name:
        suffix = next(iter(_suffixes(candidate)))
        return f"{singular(candidate.kind.name)}-{suffix}"
    if len(name.encode()) <= MOST_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{_cut(name, MOST_BYTES - _DIGITS - 1)}-{digest}"


def _called(candidate: Candidate) -> str:
    """Return what people call an object: its identity, its description, or else its key."""
    live = candidate.live
    own = (f.name for f in candidate.kind.fields if f.identity and not f.refers_to)
    for name in (*own, "description"):
        if isinstance(value := live.fields.get(name), str) and value:
            return value
    return _SCHEME.sub("", live.name or live.key or live.id)


def clean(text: str) -> str:
    """Turn a text into a name; empty if no character of it may be part of one."""
    composed = normalize("NFC", text)
    kept = "".join(char if _fits(char) else "-" for char in composed)
    kept = _RUNS.sub("-", kept).lstrip(_LEADING).rstrip("-")
    kept = _CAPITALS.sub(_lowered, kept)
    return kept if is_name(kept) else ""


def _lowered(found: re.Match[str]) -> str:
    return found[0].lower()


@lru_cache(maxsize=4096)
def _fits(char: str) -> bool:
    """Tell whether names may have a character; symbols are left out although schemas allow them."""
    return (char in _SIGNS or category(char)[0] in "LNM") and is_name(f"a{char}")


def _cut(name: str, size: int) -> str:
    """Return the beginning of a name in at most `size` bytes of UTF-8, at a character boundary."""
    return name.encode()[: max(size, 1)].decode(errors="ignore").rstrip("-")


def _folded(name: str) -> str:
    return normalize("NFKC", normalize("NFKC", name).casefold())
