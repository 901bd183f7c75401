from reconciler.model.address import Address
from reconciler.model.change import Cause, FieldChange
from reconciler.model.plan import Held, Plan
from reconciler.model.origin import Origin

OUTAGE = "nhn lists no {} at all while state owns {}: this looks like an outage; if they really are gone, use --allow-empty-remote"
tags = [Address("nhn", "Tag", f"t{number:02}") for number in range(24)]
templates = [Address("nhn", "Template", name) for name in ("code", "hello", "sale")]
differs = "a live object with this identity exists that this state does not own"
PLAN = Plan(
    changes=(),
    unchanged=1,
    blocked={
        **dict.fromkeys(tags, OUTAGE.format("Tag", 24)),
        **dict.fromkeys(templates[:2], OUTAGE.format("Template", 2)),
        templates[2]: differs,
    },
    held={
        **{address: Held(origin=Origin("sms/templates.yaml", 10 * number + 1)) for number, address in enumerate(templates[:2])},
        templates[2]: Held(origin=Origin("sms/templates.yaml", 21), fields=(FieldChange(path="body", before="a", after="b", cause=Cause.MANIFEST),)),
    },
)
