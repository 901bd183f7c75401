"""Reads `Canary` documents: messages that `reconciler verify` may send. Reads no recipient.

The schema of a kind says whether a canary can prove it, by mail or SMS (`x-canary`), and what a
placeholder in its text looks like (`x-placeholders`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from reconciler.manifests.accounts import Accounts
from reconciler.manifests.document import Document
from reconciler.manifests.document_faults import comment_faults, name_faults, schema_faults
from reconciler.manifests.fault import Fault, no_provider, one_of, printable, shown
from reconciler.manifests.ignores import ignore_faults, ignores_of
from reconciler.manifests.loading_rules import NO_RECEIPTS
from reconciler.manifests.paths import check_path, named_paths
from reconciler.manifests.schema.files import PROVIDER, Schema
from reconciler.manifests.schema.rules import Checker, PathField, checker, paths_of
from reconciler.manifests.schema.schemas import (
    CANARY,
    canary_document_schema,
    canary_schema,
    kinds_of,
    schema_of,
)
from reconciler.model.address import Address
from reconciler.model.canary import Canary, Channel, Expect
from reconciler.model.finding import Finding
from reconciler.model.resource import Resource
from reconciler.model.secret_source import SecretSource
from reconciler.suggestions import did_you_mean

_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_DEADLINE_SECONDS = 180
_Path = tuple[str | int, ...]


class Provable(Struct, frozen=True, kw_only=True):
    """What canaries can prove of one kind, or of a whole account."""

    channel: Channel
    receipts: bool = True
    """The provider can be asked whether a message arrived."""
    alive_seconds: int = 0
    """For how long at least the provider tries to deliver a message; 0 if it does not say."""


@lru_cache(maxsize=64)
def provable(provider_type: str, kind: str = PROVIDER) -> Provable | None:
    """Return what a canary can prove of a kind; `None` if nothing.

    `Provider` stands for an account itself, proved by a message with a text of the canary's own.
    """
    if kind != PROVIDER and kind not in kinds_of(provider_type):
        return None
    declared = schema_of(provider_type, kind).get("x-canary")
    if declared is None:
        return None
    return Provable(
        channel=Channel(declared["channel"]),
        receipts=declared.get("receipts", True),
        alive_seconds=declared.get("aliveSeconds", 0),
    )


class Surroundings(Struct, frozen=True, kw_only=True):
    """The other manifests, which canaries are checked against."""

    root: Path
    accounts: Accounts
    resources: Mapping[Address, Resource]
    declared: AbstractSet[Address]
    """The addresses of all documents, faulty ones included."""
    complete: bool
    """All documents could be read; otherwise nothing is reported as missing."""


def read_canaries(
    documents: Iterable[Document], around: Surroundings, faults: list[Fault]
) -> dict[Address, Canary]:
    """Check the `Canary` documents among `documents`; what is wrong goes to `faults`."""
    canaries: dict[Address, Canary] = {}
    for document in documents:
        if document.value.get("kind") != CANARY:
            continue
        made = _Reading(document, around).canary(faults)
        if made is None:
            continue
        first = canaries.setdefault(made.address, made)
        if first is not made:
            faults.append(
                Fault(
                    origin=document.locator(("metadata", "name")),
                    address=str(made.address),
                    message=f"is defined at {first.locate(('metadata', 'name'))} already",
                    hint="rename or remove one of them",
                )
            )
    return canaries


def receiptless(canaries: Iterable[Canary], types: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a warning for each canary that expects delivery, which its provider never reports.

    `types` are the provider types by the name of the account.
    """
    for canary in canaries:
        kind = PROVIDER if canary.of is None else canary.of.kind
        type_ = types[canary.address.provider]
        how = provable(type_, kind)
        if how is None or how.receipts or canary.expect is not Expect.DELIVERED:
            continue
        message = (
            f"providers of type {type_} tell of no message afterwards: this stays undecided unless "
            "`verify --receipts FILE` has the callbacks; or write `expect: accepted`"
        )
        yield NO_RECEIPTS.found(message, canary.locate(("spec", "expect")), canary.address)


