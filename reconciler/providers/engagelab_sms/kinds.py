"""The kinds of EngageLab SMS, as data."""

from __future__ import annotations

from reconciler.model.journal import CreationClass
from reconciler.model.verification import CheckKind
from reconciler.providers.kind import MANAGED, Capability, Field, Kind, ReplaceOrder, named_by

_REVIEWED = MANAGED | {Capability.REVIEW}


_NAME = Field(name="displayName", identity=True, named=True)

SIGNATURE = Kind(
    name="Signature",
    proves=CheckKind.SIGNATURE,
    fields=(_NAME,),
    creation=CreationClass.NATURAL_KEY,
    read_alone=True,
    capabilities=_REVIEWED,
    identity=named_by("displayName"),
)

TEMPLATE = Kind(
    name="Template",
    proves=CheckKind.TEMPLATE,
    fields=(
        _NAME,
        Field(name="category"),
        Field(name="body", text=True),
        Field(name="countries", unordered=True),
        # The page: "the signature must be approved", or the template is refused.
        Field(name="signature", reference="Signature", approved=True, default=None),
        Field(name="signaturePosition"),
        Field(name="idTo", local=True, delivers="id"),
    ),
    # Names may repeat, so one made beside an older one is recognised by its new id.
    creation=CreationClass.NATURAL_KEY,
    doubles=True,
    read_alone=True,
    capabilities=_REVIEWED,
    beside=True,
    replace=ReplaceOrder.CREATE_FIRST,
    identity=named_by("displayName"),
    sinks=("idTo",),
)

KINDS = {kind.name: kind for kind in (SIGNATURE, TEMPLATE)}
