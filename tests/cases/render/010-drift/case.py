from reconciler.model.address import Address
from reconciler.model.change import Cause, FieldChange, MemberChange
from reconciler.model.numbers import NumberSet
from reconciler.model.result import Drift, DriftStatus


def at(name):
    return Address("nhn", "Template", name)


HEADING = "Drift: 5 owned objects at nhn"
BLOCKED = {at("unread"): "live Template objects of nhn are not known: 503"}
DRIFT = (
    Drift(address=at("a"), status=DriftStatus.CHANGED, fields=(FieldChange(path="body", before="Hello", after="Hallo", cause=Cause.DRIFT),)),
    Drift(address=at("b"), status=DriftStatus.MISSING),
    Drift(address=at("b2"), status=DriftStatus.MISSING),
    Drift(address=at("c"), status=DriftStatus.UNVERIFIABLE, fields=(FieldChange(path="linkTracking", cause=Cause.UNVERIFIABLE, unknown=True),)),
    Drift(address=at("d\x1b[2J"), status=DriftStatus.UNMANAGED),
    Drift(address=Address("nhn", "BlockList", "ads"), status=DriftStatus.CHANGED, members=MemberChange(add=NumberSet(), remove=NumberSet(["01012345678"]))),
)
