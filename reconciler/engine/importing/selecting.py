"""Decides which live objects are imported, and why the others are skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from msgspec import Struct, field

from reconciler.engine.importing.options import ImportOptions
from reconciler.engine.importing.reading import Observations
from reconciler.engine.importing.rows import keys_of
from reconciler.engine.importing.scope import ImportScope, asked_keys
from reconciler.engine.live.index import LiveIndex
from reconciler.engine.workspace import Workspace
from reconciler.errors import UsageError
from reconciler.model.address import Address, CollectionKey
from reconciler.model.change import Adopt, Change
from reconciler.model.composed import composed_text
from reconciler.model.imported import Skipped, SkipReason
from reconciler.model.journal import ANONYMOUS
from reconciler.model.live import LiveObject
from reconciler.model.owned import owned_ids
from reconciler.model.personal import mask_name
from reconciler.model.plan import Plan
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Kind
from reconciler.suggestions import did_you_mean


class Candidate(Struct, frozen=True, kw_only=True):
    """An unmanaged live object that can be imported."""

    provider: str
    kind: Kind
    live: LiveObject

    @property
    def collection(self) -> CollectionKey:
        """Return the collection that the object belongs to."""
        return self.provider, self.kind.name


class Selected(Struct, frozen=True, kw_only=True):
    """What becomes of the live objects of an import."""

    candidates: list[Candidate] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    described: dict[Address, LiveObject] = field(default_factory=dict)
    """Objects that an existing manifest describes exactly and that state does not own."""


class Whose(Struct, frozen=True, kw_only=True):
    """Finds the address, in state or in manifests, that a live object belongs to."""

    by_id: Mapping[tuple[str, str, str], Address]
    """`(provider, kind, id)` to the address that owns it in state."""
    by_key: Mapping[tuple[str, str, str], Address]
    """`(provider, kind, natural key)` to the address of the manifest with this identity."""
    rows: frozenset[Address]

    @classmethod
    def of(cls, workspace: Workspace, index: LiveIndex) -> Whose:
        """Index the rows of state and the identities of manifests."""
        rows = workspace.store.objects()
        by_id = {(a.provider, a.kind, i): a for a, row in rows.items() for i in owned_ids(row)}
        keys = keys_of(workspace, index)
        by_key = {(a.provider, a.kind, key): a for a, key in keys.items() if key is not None}
        return cls(by_id=by_id, by_key=by_key, rows=frozenset(rows))

    def state(self, provider: str, live: LiveObject) -> Address | None:
        """Return the address that owns an object in state."""
        if live.address in self.rows:
            return live.address
        return self.by_id.get((provider, live.kind, live.id))

    def manifest(self, provider: str, live: LiveObject) -> Address | None:
        """Return the address of the manifest that has an object's identity."""
        if live.address is not None or live.key is None:
            return live.address
        return self.by_key.get((provider, live.kind, live.key))


def select(
    workspace: Workspace,
    options: ImportOptions,
    scope: ImportScope,
    seen: Observations,
    before: Plan,
) -> Selected:
    """Sort the objects of the chosen collections; `before` is the plan of the existing manifests.

    Raises `UsageError` if the one object that was asked for does not exist, or not once.
    """
    sorting = _Sorting(workspace, seen, state=options.state)
    for provider, kind in scope.chosen:
        objects = seen[provider].collections[kind].objects
        if options.object:
            declared = workspace.providers[provider].kinds[kind]
            objects = (_asked_for(objects, options.object, provider, declared),)
        for live in objects:
            sorting.sort(provider, live)
    if not options.object:
        sorting.describe(before, frozenset(scope.chosen))
    return sorting.selected


def _asked_for(
    objects: tuple[LiveObject, ...], asked: str, provider: str, kind: Kind
) -> LiveObject:
    known = asked_keys(kind, composed_text(asked))
    found = [live for live in objects if not known.isdisjoint({live.id, live.key})]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(live.id for live in found)
        raise UsageError(f"several live objects are {asked}", hint=f"Name one by its id: {ids}.")
    names = [name for live in objects for name in (live.key, live.id) if name]
    raise UsageError(
        f"{provider} has no live {kind.name} whose id or natural key is {asked!r}",
        hint=did_you_mean(asked, names) or "`reconciler drift --unmanaged` lists what there is.",
    )


