"""Which work is handed out together, because one request creates what several changes want."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeAlias

from reconciler.model.address import CollectionKey
from reconciler.model.plan import Work

Bundle: TypeAlias = tuple[Work, ...]
"""Work that one worker gets at once, of one kind at one account; mostly a single piece."""


class Bundles:
    """Collects ready work of kinds that are created together, until it is worth a request.

    That is when a bundle is full, or when nothing is under way at the account that could make
    more of it ready: references stay within an account.
    """

    def __init__(self, most: Callable[[Work], int]) -> None:
        """Start with nothing; `most` tells how much work goes together with a piece, 1 for none."""
        self._most = most
        self._held: dict[CollectionKey, list[Work]] = {}
        self._under_way: Counter[str] = Counter()

    def begin(self, ready: Iterable[Work]) -> list[Bundle]:
        """Return what is to be done now that this is ready, too."""
        begun = [bundle for work in ready if (bundle := self._add(work))]
        self._begun(begun)
        idle = [collection for collection in self._held if not self._under_way[collection[0]]]
        rest = [tuple(self._held.pop(collection)) for collection in idle]
        self._begun(rest)
        return [*begun, *rest]

    def _add(self, work: Work) -> Bundle:
        most = self._most(work)
        if most == 1:
            return (work,)
        collection = work.address.provider, work.address.kind
        held = self._held.setdefault(collection, [])
        held.append(work)
        return tuple(self._held.pop(collection)) if len(held) == most else ()

    def _begun(self, bundles: Iterable[Bundle]) -> None:
        self._under_way.update(work.address.provider for bundle in bundles for work in bundle)

    def done(self, work: Work) -> None:
        """Note that a piece of work is done."""
        self._under_way[work.address.provider] -= 1
