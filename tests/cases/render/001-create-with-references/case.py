from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.plan import Phase, Plan, RequestEstimate, Work
from reconciler.model.origin import Origin
from tests.support.changes import change

category = Address("nhn", "Category", "transactional")
template = Address("nhn", "Template", "welcome")
HEADING = "Plan: 2 resources at nhn"
RATES = {"nhn": 50.0}
PLAN = Plan(
    order=((Work(category, Phase.MAKE),), (Work(template, Phase.MAKE),)),
    changes=(
        change(
            address=category,
            action=Action.CREATE,
            reason="manifest",
            origin=Origin("messaging/nhn.yaml", 8),
            fields=(
                FieldChange(path="displayName", after="transactional"),
                FieldChange(path="enabled", after=True),
                FieldChange(path="parent", after=None),
            ),
        ),
        change(
            address=template,
            action=Action.CREATE,
            reason="missing",
            origin=Origin("messaging/nhn.yaml", 14),
            depends_on=(category,),
            fields=(
                FieldChange(path="category", after="transactional", pending=True),
                FieldChange(path="sender", after="15446859"),
                FieldChange(path="title", after=""),
                FieldChange(path="attachments", after=[{"path": "a.jpg", "sha256": "0123456789abcdef"}]),
                FieldChange(path="signature", sensitive=True),
                FieldChange(path="body", after="Hello ##name##\r\n안녕하세요\n" + "".join(f"line {n}\n" for n in range(20))),
            ),
            notes=("the provider reviews a template before it is used",),
        ),
    ),
    unchanged=3,
    requests={"nhn": RequestEstimate(reads=4, writes=12, seconds=0.31)},
)
