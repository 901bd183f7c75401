from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from tests.support.changes import change

COLOUR = True
PLAN = Plan(
    changes=(
        change(
            address=Address("nhn", "Tag", "a"),
            action=Action.UPDATE,
            reason="drift",
            fields=(
                FieldChange(path="displayName", before="a", after="b", replaces=True),
                FieldChange(path="tags", before=["x"], after=["y"]),
            ),
        ),
        change(address=Address("nhn", "Tag", "b"), action=Action.DELETE, reason="removed"),
    ),
    findings=(Finding(severity=Severity.WARNING, rule="r", message="m"),),
)
