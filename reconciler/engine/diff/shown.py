"""How values look to people: personal data masked, owned objects by name, files by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.owned import OwnedObject
from reconciler.model.personal import mask_personal
from reconciler.model.values import Fields, JsonValue, id_of, pending_target
from reconciler.providers.kind import Field, Kind, NoDefault

NameOf = Callable[[str, str], "str | None"]
"""`(kind, remote id)` to the name in the manifest; `None` for an unmanaged object."""


def names_of(rows: Mapping[Address, OwnedObject]) -> dict[tuple[str, str, str], str]:
    """Return the `metadata.name` of each owned object by `(provider, kind, remote id)`."""
    return {(a.provider, a.kind, row.remote_id): a.name for a, row in rows.items()}


def namer(provider: str, names: Mapping[tuple[str, str, str], str]) -> NameOf:
    """Return a function that finds the names of objects at one provider."""
    return lambda kind, identifier: names.get((provider, kind, identifier))


def shown(declared: Field, value: JsonValue, name_of: NameOf) -> JsonValue:
    """Return a field's value as people may see it."""
    if declared.personal:
        return mask_personal(value)
    if declared.refers_to:
        return _named(declared, value, name_of)
    if declared.file_content and isinstance(value, list):
        return [item.get("path") if isinstance(item, dict) else item for item in value]
    return value


def _named(declared: Field, value: JsonValue, name_of: NameOf) -> JsonValue:
    if isinstance(value, list):
        return [_named(declared, item, name_of) for item in value]
    if (target := pending_target(value)) is not None:
        return target[1]
    identifier = id_of(value)
    name = None if identifier is None else name_of(declared.refers_to, identifier)
    return value if name is None else name


def main_fields(kind: Kind, fields: Fields, name_of: NameOf) -> tuple[FieldChange, ...]:
    """Return the fields that are neither empty nor defaults, as values that will be gone."""
    return tuple(
        FieldChange(path=declared.name, before=shown(declared, value, name_of))
        for declared in kind.fields
        if not declared.local and (value := fields.get(declared.name)) not in _meaningless(declared)
    )


def _meaningless(declared: Field) -> tuple[JsonValue, ...]:
    nothing: tuple[JsonValue, ...] = (None, "", [])
    return nothing if isinstance(declared.default, NoDefault) else (*nothing, declared.default)
