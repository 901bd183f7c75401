"""Being stuck, and the printed command that gets out of it, on the real command line."""

from __future__ import annotations

import re

import pytest

from reconciler.cli import main
from reconciler.errors import PlanRefused, StateLocked
from tests.faults.lab import Lab, twins
from tests.support.project import actions, resource

DOMAIN = resource("SenderDomain", "mail.example.com")
SMTP = resource("SmtpConfig", "k", domain="mail.example.com", deliverTo={"file": "secrets/key"})
KEY = resource("ApiKey", "k", domain="mail.example.com", deliverTo={"file": "secrets/key"})
HOOK = resource(
    "Webhook", "h", domain="mail.example.com", events=["open"], url="https://a.example/"
)
SLOT = resource("Webhook", "h", channel="email", events=["open"], url="https://ours.example/")


@pytest.fixture
def lab(folder, world):
    """A laboratory whose state is a file that the command line opens, too."""
    return Lab(folder, world, on_disk=True)


@pytest.fixture
def state(lab, capsys):
    """Run `reconciler state …` and return what it prints."""

    def call(*words):
        if "--adopt" in words:  # reads what is live, which only the lab can reach
            _, address, _, identifier = words
            lab.resolve(address, adopt=identifier)
            return f"{address} is the live object {identifier}"
        capsys.readouterr()
        code = main(["-C", str(lab.root), "state", *words])
        out, err = capsys.readouterr()
        assert code == 0, err
        lab.reopen()
        return out

    return call


def _write(lab, provider_type, *documents):
    lab.write(lab.provider(provider_type, settleSeconds=0), *documents)


def _printed(text, *wanted):
    """Return the words behind `reconciler state` of the first printed command like that."""
    for words in re.findall(r"reconciler state ([^`,;]+)", str(text)):
        if all(each in words for each in wanted):
            return words.rstrip(".)'\"}]").split()
    raise AssertionError(f"no command with {wanted} in {text}")


def _refused(lab):
    with pytest.raises(PlanRefused) as caught:
        lab.try_apply()
    return str(caught.value.details)


# --- Octeth ---------------------------------------------------------------------------------------


def _lost_smtp(lab):
    _write(lab, "octeth", DOMAIN)
    lab.apply()
    _write(lab, "octeth", DOMAIN, SMTP)
    lab.faults({"body": "AddSMTP", "nth": 1, "fault": "drop-after"})
    applied = lab.try_apply()
    assert [result.undecided for result in applied.report.results] == [True]
    assert lab.plan().blocked
    assert lab.try_apply().plan.undecided  # until it is decided
    assert lab.writes.count("AddSMTP") == 1
    return applied.failures


def test_octeth_a_lost_password_is_got_over_by_adopting_what_was_made(lab, state):
    command = _printed(_lost_smtp(lab), "--adopt")
    assert "is the live object" in state(*command)
    lab.converge()
    [row] = lab.rows("smtps")
    assert row["password"] in lab.sinks()["key"].decode()


def test_octeth_a_lost_password_is_got_over_by_forgetting_what_was_made(lab, state):
    command = _printed(_lost_smtp(lab), "--forget")
    assert "none of the live objects" in state(*command)
    lab.converge()
    assert len(lab.rows("smtps")) == 2
    ours = lab.row("octeth/SmtpConfig/k").remote_id
    [row] = [row for row in lab.rows("smtps") if str(row["id"]) == ours]
    assert row["password"] in lab.sinks()["key"].decode()
    unmanaged = [str(each.address) for each in lab.drift(unmanaged=True).drift]
    assert [each for each in unmanaged if "SmtpConfig" in each]


@pytest.mark.parametrize("answer", ["--adopt", "--forget"])
def test_octeth_a_key_that_could_be_ours_is_taken_over_or_left_alone(lab, state, answer):
    _write(lab, "octeth", DOMAIN)
    lab.apply()
    by_hand = {"Command": "EmailGateway.AddAPI", "DomainID": "1", "Description": "by hand"}
    lab.call("octeth", "POST", "/api.php", json=by_hand)
    [theirs] = [row["key"] for row in lab.rows("keys")]
    _write(lab, "octeth", DOMAIN, KEY)
    plan = lab.plan()
    assert plan.changes == ()
    state(*_printed(dict(plan.blocked), answer))
    lab.converge()
    keys = [row["key"] for row in lab.rows("keys")]
    assert len(keys) == (1 if answer == "--adopt" else 2)
    assert (theirs in keys) is (answer == "--forget")
    assert lab.sinks()["key"].decode() in set(keys) - {theirs}


