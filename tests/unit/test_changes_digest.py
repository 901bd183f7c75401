"""Two plans have one digest where, and only where, they change the same."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Create, Delete, Desired, FieldChange, MemberChange, Update
from reconciler.model.changes_digest import changes_digest
from reconciler.model.live import LiveObject
from reconciler.model.numbers import NumberSet
from reconciler.model.owned import OwnedObject
from reconciler.model.plan import Move, Plan

ADDRESSES = st.builds(
    Address, st.just("nhn"), st.sampled_from(["Tag", "Template"]), st.sampled_from("abcd")
)
VALUES = st.none() | st.integers(0, 3) | st.sampled_from(["", "x", "가"]) | st.booleans()
FIELDS = st.lists(
    st.builds(FieldChange, path=st.sampled_from("pqr"), before=VALUES, after=VALUES),
    max_size=3,
    unique_by=lambda field: field.path,
).map(tuple)
NUMBERS = st.sets(st.sampled_from(["0101", "0102", "0103"])).map(NumberSet)
MEMBERS = st.none() | st.builds(MemberChange, add=NUMBERS, remove=NUMBERS)


@st.composite
def changes(draw):
    address, fields = draw(ADDRESSES), draw(FIELDS)
    live = LiveObject(kind=address.kind, id="1", key="k", fields={})
    owned = OwnedObject(address=address, remote_id="1", key="k")
    desired = Desired(key=draw(st.sampled_from(["k", "l"])))
    making = {"address": address, "fields": fields, "desired": desired, "members": draw(MEMBERS)}
    return draw(
        st.sampled_from(
            [
                Create(**making),
                Update(**making, live=live, owned=owned),
                Delete(address=address, fields=fields, live=live, owned=owned),
            ]
        )
    )


def plans():
    lists = st.lists(changes(), max_size=3, unique_by=lambda change: change.address)
    moves = st.lists(st.builds(Move, source=ADDRESSES, target=ADDRESSES), max_size=2)
    return st.builds(Plan, changes=lists.map(tuple), moves=moves.map(tuple))


def said(plan):
    """What a plan changes, whatever the order; `True` and `1` are told apart."""

    def field(each):
        return (each.path, repr(each.before), repr(each.after))

    def members(each):
        members = getattr(each, "members", None)
        return members and (tuple(members.add), tuple(members.remove))

    def key(each):
        return each.owned.key if isinstance(each, Delete) else each.desired.key

    return (
        sorted(
            (
                str(each.address),
                each.action,
                key(each),
                sorted(map(field, each.fields)),
                str(members(each)),
            )
            for each in plan.changes
        ),
        sorted((str(move.source), str(move.target)) for move in plan.moves),
    )


@given(plans(), st.randoms())
def test_neither_order_nor_time_nor_serial_moves_it(plan, random):
    shuffled = random.sample(plan.changes, len(plan.changes))
    other = Plan(changes=tuple(shuffled), moves=plan.moves[::-1], serial=7, made_at=9.0)
    assert changes_digest(other) == changes_digest(plan)


@given(plans(), plans())
def test_plans_of_one_digest_change_the_same(one, other):
    assert (changes_digest(one) == changes_digest(other)) == (said(one) == said(other))
