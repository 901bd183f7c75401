"""The kinds of EngageLab SMS, as data."""

from __future__ import annotations

from reconciler.model.journal import CreationClass
from reconciler.model.values import Fields, JsonValue, id_of
from reconciler.model.verification import CheckKind
from reconciler.providers.kind import MANAGED, Capability, Field, Kind, ReplaceOrder, named_by

_REVIEWED = MANAGED | {Capability.REVIEW}


def _named(spec: Fields, name: str) -> dict[str, JsonValue]:
    return {**spec, "displayName": spec.get("displayName", name)}


SIGNATURE = Kind(
    name="Signature",
    proves=CheckKind.SIGNATURE,
    fields=(Field(name="displayName", identity=True),),
    creation=CreationClass.NATURAL_KEY,
    read_alone=True,
    capabilities=_REVIEWED,
    canonical=_named,
    identity=named_by("displayName"),
)


def _template(spec: Fields, name: str) -> dict[str, JsonValue]:
    fields = _named(spec, name)
    known = id_of(fields.get("signature"))
    if known is not None:
        fields["signature"] = {"id": known}
    return fields


TEMPLATE = Kind(
    name="Template",
    proves=CheckKind.TEMPLATE,
    fields=(
        Field(name="displayName", identity=True),
        Field(name="category"),
        Field(name="body", text=True),
        Field(name="countries", unordered=True),
        # The page: "the signature must be approved", or the template is refused.
        Field(name="signature", reference="Signature", approved=True, default=None),
        Field(name="signaturePosition"),
        Field(name="idTo", local=True, delivers="id"),
    ),
    # Names may repeat, so a create beside an older one is recognised as a new id: see `templates`.
    creation=CreationClass.NATURAL_KEY,
    doubles=True,
    read_alone=True,
    capabilities=_REVIEWED,
    beside=True,
    replace=ReplaceOrder.CREATE_FIRST,
    canonical=_template,
    identity=named_by("displayName"),
    sinks=("idTo",),
)

KINDS = {kind.name: kind for kind in (SIGNATURE, TEMPLATE)}
