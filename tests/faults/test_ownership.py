"""What is somebody else's stays so: reused ids, occupied slots, deletes whose answer was lost."""

from __future__ import annotations

import pytest

from reconciler.engine.applying.events import EventKind
from tests.faults.lab import SETTLE
from tests.faults.subjects import DOMAIN, SUBJECTS
from tests.support.project import actions, resource

# --- an id that means something else by now -------------------------------------------------------

REUSED = {
    "octeth domain": ("octeth", (), DOMAIN, "domains", {"name": "somebody.example"}),
    "octeth key": (
        "octeth",
        (DOMAIN,),
        resource(
            "ApiKey",
            "k",
            domain="mail.example.com",
            description="the shop's",
            deliverTo={"file": "secrets/key"},
        ),
        "keys",
        {"description": "somebody's"},
    ),
    "category": (
        "nhncloud-sms",
        (resource("Category", "above"),),
        resource("Category", "shop", parent="above"),
        "categories",
        {"categoryParentId": "the highest", "categoryName": "somebody's"},
    ),
}


@pytest.mark.parametrize("wanted", [False, True], ids=["removed", "still-wanted"])
@pytest.mark.parametrize("case", REUSED)
def test_an_object_that_took_over_the_id_of_ours_is_neither_deleted_nor_replaced(
    make_lab, case, wanted
):
    lab = make_lab(readings={"octeth": {"key-description": "shown"}})
    provider_type, before, manifest, name, foreign = REUSED[case]
    lab.write(lab.provider(provider_type), *before, manifest)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    store = lab.app.state.store
    table = next(t for n, t in store._tables.items() if n.endswith(f"/{name}"))
    address = next(a for a in lab.state if a.endswith(f"{manifest['kind']}/{_name(manifest)}"))
    identifier = lab.row(address).remote_id
    key = next(key for key, row in table.items() if identifier in {key, str(row.get("id"))})
    if foreign.get("categoryParentId"):
        top = next(key for key, row in table.items() if row["depth"] == 0)
        foreign = foreign | {"categoryParentId": int(top)}
    table[key] = table[key] | foreign
    lab.write(lab.provider(provider_type), *before, *([manifest] if wanted else []))
    sent = len(lab.writes)
    plan = lab.plan()
    assert actions(plan) == {}
    assert [str(each) for each in plan.blocked] == [address]
    assert f"reconciler state rm {address}" in str(plan.blocked)
    with pytest.raises(Exception, match="cannot be applied as it is"):
        lab.try_apply(allow_deletes=9)
    assert len(lab.writes) == sent
    assert table[key].items() >= foreign.items()


def _name(manifest):
    return manifest["metadata"]["name"]


# --- deletes --------------------------------------------------------------------------------------

DELETES = {
    "tag": {"method": "DELETE"},
    "category": {"method": "DELETE"},
    "template": {"method": "DELETE"},
    "contact": {"method": "DELETE"},
    "domain": {"body": "DeleteDomain"},
    "key without a marker": {"body": "DeleteAPI"},
    "smtp configuration": {"body": "DeleteSMTP"},
    "webhook": {"body": "DeleteWebhook"},
    "reviewed template": {"method": "DELETE"},
    "signature": {"method": "DELETE"},
    "surenotify domain": {"method": "DELETE"},
    "surenotify webhook": {"method": "DELETE"},
}
LOST = {
    "hang executed": {"fault": "hang", "executed": True},
    "hang": {"fault": "hang"},
    "dropped after": {"fault": "drop-after"},
    "dropped before": {"fault": "drop-before"},
    "500 after": {"fault": "status-after", "status": 500},
    "500 before": {"fault": "status-before", "status": 500},
}
by_name = {each.name: each for each in SUBJECTS}


def _ready_to_delete(make_lab, name):
    lab = by_name[name].prepare(make_lab)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.write(lab.provider(by_name[name].type), *by_name[name].before)
    lab.requests.clear()
    return lab


def _is_gone(lab, name):
    rows = lab.rows(by_name[name].table)
    return [row for row in rows if row.get("delYn") != "Y"] == []


