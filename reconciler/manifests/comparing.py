"""Compares two configurations, such as those of two environments, field by field."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from msgspec import Struct, to_builtins

from reconciler.model.canary import Canary
from reconciler.model.resource import DEFAULT_LIFECYCLE, Account, Configuration, Resource
from reconciler.model.values import JsonValue

_CAPITAL = re.compile(r"_([a-z])")

Fields = dict[str, JsonValue]
"""Values by dotted path; a list is one value."""


class Entry(Struct, frozen=True, kw_only=True):
    """One manifest in one of the configurations."""

    kind: str
    labels: Mapping[str, str]
    fields: Fields


class Difference(Struct, frozen=True, kw_only=True):
    """One manifest that differs, or that only one configuration has."""

    address: str
    """For an account: `Provider/<name>`."""
    kind: str
    before: Entry | None
    after: Entry | None

    @property
    def fields(self) -> Iterator[tuple[str, JsonValue, JsonValue]]:
        """Yield path and both values of each field that differs; `None` if one side lacks it."""
        before = {} if self.before is None else self.before.fields
        after = {} if self.after is None else self.after.fields
        for path in dict.fromkeys([*before, *after]):
            if before.get(path) != after.get(path):
                yield path, before.get(path), after.get(path)


def entries(configuration: Configuration) -> dict[str, Entry]:
    """Return all manifests of a configuration, with variables filled in, by address."""
    found = {
        f"Provider/{name}": Entry(kind="Provider", labels={}, fields=_of_account(account))
        for name, account in configuration.accounts.items()
    }
    for address, resource in sorted(configuration.resources.items()):
        fields = _of_resource(resource)
        found[str(address)] = Entry(kind=address.kind, labels=resource.labels, fields=fields)
    for address, canary in sorted(configuration.canaries.items()):
        found[str(address)] = Entry(kind=address.kind, labels={}, fields=_of_canary(canary))
    return found


def differences(one: Mapping[str, Entry], other: Mapping[str, Entry]) -> list[Difference]:
    """Return the manifests that differ, sorted by address."""
    return [
        Difference(
            address=address,
            kind=(one.get(address) or other[address]).kind,
            before=one.get(address),
            after=other.get(address),
        )
        for address in sorted({*one, *other})
        if one.get(address) != other.get(address)
    ]


def _of_resource(resource: Resource) -> Fields:
    given, default = _as_written(resource.lifecycle), _as_written(DEFAULT_LIFECYCLE)
    lifecycle = {name: value for name, value in given.items() if value != default[name]}
    metadata = {"labels": dict(resource.labels)}
    return _flat({**resource.spec, "metadata": metadata, "lifecycle": lifecycle})


def _of_account(account: Account) -> Fields:
    return _flat(
        {
            "type": account.type,
            "baseUrl": account.base_url,
            "credentials": {n: _as_written(each) for n, each in account.credentials.items()},
            "limits": _as_written(account.limits),
            "options": dict(account.options),
            "canaries": _as_written(account.canaries),
        }
    )


def _of_canary(canary: Canary) -> Fields:
    left_out = {"address", "origin", "locate"}
    return _flat(
        _as_written(canary, left_out)
        | {"of": canary.of and str(canary.of), "to": _as_written(canary.to)}
    )


def _as_written(struct: Struct, left_out: Container[str] = ()) -> dict[str, Any]:
    """Return a struct's fields under the names that manifests have for them (camelCase)."""
    return {
        _CAPITAL.sub(lambda match: match[1].upper(), name): to_builtins(getattr(struct, name))
        for name in struct.__struct_fields__
        if name not in left_out
    }


def _flat(value: Mapping[str, Any], prefix: str = "") -> Fields:
    """Return values by dotted path, without those that are `None` or an empty mapping."""
    made: Fields = {}
    for name, each in value.items():
        if isinstance(each, dict) and each:
            made |= _flat(each, f"{prefix}{name}.")
        elif each is not None and each != {}:
            whole = isinstance(each, float) and each.is_integer()
            made[f"{prefix}{name}"] = int(each) if whole else each
    return made
