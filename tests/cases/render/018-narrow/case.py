from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.model.origin import Origin
from tests.support.changes import change

WIDTH = 40
COLOUR = True
HEADING = "Plan: 200 resources at nhn, surenotify, gateway (emulated)"
PLAN = Plan(
    changes=(
        change(
            address=Address("nhn", "Template", "a-template-with-quite-a-long-name"),
            action=Action.UPDATE,
            reason="drift",
            origin=Origin("manifests/sms/templates.yaml", 30, 1),
            fields=(FieldChange(path="url", before="https://hooks.example.com/a/path/that/never/ends", after="x"),),
        ),
    ),
    findings=(
        Finding(
            severity=Severity.WARNING,
            rule="nhn-sms-bytes",
            message="92 bytes in EUC-KR; carriers cut a text at 90, so the end would be lost",
            origin=Origin("manifests/sms/templates.yaml", 36, 9),
        ),
    ),
)
