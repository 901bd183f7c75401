"""One resource of each kind, with the request that creates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.lab import Lab
from tests.support.project import Readings, resource

DOMAIN = resource("SenderDomain", "mail.example.com")
_SHOWN = {"octeth": {"key-description": "shown"}}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A resource and how its create is told from other requests."""

    name: str
    type: str
    manifest: Any
    create: Mapping[str, str]
    """The conditions of a fault rule."""
    table: str
    before: tuple[Any, ...] = ()
    """What must exist already."""
    readings: Readings = field(default_factory=dict)
    late: str = "none"
    """What becomes of a create that is executed long after another attempt worked: refused or the
    same ("none"), "reported", or "cleaned" up because our marker is on it."""
    asks: bool = False
    """Whether a person has to say which object it is."""
    sends: int = 1
    """How often a create is sent whose answer was lost though it was executed."""

    @property
    def address(self) -> str:
        names = {
            "engagelab-sms": "el",
            "nhncloud-sms": "nhn",
            "octeth": "octeth",
            "surenotify": "sure",
        }
        return f"{names[self.type]}/{self.manifest['kind']}/{self.manifest['metadata']['name']}"

    def prepare(self, make_lab: Any) -> Lab:
        """Return a laboratory in which all but the subject exists."""
        lab: Lab = make_lab(readings=self.readings)
        lab.write(lab.provider(self.type), *self.before)
        lab.apply()
        lab.write(lab.provider(self.type), *self.before, self.manifest)
        lab.requests.clear()
        return lab

    def fault(self, fault: str, **more: Any) -> dict[str, Any]:
        """Return a rule that strikes the first create."""
        return {**self.create, "nth": 1, "fault": fault, **more}

    def creates(self, lab: Lab) -> int:
        """Count the creates that were sent."""
        words = str(self.create.get("body") or self.create["path"]).rstrip("$")
        method = self.create.get("method", "")
        return sum(words in name and name.startswith(method) for name in lab.writes)


def _post(path: str) -> dict[str, str]:
    return {"method": "POST", "path": path}


SUBJECTS = (
    Subject(
        name="tag",
        type="nhncloud-sms",
        manifest=resource("Tag", "vip"),
        create=_post("/tags$"),
        table="tags",
        late="reported",
    ),
    Subject(
        name="category",
        type="nhncloud-sms",
        manifest=resource("Category", "shop"),
        create=_post("/categories$"),
        table="categories",
        late="reported",
    ),
    Subject(
        name="template",
        type="nhncloud-sms",
        before=(resource("Category", "shop"),),
        manifest=resource(
            "Template", "hello", category="shop", sender="15446859", type="sms", body="Hello"
        ),
        create=_post("/templates$"),
        table="templates",
    ),
    Subject(
        name="contact",
        type="nhncloud-sms",
        before=(resource("Tag", "vip"),),
        manifest=resource("Contact", "kim", tags=["vip"], phoneNumbers=["01012345678"]),
        create=_post("/uids$"),
        table="uids",
    ),
    Subject(
        name="signature",
        type="engagelab-sms",
        manifest=resource("Signature", "shop"),
        create=_post("/v1/sign-configs$"),
        table="signature",
    ),
    Subject(
        name="reviewed template",
        type="engagelab-sms",
        before=(resource("Signature", "shop"),),
        manifest=resource(
            "Template",
            "shipped",
            category="utility",
            body="Your order {order_no}",
            countries=["US"],
            signature="shop",
        ),
        create=_post("/v1/template-configs$"),
        table="template",
        late="reported",
    ),
    Subject(
        name="domain",
        type="octeth",
        manifest=DOMAIN,
        create={"body": "AddDomain"},
        table="domains",
    ),
    Subject(
        name="domain that may repeat",
        type="octeth",
        readings={"octeth": {"domain-repeat": "new-row"}},
        manifest=DOMAIN,
        create={"body": "AddDomain"},
        table="domains",
        late="reported",
    ),
    Subject(
        name="marked key",
        type="octeth",
        readings=_SHOWN,
        before=(DOMAIN,),
        manifest=resource(
            "ApiKey", "k", domain="mail.example.com", deliverTo={"file": "secrets/key"}
        ),
        create={"body": "AddAPI"},
        table="keys",
        late="cleaned",
    ),
    Subject(
        name="marked key that is shown once",
        type="octeth",
        readings={"octeth": {"key-description": "shown", "key-list": "masked"}},
        before=(DOMAIN,),
        manifest=resource(
            "ApiKey", "k", domain="mail.example.com", deliverTo={"file": "secrets/key"}
        ),
        create={"body": "AddAPI"},
        table="keys",
        late="cleaned",
        sends=2,  # the orphan is deleted: its secret is lost, and its marker proves it ours
    ),
    Subject(
        name="key without a marker",
        type="octeth",
        before=(DOMAIN,),
        manifest=resource(
            "ApiKey", "k", domain="mail.example.com", deliverTo={"file": "secrets/key"}
        ),
        create={"body": "AddAPI"},
        table="keys",
        late="reported",
    ),
    Subject(
        name="smtp configuration",
        type="octeth",
        before=(DOMAIN,),
        manifest=resource(
            "SmtpConfig", "k", domain="mail.example.com", deliverTo={"file": "secrets/key"}
        ),
        create={"body": "AddSMTP"},
        table="smtps",
        late="reported",
        asks=True,
        sends=2,  # the adopted one is replaced, for its password is lost
    ),
    Subject(
        name="webhook",
        type="octeth",
        before=(DOMAIN,),
        manifest=resource(
            "Webhook", "h", domain="mail.example.com", events=["open"], url="https://a.example/"
        ),
        create={"body": "AddWebhook"},
        table="webhooks",
        late="reported",
    ),
    Subject(
        name="surenotify domain",
        type="surenotify",
        manifest=DOMAIN,
        create=_post("/v1/domains/"),
        table="domains",
    ),
    Subject(
        name="surenotify webhook",
        type="surenotify",
        manifest=resource(
            "Webhook", "h", channel="email", events=["open"], url="https://a.example/"
        ),
        create=_post("/v1/webhooks$"),
        table="webhooks-email",
        sends=2,  # putting the same again does no more than once
    ),
)