@pytest.mark.parametrize("keys", ["masked", "absent"])
def test_octeth_a_key_that_moved_when_its_answer_was_lost_is_taken_over_where_it_went(
    make_lab, keys
):
    lab = make_lab(readings={"octeth": {"key-list": keys, "key-description": "hidden"}})
    other = resource("SenderDomain", "b.example")
    key = {"deliverTo": {"file": "secrets/key"}}
    _write(lab, "octeth", DOMAIN, other, resource("ApiKey", "k", domain="mail.example.com", **key))
    lab.apply()
    _write(lab, "octeth", DOMAIN, other, resource("ApiKey", "k", domain="b.example", **key))
    lab.faults({"body": "AddAPI", "nth": 1, "fault": "drop-after"})
    applied = lab.try_apply(allow_deletes=9)
    lab.faults()
    lab.resolve(*lab.asked(applied)[0][:1], adopt=lab.asked(applied)[0][1])
    lab.converge(runs=2)
    [row] = lab.rows("keys")
    assert row["key"] == lab.sinks()["key"].decode()


def test_octeth_an_object_that_is_ours_by_inference_is_deleted_once_that_is_confirmed(lab, state):
    _write(lab, "octeth", DOMAIN)
    lab.apply()
    _write(lab, "octeth", DOMAIN, KEY)
    lab.faults({"body": "AddAPI", "nth": 1, "fault": "drop-after"})
    lab.apply()
    assert lab.row("octeth/ApiKey/k").provenance == "inferred"
    _write(lab, "octeth", DOMAIN)
    applied = lab.try_apply()
    assert applied.plan.changes == ()
    assert len(lab.rows("keys")) == 1
    state(*_printed(applied.failures, "--adopt"))
    lab.converge()
    assert lab.rows("keys") == []


def test_octeth_a_late_duplicate_is_told_of_until_it_is_said_to_be_none(lab, state):
    _write(lab, "octeth", DOMAIN)
    lab.apply()
    _write(lab, "octeth", DOMAIN, HOOK)
    lab.faults({"body": "AddWebhook", "nth": 1, "fault": "drop-before"})
    lab.apply()
    late = {"Command": "EmailGateway.AddWebhook", "DomainID": "1", "Event": "open"}
    lab.call("octeth", "POST", "/api.php", json={**late, "WebhookURL": "https://a.example/"})
    for _ in range(2):
        found = twins(lab.try_apply().plan)
        assert len(found) == 1
    state(*_printed(found, "--forget"))
    assert twins(lab.plan()) == []
    lab.converge()
    assert twins(lab.plan()) == []
    assert len(lab.rows("webhooks")) == 2


# --- NHN Cloud ------------------------------------------------------------------------------------


def test_nhn_of_two_tags_with_one_name_one_is_chosen(lab, state):
    _write(lab, "nhncloud-sms", resource("Tag", "vip"))
    for _ in range(2):
        lab.call("nhn", "POST", "/tags", json={"tagName": "vip"})
    state(*_printed(_refused(lab), "--adopt"))
    lab.converge()
    assert len(lab.rows("tags")) == 2
    assert lab.writes == ["POST /tags"] * 2


@pytest.mark.parametrize("answer", ["--adopt", "--forget"])
def test_nhn_a_lost_category_that_looks_otherwise_is_taken_over_or_left_alone(lab, state, answer):
    _write(lab, "nhncloud-sms", resource("Category", "shop", description="ours"))
    lab.faults({"method": "POST", "path": "/categories$", "fault": "drop-before"})
    assert lab.try_apply().failures
    lab.faults()
    body = {"categoryName": "shop", "categoryDesc": "theirs", "useYn": "Y"}
    lab.call("nhn", "POST", "/categories", json=body)
    applied = lab.try_apply()
    assert applied.plan.undecided
    assert "description" in str(applied.failures)
    state(*_printed(applied.failures, answer))
    if answer == "--forget":  # it is there nevertheless, and somebody else's
        assert "--adopt" in _refused(lab)
        lab.apply(adopt=True)
    lab.converge()
    assert [row["categoryDesc"] for row in lab.rows("categories")] == ["ours"]


