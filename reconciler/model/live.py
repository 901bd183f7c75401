"""What a provider really has, in the words of manifests."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import force_setattr

from reconciler.model.address import Address
from reconciler.model.composed import composed, composed_text
from reconciler.model.finding import Finding
from reconciler.model.numbers import NumberSet
from reconciler.model.review import Review
from reconciler.model.secret import Secret
from reconciler.model.usage import Usage
from reconciler.model.values import Fields, JsonValue


class LiveObject(Struct, frozen=True, kw_only=True):
    """One object at the provider."""

    kind: str
    id: str
    """The provider's id, as text; the natural key where the provider has no other."""
    key: str | None
    """The natural identity, comparable with `Kind.identity`; `None` where only the id tells."""
    fields: Fields
    """The readable fields in manifest form, references as `{"id": …}`; unreadable ones left out."""
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """What the provider's own code wants to find again, such as the ids of parts."""
    marker: str = ""
    """The marker that it shows (`Intent.marker`): whose creates carry one made it. Never stored."""
    address: Address | None = None
    """Set by the provider for kinds whose objects are parts it has grouped for this address."""
    conflicts: tuple[str, ...] = ()
    """Parts that are unmanaged and that an apply would take over, one sentence each."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """The secrets that the list shows whole, named `<sink field>.<part>`. Never stored."""
    members: NumberSet | None = None
    """The members of a set kind such as BlockList."""
    name: str = ""
    """A name for people; the key where empty."""

    def __post_init__(self) -> None:
        """Compare texts as manifests have them: composed."""
        if self.key is not None and not self.key.isascii():
            force_setattr(self, "key", composed_text(self.key))
        force_setattr(self, "fields", composed(self.fields))

    review: Review | None = None
    """What the provider's reviewers say, of kinds that are reviewed."""
    degraded: str = ""
    """Why it does not work although nothing of it differs, in one clause; empty when it does."""
    usage: Usage | None = None
    """How it is used, where its list tells. Never stored."""


class Collection(Struct, frozen=True, kw_only=True):
    """All live objects of one kind, or the reason why they are not known."""

    kind: str
    objects: tuple[LiveObject, ...] = ()
    parts: tuple[LiveObject, ...] | None = None
    """For kinds whose objects are grouped for an address: the provider's single rows."""
    answers: bool = False
    """The list has rows, even where none of them is an object: that it works is certain."""
    complete: bool = True
    """False when a read failed or was cut: then nothing is deleted and nothing counts as absent."""
    error: str = ""
    """Why it is incomplete, without any secret."""


class Observation(Struct, frozen=True, kw_only=True):
    """What one provider account answered in one run."""

    provider: str
    collections: Mapping[str, Collection]
    """By kind. A kind that is missing here was not asked for."""
    findings: tuple[Finding, ...] = ()
    requests: int = 0
    latency: float = 0.0
    """Mean seconds a request took."""
