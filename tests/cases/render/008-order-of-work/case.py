from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.plan import Phase, Plan, RequestEstimate, Work
from tests.support.changes import change

root = Address("nhn", "Category", "root")
domain = Address("mail", "SenderDomain", "mail.example.com")
templates = [Address("nhn", "Template", f"template-{n}") for n in range(120)]
PLAN = Plan(
    order=(
        (Work(root, Phase.MAKE), Work(domain, Phase.MAKE)),
        (*(Work(a, Phase.MAKE) for a in templates[:6]), Work(Address("mail", "Webhook", "w"), Phase.MAKE)),
    ),
    changes=(
        change(address=root, action=Action.CREATE, reason="manifest"),
        change(address=domain, action=Action.CREATE, reason="manifest"),
        *(change(address=a, action=Action.CREATE, reason="manifest", depends_on=(root,)) for a in templates[:6]),
        change(address=Address("mail", "Webhook", "w"), action=Action.CREATE, reason="manifest", depends_on=(domain,)),
    ),
    requests={
        "nhn": RequestEstimate(reads=1, writes=1200, seconds=75.2),
        "mail": RequestEstimate(reads=2, writes=1, seconds=0.02),
    },
)
RATES = {"nhn": 16.0, "mail": 0.5}
