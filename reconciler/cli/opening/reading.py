"""Reads the manifests for one command, and collects their faults."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from reconciler.cli.settings import Settings
from reconciler.engine.planning.clashes import clashes
from reconciler.lint.settings import setting_faults
from reconciler.manifests import Fault, Loaded, load
from reconciler.manifests.fault import raise_faults
from reconciler.manifests.files import PROJECT_FILE
from reconciler.manifests.members import MembersOf
from reconciler.manifests.project import find_root, read_project
from reconciler.manifests.schema.schemas import types_with
from reconciler.manifests.text.common import MAX_FILE
from reconciler.model.members import Members
from reconciler.model.resource import STDIN, Configuration, Project, Resource
from reconciler.providers.kind import Kind
from reconciler.providers.registry import provider_class, provider_types

_AS_THEY_ARE: Mapping[str, str] = MappingProxyType({})


class Reading(Struct, frozen=True, kw_only=True):
    """The manifests of one environment as they were read, with their faults."""

    loaded: Loaded
    faults: list[Fault]
    """All faults, also those that only the providers' kinds can tell."""

    @property
    def configuration(self) -> Configuration:
        """The part of the manifests that has no faults."""
        return self.loaded.configuration


class Reader:
    """Reads the manifests that paths stand for, for one environment or several."""

    def __init__(
        self, paths: Sequence[str] = (), *, emulate: bool = False, policies: Sequence[str] = ()
    ) -> None:
        """Find the project; with `emulate` a missing `baseUrl` is no fault.

        `policies` are files and folders of policies, beside those of the project.
        """
        self._cwd = Path.cwd()
        self._root = find_root(paths, self._cwd)
        self._typed = [path for path in paths if Path(path).name != PROJECT_FILE]
        self._emulate = emulate
        self._policies = policies
        self._stdin = sys.stdin.buffer.read(MAX_FILE + 1) if STDIN in paths else b""
        """One byte more than a file may have."""

    @cached_property
    def project(self) -> Project:
        """The project. Where its file has faults, all defaults: `read` reports the faults."""
        return read_project(self._root, [])

    def read(self, environment: str, instead: Mapping[str, str] = _AS_THEY_ARE) -> Reading:
        """Read the manifests of one environment; `instead` has new texts for some files, by path.

        Raises:
            EnvironmentMissing: The project declares environments, and none is named.
            EnvironmentUnknown: It has none of this name.
        """
        loaded = load(
            self._typed,
            root=self._root,
            cwd=self._cwd,
            environment=environment,
            emulate=self._emulate,
            stdin=self._stdin,
            instead=instead,
            policies=self._policies,
        )
        configuration = loaded.configuration
        faults = [
            *loaded.faults,
            *clashes(configuration, kinds_of),
            *setting_faults(configuration),
        ]
        return Reading(loaded=loaded, faults=faults)

    def read_all(self, chosen: str) -> list[Reading]:
        """Read for one environment or, where none is chosen, for each that the project has."""
        names = [chosen] if chosen else list(self.project.environments) or [""]
        return [self.read(name) for name in names]


def kinds_of(provider_type: str) -> Mapping[str, Kind]:
    """Return the kinds of a provider type; empty for an unknown type."""
    return provider_class(provider_type).kinds if provider_type in provider_types() else {}


def members_of(configuration: Configuration) -> MembersOf:
    """Return what tells how a resource's kind writes members, even where its account is faulty."""

    def members(resource: Resource) -> Members | None:
        account = configuration.accounts.get(resource.address.provider)
        types = types_with(resource.address.kind) if account is None else [account.type]
        kinds = [kinds_of(each)[resource.address.kind] for each in types]
        return next((kind.members for kind in kinds), None)

    return members


def configuration_of(
    settings: Settings,
    paths: Sequence[str],
    *,
    emulate: bool = False,
    policies: Sequence[str] = (),
) -> Configuration:
    """Read manifests; raises `ManifestError` with every fault, and as `Reader.read`."""
    reading = Reader(paths, emulate=emulate, policies=policies).read(settings.environment)
    raise_faults(reading.faults)
    return reading.configuration


def read_without_checks(settings: Settings, *, emulate: bool = False) -> Configuration:
    """Read the part of the project's manifests that has no faults; raises as `Reader.read`."""
    return Reader(emulate=emulate).read(settings.environment).configuration


def with_provider(configuration: Configuration, name: str) -> Configuration:
    """Return one provider's part, so that no other account's credentials are needed."""
    return replace(
        configuration,
        accounts={n: account for n, account in configuration.accounts.items() if n == name},
        resources={a: r for a, r in configuration.resources.items() if a.provider == name},
    )
