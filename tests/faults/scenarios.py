"""Manifests of each provider type that take several requests a resource, in two versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.lab import Lab
from tests.support.project import resource

TYPES = ("engagelab-sms", "nhncloud-sms", "octeth", "surenotify")
URL = "https://hooks.example.com/"


def _numbers(first: int, count: int) -> list[str]:
    return [f"010{1000_0000 + number}" for number in range(first, first + count)]


def nhn(lab: Lab, version: int) -> list[Any]:
    changed = version == 2
    (lab.root / "a.jpg").write_bytes(b"picture")
    return [
        lab.provider("nhncloud-sms"),
        resource("Category", "one", description="second" if changed else "first"),
        resource("Category", "two", parent="one"),
        resource(
            "Template",
            "welcome",
            category="two",
            sender="15446859",
            type="mms",
            title="Hello",
            body="Hello again" if changed else "Hello",
            attachments=["a.jpg"],
        ),
        resource("Tag", "vip", displayName="VIP" if changed else "vip"),
        resource("Contact", "kim", tags=["vip"], phoneNumbers=[f"0101234567{version}"]),
        resource(
            "BlockList",
            "ads",
            unsubscribeNumber="0801234567",
            recipients=_numbers(10 * version, 25),
        ),
    ]


def octeth(lab: Lab, version: int) -> list[Any]:
    changed = version == 2
    rotation = {"rotation": "2"} if changed else {}
    return [
        lab.provider("octeth"),
        resource("SenderDomain", "mail.example.com", linkTracking=changed, subdomain=f"v{version}"),
        resource(
            "ApiKey",
            "shop",
            domain="mail.example.com",
            deliverTo={"file": "secrets/key"},
            **rotation,
        ),
        resource(
            "Webhook",
            "hook",
            domain="mail.example.com",
            events=["delivery", "open", "click"] if changed else ["delivery", "open", "bounce"],
            url=URL,
            signingKeyTo={"file": "secrets/signing"},
        ),
        resource(
            "SmtpConfig",
            "legacy",
            domain="mail.example.com",
            deliverTo={"file": "secrets/smtp"},
            **rotation,
        ),
    ]


def surenotify(lab: Lab, version: int) -> list[Any]:
    changed = version == 2
    return [
        lab.provider("surenotify"),
        resource("SenderDomain", "mail.example.com"),
        resource(
            "Webhook",
            "mail",
            channel="email",
            events=["delivery", "open", "click"] if changed else ["delivery", "open", "bounce"],
            url=URL,
        ),
        resource("Webhook", "sms", channel="sms", events=["delivery"], url=f"{URL}{version}"),
    ]


def engagelab(lab: Lab, version: int) -> list[Any]:
    changed = version == 2
    texts = {"category": "utility", "countries": ["CN", "US"]}
    return [
        lab.provider("engagelab-sms"),
        resource("Signature", "shop", displayName="The Shop" if changed else "Shop"),
        resource(
            "Template",
            "shipped",
            signature="shop",
            body=f"Order {{order_no}}, version {version}",
            idTo={"file": "secrets/shipped"},
            **texts,
        ),
        resource(
            "Template",
            "sale",
            body=f"Sale of version {version}",
            idTo={"envFile": {"path": "secrets/ids.env", "variable": "SALE"}},
            lifecycle={"replace": "beside"},
            **texts,
        ),
    ]


MANIFESTS: dict[str, Callable[[Lab, int], list[Any]]] = {
    "engagelab-sms": engagelab,
    "nhncloud-sms": nhn,
    "octeth": octeth,
    "surenotify": surenotify,
}


def write(lab: Lab, provider_type: str, version: int = 1) -> None:
    """Write the manifests of a version; 0 are none but the provider's."""
    documents = MANIFESTS[provider_type](lab, version)
    lab.write(*(documents if version else documents[:1]))


def key_works(lab: Lab) -> bool:
    """Tell whether what was delivered as API key is a key that the server takes."""
    alive = {row["key"].encode() for row in lab.rows("keys")}
    return lab.sinks().get("key") in alive


def delivered(lab: Lab) -> bool:
    """Tell whether each sink has the secret of the one live object."""
    keys = [row["key"] for row in lab.rows("keys")]
    passwords = [row["password"] for row in lab.rows("smtps")]
    signing = [row["signing_key"] for row in lab.rows("domains")]
    files = {name: content.decode() for name, content in lab.sinks().items()}
    return (
        [files.get("key")] == keys
        and [files.get("signing")] == signing
        and len(passwords) == 1
        and passwords[0] in files.get("smtp", "")
    )
