from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.live import LiveObject
from reconciler.model.plan import Plan
from tests.support.changes import change


def numbered(number, kind, action, **more):
    return change(address=Address("nhn", kind, f"{kind.lower()}-{number:02}"), action=action, **more)


COMPACT = True
PLAN = Plan(
    changes=(
        *(
            numbered(n, "Template", Action.CREATE, fields=(FieldChange(path="body", after="Hello\nyou"),))
            for n in range(25)
        ),
        numbered(1, "Tag", Action.UPDATE, fields=(FieldChange(path="displayName", before="a", after="b"),)),
        *(
            numbered(
                n,
                "Category",
                Action.DELETE,
                reason="removed",
                fields=(FieldChange(path="displayName", before=f"No. {n}"),),
                live=LiveObject(kind="Category", id=str(100 + n), key=None, fields={}),
            )
            for n in range(6)
        ),
    ),
    unchanged=3,
)
