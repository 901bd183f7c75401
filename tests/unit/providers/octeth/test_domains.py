import pytest

from reconciler.errors import OutcomeUnknown, Rejected
from reconciler.model.journal import CreationClass, Verb
from reconciler.model.owned import OwnedObject
from reconciler.providers.task import Task

RECORD = {"Host": "a.example", "Type": "TXT", "Value": "v=spf1", "Verified": False}


def verified(ok, *, status="Enabled", records=()):
    return {**ok, "Domain": {"DomainID": 5, "DomainName": "a.example", "Status": status},
            "DNSVerificationResults": list(records)}  # fmt: skip


def owned(desk, address, **applied):
    fields = {"domain": "a.example", **applied}
    desk.state[address] = OwnedObject(address=address, remote_id="5", applied=fields)


def test_a_new_domain_is_added_set_and_verified(server, desk, ok):
    server.on("AddDomain", {**ok, "NewSenderDomainID": 5, "Domain": {"DomainName": "a.example"}})
    server.on("UpdateDomain")
    server.on("VerifyDomain", verified(ok, records=[{**RECORD, "Verified": True}]))
    address = desk.want(
        "SenderDomain", "A.Example", linkTracking=True, unsubscribeLink=False, subdomain="out"
    )
    writer = desk.run(desk.carry_out("create", address))
    assert server.sent("AddDomain") == [{"DomainName": "a.example"}]
    assert server.sent("UpdateDomain") == [
        {"DomainID": "5", "LinkTracking": "1", "UnsubscribeLink": "0", "Subdomain": "out"}
    ]
    add, options, verify = writer.steps
    assert (add.verb, add.key, add.applied) == (Verb.CREATE, "a.example", {"domain": "a.example"})
    assert desk.intents[0].creation is CreationClass.NATURAL_KEY
    assert options.applied["linkTracking"] is True
    assert options.idempotent
    assert verify.idempotent
    assert desk.state[address].remote_id == "5"
    assert desk.notes == []
    assert desk.state[address].extra["records"][0]["name"] == "a.example"


def test_a_domain_without_options_is_not_updated(server, desk, ok):
    server.on("AddDomain", {**ok, "Domain": {"DomainID": "5", "SenderDomain": "a.example"}})
    server.on("VerifyDomain", verified(ok))
    desk.run(desk.carry_out("create", desk.want("SenderDomain", "a.example")))
    assert server.commands == ["AddDomain", "VerifyDomain"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda ok: verified(ok, status="Approval Pending"),
        lambda ok: verified(ok, records=[RECORD]),
        lambda ok: {**ok, "DNSVerificationResults": {"a.example": ["TXT", "v=spf1", False]}},
    ],
)
def test_dns_that_is_not_published_is_a_note_and_no_error(server, desk, ok, answer):
    server.on("AddDomain", {**ok, "NewSenderDomainID": 5})
    server.on("VerifyDomain", answer(ok))
    desk.run(desk.carry_out("create", desk.want("SenderDomain", "a.example")))
    (note,) = desk.notes
    assert "a.example is not verified yet" in note


def test_a_refused_verification_is_a_note_too(server, desk, ok):
    server.on("AddDomain", {**ok, "NewSenderDomainID": 5})
    server.fails("VerifyDomain", 2)
    desk.run(desk.carry_out("create", desk.want("SenderDomain", "a.example")))
    assert "could not be verified" in desk.notes[0]


def test_an_answer_without_an_id_leaves_the_outcome_open(server, desk, ok):
    server.on("AddDomain", ok)
    with pytest.raises(OutcomeUnknown):
        desk.run(desk.carry_out("create", desk.want("SenderDomain", "a.example")))


def test_a_full_account_is_told_in_words(server, desk):
    server.fails("AddDomain", [3])
    with pytest.raises(Rejected, match="all the sender domains"):
        desk.run(desk.carry_out("create", desk.want("SenderDomain", "a.example")))


def test_an_update_sends_changed_options_only_and_says_what_a_new_subdomain_means(server, desk, ok):
    server.on("UpdateDomain")
    server.on("VerifyDomain", verified(ok))
    address = desk.want(
        "SenderDomain", "a.example", linkTracking=True, subdomain="new", hostingProvider="aws"
    )
    owned(desk, address, linkTracking=True, subdomain="old", hostingProvider="aws")
    desk.run(desk.carry_out("update", address, changed=frozenset({"subdomain"})))
    assert server.sent("UpdateDomain") == [{"DomainID": "5", "Subdomain": "new"}]
    assert "back to approval pending" in desk.notes[0]


@pytest.mark.parametrize("left", [[], [{"DomainID": "6", "DomainName": "b.example"}]])
def test_a_domain_that_is_gone_counts_as_deleted(server, desk, left):
    server.fails("DeleteDomain", 2)
    server.domains(*left)
    address = desk.want("SenderDomain", "a.example")
    owned(desk, address)
    task = Task(address=address, desired={}, owned=desk.state[address])

    async def gone():
        from unittest.mock import Mock

        writer = Mock()
        writer.write = lambda step: desk.http.write(step.request)
        await desk.provider.delete(task, writer)

    desk.run(gone())
    assert server.commands == ["DeleteDomain", "GetDomains"]


def test_a_domain_that_may_not_be_deleted_is_an_error(server, desk):
    server.fails("DeleteDomain", 2)
    server.domains({"DomainID": 5, "DomainName": "a.example"})
    address = desk.want("SenderDomain", "a.example")
    owned(desk, address)
    live = desk.live(desk.run(desk.observe("SenderDomain")), address)
    with pytest.raises(Rejected, match="may not be deleted"):
        desk.run(desk.carry_out("delete", address, live))


def test_a_delete_without_a_clear_answer_is_settled_by_reading(server, desk):
    rows = [{"DomainID": 5, "DomainName": "a.example"}]
    server.domains(*rows)
    address = desk.want("SenderDomain", "a.example")
    owned(desk, address)
    live = desk.live(desk.run(desk.observe("SenderDomain")), address)

    def vanish(_parameters):
        server.domains()
        return 500, {"Success": False}

    server.on("DeleteDomain", vanish)
    desk.run(desk.carry_out("delete", address, live))
    assert address not in desk.state


def test_the_cost_is_what_will_be_sent(desk):
    address = desk.want("SenderDomain", "a.example", linkTracking=True)
    task = Task(address=address, desired=desk.manifests[address].spec)
    assert desk.provider.cost(task, Verb.CREATE) == 3
    assert desk.provider.cost(task, Verb.UPDATE) == 2
    assert desk.provider.cost(task, Verb.DELETE) == 1


def test_a_deletion_warns_of_what_others_have_on_the_domain(desk):
    task = Task(address=desk.want("SenderDomain", "a.example"), desired={})
    [note] = desk.provider.notes(task, Verb.DELETE)
    assert "that others made on this domain" in note


@pytest.mark.parametrize(
    ("found", "status", "verified_now"),
    [(True, "Enabled", True), (False, "Enabled", False), (True, "Approval Pending", False)],
)
def test_a_look_at_dns_tells_records_and_whether_the_domain_may_send(
    server, desk, ok, found, status, verified_now
):
    server.on("VerifyDomain", verified(ok, status=status, records=[{**RECORD, "Verified": found}]))
    address = desk.want("SenderDomain", "a.example")
    owned(desk, address)
    answer = desk.run(desk.provider.look_at_dns(desk.state[address]))
    assert server.sent("VerifyDomain") == [{"DomainID": "5"}]
    assert answer.verified is verified_now
    assert [(each.name, each.published) for each in answer.records] == [("a.example", found)]
