import pytest

from reconciler.model.address import Address
from reconciler.model.owned import OwnedObject
from reconciler.model.values import remote_id

OLD = {"DomainID": "1", "DomainName": "a.example", "Verified": True, "Active": True}
OTHER = {"DomainID": "2", "DomainName": "b.example", "Verified": True, "Active": True}
NEW = {"DomainID": 1, "SenderDomain": "a.example", "Status": "Enabled"}


@pytest.fixture
def quiet(server, ok):
    server.domains(OLD, OTHER)
    server.on("GetAPIs", {**ok, "APIKeys": []})
    server.on("GetSMTPs", {**ok, "SMTPs": []})
    server.on("GetWebhooks", {**ok, "Webhooks": []})
    return server


def test_only_what_is_asked_for_is_read(quiet, desk):
    seen = desk.run(desk.observe("SenderDomain"))
    assert quiet.commands == ["GetDomains"]
    assert set(seen.collections) == {"SenderDomain"}
    assert seen.requests == 1
    assert [(one.id, one.key, one.fields) for one in seen.collections["SenderDomain"].objects] == [
        ("1", "a.example", {"domain": "a.example"}),
        ("2", "b.example", {"domain": "b.example"}),
    ]


def test_children_are_read_for_the_domains_that_matter(quiet, desk):
    desk.want("SenderDomain", "one", domain="A.example")
    desk.want("ApiKey", "key", domain="one", deliverTo={"file": "k"})
    address = Address("mail", "Webhook", "gone")
    desk.state[address] = OwnedObject(
        address=address, remote_id="x", applied={"domain": remote_id("2"), "events": [], "url": "u"}
    )
    desk.run(desk.observe("SenderDomain", "ApiKey", "Webhook"))
    assert quiet.sent("GetAPIs") == [{"DomainID": "1"}]
    assert quiet.sent("GetWebhooks") == [{"DomainID": "2"}]


def test_children_of_all_domains_are_read_where_neither_manifest_nor_state_says_which(quiet, desk):
    desk.run(desk.observe(bare=True))
    assert (
        len(quiet.sent("GetAPIs"))
        == len(quiet.sent("GetSMTPs"))
        == len(quiet.sent("GetWebhooks"))
        == 2
    )


def test_a_domain_that_does_not_exist_yet_is_not_asked_about(quiet, desk):
    desk.want("SenderDomain", "c.example")
    desk.want("SmtpConfig", "smtp", domain="c.example", deliverTo={"file": "k"})
    seen = desk.run(desk.observe("SenderDomain", "SmtpConfig"))
    assert quiet.commands == ["GetDomains"]
    assert seen.collections["SmtpConfig"].complete


def test_a_reference_by_id_is_followed_and_a_wrong_one_is_a_finding(quiet, desk):
    desk.want("ApiKey", "good", domain={"id": "2"}, deliverTo={"file": "k"})
    desk.want("ApiKey", "bad", domain={"id": "99"}, deliverTo={"file": "l"})
    seen = desk.run(desk.observe("ApiKey"))
    assert quiet.sent("GetAPIs") == [{"DomainID": "2"}]
    assert [(one.rule, one.address.name) for one in seen.findings] == [
        ("octeth-domain-missing", "bad")
    ]


def test_a_failed_list_of_domains_makes_everything_incomplete(quiet, desk):
    quiet.on("GetDomains", (500, {}))
    seen = desk.run(desk.observe())
    assert all(not one.complete and one.error for one in seen.collections.values())


def test_one_failed_child_list_spoils_its_kind_alone(quiet, desk, ok):
    quiet.on("GetAPIs", lambda sent: {**ok, "APIKeys": []} if sent["DomainID"] == "1" else ok)
    seen = desk.run(desk.observe(bare=True))
    assert not seen.collections["ApiKey"].complete
    assert seen.collections["ApiKey"].objects == ()
    assert seen.collections["SmtpConfig"].complete


def test_two_rows_of_one_domain_are_both_shown_and_no_reference_picks_one(quiet, desk):
    quiet.domains(OLD, {**OLD, "DomainID": "3", "DomainName": "A.EXAMPLE"})
    desk.want("SenderDomain", "one", domain="a.example")
    desk.want("ApiKey", "key", domain="one", deliverTo={"file": "k"})
    seen = desk.run(desk.observe("SenderDomain", "ApiKey"))
    assert [one.key for one in seen.collections["SenderDomain"].objects] == ["a.example"] * 2
    assert quiet.commands == ["GetDomains"]


