"""Lists live objects that state does not own, for `drift --unmanaged`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from reconciler.engine.diff.shown import main_fields, namer, names_of
from reconciler.engine.workspace import Workspace
from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.live import Observation
from reconciler.model.owned import OwnedObject
from reconciler.model.personal import mask_name
from reconciler.model.result import Drift, DriftStatus
from reconciler.providers.kind import Kind


def unmanaged_objects(
    workspace: Workspace,
    observations: Mapping[str, Observation],
    rows: Mapping[Address, OwnedObject],
) -> Iterator[Drift]:
    """Yield every live object that no row of state owns, with personal data masked."""
    names = names_of(rows)
    for name, observation in observations.items():
        for collection in observation.collections.values():
            for live in collection.objects:
                if live.address is not None and live.address in rows:
                    continue
                if (name, live.kind, live.id) in names or live.members is not None:
                    continue
                kind = workspace.providers[name].kinds[live.kind]
                shown = _masked(kind, live.name or live.key or live.id)
                yield Drift(
                    address=Address(name, live.kind, shown),
                    status=DriftStatus.UNMANAGED,
                    id=_masked(kind, live.id),
                    fields=tuple(
                        _masked_field(kind, field)
                        for field in main_fields(kind, live.fields, namer(name, names))
                    ),
                )


def _masked(kind: Kind, text: str) -> str:
    return mask_name(text, personal=any(field.personal for field in kind.fields))


def _masked_field(kind: Kind, field: FieldChange) -> FieldChange:
    value = field.before
    return replace(
        field, before=None, after=_masked(kind, value) if isinstance(value, str) else value
    )
