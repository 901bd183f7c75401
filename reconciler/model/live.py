"""What a provider has, in the form of manifests."""

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
    """The provider's id, as text; the natural key if the provider has no ids."""
    key: str | None
    """The natural identity, comparable with `Kind.identity`; `None` if it only has an id."""
    fields: Fields
    """The readable fields in manifest form, references as `{"id": …}`; unreadable ones left out."""
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    """Whatever the provider's own code needs again, such as the ids of parts."""
    marker: str = ""
    """The marker that it carries (`CreateIntent.marker`): proof of who made it. Never stored."""
    address: Address | None = None
    """The address that the provider has grouped parts for, in kinds whose objects are groups."""
    conflicts: tuple[str, ...] = ()
    """Parts that are unmanaged and that an apply would take over, one sentence each."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    """The secrets that the list shows in full, named `<sink field>.<part>`. Never stored."""
    members: NumberSet | None = None
    """The members of a set kind such as BlockList."""
    name: str = ""
    """A name for people; if empty, the key."""
    review: Review | None = None
    """What the provider's reviewers say, for kinds that are reviewed."""
    degraded: str = ""
    """Why it does not work although nothing differs, in one clause; empty if it works."""
    usage: Usage | None = None
    """How it is used, if the list tells. Never stored."""

    def __post_init__(self) -> None:
        """Bring the texts into NFC, as those of manifests are."""
        if self.key is not None and not self.key.isascii():
            force_setattr(self, "key", composed_text(self.key))
        force_setattr(self, "fields", composed(self.fields))


class Collection(Struct, frozen=True, kw_only=True):
    """All live objects of one kind, or the reason why they are not known."""

    kind: str
    objects: tuple[LiveObject, ...] = ()
    parts: tuple[LiveObject, ...] | None = None
    """For kinds whose objects are groups: the parts, one by one."""
    answers: bool = False
    """The list has rows, even if none of them is an object, so that it surely works."""
    complete: bool = True
    """False if a read failed or was cut short: then nothing is deleted or counts as absent."""
    error: str = ""
    """Why it is incomplete, without any secret."""


class Observation(Struct, frozen=True, kw_only=True):
    """What one provider account answered in one run."""

    provider: str
    collections: Mapping[str, Collection]
    """The collections by kind; a kind that is missing here was not asked for."""
    findings: tuple[Finding, ...] = ()
    requests: int = 0
    """How many requests were made."""
    latency: float = 0.0
    """The mean seconds of a request."""
