"""How a provider declares its kinds, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import force_setattr

from reconciler.model.dns import domain_key
from reconciler.model.journal import CreationClass
from reconciler.model.members import Members
from reconciler.model.values import Fields, JsonValue, id_of
from reconciler.model.verification import CheckKind


class Capability(StrEnum):
    """What a kind's API can do. By default it can do nothing."""

    LIST = "list"
    """Live objects can be listed completely, so unmanaged ones are found and absence is certain."""
    UPDATE = "update"
    """At least one field can be changed in place."""
    ADOPT = "adopt"
    """An existing live object can be recognised and taken into state."""
    IMPORT = "import"
    """A manifest can be written from a live object."""
    REVIEW = "review"
    """The provider reviews what is written: `LiveObject.review` has the status."""


MANAGED = frozenset({Capability.LIST, Capability.UPDATE, Capability.ADOPT, Capability.IMPORT})
"""The capabilities of a kind that can be listed, adopted and updated in place."""


class Looking(StrEnum):
    """How a provider is made to check the DNS of a sender domain."""

    FREELY = "freely"
    """By a request that changes nothing but what the provider knows of the DNS."""
    CHANGING = "changing"
    """By a request that may change more: it is sent only if the user agrees."""


class ReplaceOrder(StrEnum):
    """What comes first when an object must be replaced."""

    DELETE_FIRST = "delete-first"
    """Two objects of one identity cannot exist, or having both for a while is no gain."""
    CREATE_FIRST = "create-first"
    """The provider allows both for a while, so there is always one in service."""


class NoDefault:
    """The type of `NO_DEFAULT`."""


NO_DEFAULT = NoDefault()
"""The provider documents no default: a field removed from the manifest keeps its live value."""


class Field(Struct, frozen=True, kw_only=True):
    """How one spec field behaves. What it may hold is in the kind's JSON Schema."""

    name: str
    identity: bool = False
    """Part of the natural key; always managed, even if the manifest does not mention it."""
    named: bool = False
    """By default it is `metadata.name`."""
    form: Callable[[JsonValue], JsonValue] | None = None
    """Brings a value, or each item of a list, into the form that live fields have. References need
    none: their ids become text."""
    immutable: bool = False
    """A change replaces the object."""
    write_only: bool = False
    """May be unreadable: then the keyed digest of the last applied value decides."""
    secret: bool = False
    """Its value is a secret: never shown, neither the old nor the new value."""
    local: bool = False
    """Unknown to the provider, such as a sink or `rotation`: compared with the applied value."""
    delivers: str = "secret"
    """What goes to the place that the field names, of sinks: another word where it is no secret."""
    advice: bool = False
    """Only tells lint how to judge the manifest: never part of a change, nor kept in state."""
    unordered: bool = False
    """A list that is a set."""
    text: bool = False
    """Differences in line endings, and null instead of "", do not count."""
    personal: bool = False
    """Personal data such as phone numbers: masked in output."""
    called: bool = False
    """A URL that the provider calls, for the events that the field `events` lists."""
    file_content: bool = False
    """A list of paths of files whose content is sent: compared as `[{"path": …, "sha256": …}]`.
    Of live ones a `sha256` of null says that their content is not told."""
    reference: str = ""
    """The kind that the field's value, or each of its items, points at; identities follow it."""
    belongs_to: str = ""
    """Like `reference`, where the identity contains the id of the target."""
    approved: bool = False
    """The target of the field must be approved before the object can be written."""
    inside: bool = False
    """The object lies inside the target of the field, and is deleted with it."""
    default: JsonValue | NoDefault = NO_DEFAULT
    """The provider's documented default: a field removed from the manifest is set to it."""

    @property
    def refers_to(self) -> str:
        """Return the kind that the value points at, nothing where it points at none."""
        return self.reference or self.belongs_to


DOMAIN = Field(
    name="domain",
    identity=True,
    named=True,
    form=lambda value: domain_key(str(value)),
    immutable=True,
)
"""The domain that a sender domain is."""

ParentKey = Callable[[JsonValue], "str | None"]
"""Gives the natural key of the object that a reference value points at; `None` when unknown."""


Canonical = Callable[[Fields, str], dict[str, JsonValue]]


def as_written(fields: Fields, _name: str) -> dict[str, JsonValue]:
    """Return fields unchanged: `canonical` of kinds whose fields need only their own `form`."""
    return dict(fields)


def mentioned(spec: Fields) -> dict[str, JsonValue]:
    """Return the fields that a manifest mentions: null is the same as not mentioned."""
    return {name: value for name, value in spec.items() if value is not None}


def named_by(field: str) -> Callable[[Fields, ParentKey], str | None]:
    """Return the `identity` of kinds whose natural key is one text field."""

    def identity(fields: Fields, _parent: ParentKey) -> str | None:
        value = fields.get(field)
        return value if isinstance(value, str) else None

    return identity


def _identified(value: JsonValue) -> JsonValue:
    """Return a reference with its id, where it has one, as text."""
    known = id_of(value)
    return value if known is None else {"id": known}


