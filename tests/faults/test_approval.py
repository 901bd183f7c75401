"""What changes at a provider between a plan and its approval, or while a long run goes on."""

from __future__ import annotations

import pytest

from tests.faults.lab import Lab
from tests.support.project import actions, resource

CATEGORY = resource("Category", "shop", description="ours")
NUMBER = "080-123-4567"


def template(body="Hello", **more):
    return resource(
        "Template", "t", category="shop", sender="15446859", type="sms", body=body, **more
    )


def theirs(lab, body="Theirs", category=None):
    row = next(iter(lab.rows("templates")), {})
    lab.call(
        "nhn",
        "PUT",
        "/templates/t",
        json={
            "templateName": "t",
            "templateDesc": "",
            "sendNo": "15446859",
            "sendType": "0",
            "title": "",
            "body": body,
            "useYn": "Y",
            "categoryId": category or row.get("categoryId"),
        },
    )


def statuses(applied):
    return {str(each.address): each.status.value for each in applied.report.results}


@pytest.fixture
def sms(lab):
    def write(*documents):
        lab.write(lab.provider("nhncloud-sms"), *documents)

    write(CATEGORY, template(), resource("Tag", "vip"))
    lab.apply()
    lab.pass_time(100)
    return write


CHANGED = {
    "changed": template("Hello again"),
    "replaced": template(),
    "deleted": None,
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_somebody_changed_while_a_person_was_asked_is_left_to_them(lab, sms, what):
    document = CHANGED[what]
    if what == "replaced":
        document = template(templateId="u")
    tag = resource("Tag", "vip", displayName="VIP")
    sms(CATEGORY, tag, *([document] if document else []))
    applied = lab.apply_after(lambda: theirs(lab))
    assert statuses(applied) == {"nhn/Template/t": "plan-stale", "nhn/Tag/vip": "done"}
    [row] = lab.rows("templates")
    assert (row["templateId"], row["body"]) == ("t", "Theirs")
    [stale] = [each for each in applied.report.results if each.status == "plan-stale"]
    assert "changed since the plan was made (body)" in stale.error
    assert "reconciler apply" in stale.hint


def test_what_depends_on_something_stale_is_not_done_either(lab, sms):
    sms(resource("Tag", "vip"))
    applied = lab.apply_after(lambda: theirs(lab))
    assert statuses(applied) == {"nhn/Template/t": "plan-stale", "nhn/Category/shop": "skipped"}
    assert len(lab.rows("templates")) == len(lab.rows("categories")) == 1


def test_destroying_leaves_what_changed_meanwhile_as_well(lab, sms):
    applied = lab.apply_after(lambda: theirs(lab), destroy=True)
    assert statuses(applied)["nhn/Template/t"] == "plan-stale"
    assert statuses(applied)["nhn/Tag/vip"] == "done"


def test_what_is_gone_meanwhile_is_not_changed_but_counts_as_deleted(lab, sms):
    sms(CATEGORY, template(), resource("Tag", "vip", displayName="VIP"))
    applied = lab.apply_after(lambda: lab.call("nhn", "DELETE", "/tags/<Tag/vip>"))
    assert statuses(applied) == {"nhn/Tag/vip": "plan-stale"}
    lab.converge(runs=2)
    sms(CATEGORY, template())
    lab.pass_time(100)
    applied = lab.apply_after(lambda: lab.call("nhn", "DELETE", "/tags/<Tag/vip>"))
    assert statuses(applied) == {"nhn/Tag/vip": "done"}


@pytest.mark.parametrize("kind", ["Tag", "Category"])
def test_a_name_that_somebody_took_meanwhile_is_not_made_twice(lab, sms, kind):
    sms(CATEGORY, template(), resource("Tag", "vip"), resource(kind, "new"))
    made = {
        "Tag": ("/tags", {"tagName": "new"}),
        "Category": ("/categories", {"categoryName": "new", "useYn": "Y"}),
    }
    path, body = made[kind]
    applied = lab.apply_after(lambda: lab.call("nhn", "POST", path, json=body))
    assert statuses(applied) == {f"nhn/{kind}/new": "plan-stale"}
    assert "somebody else made one" in applied.report.results[0].error
    assert len(lab.rows("tags" if kind == "Tag" else "categories")) == 2


def test_what_nobody_touched_is_done_and_read_once_more(lab, sms):
    sms(CATEGORY, template("Hello again"), resource("Tag", "vip", displayName="VIP"))
    lab.requests.clear()
    applied = lab.apply_after(lambda: None)
    assert set(statuses(applied).values()) == {"done"}
    read = [each.path.rsplit("/", 1)[1] for each in lab.requests if each.method == "GET"]
    assert read.count("tags") == 2


def test_nothing_is_read_again_of_a_young_plan_that_nobody_was_asked_about(lab, sms):
    sms(CATEGORY, template(), resource("Tag", "vip", displayName="VIP"))
    lab.requests.clear()
    assert set(statuses(lab.apply_after(lambda: None, approved=False)).values()) == {"done"}
    read = [each.path.rsplit("/", 1)[1] for each in lab.requests if each.method == "GET"]
    assert read.count("tags") == 1


@pytest.mark.parametrize("seconds", [50, 70])
def test_a_plan_older_than_a_minute_is_looked_at_again_before_each_write(lab, sms, seconds):
    sms(CATEGORY, template("Hello again"), resource("Tag", "vip"))

    def later():
        theirs(lab)
        lab.pass_time(seconds)

    applied = lab.apply_after(later, approved=False)
    expected = "plan-stale" if seconds > 60 else "done"
    assert statuses(applied) == {"nhn/Template/t": expected}


def test_what_a_long_run_did_itself_is_not_taken_for_a_change_by_others(lab):
    """Every write takes so long that lists are read again in between."""
    slow = lab.provider("nhncloud-sms", requestsPerSecond=0.05)
    tags = [resource("Tag", f"t{number}") for number in range(3)]
    people = [
        resource("Contact", f"c{number}", tags=["t0", "t1"], phoneNumbers=[f"0101234567{number}"])
        for number in range(2)
    ]
    lab.write(lab.provider("nhncloud-sms"), CATEGORY, template(), *tags, *people)
    lab.apply()
    lab.pass_time(100)
    for person in people:
        person["spec"]["tags"] = ["t2"]
    parent = resource("Category", "above")
    moved = resource("Category", "shop", description="ours", parent="above")
    lab.write(slow, parent, moved, template("New"), *tags[1:], *people)
    applied = lab.apply(allow_deletes=9)
    assert len(applied.report.results) >= 5
    lab.converge()


@pytest.fixture
def numbers(lab):
    def write(*numbers, mode="additive"):
        spec = {"unsubscribeNumber": NUMBER, "recipients": list(numbers), "mode": mode}
        lab.write(lab.provider("nhncloud-sms"), resource("BlockList", "ads", **spec))

    return write


def block(lab, *numbers):
    lab.call(
        "nhn",
        "POST",
        "/blockservice/recipients",
        json={"unsubscribeNo": "0801234567", "recipientNoList": list(numbers)},
    )


@pytest.mark.parametrize(
    ("mode", "added", "status"),
    [
        ("additive", "01099999999", "done"),
        ("additive", "01022222222", "plan-stale"),
        ("exclusive", "01099999999", "plan-stale"),
    ],
)
def test_numbers_that_others_add_meanwhile_matter_where_they_clash(
    lab, numbers, mode, added, status
):
    numbers("01011111111", mode=mode)
    lab.apply()
    lab.pass_time(100)
    numbers("01011111111", "01022222222", mode=mode)
    applied = lab.apply_after(lambda: block(lab, added))
    assert statuses(applied) == {"nhn/BlockList/ads": status}


def test_an_octeth_key_that_somebody_made_meanwhile_stops_ours(lab):
    domain = resource("SenderDomain", "mail.example.com")
    key = resource("ApiKey", "k", domain="mail.example.com", deliverTo={"file": "secrets/k"})
    lab.write(lab.provider("octeth"), domain)
    lab.apply()
    lab.pass_time(100)
    lab.write(lab.provider("octeth"), domain, key)
    body = {"Command": "EmailGateway.AddAPI", "DomainID": "1", "Description": "k"}
    applied = lab.apply_after(lambda: lab.call("octeth", "POST", "/api.php", json=body))
    assert actions(applied.plan) == {"octeth/ApiKey/k": "create"}
    assert statuses(applied) == {"octeth/ApiKey/k": "plan-stale"}
    assert len(lab.rows("keys")) == 1


def test_of_two_states_that_plan_the_same_at_once_the_second_makes_nothing_twice(
    make_lab, tmp_path_factory
):
    lab = make_lab()
    other = Lab(tmp_path_factory.mktemp("other"), lab.world, emulator=lab.app)
    sms = (CATEGORY, template(), resource("Tag", "vip"))
    domain = resource("SenderDomain", "mail.example.com")
    key = resource("ApiKey", "k", domain="mail.example.com", deliverTo={"file": "secrets/k"})
    for each in (lab, other):
        each.write(
            each.provider("nhncloud-sms"),
            each.provider("octeth"),
            *({**one, "metadata": {**one["metadata"], "provider": "nhn"}} for one in sms),
            *(
                {**one, "metadata": {**one["metadata"], "provider": "octeth"}}
                for one in (domain, key)
            ),
        )
    applied = other.apply_after(lab.apply)
    assert "done" not in statuses(applied).values()
    for table in ("tags", "categories", "templates", "domains", "keys"):
        assert len(lab.rows(table)) == 1, table
    lab.converge()