@pytest.mark.parametrize(
    "times", [pytest.param(1, id="once"), pytest.param(99, marks=pytest.mark.slow, id="always")]
)
@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("name", DELETES)
def test_a_delete_whose_answer_was_lost_is_settled_by_looking(make_lab, name, lost, times):
    lab = _ready_to_delete(make_lab, name)
    lab.faults({**DELETES[name], **LOST[lost], "times": times})
    applied = lab.try_apply()
    executed = "executed" in lost or "after" in lost
    if executed:
        assert _is_gone(lab, name)
    if executed and times == 1:
        assert applied.failures == []
    lab.faults()
    lab.converge()
    assert _is_gone(lab, name)
    assert by_name[name].address not in lab.state


@pytest.mark.parametrize("name", DELETES)
def test_what_is_gone_already_counts_as_deleted(make_lab, name):
    lab = _ready_to_delete(make_lab, name)
    table = next(
        table
        for key, table in lab.app.state.store._tables.items()
        if key.endswith(f"/{by_name[name].table}")
    )

    def delete(event):
        if event.kind is EventKind.STARTED:
            for key in [key for key, row in table.items() if row.get("depth") != 0]:
                del table[key]

    applied = lab.try_apply(listener=delete)
    assert actions(applied.plan) == {by_name[name].address: "delete"}
    assert applied.failures == []
    lab.converge()


# --- what is there already ------------------------------------------------------------------------

SLOT = {"channel": "email", "events": ["open"], "url": "https://ours.example/"}
THEIRS = {"type": 4, "url": "https://theirs.example/"}
TABLE = "surenotify/emulated-sure-apiKey/webhooks-email"


def test_a_slot_that_somebody_occupied_before_is_taken_over_only_when_asked(lab):
    lab.write(lab.provider("surenotify"), resource("Webhook", "h", **SLOT))
    lab.call("sure", "POST", "/v1/webhooks", json=THEIRS)
    plan = lab.plan()
    assert plan.changes == ()
    assert "--adopt" in str(plan.blocked)
    lab.apply(adopt=True)
    assert [row["url"] for row in lab.rows("webhooks-email")] == [SLOT["url"]]


def test_a_slot_that_somebody_occupies_after_the_plan_was_made_is_left_to_them(lab):
    lab.write(lab.provider("surenotify"), resource("Webhook", "h", **SLOT))
    lab.call("sure", "POST", "/v1/webhooks", json={"type": 5, "url": "https://theirs.example/"})
    table = next(
        table
        for name, table in lab.app.state.store._tables.items()
        if name.endswith("webhooks-email")
    )

    def occupy(event):
        if event.kind is EventKind.STARTED:
            [row] = table.values()
            table["4"] = row | THEIRS

    applied = lab.try_apply(listener=occupy)
    assert "by somebody else just now" in applied.failures[0]
    assert {row["url"] for row in table.values()} == {THEIRS["url"]}
    assert lab.writes == ["POST /surenotify/v1/webhooks"]  # theirs
    assert lab.state == {}
    assert "--adopt" in str(lab.plan().blocked)


def test_a_template_that_somebody_makes_after_the_plan_was_made_is_theirs(lab):
    subject = by_name["template"]
    lab.write(lab.provider("nhncloud-sms"), *subject.before)
    lab.apply()
    lab.write(lab.provider("nhncloud-sms"), *subject.before, subject.manifest)
    other = {"templateName": "theirs", "sendNo": "15446859", "sendType": "0", "body": "Theirs"}
    store = lab.app.state.store
    table = store.table("nhncloud-sms/emulated-nhn-appKey/templates")

    def occupy(event):
        if event.kind is EventKind.STARTED:
            category = lab.store.objects()
            [known] = [row.remote_id for row in category.values()]
            table["hello"] = {
                **other,
                "templateId": "hello",
                "categoryId": int(known),
                "templateDesc": "",
                "title": "",
                "useYn": "Y",
                "delYn": "N",
                "fileIds": [],
            }

    applied = lab.try_apply(listener=occupy)
    assert len(applied.failures) == 1
    assert table["hello"]["body"] == "Theirs"
    assert subject.address not in lab.state
    assert lab.store.open_entries() == []