class _Reading:
    """Checks one document."""

    def __init__(self, document: Document, around: Surroundings) -> None:
        self._document = document
        self._around = around
        self._name = document.text("metadata", "name")
        self._given = document.text("metadata", "provider")
        spec = document.value.get("spec")
        self._spec: Mapping[str, Any] = spec if isinstance(spec, dict) else {}

    def canary(self, faults: list[Fault]) -> Canary | None:
        """Return the canary; if anything is wrong with it, `None`, and the faults to `faults`."""
        found = list(self._form())
        if not found:
            provider, found = self._provider()
            how = None if found else self._how(provider, found)
            if how is not None:
                found += self._content(provider, how)
                if not found:
                    return self._made(provider, how)
        faults += found
        return None

    def _form(self) -> Iterator[Fault]:
        """Check the document against its schema, and the path that the recipient is read from."""
        document = self._document
        rules = _checker()
        shown_address = f"{CANARY}/{printable(self._name)}" if self._name else ""
        rules.give_types(document.value)
        schema = canary_document_schema()
        yield from comment_faults(schema, document, shown_address)
        if not rules.accepts(document.value):
            yield from schema_faults(schema, document, shown_address)
            return
        yield from name_faults(document, shown_address)
        yield from ignore_faults(document, shown_address)
        for field, where, text in named_paths(document.value["spec"], _path_fields()):
            file = check_path(self._around.root, field, text)
            if isinstance(file, str):
                yield self._fault(("spec", *where), f"the path {file}")

    def _provider(self) -> tuple[str, list[Fault]]:
        """Return the account that sends, and what is wrong with it."""
        accounts = self._around.accounts
        if self._given:
            if self._given in accounts.types:
                return self._given, []
            message, hint = no_provider(self._given, accounts.types)
            return "", [self._fault(("metadata", "provider"), message, hint)]
        kind = self._kind
        names = [name for name, type_ in accounts.types.items() if provable(type_, kind)]
        if len(names) == 1:
            return names[0], []
        if accounts.doubtful:
            return "", []
        if names:
            message = "metadata.provider is missing, and several providers could send this"
            return "", [
                self._fault(("metadata",), message, f"name one of {', '.join(sorted(names))}")
            ]
        what = f"a message of a {kind}" if kind != PROVIDER else "an SMS without a template"
        return "", [self._fault(("kind",), f"there is no provider that could send {what}")]

    @property
    def _kind(self) -> str:
        """The kind that is proved; `Provider` for a message with a text of its own."""
        return str(self._spec["of"]["kind"]) if "of" in self._spec else PROVIDER

    def _how(self, provider: str, found: list[Fault]) -> Provable | None:
        """Return what the account can prove; `None` if it cannot send the message."""
        type_ = self._around.accounts.types.get(provider, "")
        if not type_:
            return None  # the account's own faults say what is wrong
        how = provable(type_, self._kind)
        if how is None and self._kind == PROVIDER:
            message = f"providers of type {type_} send no text of a canary's own"
            found.append(self._fault(("spec", "content"), message, "say what it proves with `of`"))
        elif how is None:
            kinds = [kind for kind in kinds_of(type_) if provable(type_, kind)]
            message = (
                f"canaries of providers of type {type_} cannot prove objects of kind {self._kind}"
            )
            found.append(self._fault(("spec", "of", "kind"), message, one_of(kinds)))
        return how

    def _content(self, provider: str, how: Provable) -> Iterator[Fault]:
        """Check what depends on the kind of message: text, placeholders and sender."""
        spec = self._spec
        if "of" in spec and "content" in spec:
            message = "content stands beside `of`, which gives the text"
            yield self._fault(("spec", "content"), message, "remove the line")
        if how.channel is Channel.MAIL and not _MAIL_ADDRESS.fullmatch(spec.get("from", "a@b")):
            yield self._fault(("spec", "from"), "from must be a mail address")
        deadline = spec.get("deadlineSeconds", how.alive_seconds)
        if deadline < how.alive_seconds and spec.get("expect") != Expect.ACCEPTED:
            message = (
                f"deadlineSeconds is shorter than the {how.alive_seconds} seconds for which the "
                "provider tries to deliver a message"
            )
            hint = f"write {how.alive_seconds} or more, or `expect: accepted`"
            yield self._fault(("spec", "deadlineSeconds"), message, hint)
        target = self._target(provider)
        if target is not None and target not in self._around.declared:
            if self._around.complete:
                yield self._missing(target)
            return
        if target is None or target in self._around.resources:
            yield from self._parameters(self._placeholders(target))

    def _target(self, provider: str) -> Address | None:
        of = self._spec.get("of")
        return None if of is None else Address(provider, of["kind"], of["name"])

    def _missing(self, target: Address) -> Fault:
        names = [
            each.name
            for each in self._around.declared
            if (each.provider, each.kind) == (target.provider, target.kind)
        ]
        message = f"there is no {target.kind} {shown(target.name)} of provider {target.provider}"
        hint = did_you_mean(target.name, names) or "add its manifest"
        return self._fault(("spec", "of", "name"), message, hint)

    def _placeholders(self, target: Address | None) -> set[str]:
        """Return the names of all placeholders of the text that will be sent."""
        if target is None:
            return _named(canary_schema(), self._spec)
        type_ = self._around.accounts.types[target.provider]
        return _named(schema_of(type_, target.kind), self._around.resources[target].spec)

    def _parameters(self, needed: set[str]) -> Iterator[Fault]:
        given = self._spec.get("parameters", {})
        for name in sorted(needed - given.keys()):
            message = f"parameters lacks {shown(name)}, which the text has a placeholder for"
            where = ("spec", "parameters") if "parameters" in self._spec else ("spec",)
            yield self._fault(where, message, "a message with a bare placeholder would go out")
        for name in given:
            if name not in needed:
                hint = did_you_mean(name, needed - given.keys()) or "remove the line"
                message = f"the text has no placeholder {shown(name)}"
                yield self._fault(("spec", "parameters", name), message, hint)

    def _made(self, provider: str, how: Provable) -> Canary:
        spec, target = self._spec, self._target(provider)
        default = Expect.DELIVERED if how.receipts else Expect.ACCEPTED
        return Canary(
            address=Address(provider, CANARY, self._name),
            of=target,
            channel=how.channel,
            to=SecretSource(
                from_env=spec["to"].get("fromEnv"), from_file=spec["to"].get("fromFile")
            ),
            sender=spec.get("from"),
            content=spec.get("content"),
            parameters=spec.get("parameters", {}),
            expect=Expect(spec.get("expect", default)),
            deadline_seconds=spec.get("deadlineSeconds", max(_DEADLINE_SECONDS, how.alive_seconds)),
            hold_seconds=spec.get("holdSeconds", 0),
            at_most_every_hours=spec.get("atMostEveryHours", 24),
            ignores=ignores_of(self._document),
            origin=self._document.locator.start,
            locate=self._document.locator,
        )

    def _fault(self, where: _Path, message: str, hint: str = "") -> Fault:
        parts = (self._given, CANARY, self._name)
        return Fault(
            origin=self._document.locator(where),
            address=printable("/".join(part for part in parts if part)),
            message=message,
            hint=hint,
        )


def _named(schema: Schema, spec: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for name, part in schema["properties"].items():
        pattern, text = part.get("x-placeholders"), spec.get(name)
        if pattern and isinstance(text, str):
            found.update(re.findall(pattern, text))
    return found


@lru_cache(maxsize=1)
def _checker() -> Checker:
    return checker(canary_document_schema())


@lru_cache(maxsize=1)
def _path_fields() -> tuple[PathField, ...]:
    return paths_of(canary_schema())
