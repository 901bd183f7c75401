from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.result import ApplyReport, ChangeResult, Status


def result(name, status, action=Action.CREATE, **more):
    return ChangeResult(address=Address("nhn", "Template", name), action=action, status=status, **more)


BLOCKED = 1
REPORT = ApplyReport(
    results=(
        result("a", Status.DONE),
        result("b", Status.DONE, Action.DELETE, notes=("DNS is not published yet",)),
        result("c", Status.FAILED, Action.UPDATE, error="-2101: already exists\x1b[2J", hint="Choose another templateId."),
        result("d", Status.UNKNOWN, error="no answer came in time", undecided=True),
        *(result(name, Status.FAILED, error="sender 15446859 is not registered", hint="Register it.") for name in ("f", "g")),
        *(result(f"e{n}", Status.SKIPPED, error="nhn/Template/c was not done") for n in range(25)),
    ),
    unchanged=7,
    requests={"nhn": 4},
    seconds=1.24,
)
