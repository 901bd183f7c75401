from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Move, Plan, RequestEstimate

old, new, gone = (Address("nhn", "Tag", name) for name in ("old", "new", "gone"))
PLAN = Plan(
    changes=(),
    unchanged=5,
    moves=(Move(source=old, target=new),),
    refresh=(OwnedObject(address=new, remote_id="1"),),
    restated=1,
    gone=(gone,),
    requests={"nhn": RequestEstimate(reads=1, writes=0, seconds=0.0)},
)
