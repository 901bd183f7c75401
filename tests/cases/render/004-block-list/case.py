from reconciler.model.address import Address
from reconciler.model.change import Action, MemberChange
from reconciler.model.numbers import NumberSet
from reconciler.model.plan import Plan
from tests.support.changes import change

few = MemberChange(add=NumberSet(["01012345678", "021234"]), remove=NumberSet())
many = MemberChange(
    add=NumberSet(f"010{n:08d}" for n in range(2000)), remove=NumberSet(["01098765432", "01098765431"])
)
PLAN = Plan(
    changes=(
        change(address=Address("nhn", "BlockList", "few"), action=Action.UPDATE, reason="drift", members=few),
        change(address=Address("nhn", "BlockList", "many"), action=Action.UPDATE, members=many),
    ),
)
