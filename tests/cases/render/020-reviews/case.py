from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.finding import REVIEW_REJECTED, Finding, Severity
from reconciler.model.plan import Plan
from reconciler.model.review import Review, ReviewStatus
from tests.support.changes import change
from reconciler.model.live import LiveObject

REJECTED = Review(status=ReviewStatus.REJECTED, remark="Names no brand.")
PLAN = Plan(
    changes=(
        change(
            address=Address("el", "Template", "welcome"),
            action=Action.CREATE,
            reason="manifest",
            fields=(FieldChange(path="body", after="Hello {name}"),),
            waits="it refers to el/Signature/shop, which is in review",
        ),
        change(
            address=Address("el", "Template", "shipped"),
            action=Action.UPDATE,
            reason="manifest",
            fields=(FieldChange(path="body", before="Sent", after="Shop: sent"),),
            live=LiveObject(kind="Template", id="7", key="shipped", fields={}, review=REJECTED),
        ),
    ),
    unchanged=1,
    findings=(
        Finding(
            severity=Severity.WARNING,
            rule=REVIEW_REJECTED,
            message="its review rejected it: Names no brand; it is out of service",
            address=Address("el", "Template", "shipped"),
        ),
    ),
)
