from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan

COLOUR = True
PLAN = Plan(
    changes=(
        Change(
            address=Address("nhn", "Tag", "a"),
            action=Action.UPDATE,
            reason="drift",
            fields=(
                FieldChange(path="displayName", before="a", after="b", replaces=True),
                FieldChange(path="tags", before=["x"], after=["y"]),
            ),
        ),
        Change(address=Address("nhn", "Tag", "b"), action=Action.DELETE, reason="removed"),
    ),
    findings=(Finding(severity=Severity.WARNING, rule="r", message="m"),),
)
