"""Finds deprecated fields in manifests: they are still read, with a warning that says the edit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.deprecations import are_refused
from reconciler.manifests.document import Document
from reconciler.manifests.loading_rules import DEPRECATED_FIELD
from reconciler.manifests.schema.files import PROVIDER, Schema
from reconciler.manifests.schema.rules import EACH
from reconciler.manifests.schema.schemas import (
    CANARY,
    POLICY,
    PROJECT,
    canary_document_schema,
    document_schema,
    kinds_of,
    policy_document_schema,
    project_schema,
    provider_types,
)
from reconciler.manifests.text.positions import Path
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity


class DeprecatedField(Struct, frozen=True, kw_only=True):
    """A field that its schema marks as deprecated."""

    path: Path
    """The steps from the document's root; `EACH` stands for every item of a list."""
    replaced_by: str = ""
    """The key in the same mapping to use instead; empty if there is none."""

    @property
    def name(self) -> str:
        """The field's path for people: `spec.items[].old`."""
        return ".".join(map(str, self.path)).replace(f".{EACH}", "[]")

    @property
    def successor(self) -> str:
        """The path of the field that replaces it; empty if none does."""
        if not self.replaced_by:
            return ""
        return replace(self, path=(*self.path[:-1], self.replaced_by)).name

    @property
    def edit(self) -> str:
        """What to change in the manifest, in words."""
        if not self.replaced_by:
            return "take it out, it has no effect any more"
        return f"rename the key to {self.replaced_by}"


@lru_cache(maxsize=256)
def deprecated_fields(provider_type: str, kind: str) -> tuple[DeprecatedField, ...]:
    """Return the deprecated fields of a kind; `Canary`, `Policy`, `Project` have no type."""
    alone = {
        CANARY: canary_document_schema,
        POLICY: policy_document_schema,
        PROJECT: project_schema,
    }
    schema = alone[kind]() if kind in alone else document_schema(provider_type, kind)
    return tuple(_marked(schema, ()))


def all_deprecated_fields() -> Iterator[tuple[str, DeprecatedField]]:
    """Yield all deprecated fields, each with its kind: `nhncloud-sms/Template`, `Project`."""
    for kind in (PROJECT, CANARY, POLICY):
        yield from ((kind, each) for each in deprecated_fields("", kind))
    for name in provider_types():
        for kind in (PROVIDER, *kinds_of(name)):
            yield from ((f"{name}/{kind}", each) for each in deprecated_fields(name, kind))


def deprecated_in(
    document: Document, provider_type: str, address: Address | None = None
) -> Iterator[Finding]:
    """Yield a finding for each deprecated field that a document uses, at its key."""
    for each in deprecated_fields(provider_type, document.text("kind")):
        for path in _used(document.value, each.path):
            message = f"{each.name} is deprecated: {each.edit}"
            found = DEPRECATED_FIELD.found(message, document.locator.key(path), address)
            yield replace(found, severity=Severity.ERROR) if are_refused() else found


def _marked(schema: Schema, path: Path) -> Iterator[DeprecatedField]:
    if schema.get("deprecated"):
        yield DeprecatedField(path=path, replaced_by=schema.get("x-replacedBy", ""))
    for name, part in schema.get("properties", {}).items():
        if isinstance(part, dict):
            yield from _marked(part, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from _marked(schema["items"], (*path, EACH))


def _used(value: Any, path: Path, done: Path = ()) -> Iterator[Path]:
    """Yield the path of every value of a document that matches a path with `EACH`."""
    if not path:
        yield done
        return
    step, rest = path[0], path[1:]
    if step == EACH:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _used(item, rest, (*done, index))
    elif isinstance(value, dict) and step in value:
        yield from _used(value[step], rest, (*done, step))
