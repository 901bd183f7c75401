from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.plan import Candidate, Held, Plan, Unread
from reconciler.model.origin import Origin


def at(kind, name):
    return Address("nhn", kind, name)


PROTECTED, TAKEN, ANY = at("Template", "otp"), at("Tag", "vip"), at("Tag", "twice")
DOWN = tuple(Address("octeth", "ApiKey", f"key-{n}") for n in range(20))
PLAN = Plan(
    changes=(),
    unchanged=4,
    blocked={
        TAKEN: "a live object with this identity exists that this state does not own; to take it over use --adopt",
        PROTECTED: "it is protected (lifecycle.protect) and this change would replace it",
        ANY: "several live objects are twice (ids 7, 9)",
        **dict.fromkeys(DOWN, "live ApiKey objects of octeth are not known: connection refused"),
    },
    held={
        PROTECTED: Held(
            origin=Origin("sms.yaml", 12, 1),
            fields=(FieldChange(path="templateId", before="otp", after="otp-2", replaces=True),),
        ),
        TAKEN: Held(
            origin=Origin("tags.yaml", 3, 1),
            fields=(
                FieldChange(path="displayName", before="VIP customers", after="VIP"),
                FieldChange(path="key", sensitive=True),
            ),
        ),
        ANY: Held(
            origin=Origin("tags.yaml", 8, 1),
            candidates=(
                Candidate(id="7"),
                Candidate(id="9", fields=(FieldChange(path="displayName", before="b", after="twice"),)),
            ),
        ),
    },
    unread=(
        Unread(
            provider="octeth",
            url="http://127.0.0.1:8025",
            error="connection refused",
            addresses=DOWN,
        ),
    ),
)
