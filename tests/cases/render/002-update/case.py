from reconciler.model.address import Address
from reconciler.model.change import Action, Cause, FieldChange
from reconciler.model.plan import Plan
from reconciler.model.origin import Origin
from tests.support.changes import change

OLD = "\r\n".join(f"line {n}" for n in range(1, 13))
NEW = OLD.replace("line 2", "LINE 2").replace("line 11\r", "line eleven\r").replace("\r\n", "\n")
PLAN = Plan(
    changes=(
        change(
            address=Address("nhn", "Template", "welcome"),
            action=Action.UPDATE,
            reason="manifest and drift",
            origin=Origin("nhn.yaml", 14, 3),
            fields=(
                FieldChange(path="enabled", before=True, after=False),
                FieldChange(path="description", before=None, after="true", cause=Cause.DRIFT),
                FieldChange(path="title", before=" a ", after="x → y", cause=Cause.BOTH),
                FieldChange(path="category", before="old", after="new", pending=True),
                FieldChange(path="linkTracking", unknown=True, after=False, cause=Cause.UNVERIFIABLE),
                FieldChange(path="secret", sensitive=True),
                FieldChange(path="deliverTo.file", before="a", after="b"),
                FieldChange(path="body", before=OLD, after=NEW),
                FieldChange(path="tags", before=["a", "b", "c"], after=["b", "d"], cause=Cause.DRIFT),
                FieldChange(path="order", before=["a", "b"], after=["b", "a"]),
                FieldChange(path="options", before={"a": 1, "b": None}, after={"a": 2, "b": True}),
                FieldChange(path="target", before={"id": "7"}, after={"id": "8"}),
                FieldChange(path="long", before="x" * 200 + "1" + "y" * 200, after="x" * 200 + "2" + "y" * 200),
                FieldChange(path="many", before=[], after=[f"item {n}" for n in range(30)]),
            ),
        ),
    ),
    unchanged=1,
)
