"""What differs between two configurations, such as those of two environments, field by field."""

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
"""By dotted path. A list is one value."""


class Entry(Struct, frozen=True, kw_only=True):
    """One manifest, as it is in one configuration."""

    kind: str
    labels: Mapping[str, str]
    fields: Fields


class Difference(Struct, frozen=True, kw_only=True):
    """One manifest that is not the same in both; at least one side has it."""

    address: str
    """Of a provider `Provider/<name>`."""
    kind: str
    before: Entry | None
    after: Entry | None

    @property
    def fields(self) -> Iterator[tuple[str, JsonValue, JsonValue]]:
        """Yield the path and both values of what differs; one that a side lacks is `None`."""
        before = {} if self.before is None else self.before.fields
        after = {} if self.after is None else self.after.fields
        for path in dict.fromkeys([*before, *after]):
            if before.get(path) != after.get(path):
                yield path, before.get(path), after.get(path)


def entries(configuration: Configuration) -> dict[str, Entry]:
    """Return all that manifests say, with the values of variables in it, by address."""
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
    """Return what is not the same, in the order of addresses."""
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
    said, default = _as_written(resource.lifecycle), _as_written(DEFAULT_LIFECYCLE)
    lifecycle = {name: value for name, value in said.items() if value != default[name]}
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
    """Return what a struct holds by the names that manifests have for it."""
    return {
        _CAPITAL.sub(lambda match: match[1].upper(), name): to_builtins(getattr(struct, name))
        for name in struct.__struct_fields__
        if name not in left_out
    }


def _flat(value: Mapping[str, Any], prefix: str = "") -> Fields:
    """Return values by dotted path; what is `None` or empty is as if it were not there."""
    made: Fields = {}
    for name, each in value.items():
        if isinstance(each, dict) and each:
            made |= _flat(each, f"{prefix}{name}.")
        elif each is not None and each != {}:
            whole = isinstance(each, float) and each.is_integer()
            made[f"{prefix}{name}"] = int(each) if whole else each
    return made
