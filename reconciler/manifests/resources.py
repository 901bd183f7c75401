"""Reads documents of providers' kinds one by one: checks each, and makes a resource of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct, field

from reconciler.manifests.accounts import Accounts
from reconciler.manifests.document import Document
from reconciler.manifests.document_faults import comment_faults, name_faults, schema_faults
from reconciler.manifests.fault import Fault, no_provider, one_of, printable, shown
from reconciler.manifests.files import kept_path
from reconciler.manifests.ignores import ignore_faults, ignores_of
from reconciler.manifests.numbers import number_faults
from reconciler.manifests.paths import NamedFile, check_path, named_paths
from reconciler.manifests.schema.files import PROVIDER
from reconciler.manifests.schema.rules import Checker, ReferenceField, Rules, rules_of
from reconciler.manifests.schema.schemas import (
    CANARY,
    POLICY,
    PROJECT,
    all_kinds,
    kinds_of,
    schema_of,
    types_with,
)
from reconciler.manifests.sinks import NamedSink
from reconciler.model.address import Address
from reconciler.model.origin import Origin
from reconciler.model.resource import Lifecycle, OnRemove, Reference, Replacing, Resource
from reconciler.suggestions import did_you_mean

_ENVELOPE = frozenset({"apiVersion", "kind", "metadata", "spec"})
_PLAIN_LIFECYCLE = Lifecycle()


_Wrong: TypeAlias = tuple[Origin, str, str]
"""Where something is wrong, the message, and a hint."""


class _Belonging(NamedTuple):
    """The account a document belongs to, its type, and what is wrong with that."""

    provider: str = ""
    type: str = ""
    """Also given if the account is wrong but the document itself shows the type."""
    wrong: Sequence[_Wrong] = ()


class ResourceReader(Struct, kw_only=True):
    """Checks documents one by one; `Relations` checks them against each other afterwards."""

    accounts: Accounts
    root: Path
    faults: list[Fault]
    declared: dict[Address, Document] = field(default_factory=dict)
    """The first document of every address, with or without faults."""
    right: dict[Address, Resource] = field(default_factory=dict)
    """The resources without faults."""
    wrong: dict[Address, Resource] = field(default_factory=dict)
    """Outlines of documents with faults, so that their references can still be checked."""
    astray: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of documents whose account is not known; no kind if it does not exist."""
    files: dict[str, NamedFile] = field(default_factory=dict)
    """The files that manifests name for reading, by absolute path."""
    sinks: list[NamedSink] = field(default_factory=list)
    _written: dict[str, dict[str, Document]] = field(default_factory=dict)
    """Which document has a secret delivered, by file and by variable (empty: the whole file)."""
    envelope: Checker
    _alone: dict[str, str] = field(default_factory=dict)
    """By kind, the only account that has it."""
    some: bool = False
    """The command line names paths, so there may be more manifests than are read."""
    _unowned: bool = False
    """A fault says already that there is no account at all."""
    _addresses: dict[tuple[str, str, str], Address] = field(default_factory=dict)

    def read(self, document: Document) -> None:
        """Check one document; it becomes a resource or a fault."""
        kind, name = document.text("kind"), document.text("metadata", "name")
        if kind in {PROVIDER, CANARY}:
            return
        if _ENVELOPE.isdisjoint(document.value):
            self.faults.append(_foreign(document))
            return
        provider, type_, wrong = self._belongs(document)
        parts = [part for part in (provider, kind, name) if part] if name and kind else []
        shown_address = printable("/".join(parts))
        faults = [
            Fault(origin=origin, address=shown_address, message=message, hint=hint)
            for origin, message, hint in wrong
        ]
        rules = rules_of(type_, kind) if type_ else None
        faults += self._wrong_with(document, rules, shown_address)
        if name and (wrong or not provider):
            self.astray.add((kind if kind in all_kinds() else "", name))
        if provider and name and kind:
            address = self._address(provider, kind, name)
            faults += self._claim(address, document)
            self._take(address, document, rules, sound=not faults)
        self.faults += faults

    def _take(
        self, address: Address, document: Document, rules: Rules | None, *, sound: bool
    ) -> None:
        """Keep a document as a resource, or as an outline if it has faults."""
        if rules is None:
            return
        if sound:
            self.right[address] = self._resource(address, document, rules)
        elif isinstance(document.value.get("spec"), dict):
            self.wrong.setdefault(address, self._outline(address, document, rules))

    def _wrong_with(
        self, document: Document, rules: Rules | None, shown_address: str
    ) -> Iterator[Fault]:
        """Yield what is wrong with a document by itself."""
        if rules and rules.spec.accepts({}):
            document.value.setdefault("spec", {})
        fits = self._fits(document, rules)
        schema = rules.document if rules else self.envelope.schema
        yield from comment_faults(schema, document, shown_address)
        if not fits:
            yield from schema_faults(schema, document, shown_address)
        elif rules:
            yield from name_faults(document, shown_address)
            yield from ignore_faults(document, shown_address)
            yield from self._check_names(document, rules, shown_address)
            yield from self._check_paths(document, rules, shown_address)
            for where, message in number_faults(document.value["spec"], rules.phones):
                origin = document.locator(("spec", *where))
                yield Fault(origin=origin, address=shown_address, message=message)

    def _belongs(self, document: Document) -> _Belonging:
        kind = document.text("kind")
        if not kind:
            return _Belonging()
        given = document.text("metadata", "provider")
        if given:
            return self._named_account(document, kind, given)
        alone = self._alone.get(kind, "")
        if not alone:
            alone, found = self._find_account(document, kind)
            if not alone:
                return _Belonging(type=_recognized_type(document, kind), wrong=found)
            self._alone[kind] = alone
        return _Belonging(provider=alone, type=self.accounts.types[alone])

    def _named_account(self, document: Document, kind: str, given: str) -> _Belonging:
        """Look up the account that a document names."""
        types = self.accounts.types
        wrong: list[_Wrong] = []
        if given not in types:
            origin = document.locator(("metadata", "provider"))
            wrong.append((origin, *self._no_provider(given)))
        type_ = types.get(given, "")
        if not type_:
            wrong += self._unknown(document, kind)
            return _Belonging(provider=given, type=_recognized_type(document, kind), wrong=wrong)
        known = kinds_of(type_)
        if kind not in known:
            hint = did_you_mean(kind, known) or one_of(known)
            origin = document.locator(("kind",))
            wrong.append((origin, f"providers of type {type_} have no kind {shown(kind)}", hint))
            return _Belonging(provider=given, wrong=wrong)
        return _Belonging(provider=given, type=type_)

    def _find_account(self, document: Document, kind: str) -> tuple[str, list[_Wrong]]:
        """Return the only account that has a kind, for a document that names none.

        It returns neither an account nor a fault if faulty accounts leave the answer open.
        """
        if unknown := self._unknown(document, kind):
            return "", unknown
        names = self.accounts.with_kind(kind)
        if len(names) == 1:
            return names[0], []
        if not names and (self.accounts.doubtful or self._unowned):
            return "", []
        origin = document.locator.key(("metadata",))
        if names:
            message = f"metadata.provider is missing, and several providers have a {kind}"
            return "", [(origin, message, f"name one of {', '.join(sorted(names))}")]
        self._unowned = not self.accounts.types
        message = f"there is no provider that has a {kind}"
        hint = f"add a Provider manifest of type {' or '.join(types_with(kind))}{self._or_name_it}"
        return "", [(origin, message, hint)]

    def _no_provider(self, given: str) -> tuple[str, str]:
        way = f"add its Provider manifest{self._or_name_it}"
        return no_provider(given, self.accounts.types, way=way)

    @property
    def _or_name_it(self) -> str:
        """What a hint about a missing account adds where its file may just not have been named."""
        return ", or name its file beside the others" if self.some else ""

    @staticmethod
    def _unknown(document: Document, kind: str) -> list[_Wrong]:
        if kind in all_kinds():
            return []
        origin = document.locator(("kind",))
        if kind == PROJECT:
            message = "a Project stands in reconciler.yaml in the project's root, nowhere else"
            return [(origin, message, "to work on another project, use -C with its folder")]
        known = (PROVIDER, CANARY, POLICY, *all_kinds())
        hint = did_you_mean(kind, known) or one_of(known)
        return [(origin, f"there is no kind {shown(kind)}", hint)]

    def _fits(self, document: Document, rules: Rules | None) -> bool:
        value = document.value
        self.envelope.give_types(value)
        spec = value.get("spec")
        if rules is not None and isinstance(spec, dict):
            rules.spec.give_types(spec)
        return self.envelope.accepts(value) and (rules is None or rules.spec.accepts(spec))

    @staticmethod
    def _check_names(document: Document, rules: Rules, address: str) -> Iterator[Fault]:
        """Check `metadata.name` as the default of fields that the manifest leaves out."""
        name: str = document.value["metadata"]["name"]
        for default in rules.name_defaults:
            if default.field in document.value["spec"] or default.accepts(name):
                continue
            from reconciler.manifests.schema.explain import explain

            for reason in explain(default.schema, name):
                yield Fault(
                    origin=document.locator(("metadata", "name")),
                    address=address,
                    message=f"spec.{default.field}, for which metadata.name stands in, "
                    + reason.message.removeprefix("the document "),
                    hint=f"set spec.{default.field}",
                )

    def _check_paths(self, document: Document, rules: Rules, address: str) -> Iterator[Fault]:
        spec = document.value["spec"]
        for path_field, where, text in named_paths(spec, rules.paths):
            file = check_path(self.root, path_field, text)
            hint = ""
            if isinstance(file, NamedFile):
                if file.mode == "read":
                    self.files[file.real] = file
                    continue
                self.sinks.append(NamedSink(file.real, document, where, address))
                message, hint = (
                    self._delivered_twice(document, rules, where, file),
                    "name another place",
                )
            else:
                message = f"the path {shown(text)} {file}"
            if message:
                origin = document.locator(("spec", *where))
                yield Fault(origin=origin, address=address, message=message, hint=hint)

    def _delivered_twice(
        self, document: Document, rules: Rules, where: tuple[str | int, ...], file: NamedFile
    ) -> str:
        """Return a message if another secret is delivered to the same place; empty if not."""
        beside: Any = document.value["spec"]
        for step in where[:-1]:
            beside = beside[step]
        variable = beside.get("variable", "") if isinstance(beside, Mapping) else ""
        parts = rules.parts.get(str(where[0]), ()) if variable else ()
        names = {variable, *(f"{variable}_{part.upper()}" for part in parts)}
        others = self._written.setdefault(file.real, {})
        # A variable of a dotenv file shares it with other variables; a file of its own, with none.
        clashing = [
            other for name, other in others.items() if not name or "" in names or name in names
        ]
        for name in names:
            others.setdefault(name, document)
        if not clashing:
            return ""
        return f"another secret is delivered to this place already, by {clashing[0].locator.start}"

    def _claim(self, address: Address, document: Document) -> Iterator[Fault]:
        first = self.declared.setdefault(address, document)
        if first is not document:
            yield Fault(
                origin=document.locator(("metadata", "name")),
                address=str(address),
                message=f"is defined at {first.locator(('metadata', 'name'))} already",
                hint="rename or remove one of them",
            )

    def _address(self, provider: str, kind: str, name: str) -> Address:
        """Return an address, always the same object for the same address: it saves memory."""
        key = (provider, kind, name)
        address = self._addresses.get(key)
        if address is None:
            address = self._addresses[key] = Address(provider, kind, name)
        return address

    def _resource(self, address: Address, document: Document, rules: Rules) -> Resource:
        value = document.value
        spec: dict[str, Any] = value["spec"]
        lifecycle = value.get("lifecycle")
        return Resource(
            address=address,
            spec=spec,
            references=tuple(self._references(address.provider, spec, rules.references)),
            lifecycle=_lifecycle(lifecycle) if lifecycle else _PLAIN_LIFECYCLE,
            labels=value["metadata"].get("labels", {}),
            ignores=ignores_of(document),
            origin=document.locator.start,
            manifest=kept_path(document.locator.source.path, str(self.root)),
            locate=document.locator,
        )

    def _outline(self, address: Address, document: Document, rules: Rules) -> Resource:
        """Return a faulty document with no more than its references, to be checked."""
        spec: dict[str, Any] = document.value["spec"]
        return Resource(
            address=address,
            spec=spec,
            references=tuple(self._references(address.provider, spec, rules.references)),
            origin=document.locator.start,
            locate=document.locator,
        )

    def _references(
        self, provider: str, spec: Mapping[str, Any], fields: tuple[ReferenceField, ...]
    ) -> Iterator[Reference]:
        for reference in fields:
            value = spec.get(reference.field)
            if isinstance(value, str) and not reference.is_list:
                target = self._address(provider, reference.kind, value)
                yield Reference(field=reference.field, target=target)
            elif reference.is_list and isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, str):
                        target = self._address(provider, reference.kind, item)
                        yield Reference(field=reference.field, index=index, target=target)


def _foreign(document: Document) -> Fault:
    return Fault(
        origin=document.locator.start,
        message="this is not a manifest: it has no apiVersion, kind, metadata and spec",
        hint="name the folders of your manifests, here or as spec.manifests in reconciler.yaml",
    )


def _recognized_type(document: Document, kind: str) -> str:
    """Return the type that alone has the document's kind, or else fields of its spec; or ""."""
    types = types_with(kind)
    if len(types) == 1:
        return types[0]
    spec = document.value.get("spec")
    names = spec.keys() if isinstance(spec, dict) else set()
    fields = {each: schema_of(each, kind)["properties"].keys() for each in types}
    fitting = [
        each
        for each in types
        if names & fields[each] - set().union(*(fields[n] for n in types if n != each))
    ]
    return fitting[0] if len(fitting) == 1 else ""


def _lifecycle(value: Mapping[str, Any]) -> Lifecycle:
    return Lifecycle(
        protect=value.get("protect", False),
        on_remove=OnRemove(value.get("onRemove", "delete")),
        moved_from=_names(value.get("movedFrom", ())),
        adopt=value.get("adopt", False),
        replace=Replacing(value.get("replace", "in-place")),
    )


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
