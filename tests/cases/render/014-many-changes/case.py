from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.live import LiveObject
from reconciler.model.plan import Plan


def change(number, kind, action, **more):
    return Change(address=Address("nhn", kind, f"{kind.lower()}-{number:02}"), action=action, **more)


PLAN = Plan(
    changes=(
        *(
            change(n, "Template", Action.CREATE, fields=(FieldChange(path="body", after="Hello\nyou"),))
            for n in range(25)
        ),
        change(1, "Tag", Action.UPDATE, fields=(FieldChange(path="displayName", before="a", after="b"),)),
        *(
            change(
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
