"""What manifests say: resources, provider accounts and the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reconciler.errors import EnvironmentMissing, EnvironmentUnknown
from reconciler.model.address import Address
from reconciler.model.environment import Environment
from reconciler.model.host import Host
from reconciler.model.lint import Ignore, LintSettings
from reconciler.model.origin import NOWHERE, Origin, no_position
from reconciler.model.secret_source import SecretSource
from reconciler.model.values import Fields, JsonValue
from reconciler.model.zones import DnsSettings
from reconciler.suggestions import did_you_mean

if TYPE_CHECKING:
    from reconciler.model.canary import Canary
    from reconciler.model.finding import Finding
    from reconciler.model.policy import Policy

STDIN = "-"
"""A path on the command line that stands for stdin."""
STREAM = "<stdin>"
"""The file name of positions on stdin; state takes it for a file in the project's root."""

_NONE = (
    "The project has none. Leave out --env and RECONCILER_ENV, or declare it in reconciler.yaml: "
    "spec.environments."
)


class OnRemove(StrEnum):
    """What happens to the live object when its manifest is removed."""

    DELETE = "delete"
    FORGET = "forget"


class Replacing(StrEnum):
    """How a reviewed object is changed."""

    IN_PLACE = "in-place"
    BESIDE = "beside"
    """A new object is made, and the old one is deleted once the new one is approved."""


class Lifecycle(Struct, frozen=True, kw_only=True):
    """The `lifecycle` block of a manifest."""

    protect: bool = False
    """Refuse to delete or replace the object, even after the manifest is gone."""
    on_remove: OnRemove = OnRemove.DELETE
    moved_from: tuple[str, ...] = ()
    """The names this resource had before, the oldest first."""
    adopt: bool = False
    """Take over a live object with the same identity although it differs."""
    replace: Replacing = Replacing.IN_PLACE


DEFAULT_LIFECYCLE = Lifecycle()


class Reference(Struct, frozen=True, kw_only=True):
    """A field that names another resource of the same provider."""

    field: str
    """The spec field, for example `category`."""
    index: int | None = None
    """The position when the field is a list."""
    target: Address


class Resource(Struct, frozen=True, kw_only=True):
    """One document of a kind of a provider."""

    address: Address
    spec: Fields
    """The fields the manifest mentions, typed as their schema says, references still as names."""
    references: tuple[Reference, ...] = ()
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    labels: Mapping[str, str] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()
    """Entries of `metadata.ignoreRules`: findings about it that are intended."""
    origin: Origin = NOWHERE
    """Where the document begins."""
    manifest: str = ""
    """The file, relative to the project's root, symlinks followed, so that it has one spelling."""
    locate: Callable[[tuple[str | int, ...]], Origin] = no_position
    """Finds the position of a path such as `("spec", "body")`, by reading the file again."""


class Limits(Struct, frozen=True, kw_only=True):
    """How much load a provider account takes. `None` stands for the provider type's default."""

    concurrency: int | None = None
    requests_per_second: float | None = None
    timeout_seconds: float | None = None
    settle_seconds: float | None = None
    """How long to wait for an object to be listed, after a create in doubt, before it counts as
    absent."""


class CanaryBudget(Struct, frozen=True, kw_only=True):
    """How many canaries an account may send: the `canaries` block of a `Provider` manifest."""

    enabled: bool = False
    """Unless true, nothing is sent."""
    per_day: int = 5
    """Within 24 hours."""
    per_month: int = 60
    """Within 30 days."""


class Account(Struct, frozen=True, kw_only=True):
    """A `Provider` manifest: one account at one provider type."""

    name: str
    type: str
    base_url: str | None = None
    credentials: Mapping[str, SecretSource] = field(default_factory=dict)
    limits: Limits = Limits()
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    canaries: CanaryBudget = CanaryBudget()
    origin: Origin = NOWHERE
    locate: Callable[[tuple[str | int, ...]], Origin] = no_position


class PlanDefaults(Struct, frozen=True, kw_only=True):
    """`spec.plan` of the project file: defaults for saved plans."""

    expires_after: str | None = None
    """A duration, such as `24h`."""
    recipients: tuple[str, ...] = ()
    """The recipients that saved plans are encrypted to."""


class Project(Struct, frozen=True, kw_only=True):
    """`reconciler.yaml`, or the defaults of a project without one."""

    root: Path
    """The folder that relative paths in manifests start from and must stay inside."""
    manifests: tuple[str, ...] = ()
    """Paths relative to the root; empty means the root itself."""
    state: str | None = None
    """The state store's URL; `None` means `.reconciler/state.db` under the root."""
    prune: bool = True
    limits: Limits = Limits()
    environments: Mapping[str, Environment] = field(default_factory=dict)
    """The environments by name; one without a name if the project file declares none."""
    lint: LintSettings = LintSettings()
    dns: DnsSettings = DnsSettings()
    plan: PlanDefaults = PlanDefaults()
    state_recipients: tuple[str, ...] = ()
    """The recipients that state in a shared store is encrypted to (`spec.stateEncryption`)."""
    trusted_hosts: tuple[Host, ...] | None = None
    """Hosts that credentials may be sent to, perhaps with a port; `None` means any."""
    policies: tuple[str, ...] = ()
    """Files and folders of policies, relative to the root."""
    findings: tuple[Finding, ...] = ()
    """Findings about the project file itself."""

    def environment(self, name: str) -> Environment:
        """Return an environment; without a name, the only one of a project that declares none.

        Raises:
            EnvironmentMissing: The project declares environments, but none is named.
            EnvironmentUnknown: The project has no environment of this name.
        """
        declared = [each for each in self.environments if each]
        if name in self.environments:
            return self.environments[name]
        if not name and not declared:
            return Environment()
        if not name:
            raise EnvironmentMissing(
                "this project has environments, and none is named",
                hint=f"Choose one with --env or RECONCILER_ENV: {', '.join(declared)}.",
            )
        raise EnvironmentUnknown(
            f"there is no environment {name!r}",
            hint=did_you_mean(name, declared)
            or (f"Environments: {', '.join(declared)}." if declared else _NONE),
        )


class Configuration(Struct, frozen=True, kw_only=True):
    """Everything that a set of manifests says, checked, with references resolved to addresses."""

    project: Project
    accounts: Mapping[str, Account]
    resources: Mapping[Address, Resource]
    canaries: Mapping[Address, Canary] = field(default_factory=dict)
    """The canaries by `<provider>/Canary/<name>`; they are not planned."""
    paths: tuple[str, ...] = ()
    """The files and folders that the command line named, as typed; empty for all of the project."""
    places: tuple[str, ...] = ()
    """`paths` as absolute paths, symlinks followed, in the spelling of `Resource.manifest`."""
    environment: Environment = Environment()
    """The environment that the manifests were read for."""
    findings: tuple[Finding, ...] = ()
    """Findings about the manifests, made while they were read."""
    policies: tuple[Policy, ...] = ()
    """The policies of the project, and those that the command line named."""
    whole: bool = True
    """`paths` include all manifests of the project."""

    def looks_at(self, manifest: str) -> bool:
        """Tell whether a manifest file, as state remembers it, is inside the named paths.

        If paths are named, a row whose file is not known is outside of them.
        """
        if not self.places:
            return True
        full = normpath(kept_text(str(self.project.root)) + "/" + manifest)
        return bool(manifest) and any(
            full == place or full.startswith(place.rstrip("/") + "/") for place in self.places
        )


def kept_text(path: str) -> str:
    """Return a path as text that any store can keep, even if its bytes are not UTF-8."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")
