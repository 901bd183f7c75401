"""Reads manifests for one command."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from reconciler.engine.planning.clashes import clashes
from reconciler.manifests import Fault, Loaded, load
from reconciler.manifests.fault import raise_faults
from reconciler.manifests.files import PROJECT_FILE
from reconciler.manifests.members import MembersOf
from reconciler.manifests.project import find_root
from reconciler.manifests.schema.schemas import types_with
from reconciler.manifests.text.common import MAX_FILE
from reconciler.model.members import Members
from reconciler.model.resource import STDIN, Configuration, Resource
from reconciler.providers.kind import Kind
from reconciler.providers.registry import provider_class, provider_types


def read(paths: Sequence[str], *, emulate: bool = False) -> tuple[Loaded, list[Fault]]:
    """Read manifests; returns them with all faults, those included that need to know kinds."""
    cwd = Path.cwd()
    typed = [path for path in paths if Path(path).name != PROJECT_FILE]
    loaded = load(typed, root=find_root(paths, cwd), cwd=cwd, emulate=emulate, stdin=_stream(paths))
    return loaded, [*loaded.faults, *clashes(loaded.configuration, kinds_of)]


def _stream(paths: Sequence[str]) -> bytes:
    """Return what stdin brings, if it is among the paths: one byte more than a file may have."""
    return sys.stdin.buffer.read(MAX_FILE + 1) if STDIN in paths else b""


def kinds_of(provider_type: str) -> Mapping[str, Kind]:
    """Return the kinds of a provider type; none for a type that is not known."""
    return provider_class(provider_type).kinds if provider_type in provider_types() else {}


def members_of(configuration: Configuration) -> MembersOf:
    """Return what tells how a resource's kind writes members, also where its account is faulty."""

    def members(resource: Resource) -> Members | None:
        account = configuration.accounts.get(resource.address.provider)
        types = types_with(resource.address.kind) if account is None else [account.type]
        kinds = [kinds_of(each)[resource.address.kind] for each in types]
        return next((kind.members for kind in kinds), None)

    return members


def configuration_of(paths: Sequence[str], *, emulate: bool = False) -> Configuration:
    """Read manifests; raises `ManifestError` with every fault."""
    loaded, faults = read(paths, emulate=emulate)
    raise_faults(faults)
    return loaded.configuration


def read_without_checks(*, emulate: bool = False) -> Configuration:
    """Read the project's manifests as far as they are right."""
    return read((), emulate=emulate)[0].configuration


def with_provider(configuration: Configuration, name: str) -> Configuration:
    """Return what one provider's manifests say: no other account's credentials are needed."""
    return replace(
        configuration,
        accounts={n: account for n, account in configuration.accounts.items() if n == name},
        resources={a: r for a, r in configuration.resources.items() if a.provider == name},
    )
