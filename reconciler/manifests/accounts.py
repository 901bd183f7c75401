"""Reads and checks `Provider` documents: the accounts that everything else belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from reconciler.manifests.document import Document
from reconciler.manifests.document_faults import comment_faults, name_faults, schema_faults
from reconciler.manifests.fault import Fault, one_of, printable, shown
from reconciler.manifests.paths import check_path, named_paths
from reconciler.manifests.project import limits_of
from reconciler.manifests.schema.files import PROVIDER
from reconciler.manifests.schema.rules import Rules, account_rules, envelope_checker
from reconciler.manifests.schema.schemas import kinds_of, provider_types, schema_of
from reconciler.model.base_url import normal_base_url
from reconciler.model.resource import Account, CanaryBudget
from reconciler.model.secret_source import SecretSource
from reconciler.suggestions import did_you_mean


class Accounts(Struct, kw_only=True):
    """The accounts of a set of manifests."""

    right: dict[str, Account] = field(default_factory=dict)
    """Those without faults."""
    types: dict[str, str] = field(default_factory=dict)
    """The type of every account, also of one with faults; empty if it is not known."""
    nameless: bool = False
    """A `Provider` document has no name."""

    @property
    def doubtful(self) -> bool:
        """Tell whether faults leave open which kinds the accounts have."""
        return self.nameless or "" in self.types.values()

    def with_kind(self, kind: str) -> list[str]:
        """Return the names of the accounts that have a kind."""
        return [name for name, type_ in self.types.items() if kind in kinds_of(type_)]


def read_accounts(
    documents: Iterable[Document], root: Path, faults: list[Fault], *, emulate: bool
) -> Accounts:
    """Check the `Provider` documents among `documents`; what is wrong goes to `faults`."""
    accounts = Accounts()
    origins: dict[str, Document] = {}
    for document in documents:
        if document.value.get("kind") != PROVIDER:
            continue
        found = _check(document, root, emulate=emulate)
        name = document.text("metadata", "name")
        accounts.nameless |= not name
        if name and name in origins:
            found.append(_same_name(document, origins[name], name))
        elif name:
            origins[name] = document
            type_ = document.text("spec", "type")
            accounts.types[name] = type_ if type_ in provider_types() else ""
        if not found:
            account = _account(document)
            found.extend(_same_account(account, accounts.right.values(), document))
            accounts.right[name] = account
        faults.extend(found)
    return accounts


def _same_name(document: Document, first: Document, name: str) -> Fault:
    where = ("metadata", "name")
    return Fault(
        origin=document.locator(where),
        address=f"{PROVIDER}/{printable(name)}",
        message=f"there is a provider of this name at {first.locator(where)} already",
        hint="rename one of them",
    )


def _same_account(
    account: Account, others: Iterable[Account], document: Document
) -> Iterator[Fault]:
    """Yield a fault if an account is the same as another by what the manifests say.

    Two environment variables with the same key are found later, when the keys are read.
    """
    for other in others:
        if _identity(account) == _identity(other):
            yield Fault(
                origin=document.locator(("metadata", "name")),
                address=f"{PROVIDER}/{account.name}",
                message=f"is the account of {PROVIDER}/{other.name} at {other.origin} again: "
                "everything would be made there twice",
                hint=f"keep one of them; `reconciler state mv {account.name} {other.name}` hands "
                "over what state has of this one",
            )


def _identity(account: Account) -> tuple[object, ...]:
    """Return type, server, and where the required credentials are read from."""
    rules = schema_of(account.type, PROVIDER)["properties"]["credentials"]
    sources = [account.credentials.get(name) for name in rules.get("required", ())]
    places = [
        (each.from_env, each.from_file and os.path.normpath(each.from_file)) if each else None
        for each in sources
    ]
    url = account.base_url
    return (account.type, normal_base_url(url) if url is not None else None, tuple(places))


def _check(document: Document, root: Path, *, emulate: bool) -> list[Fault]:
    name = document.text("metadata", "name")
    address = f"{PROVIDER}/{printable(name)}" if name else ""
    type_ = document.text("spec", "type")
    if type_ not in provider_types():
        return _check_untyped(document, address, type_)
    rules = account_rules(type_, base_url_needed=not emulate)
    envelope = envelope_checker()
    value = document.value
    envelope.give_types(value)
    if isinstance(value.get("spec"), dict):
        rules.spec.give_types(value["spec"])
    cut = comment_faults(rules.document, document, address)
    fits = envelope.accepts(value) and rules.spec.accepts(value["spec"])
    if _has_resource_fields(value) or not fits:
        return cut + schema_faults(rules.document, document, address)
    return cut + name_faults(document, address) + _check_paths(document, rules, address, root)


def _has_resource_fields(value: Mapping[str, Any]) -> bool:
    """Tell whether a document has fields outside `spec` that only resources may have."""
    metadata = value.get("metadata")
    found = isinstance(metadata, dict) and not {"provider", "ignoreRules"}.isdisjoint(metadata)
    return "lifecycle" in value or found


def _check_paths(document: Document, rules: Rules, address: str, root: Path) -> list[Fault]:
    faults: list[Fault] = []
    for path_field, where, text in named_paths(document.value["spec"], rules.paths):
        problem = check_path(root, path_field, text)
        if isinstance(problem, str):
            origin = document.locator(("spec", *where))
            faults.append(Fault(origin=origin, address=address, message=f"the path {problem}"))
    return faults


def _check_untyped(document: Document, address: str, type_: str) -> list[Fault]:
    """Check what can be checked of an account whose type is missing or unknown."""
    envelope = envelope_checker()
    envelope.give_types(document.value)
    faults = []
    if not envelope.accepts(document.value):
        faults = schema_faults(envelope.schema, document, address)
    if "spec" not in document.value:
        origin = document.locator.start
        return [*faults, Fault(origin=origin, address=address, message="spec is missing")]
    spec = document.value["spec"]
    if not isinstance(spec, dict):
        return faults
    if "type" in spec:
        written = shown(type_) if type_ else "this"
        message = f"{written} is not a provider type"
        origin = document.locator(("spec", "type"))
    else:
        message, origin = "type is missing in spec", document.locator.key(("spec",))
    hint = did_you_mean(type_, provider_types()) or one_of(provider_types())
    faults.append(Fault(origin=origin, address=address, message=message, hint=hint))
    return faults


def _account(document: Document) -> Account:
    spec: Mapping[str, Any] = document.value["spec"]
    return Account(
        name=document.value["metadata"]["name"],
        type=spec["type"],
        base_url=spec.get("baseUrl"),
        credentials={
            name: SecretSource(from_env=source.get("fromEnv"), from_file=source.get("fromFile"))
            for name, source in spec["credentials"].items()
        },
        limits=limits_of(spec.get("limits", {})),
        options=spec.get("options", {}),
        canaries=_budget(spec.get("canaries", {})),
        origin=document.locator.start,
        locate=document.locator,
    )


def _budget(canaries: Mapping[str, Any]) -> CanaryBudget:
    default = CanaryBudget()
    return CanaryBudget(
        enabled=canaries.get("enabled", default.enabled),
        per_day=canaries.get("perDay", default.per_day),
        per_month=canaries.get("perMonth", default.per_month),
    )
