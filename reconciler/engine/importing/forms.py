"""What the manifests of a kind look like, by its schema."""

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
    """What a kind's manifests look like."""

    order: tuple[str, ...]
    required: frozenset[str]
    from_name: frozenset[str]
    """Fields that `metadata.name` stands in for."""
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
    """Return the form of a kind, as its schema has it."""
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
