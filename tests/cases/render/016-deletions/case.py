from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange, MemberChange
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.plan import Plan
from reconciler.model.usage import Usage, Use
from tests.support.changes import change


def gone(kind, name, identifier, *fields, **more):
    return change(
        address=Address("nhn", kind, name),
        action=Action.DELETE,
        reason="removed",
        live=LiveObject(kind=kind, id=identifier, key=None, fields={}),
        fields=tuple(FieldChange(path=path, before=value) for path, value in fields),
        **more,
    )


PLAN = Plan(
    changes=(
        gone(
            "Template",
            "otp",
            "T-1",
            ("category", "codes"),
            ("sender", "15446859"),
            ("body", "Your code is ##code##.\nIt is valid for three minutes and for nobody else."),
        ),
        gone(
            "Tag",
            "vip",
            "17",
            ("displayName", "VIP"),
            usage=Usage(counts={Use.CONTACTS: 1_400}),
        ),
        gone(
            "Tag",
            "old",
            "18",
            usage=Usage(last_used_at=1_000.0, asked_at=1_180.0, counts={Use.CONTACTS: 0}),
        ),
        gone("Contact", "kim", "kim", ("phoneNumbers", ["010****5678"])),
        gone(
            "BlockList",
            "ads",
            "0801234567",
            members=MemberChange(add=NumberSet(), remove=NumberSet(["01012345678"])),
            notes=("numbers that people added themselves stay",),
        ),
    ),
)
