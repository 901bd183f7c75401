from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.model.origin import Origin
from tests.support.changes import change

ESCAPES = "\x1b]8;;http://evil\x07click\x1b]8;;\x07 \x1b[2J\r\x9b31m"
PLAN = Plan(
    changes=(
        change(
            address=Address("nhn", "Tag", "vip\x1b[31m\u202egnp"),
            action=Action.UPDATE,
            reason=ESCAPES,
            origin=Origin("a\u2028b.yaml", 1),
            fields=(
                FieldChange(path="body", before="x\n::add-path::/tmp\n##[error]no\n##vso[task.x]y", after="\u200bx\n::set-env::\nsection_start:1:a\r\x1b[0K"),
                FieldChange(path="list", before=["\x1b]52;c;aGk=\x07"], after=["::error::no"]),
                FieldChange(path="zero\ufeffwidth", before="a\u200db", after="\U000e0041\ud800"),
            ),
            notes=("\x1b[0mnote",),
        ),
    ),
    blocked={Address("nhn", "Tag", "::error::x"): "because\x1b[1m"},
    findings=(Finding(severity=Severity.WARNING, rule="r\x1b", message="::warning::##[group]"),),
)
