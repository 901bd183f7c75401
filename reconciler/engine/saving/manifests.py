"""Digests of what manifest files say: comments, order and line endings make no difference."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from reconciler.engine.planning.desired import fingerprint_files
from reconciler.manifests.files import PROJECT_FILE
from reconciler.model.address import Address
from reconciler.model.resource import Configuration, Resource
from reconciler.model.values import JsonValue
from reconciler.providers.kind import Kind
from reconciler.state.base import StateStore

Digest = Callable[[str], str]
_SHOWN = 16
"""Hexadecimal digits of a file's digest."""


class Keys(Struct, frozen=True, kw_only=True):
    """What digests in a saved plan are made with."""

    digest: Digest
    keyed: bool
    """Nobody else can make them, so that nothing can be guessed from them."""

    @classmethod
    def of(cls, store: StateStore, lineage: str | None) -> Keys:
        """Return the state's key; of a plan from before there was a state, none."""
        return cls(digest=store.digest if lineage else _plain, keyed=bool(lineage))


def _plain(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def manifest_digests(
    configuration: Configuration, kind_of: Callable[[Address], Kind], keys: Keys
) -> dict[str, str]:
    """Return a digest of what each file says, by its path; lists of members are not in it.

    What members would change, the plan says. Without a key, what is personal is not in it either.
    """
    said: defaultdict[str, list[str]] = defaultdict(list)
    for file, value in _said(configuration, kind_of, keys):
        said[file].append(msgspec.json.encode(value, order="deterministic").decode())
    return {
        file: keys.digest("\n".join(("manifest", *sorted(values))))[:_SHOWN]
        for file, values in sorted(said.items())
    }


def whole_digest(files: Mapping[str, str], keys: Keys) -> str:
    """Return the digest of all files together."""
    text = msgspec.json.encode(files, order="deterministic").decode()
    return "sha256:" + keys.digest(f"manifests\n{text}")


def _said(
    configuration: Configuration, kind_of: Callable[[Address], Kind], keys: Keys
) -> Iterator[tuple[str, Any]]:
    yield PROJECT_FILE, ["project", configuration.project.prune]
    for account in configuration.accounts.values():
        yield account.origin.file, [account.name, account.type, account.base_url, account.options]
    for resource in configuration.resources.values():
        fields = _fields(resource, kind_of(resource.address), keys)
        fingerprint_files(fields, kind_of(resource.address), configuration.project.root)
        lifecycle = msgspec.to_builtins(resource.lifecycle)
        labels = dict(resource.labels)
        yield resource.manifest, [str(resource.address), fields, lifecycle, labels]


def _fields(resource: Resource, kind: Kind, keys: Keys) -> dict[str, JsonValue]:
    hidden = set() if keys.keyed else {each.name for each in kind.fields if each.personal}
    left_out = hidden | kind.set_fields
    return {name: value for name, value in resource.spec.items() if name not in left_out}