class _Sorting:
    """Sorts live objects into candidates and skipped ones."""

    def __init__(self, workspace: Workspace, seen: Observations, *, state: bool) -> None:
        self.selected = Selected()
        self._state = state
        self._workspace = workspace
        self._index = LiveIndex(seen)
        self._whose = Whose.of(workspace, self._index)
        self._keys = {
            (provider, name): Counter(live.key for live in collection.objects)
            for provider, observation in seen.items()
            for name, collection in observation.collections.items()
        }
        self._claims: Counter[tuple[str, str, str]] = Counter()
        for provider, observation in seen.items():
            for collection in observation.collections.values():
                for live in collection.objects:
                    self._claims.update(self._claimed(provider, live))

    def sort(self, provider: str, live: LiveObject) -> None:
        """Add one object to the candidates or to the skipped ones."""
        kind = self._workspace.providers[provider].kinds[live.kind]
        skipped = self._skipped(provider, kind, live)
        if skipped is None:
            candidate = Candidate(provider=provider, kind=kind, live=live)
            self.selected.candidates.append(candidate)
        else:
            self.selected.skipped.append(skipped)

    def describe(self, before: Plan, collections: frozenset[CollectionKey]) -> None:
        """Find objects that manifests describe exactly, such as those of a killed import."""
        for change in before.changes:
            if change.address[:2] in collections and is_plain_adoption(change):
                self.selected.described[change.address] = change.live
        found = self.selected.described if self._state else {}
        self.selected.skipped[:] = [s for s in self.selected.skipped if s.address not in found]

    def _skipped(self, provider: str, kind: Kind, live: LiveObject) -> Skipped | None:
        found = next(self._reasons(provider, kind, live), None)
        if found is None:
            return None
        reason, why, owner = found
        return skipped(provider, live, reason, why, kind=kind, address=owner)

    def _reasons(
        self, provider: str, kind: Kind, live: LiveObject
    ) -> Iterator[tuple[SkipReason, str, Address | None]]:
        """Yield the reasons to skip an object; the first one counts."""
        if (owner := self._whose.state(provider, live)) is not None:
            yield SkipReason.STATE, "state owns it", owner
        if (owner := self._whose.manifest(provider, live)) is not None:
            yield SkipReason.MANIFEST, "a manifest has its identity", owner
        if why := self._workspace.providers[provider].unmanageable(live):
            yield SkipReason.UNMANAGEABLE, why, None
        if live.key is None and kind.identities:
            why = "what it lies in is not there, so nothing identifies it"
            yield SkipReason.UNIDENTIFIED, why, None
        if not self._state and is_anonymous(kind):
            why = "nothing but its id tells it from others, which state alone remembers"
            yield SkipReason.UNIDENTIFIED, why, None
        if self._has_twin(provider, live):
            why = "other live objects have the same identity: delete or rename all but one"
            yield SkipReason.TWIN, why, None

    def _has_twin(self, provider: str, live: LiveObject) -> bool:
        if live.key is not None and self._keys[provider, live.kind][live.key] > 1:
            return True
        return any(self._claims[claim] > 1 for claim in self._claimed(provider, live))

    def _claimed(self, provider: str, live: LiveObject) -> Iterator[tuple[str, str, str]]:
        kind = self._workspace.providers[provider].kinds[live.kind]
        if kind.claims is None or self._workspace.providers[provider].unmanageable(live):
            return

        def parent(value: JsonValue) -> str | None:
            return self._parent(provider, kind, value)

        for claim in kind.claims(live.fields, parent):
            yield provider, live.kind, claim

    def _parent(self, provider: str, kind: Kind, value: JsonValue) -> str | None:
        identifier = value.get("id") if isinstance(value, dict) else None
        if identifier is None:
            return None
        keys = (
            self._index.key_of(provider, each.refers_to, str(identifier))
            for each in kind.fields
            if each.refers_to
        )
        return next((key for key in keys if key is not None), None)


def is_anonymous(kind: Kind) -> bool:
    """Tell whether only the id tells objects of a kind apart, so that only state can own them."""
    return kind.creation in ANONYMOUS and kind.claims is None


def is_plain_adoption(change: Change) -> TypeGuard[Adopt]:
    """Tell whether a change only adopts an object that is as desired, and sends nothing."""
    if not isinstance(change, Adopt) or change.fields or change.live.conflicts:
        return False
    return change.members is None or change.members.is_empty


def skipped(
    provider: str,
    live: LiveObject,
    reason: SkipReason,
    why: str,
    *,
    kind: Kind,
    address: Address | None = None,
) -> Skipped:
    """Return the record of a skipped object, with the numbers of people masked."""

    def shown(text: str) -> str:
        return mask_name(text, personal=kind.is_personal)

    return Skipped(
        provider=provider,
        kind=live.kind,
        id=shown(live.id),
        name=shown(live.name or live.key or live.id),
        reason=reason,
        why=why,
        address=address,
    )
