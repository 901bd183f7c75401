"""How the fields of live objects differ from what is desired, in words for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.engine.diff.fields import Display, Sides, as_new, differences
from reconciler.engine.diff.shown import shown
from reconciler.engine.planning.desired import Identities, with_known_ids
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Desired, FieldChange, Replace, Update, Whole
from reconciler.model.live import LiveObject
from reconciler.model.plan import Candidate
from reconciler.model.values import Fields, JsonValue, is_pending
from reconciler.providers.kind import Kind


class Differ:
    """Compares fields, and shows owned objects by their names."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        known: Identities,
        ids: Mapping[Address, str],
    ) -> None:
        """Compare by the identities that are known so far."""
        self.workspace = workspace
        self.known = known
        self.ids = ids
        """The remote ids that state remembers, also of objects that are gone."""

    def differences(
        self,
        address: Address,
        desired: Desired,
        applied: Fields,
        live: LiveObject,
    ) -> tuple[FieldChange, ...]:
        """Return how a live object differs, three ways."""
        sides = Sides(
            desired=desired.fields,
            before={
                name: with_known_ids(value, address.provider, self.ids)
                for name, value in desired.fields.items()
                if is_pending(value)
            },
            managed=desired.touched,
            live=live.fields,
            applied=applied,
        )
        digest, show = self.workspace.store.digest, self._show(address.provider)
        return tuple(differences(self.workspace.kind(address), sides, digest=digest, show=show))

    def all_fields(self, address: Address, desired: Desired) -> tuple[FieldChange, ...]:
        """Return the desired fields of an object that is still to be created."""
        kind = self.workspace.kind(address)
        return tuple(
            as_new(kind, desired.fields, desired.touched, show=self._show(address.provider))
        )

    def whole(self, kind: Kind, change: Adopt | Update | Replace) -> Whole:
        """Return all managed fields of a live object, before and after."""
        desired, show = change.desired, self._show(change.address.provider)
        applied = {} if isinstance(change, Adopt) else change.owned.applied
        before: dict[str, JsonValue] = {}
        after: dict[str, JsonValue] = {}
        touched = desired.touched - kind.set_fields
        managed = [field for field in kind.fields if field.name in touched]
        for field in managed:
            known = applied if field.local else change.live.fields
            if field.name in known:
                before[field.name] = None if field.secret else show(field, known[field.name])
            value = desired.fields.get(field.name)
            after[field.name] = None if field.secret else show(field, value)
        secret = tuple(field.name for field in managed if field.secret)
        return Whole(before=before, after=after, sensitive=secret)

    def candidates(
        self,
        address: Address,
        desired: Desired,
        found: Sequence[LiveObject],
    ) -> tuple[Candidate, ...]:
        """Return how each of several live objects differs from the manifest."""
        kind, digest = self.workspace.kind(address), self.workspace.store.digest
        show = self._show(address.provider)
        sides = (
            Sides(desired=desired.fields, managed=desired.managed, live=live.fields)
            for live in found
        )
        return tuple(
            Candidate(id=live.id, fields=tuple(differences(kind, side, digest=digest, show=show)))
            for live, side in zip(found, sides, strict=True)
        )

    def _show(self, provider: str) -> Display:
        """Return what shows the values of an account's resources: owned ones by name."""

        def name_of(kind: str, identifier: str) -> str | None:
            name = self.known.names.get((provider, kind, identifier))
            return name or self.known.live_key(provider, kind, identifier)

        return lambda declared, value: shown(declared, value, name_of)
