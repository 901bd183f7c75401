"""Whole lives of all kinds against the emulator, which others wrote from the same pages."""

import pytest

from reconciler.emulator.app import build_app, readings_matrix
from tests.support.inprocess import InProcessTransport

URL = "https://hooks.example.net/mail"
MATRIX = readings_matrix("octeth")


def told(readings):
    """Name a reading by what it changes."""
    return ",".join(f"{k}={v}" for k, v in readings.items() if v != MATRIX[0][k])[:60] or "default"


@pytest.fixture(params=MATRIX, ids=told)
def at_emulator(request, desk_class):
    readings = request.param
    options = {"smtpPasswordFromList": True}
    if readings["smtp-list-password"] == "absent":
        readings = readings | {"smtp-secret": "inline"}
    if readings["encoding"] == "form":
        options["encoding"] = "form"
    if readings["key-limit"] == "one" and readings["generation"] == "5.5":
        options["oneKeyPerDomain"] = True

    def make():
        app = build_app(readings={"octeth": readings})
        return desk_class(
            transport=InProcessTransport(app), base_url="http://localhost/octeth", options=options
        )

    return make


def start(desk):
    desk.want("SenderDomain", "main", domain="Mail.Example.com", linkTracking=True, subdomain="out")
    desk.want("SenderDomain", "other.example")
    desk.want("ApiKey", "key", domain="main", deliverTo={"file": "key"})
    desk.want("SmtpConfig", "smtp", domain="main", deliverTo={"file": "smtp"})
    sink = {"file": "sign"}
    desk.want(
        "Webhook", "hook", domain="main", events=["open", "delivery"], url=URL, signingKeyTo=sink
    )
    desk.want("Webhook", "second", domain="main", events=["click"], url=URL)


def change(desk):
    desk.want(
        "SenderDomain", "main", domain="mail.example.com", linkTracking=False, subdomain="new"
    )
    desk.want("ApiKey", "key", domain="main", deliverTo={"file": "key"}, rotation="2")
    desk.want("SmtpConfig", "smtp", domain="main", deliverTo={"file": "smtp"}, rotation="2")
    desk.want("Webhook", "hook", domain="main", events=["open", "bounce"], url=f"{URL}/2")


async def nothing_left(desk):
    seen = await desk.observe(bare=True)
    return not any(collection.objects for collection in seen.collections.values())


def test_create_change_replace_and_destroy_leave_nothing_to_do_each_time(at_emulator):
    desk = at_emulator()

    async def life():
        start(desk)
        assert {verb for verb, _ in await desk.apply()} == {"create"}
        assert await desk.plan() == []
        key, smtp = (
            dict(desk.delivered[f"mail/{name}"]) for name in ("ApiKey/key", "SmtpConfig/smtp")
        )
        assert set(smtp) == {
            f"deliverTo.{part}" for part in ("host", "port", "username", "password")
        }
        assert desk.delivered["mail/Webhook/hook"]["signingKeyTo.signingKey"]
        change(desk)
        verbs = {name: verb for verb, name in await desk.apply()}
        assert verbs == {"main": "update", "key": "replace", "smtp": "replace", "hook": "update"}
        assert await desk.plan() == []
        assert desk.delivered["mail/ApiKey/key"] != key
        desk.want("Webhook", "hook", domain="other.example", events=["open"], url=URL)
        assert await desk.apply() == [("replace", "hook")]
        assert await desk.plan() == []
        desk.manifests.clear()
        assert {verb for verb, _ in await desk.apply()} == {"delete"}
        assert await nothing_left(desk)

    desk.run(life())


def test_a_death_at_any_write_of_domains_and_webhooks_is_made_good_by_the_next_run(
    at_emulator, killed
):
    async def life(desk, fuse):
        start(desk)
        for address in [one for one in desk.manifests if one.kind in {"ApiKey", "SmtpConfig"}]:
            del desk.manifests[address]
        desk.fuse = fuse
        try:
            await desk.apply()
        except killed:
            desk.fuse = None
        else:
            return True
        await desk.apply()
        assert await desk.plan() == []
        desk.manifests.clear()
        await desk.apply()
        assert await nothing_left(desk), fuse
        return False

    for fuse in range(40):
        desk = at_emulator()
        if desk.run(life(desk, fuse)):
            return
    pytest.fail("it never came to its end")
