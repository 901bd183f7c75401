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
"""The file that positions on stdin are in; to state, one in the project's root."""


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
    """A new one is made; the old one goes once the new one is approved."""


class Lifecycle(Struct, frozen=True, kw_only=True):
    """The `lifecycle` block of a manifest."""

    protect: bool = False
    """Refuse every delete and replace, also after the manifest is gone."""
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
    """One document of a kind that a provider has."""

    address: Address
    spec: Fields
    """The fields the manifest mentions, typed as their schema says, references still as names."""
    references: tuple[Reference, ...] = ()
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    labels: Mapping[str, str] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()
    """What lint rules find of it and is meant so."""
    origin: Origin = NOWHERE
    """Where the document begins."""
    manifest: str = ""
    """The file relative to the project's root, symlinks followed: one spelling for each file."""
    locate: Callable[[tuple[str | int, ...]], Origin] = no_position
    """Finds the position of a path such as `("spec", "body")`: reads the file again."""


class Limits(Struct, frozen=True, kw_only=True):
    """How hard a provider account may be pressed. `None` leaves the provider type's default."""

    concurrency: int | None = None
    requests_per_second: float | None = None
    timeout_seconds: float | None = None
    settle_seconds: float | None = None
    """How long a create with an unknown outcome is given to appear before it counts as absent."""


class CanaryBudget(Struct, frozen=True, kw_only=True):
    """How many canaries an account may send: the `canaries` block of a `Provider` manifest."""

    enabled: bool = False
    """Without it nothing is ever sent."""
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
    """`spec.plan` of the project file: what is so of saved plans unless the command line says."""

    expires_after: str | None = None
    """A duration, such as `24h`."""
    recipients: tuple[str, ...] = ()
    """For whom they are encrypted."""


class Project(Struct, frozen=True, kw_only=True):
    """`reconciler.yaml`, or what stands in for it."""

    root: Path
    """The folder that relative paths in manifests start from and must stay inside."""
    manifests: tuple[str, ...] = ()
    """Paths relative to the root; empty means the root itself."""
    state: str | None = None
    """The state store's URL; `None` means `.reconciler/state.db` under the root."""
    prune: bool = True
    limits: Limits = Limits()
    environments: Mapping[str, Environment] = field(default_factory=dict)
    """By name; one without a name where the project file declares none."""
    lint: LintSettings = LintSettings()
    dns: DnsSettings = DnsSettings()
    plan: PlanDefaults = PlanDefaults()
    state_recipients: tuple[str, ...] = ()
    """For whom state in a shared store is encrypted (`spec.stateEncryption`)."""
    trusted_hosts: tuple[Host, ...] | None = None
    """Hosts that credentials may be sent to, perhaps with a port; `None` means any."""
    policies: tuple[str, ...] = ()
    """Files and folders of policies, relative to the root."""
    findings: tuple[Finding, ...] = ()
    """What was noticed of the project file itself."""

    def environment(self, name: str) -> Environment:
        """Return an environment; without a name, the only one of a project that declares none.

        Raises:
            EnvironmentMissing: The project declares environments, and none is named.
            EnvironmentUnknown: It has none of this name.
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
    """Everything a set of manifests says, checked and with references resolved to addresses."""

    project: Project
    accounts: Mapping[str, Account]
    resources: Mapping[Address, Resource]
    canaries: Mapping[Address, Canary] = field(default_factory=dict)
    """By `<provider>/Canary/<name>`; nothing that is planned."""
    paths: tuple[str, ...] = ()
    """The files and folders that the command line named, as typed; none: all of the project's."""
    places: tuple[str, ...] = ()
    """The same, absolute, symlinks followed, in the spelling of `Resource.manifest`."""
    environment: Environment = Environment()
    """The one that the manifests were read for."""
    findings: tuple[Finding, ...] = ()
    """What was noticed while reading them."""
    policies: tuple[Policy, ...] = ()
    """The project's, and those that the command line named."""
    whole: bool = True
    """`paths` leave out nothing of what the project names."""

    def looks_at(self, manifest: str) -> bool:
        """Tell whether a manifest file, as state remembers it, lies under the named paths.

        Where paths are named, a row that does not know its file lies under none.
        """
        if not self.places:
            return True
        full = normpath(kept_text(str(self.project.root)) + "/" + manifest)
        return bool(manifest) and any(
            full == place or full.startswith(place.rstrip("/") + "/") for place in self.places
        )


def kept_text(path: str) -> str:
    """Return a path as text that any store can hold, also where its bytes are not UTF-8."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")
