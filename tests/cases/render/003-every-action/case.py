from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.plan import Phase, Plan, Work
from tests.support.changes import change


def at(kind, name):
    return Address("mail", kind, name)


PLAN = Plan(
    order=(
        (
            Work(at("Template", "a"), Phase.MAKE),
            Work(at("ApiKey", "b"), Phase.REMOVE),
            Work(at("Tag", "c"), Phase.MAKE),
            Work(at("Tag", "d"), Phase.REMOVE),
            Work(at("Tag", "e"), Phase.REMOVE),
        ),
        (Work(at("ApiKey", "b"), Phase.MAKE), Work(at("Category", "f"), Phase.REMOVE)),
    ),
    changes=(
        change(
            address=at("Template", "a"),
            action=Action.REPLACE,
            reason="templateId cannot be changed in place",
            fields=(FieldChange(path="templateId", before="a", after="b", replaces=True),),
        ),
        change(
            address=at("ApiKey", "b"),
            action=Action.REPLACE,
            create_first=True,
            fields=(FieldChange(path="rotation", before="1", after="2", replaces=True),),
        ),
        change(address=at("Tag", "c"), action=Action.ADOPT, reason="exists already"),
        change(address=at("Tag", "d"), action=Action.FORGET, reason="removed"),
        change(address=at("Tag", "e"), action=Action.DELETE, reason="removed"),
        change(address=at("Category", "f"), action=Action.DELETE, reason="removed", depends_on=(at("Tag", "e"),)),
    ),
)