def test_a_domain_that_somebody_makes_after_the_plan_was_made_is_not_doubled(lab):
    lab.write(lab.provider("octeth"), DOMAIN)

    def occupy(event):
        if event.kind is EventKind.STARTED:
            lab.app.state.store.table("octeth/emulated-octeth-apiKey/domains")["1"] = {
                **made,
                "id": 1,
            }

    other = type(lab)(lab.root, lab.world)
    other.apply()
    [made] = other.rows("domains")
    applied = lab.try_apply(listener=occupy)
    assert len(applied.failures) == 1
    assert len(lab.rows("domains")) == 1
    assert lab.state == {}
    assert set(actions(lab.plan()).values()) <= {"adopt"}


@pytest.mark.parametrize("change", ["an event goes", "the manifest goes"])
def test_what_others_have_in_a_row_of_ours_survives_wherever_the_removal_dies(make_lab, change):
    lab = make_lab(readings={"octeth": {"webhook-rows": "per-url"}})
    url = "https://a.example/"
    lab.write(lab.provider("octeth"), DOMAIN)
    lab.apply()
    command = {"Command": "EmailGateway.AddWebhook", "DomainID": "1", "WebhookURL": url}
    lab.call("octeth", "POST", "/api.php", json={**command, "Event": "click"})
    hook = resource("Webhook", "h", domain="mail.example.com", events=["open", "bounce"], url=url)
    lab.write(lab.provider("octeth"), DOMAIN, hook)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    hook["spec"]["events"] = ["open"]
    left = [hook] if change == "an event goes" else []
    lab.write(lab.provider("octeth"), DOMAIN, *left)
    moments = lab.film(lab.apply)
    for moment in moments:
        restarted = lab.after_crash(moment)
        restarted.converge()
        found = sorted(event for row in restarted.rows("webhooks") for event in row["events"])
        assert found == (["click", "open"] if left else ["click"]), moment.name


# --- what lies inside -----------------------------------------------------------------------------

SHOP = resource("Category", "shop")
SMS = {"sender": "15446859", "type": "sms", "body": "hello"}


def _given_up(manifest):
    return manifest | {"lifecycle": {"onRemove": "forget"}}


@pytest.mark.parametrize("after", [(), (resource("Category", "above"), "moved")])
def test_a_category_with_strangers_inside_is_neither_deleted_nor_moved(make_lab, after):
    lab = make_lab()
    theirs = (
        _given_up(resource("Category", "theirs", parent="shop")),
        _given_up(resource("Template", "theirs", category="shop", **SMS)),
    )
    other = resource("Category", "other")
    ours = resource("Template", "ours", category="other", **SMS)
    lab.write(lab.provider("nhncloud-sms"), SHOP, *theirs, other, ours)
    lab.apply()
    lab.write(lab.provider("nhncloud-sms"), SHOP, other, ours)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    moved = [resource("Category", "shop", parent="above") if m == "moved" else m for m in after]
    lab.write(lab.provider("nhncloud-sms"), *moved, other, ours)
    plan = lab.plan()
    [(address, reason)] = plan.blocked.items()
    assert address.name == "shop"
    assert "Category shop/theirs, Template theirs" in reason
    assert address not in {change.address for change in plan.changes}
    assert plan.refused == (address,)


def test_a_category_whose_content_goes_as_well_is_deleted(make_lab):
    lab = make_lab()
    inside = resource("Template", "ours", category="shop", **SMS)
    lab.write(
        lab.provider("nhncloud-sms"), SHOP, resource("Category", "sub", parent="shop"), inside
    )
    lab.apply()
    lab.pass_time(2 * SETTLE)
    lab.write(lab.provider("nhncloud-sms"))
    lab.apply(allow_deletes=3)
    assert lab.plan().changes == ()