def test_nhn_a_renamed_manifest_is_told_to_state(lab, state):
    _write(lab, "nhncloud-sms", resource("Tag", "vip"))
    lab.apply()
    _write(lab, "nhncloud-sms", resource("Tag", "gold", displayName="vip"))
    assert "movedFrom: vip" in _refused(lab)
    state("mv", "nhn/Tag/vip", "nhn/Tag/gold")
    assert lab.apply().report.results == ()
    assert list(lab.state) == ["nhn/Tag/gold"]


def test_nhn_what_is_protected_is_given_up(lab, state):
    _write(lab, "nhncloud-sms", resource("Tag", "vip", lifecycle={"protect": True}))
    lab.apply()
    _write(lab, "nhncloud-sms")
    state(*_printed(_refused(lab), "rm"))
    assert lab.apply().report.results == ()
    assert lab.state == {}
    assert len(lab.rows("tags")) == 1


def test_nhn_an_id_that_is_somebody_elses_by_now_is_given_up(lab, state):
    shop = resource("Category", "shop", parent="above")
    _write(lab, "nhncloud-sms", resource("Category", "above"), shop)
    lab.apply()
    table = lab.app.state.store.table("nhncloud-sms/emulated-nhn-appKey/categories")
    key = lab.row("nhn/Category/shop").remote_id
    top = next(int(key) for key, row in table.items() if row["depth"] == 0)
    table[key] = table[key] | {"categoryName": "somebody's", "categoryParentId": top}
    state(*_printed(_refused(lab), "rm"))
    assert actions(lab.apply().plan) == {"nhn/Category/shop": "create"}
    lab.converge()
    assert table[key]["categoryName"] == "somebody's"


def test_a_lock_that_hangs_is_taken_away_and_the_old_run_writes_no_more(lab, state):
    _write(lab, "nhncloud-sms", resource("Tag", "vip"))
    lab.apply()
    hanging = lab.store.begin("apply")
    with pytest.raises(StateLocked) as caught:
        Lab(lab.root, lab.world, on_disk=True, emulator=lab.app).try_apply()
    assert "Unlocked: " in state(*_printed(caught.value, "unlock"))
    lab.converge()
    with pytest.raises(Exception, match="fenced off"):
        hanging.finish("done", {})


def test_history_tells_what_became_of_each_write(lab, state):
    _write(lab, "nhncloud-sms", resource("Tag", "vip"), resource("Tag", "beta"))
    lab.faults({"method": "POST", "path": "/tags$", "nth": 1, "fault": "drop-after"})
    lab.apply()
    told = state("history", "--operations")
    assert "recovered-inferred" in told
    assert "done" in told
    assert re.search(r"1 .* apply +done", state("history"))


# --- Surenotify -----------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["--adopt", "--forget"])
def test_surenotify_a_lost_slot_that_somebody_filled_is_taken_over_or_left_alone(
    lab, state, answer
):
    _write(lab, "surenotify", SLOT)
    lab.faults({"method": "POST", "fault": "drop-before"})
    assert lab.try_apply().failures
    lab.faults()
    lab.call("sure", "POST", "/v1/webhooks", json={"type": 4, "url": "https://theirs.example/"})
    applied = lab.try_apply()
    assert applied.plan.undecided
    state(*_printed(applied.failures, answer))
    if answer == "--forget":
        assert "--adopt" in _refused(lab)
        lab.apply(adopt=True)
    lab.converge()
    assert [row["url"] for row in lab.rows("webhooks-email")] == ["https://ours.example/"]


def test_surenotify_a_domain_is_renamed_given_up_and_taken_over_again(lab, state):
    _write(lab, "surenotify", DOMAIN)
    lab.apply()
    state("mv", "sure/SenderDomain/mail.example.com", "sure/SenderDomain/main")
    _write(lab, "surenotify", resource("SenderDomain", "main", domain="mail.example.com"))
    assert lab.apply().report.results == ()
    state("rm", "sure/SenderDomain/main")
    assert lab.state == {}
    state("resolve", "sure/SenderDomain/main", "--adopt", "mail.example.com")
    lab.converge()
    assert lab.row("sure/SenderDomain/main").remote_id == "mail.example.com"
    assert lab.writes == ["POST /surenotify/v1/domains/mail.example.com"]