def _each(form: Callable[[JsonValue], JsonValue], value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [form(item) for item in value]
    return None if value is None else form(value)


def _once(value: JsonValue) -> JsonValue:
    if not isinstance(value, list) or len(value) < 2:
        return value
    return list({repr(item): item for item in value}.values())


def _in_form(declared: tuple[Field, ...], canonical: Canonical) -> Canonical:
    """Return `canonical` of fields that have the form that their declarations say.

    Two spellings of a number, or of a name, are one member of a set.
    """
    named = [each.name for each in declared if each.named]
    identity = {
        each.name: each.default
        for each in declared
        if each.identity and not isinstance(each.default, NoDefault)
    }
    forms = {
        each.name: each.form or _identified for each in declared if each.form or each.refers_to
    }
    sets = {each.name for each in declared if each.unordered}

    def made(spec: Fields, name: str) -> dict[str, JsonValue]:
        fields = {**identity, **spec}
        for each in named:
            if fields.get(each) is None:
                fields[each] = name
        for each, form in forms.items():
            if each in fields:
                fields[each] = _each(form, fields[each])
        fields = canonical(fields, name)
        for each in sets & fields.keys():
            fields[each] = _once(fields[each])
        return fields

    return made


class Kind(Struct, frozen=True, kw_only=True):
    """What the engine needs to know about one kind."""

    name: str
    fields: tuple[Field, ...]
    creation: CreationClass
    capabilities: frozenset[Capability] = frozenset()
    replace: ReplaceOrder = ReplaceOrder.DELETE_FIRST
    canonical: Canonical = as_written
    """`(spec, metadata.name)` to canonical fields, comparable with live ones. Pure; references and
    unmentioned fields stay. A kind declares only what its fields do not say themselves, and gets
    them in their own form."""
    create_defaults: Callable[[Fields, str], dict[str, JsonValue]] = lambda _fields, _name: {}
    """`(canonical fields, metadata.name)` to what a create sends for unmentioned fields."""
    identity: Callable[[Fields, ParentKey], str | None] = lambda _fields, _parent: None
    """Canonical fields to the natural key, comparable with `LiveObject.key`; `None` where only the
    server's id tells objects apart, or while a parent's key is unknown."""
    claims: Callable[[Fields, ParentKey], tuple[str, ...]] | None = None
    """The natural keys or slots one resource occupies, for finding clashes offline; by default the
    identity alone."""
    members: Members | None = None
    """For set kinds: how manifests write the members, which are compared as a set."""
    sinks: tuple[str, ...] = ()
    """The fields that name a sink. A secret `<field>.<part>` of a reply is delivered there."""
    beside: bool = False
    """A new one can stand beside the old until it is approved (`lifecycle.replace: beside`)."""
    doubles: bool = False
    """Two creates make two objects, so an object that is wrongly called gone would get a twin."""
    read_alone: bool = False
    """`Provider.exists` can tell whether one object exists, independently of lists."""
    twin_check: bool = False
    """An unmanaged live object that could be this one stops a create (C and F)."""
    batch: int = 1
    """How many of its objects one request creates, at most: see `CreateStep.batch`."""
    proves: CheckKind | None = None
    """What `verify` can find out about its objects; `None` if nothing."""
    dns: Looking | None = None
    """Of sender domains, which need DNS records: how `Handler.look_at_dns` learns of them."""
    probed: str = ""
    """What reading an object that state does not know makes the provider do, as `verify its DNS`;
    empty where reading is no more than that."""
    carried: frozenset[str] = frozenset()
    """The parts of `LiveObject.extra`, no secrets, that an object made in another's place gets."""
    identities: frozenset[str] = frozenset()
    """The names of the fields that make up the identity."""
    advice: frozenset[str] = frozenset()
    """The names of the fields that are advice."""
    referenced: frozenset[str] = frozenset()
    """The kinds that fields point at."""
    defaults: Mapping[str, JsonValue] = MappingProxyType({})
    """The provider's documented defaults by field."""

    def __post_init__(self) -> None:
        """Look through the fields once: plans ask this of every resource."""
        force_setattr(
            self, "identities", frozenset(each.name for each in self.fields if each.identity)
        )
        force_setattr(self, "advice", frozenset(each.name for each in self.fields if each.advice))
        kinds = frozenset(each.reference for each in self.fields if each.reference)
        force_setattr(self, "referenced", kinds)
        defaults = {
            each.name: each.default
            for each in self.fields
            if not isinstance(each.default, NoDefault)
        }
        force_setattr(self, "defaults", defaults)
        force_setattr(self, "canonical", _in_form(self.fields, self.canonical))

    @property
    def set_fields(self) -> frozenset[str]:
        """Return the names of the fields that give members; none of a kind that is no set."""
        return frozenset(self.members.fields) if self.members is not None else frozenset()

    @property
    def is_personal(self) -> bool:
        """Tell whether an object of this kind is a person, rather than a set of numbers."""
        return self.members is None and any(each.personal for each in self.fields)

    def is_exclusive(self, fields: Fields) -> bool:
        """Tell whether fields, as desired or as applied, make a set equal to its manifest."""
        return self.members is not None and self.members.are_exclusive(fields)

    def field(self, name: str) -> Field:
        """Return the declaration of a field; raises `KeyError` for an unknown one."""
        for declared in self.fields:
            if declared.name == name:
                return declared
        raise KeyError(name)