def test_options_are_read_one_by_one_where_a_newer_list_lacks_them_and_a_manifest_manages_some(
    quiet, desk, ok
):
    quiet.domains(NEW, {"DomainID": 2, "SenderDomain": "b.example", "Status": "Enabled"})
    options = {"LinkTracking": 1, "OpenTracking": 0, "UnsubscribeLink": "1", "CustomSubdomain": "m"}
    quiet.on("GetDomain", {**ok, "Domain": {**NEW, "Options": options}})
    desk.want("SenderDomain", "a.example", linkTracking=True)
    desk.want("SenderDomain", "b.example")
    seen = desk.run(desk.observe("SenderDomain"))
    assert quiet.sent("GetDomain") == [{"DomainID": "1"}]
    assert seen.collections["SenderDomain"].objects[0].fields == {
        "domain": "a.example",
        "linkTracking": True,
        "openTracking": False,
        "unsubscribeLink": True,
        "subdomain": "m",
    }


def test_counts_of_a_newer_server_save_reads(quiet, desk, ok):
    rows = [
        {"DomainID": n, "SenderDomain": f"d{n}.example", "Status": "Enabled"} for n in (1, 2, 3)
    ]
    counted = [{**row, "APIKeyCount": 0, "SMTPCount": "0", "WebhookCount": 1} for row in rows]
    quiet.on(
        "GetDomains", lambda sent: {**ok, "Domains": counted if sent.get("WithCounts") else rows}
    )
    desk.run(desk.observe(bare=True))
    assert quiet.commands == ["GetDomains", "GetDomains"] + ["GetWebhooks"] * 3


def test_older_servers_are_not_asked_for_counts(quiet, desk):
    desk.run(desk.observe(bare=True))
    assert quiet.sent("GetDomains") == [{}]


def test_unpublished_dns_is_a_finding_with_the_records_last_seen(quiet, desk):
    quiet.domains({**OLD, "Verified": False}, OTHER)
    address = desk.want("SenderDomain", "a.example")
    records = [{"name": "a.example", "type": "TXT", "value": "v=spf1", "published": False}]
    desk.state[address] = OwnedObject(address=address, remote_id="1", extra={"records": records})
    (finding,) = desk.run(desk.observe("SenderDomain")).findings
    assert (finding.rule, finding.severity, finding.address) == (
        "octeth-dns-pending",
        "info",
        address,
    )
    assert "a.example TXT v=spf1" in finding.message


@pytest.mark.parametrize(("option", "expected"), [(None, True), (False, False)])
def test_a_newer_server_is_taken_to_allow_one_key_unless_told_otherwise(
    quiet, make_desk, ok, option, expected
):
    desk = make_desk(**({} if option is None else {"oneKeyPerDomain": option}))
    quiet.domains(NEW)
    quiet.on(
        "GetAPIs",
        {**ok, "APIKeys": [{"APIKeyID": 7, "APIKey": "sk", "Description": "d [mp:ABCDEFGH23]"}]},
    )
    for name in ("one", "two"):
        desk.want("ApiKey", name, domain={"id": "1"}, deliverTo={"file": name})
    seen = desk.run(desk.observe("ApiKey"))
    (live,) = seen.collections["ApiKey"].objects
    assert live.fields == {"domain": {"id": "1"}, "description": "d"}
    assert live.extra.get("oneKeyPerDomain", False) is expected
    assert live.marker == "[mp:ABCDEFGH23]"
    assert desk.provider.create_first(desk.provider.kinds["ApiKey"], live) is not expected
    assert [one.rule for one in seen.findings] == ["octeth-one-key-per-domain"] * expected


def test_no_secret_of_an_ordinary_read_is_in_the_observation(quiet, desk, ok):
    quiet.on("GetAPIs", {**ok, "APIKeys": [{"KeyID": "k", "Key": "CANARY-1"}]})
    quiet.on(
        "GetSMTPs", {**ok, "SMTPs": [{"SMTPID": "s", "Username": "u", "Password": "CANARY-2"}]}
    )
    quiet.on("GetWebhooks", {**ok, "SigningKey": "CANARY-3", "Webhooks": []})
    assert "CANARY" not in repr(desk.run(desk.observe(bare=True)))
