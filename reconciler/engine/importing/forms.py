"""What the schema of a kind says about its manifests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from reconciler.manifests.numbers import number_faults
from reconciler.manifests.schema.rules import PhoneField, rules_of
from reconciler.manifests.schema.schemas import schema_of
from reconciler.manifests.schema.validator import compile_schema
from reconciler.model.values import JsonValue


class Form(Struct, frozen=True, kw_only=True):
    """The shape of a kind's manifests."""

    order: tuple[str, ...]
    """The fields of `spec`, as the schema lists them."""
    required: frozenset[str]
    from_name: frozenset[str]
    """Fields whose default is `metadata.name`."""
    defaults: Mapping[str, JsonValue]
    accepts: Mapping[str, Callable[[JsonValue], bool]]
    phones: Mapping[str, tuple[PhoneField, ...]]

    def fits(self, name: str, value: JsonValue) -> bool:
        """Tell whether a manifest may have this value of a field."""
        if not self.accepts[name](value):
            return False
        phones = self.phones.get(name, ())
        return not phones or not any(number_faults({name: value}, phones))


@lru_cache(maxsize=64)
def form_of(provider_type: str, kind: str) -> Form:
    """Return the form of a kind, from its schema."""
    schema = schema_of(provider_type, kind)
    properties = schema["properties"]
    rules = rules_of(provider_type, kind)
    return Form(
        order=tuple(properties),
        required=frozenset(schema.get("required", ())),
        from_name=frozenset(each.field for each in rules.name_defaults),
        defaults={name: part["default"] for name, part in properties.items() if "default" in part},
        accepts={name: compile_schema(part) for name, part in properties.items()},
        phones={
            each.field: tuple(p for p in rules.phones if p.field == each.field)
            for each in rules.phones
        },
    )
