from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.model.origin import Origin

key = Address("mail", "ApiKey", "app")
tag = Address("nhn", "Tag", "vip")
PLAN = Plan(
    changes=(),
    unchanged=2,
    blocked={
        tag: "a live object with this identity exists; to take it over use --adopt",
        key: f"its outcome is not known; run `reconciler state resolve {key} --adopt 17` or --forget",
    },
    undecided=(key,),
    findings=(
        Finding(severity=Severity.WARNING, rule="nhn-sms-bytes", message="92 bytes; carriers cut at 90", address=tag, origin=Origin("a.yaml", 14, 9)),
        Finding(severity=Severity.ERROR, rule="nhn-sender-unregistered", message="15446859 is not registered"),
        Finding(severity=Severity.INFO, rule="dns", message="DNS is not verified"),
    ),
)
