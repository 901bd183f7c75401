"""The kinds of NHN Cloud SMS, as data."""

from __future__ import annotations

from reconciler.model.journal import CreationClass
from reconciler.model.members import Members
from reconciler.model.values import Fields
from reconciler.model.verification import CheckKind
from reconciler.providers.kind import (
    MANAGED,
    Capability,
    Field,
    Kind,
    ParentKey,
    ReplaceOrder,
    named_by,
)
from reconciler.providers.nhncloud_sms.convert import canonical_phone, path_part

_NAME = Field(name="displayName", identity=True, named=True)

# --- Category ---------------------------------------------------------------------------------


def category_key(name: str, parent: str | None) -> str:
    """Return the path of names below the highest category; `/` in a name becomes `%2F`."""
    return path_part(name) if parent is None else f"{parent}/{path_part(name)}"


def _category_identity(fields: Fields, parent_key: ParentKey) -> str | None:
    name = str(fields["displayName"])
    parent = fields.get("parent")
    if parent is None:
        return category_key(name, None)
    above = parent_key(parent)
    return None if above is None else category_key(name, above)


CATEGORY = Kind(
    name="Category",
    fields=(
        _NAME,
        Field(name="description", text=True, default=""),
        Field(name="enabled", default=True),
        Field(
            name="parent",
            identity=True,
            immutable=True,
            reference="Category",
            inside=True,
            default=None,
        ),
    ),
    creation=CreationClass.NATURAL_KEY,
    doubles=True,
    read_alone=True,
    capabilities=MANAGED,
    # A new parent means a new path, and names may repeat: both can exist for a while.
    replace=ReplaceOrder.CREATE_FIRST,
    create_defaults=lambda _fields, _name: {"enabled": True},
    identity=_category_identity,
)


# --- Template ---------------------------------------------------------------------------------

TEMPLATE = Kind(
    name="Template",
    fields=(
        Field(name="templateId", identity=True, named=True, immutable=True),
        Field(name="displayName"),
        Field(name="description", text=True, default=""),
        Field(name="category", immutable=True, reference="Category", inside=True),
        Field(name="sender", form=canonical_phone),
        Field(name="type"),
        Field(name="title", text=True, default=""),
        Field(name="body", text=True),
        Field(name="enabled", default=True),
        Field(name="attachments", file_content=True, default=[]),
    ),
    creation=CreationClass.NATURAL_KEY,
    capabilities=MANAGED,
    replace=ReplaceOrder.DELETE_FIRST,
    carried=frozenset({"files"}),
    proves=CheckKind.TEMPLATE,
    create_defaults=lambda _fields, name: {"displayName": name[:50], "enabled": True},
    identity=named_by("templateId"),
)


# --- Tag --------------------------------------------------------------------------------------

TAG = Kind(
    name="Tag",
    fields=(_NAME,),
    creation=CreationClass.NATURAL_KEY,
    doubles=True,
    capabilities=MANAGED,
    replace=ReplaceOrder.CREATE_FIRST,
    identity=named_by("displayName"),
)


# --- Contact ----------------------------------------------------------------------------------

CONTACT = Kind(
    name="Contact",
    fields=(
        Field(name="uid", identity=True, named=True, immutable=True),
        Field(name="tags", unordered=True, reference="Tag"),
        Field(name="phoneNumbers", form=canonical_phone, unordered=True, personal=True),
    ),
    creation=CreationClass.NATURAL_KEY,
    capabilities=MANAGED,
    replace=ReplaceOrder.CREATE_FIRST,
    # The API's limit is not documented; the contacts of a refused batch are sent one by one.
    batch=100,
    carried=frozenset({"others", "spelled"}),
    identity=named_by("uid"),
)


# --- BlockList --------------------------------------------------------------------------------

BLOCK_LIST = Kind(
    name="BlockList",
    fields=(
        Field(name="unsubscribeNumber", identity=True, form=canonical_phone, immutable=True),
        Field(name="mode", local=True, default="additive"),
        Field(name="recipients", form=canonical_phone, unordered=True, personal=True),
        Field(name="recipientsFrom"),
        Field(name="allowEmpty", local=True, advice=True),
    ),
    creation=CreationClass.SET_MEMBER,
    members=Members(
        listed="recipients",
        files="recipientsFrom",
        mode="mode",
        exclusive="exclusive",
        allow_empty="allowEmpty",
    ),
    # No LIST: only the console shows which 080 numbers an account has.
    capabilities=frozenset({Capability.UPDATE, Capability.ADOPT}),
    # State keeps one set of members, so the old list loses ours before the new one gets them.
    replace=ReplaceOrder.DELETE_FIRST,
    canonical=lambda fields, _name: {"mode": "additive", **fields},
    identity=named_by("unsubscribeNumber"),
)

KINDS = {kind.name: kind for kind in (CATEGORY, TEMPLATE, TAG, CONTACT, BLOCK_LIST)}
