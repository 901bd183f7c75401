"""Makes digests of the content of manifest files, without comments, order and line endings."""

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
    """How the digests in a saved plan are made."""

    digest: Digest
    keyed: bool
    """They are made with a secret key, so that nobody can guess a value and compare digests."""

    @classmethod
    def of(cls, store: StateStore, lineage: str | None) -> Keys:
        """Use the key of the state; without a `lineage`, before a state exists, use no key."""
        return cls(digest=store.digest if lineage else _plain, keyed=bool(lineage))


def _plain(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def manifest_digests(
    configuration: Configuration, kind_of: Callable[[Address], Kind], keys: Keys
) -> dict[str, str]:
    """Return a digest of the content of each file, by its path.

    Members are left out, as the plan shows which of them would change. Personal fields are left out
    as well unless the digests are keyed.
    """
    contents: defaultdict[str, list[str]] = defaultdict(list)
    for file, value in _contents(configuration, kind_of, keys):
        contents[file].append(msgspec.json.encode(value, order="deterministic").decode())
    return {
        file: keys.digest("\n".join(("manifest", *sorted(values))))[:_SHOWN]
        for file, values in sorted(contents.items())
    }


def whole_digest(files: Mapping[str, str], keys: Keys) -> str:
    """Return the digest of all files together."""
    text = msgspec.json.encode(files, order="deterministic").decode()
    return "sha256:" + keys.digest(f"manifests\n{text}")


def _contents(
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
