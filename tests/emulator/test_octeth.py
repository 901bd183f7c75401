"""The emulated Octeth Email Gateway: what its pages state, and every reading of what they leave open."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from reconciler.emulator.octeth import OctethEmulator
from reconciler.emulator.pipeline import ListHints
from reconciler.emulator.store import Store

URL, OTHER_URL = "https://hooks.example.com/a", "https://hooks.example.com/b"
EVENTS = ["delivery", "bounce", "open", "click", "unsubscribe", "complaint"]
OK = {"Success": True, "ErrorCode": 0}
NEWER = {"generation": "5.7"}


class Api:
    """The emulator behind a client of one account, with a clock that stands still."""

    def __init__(self, store=None, **readings):
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        self.emulator = OctethEmulator(store or Store(), chosen)
        self.emulator.clock = lambda: datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
        self.inner = Starlette(routes=[Mount("/octeth", routes=self.emulator.routes())])
        self.scope = {}

    async def app(self, scope, receive, send):
        await self.inner({**scope, **self.scope}, receive, send)

    def send(self, method, path, **options):
        async def request():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
                return await client.request(method, f"/octeth{path}", **options)

        return asyncio.run(request())

    def raw(self, body, **options):
        return self.send("POST", "/api.php", json=body, **options).json()

    def call(self, command, /, account="acme", **parameters):
        return self.raw({"APIKey": account, "Command": f"EmailGateway.{command}", **parameters})

    def code(self, command, /, **parameters):
        answer = self.call(command, **parameters)
        assert answer["Success"] is False
        return answer["ErrorCode"]

    def ok(self, command, /, **parameters):
        answer = self.call(command, **parameters)
        assert answer["Success"] is True, answer
        assert answer["ErrorCode"] == 0
        return answer

    def domain(self, name="example.com", **parameters):
        return self.ok("AddDomain", DomainName=name, **parameters)["NewSenderDomainID"]

    def hook(self, domain_id, event="bounce", url=URL):
        return self.ok("AddWebhook", DomainID=domain_id, Event=event, WebhookURL=url)[
            "NewWebhookID"
        ]

    def key(self, domain_id, description="key"):
        answer = self.ok("AddAPI", DomainID=domain_id, Description=description)["APIKey"]
        return answer.get("Key") or answer["APIKey"]

    def rest(self, method, key, body=None, **options):
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        response = self.send(method, "/api/v1/webhooks", headers=headers, json=body, **options)
        return response.json()


# Authentication and transport.


@pytest.mark.parametrize(
    "credential",
    [{}, {"APIKey": ""}, {"APIKey": "invalid"}, {"SessionID": "invalid"}, {"APIKey": None}],
)
def test_a_missing_or_wrong_credential_is_error_99998(credential):
    answer = Api().raw({"Command": "EmailGateway.GetDomains", **credential})
    assert answer == {"Success": False, "ErrorCode": 99998}


def test_a_session_id_serves_as_well_as_an_api_key():
    api = Api()
    api.domain()
    answer = api.raw({"Command": "EmailGateway.GetDomains", "SessionID": "acme"})
    assert len(answer["Domains"]) == 1


def test_accounts_do_not_see_each_other():
    api = Api()
    domain_id = api.domain()
    assert api.call("GetDomains", account="other")["Domains"] == []
    assert api.call("GetDomain", account="other", DomainID=domain_id)["ErrorCode"] == 2


@pytest.mark.parametrize("command", ["emailgateway.getdomains", "EMAILGATEWAY.GETDOMAINS"])
def test_commands_are_found_in_any_case(command):
    assert Api().raw({"APIKey": "acme", "Command": command}) == {**OK, "Domains": []}


@pytest.mark.parametrize("body", [{}, {"Command": "EmailGateway.Nothing"}, {"Command": None}])
def test_an_unknown_command_is_refused(body):
    assert Api().raw({"APIKey": "acme", **body}) == {"Success": False, "ErrorCode": 404}


FORM = {"data": {"APIKey": "acme", "Command": "EmailGateway.GetDomains", "ResponseFormat": "JSON"}}
JSON = {"json": {"APIKey": "acme", "Command": "EmailGateway.GetDomains"}}


@pytest.mark.parametrize(
    ("reading", "body", "works"),
    [
        ("any", FORM, True),
        ("any", JSON, True),
        ("json", FORM, False),
        ("json", JSON, True),
        ("form", FORM, True),
        ("form", JSON, False),
    ],
)
def test_reading_encoding_says_which_bodies_are_read(reading, body, works):
    answer = Api(encoding=reading).send("POST", "/api.php", **body).json()
    assert answer.get("ErrorCode") == (0 if works else 99998)


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b""])
def test_a_body_that_cannot_be_read_has_no_credential(content):
    headers = {"Content-Type": "application/json"}
    answer = Api().send("POST", "/api.php", content=content, headers=headers).json()
    assert answer["ErrorCode"] == 99998


def test_a_body_without_a_type_is_taken_for_what_it_looks_like():
    content = b'{"APIKey": "acme", "Command": "EmailGateway.GetDomains"}'
    assert Api().send("POST", "/api.php", content=content).json() == {**OK, "Domains": []}


@pytest.mark.parametrize(
    ("generation", "reading", "sent", "code"),
    [
        ("5.5", "documented", "ApiKeyId", 2),
        ("5.5", "documented", "APIKeyID", 2),
        ("5.5", "documented", "apikeyid", 1),
        ("5.5", "exact", "ApiKeyId", 2),
        ("5.5", "exact", "APIKeyID", 1),
        ("5.7", "exact", "ApiKeyId", [1]),
        ("5.7", "exact", "APIKeyID", 2),
        ("5.5", "any-case", "apikeyID", 2),
    ],
)
def test_reading_parameter_names(generation, reading, sent, code):
    api = Api(generation=generation, parameter_names=reading)
    assert api.code("DeleteAPI", **{sent: "77"}) == code


# Errors.


@pytest.mark.parametrize(
    ("command", "parameters", "code"),
    [
        ("AddDomain", {}, 1),
        ("AddDomain", {"DomainName": " "}, 1),
        ("AddDomain", {"DomainName": ["a.com"]}, 1),
        ("AddDomain", {"DomainName": "nodots"}, 2),
        ("GetDomain", {}, 1),
        ("GetDomain", {"DomainID": 77}, 2),
        ("UpdateDomain", {}, 1),
        ("UpdateDomain", {"DomainID": 77}, 5),
        ("VerifyDomain", {}, 1),
        ("VerifyDomain", {"DomainID": 77}, 2),
        ("DeleteDomain", {}, 1),
        ("DeleteDomain", {"DomainID": 77}, 2),
        ("AddAPI", {"DomainID": 77}, 1),
        ("AddAPI", {"Description": "x"}, 2),
        ("AddAPI", {"DomainID": 77, "Description": "x"}, 3),
        ("GetAPIs", {}, 1),
        ("GetAPIs", {"DomainID": 77}, 2),
        ("DeleteAPI", {}, 1),
        ("DeleteAPI", {"ApiKeyId": 77}, 2),
        ("AddSMTP", {}, 1),
        ("AddSMTP", {"DomainID": 77}, 2),
        ("GetSMTPs", {}, 1),
        ("GetSMTPs", {"DomainID": 77}, 2),
        ("ResetSMTPPassword", {}, 1),
        ("ResetSMTPPassword", {"smtpid": 77}, 2),
        ("DeleteSMTP", {}, 1),
        ("DeleteSMTP", {"smtpid": 77}, 2),
        ("AddWebhook", {"Event": "open", "WebhookURL": URL}, [1]),
        ("AddWebhook", {"DomainID": 77, "WebhookURL": URL}, [2]),
        ("AddWebhook", {"DomainID": 77, "Event": "send", "WebhookURL": URL}, [3]),
        ("AddWebhook", {"DomainID": 77, "Event": "delivered", "WebhookURL": URL}, [3]),
        ("AddWebhook", {"DomainID": 77, "Event": "open", "WebhookURL": URL}, [4]),
        ("AddWebhook", {"DomainID": 77, "Event": "open"}, [5]),
        ("AddWebhook", {}, [1, 2, 5]),
        ("GetWebhooks", {}, 1),
        ("GetWebhooks", {"DomainID": 77}, 2),
        ("DeleteWebhook", {"DomainID": 77}, 1),
        ("DeleteWebhook", {"WebhookID": 77}, 1),
        ("DeleteWebhook", {"WebhookID": 77, "DomainID": 77}, 2),
    ],
)
def test_each_command_has_its_own_error_codes(command, parameters, code):
    assert Api().code(command, **parameters) == code


def test_some_commands_explain_their_errors_and_some_do_not():
    api = Api()
    explained = api.call("GetDomain")
    assert explained["ErrorMessage"] == "Required parameter missing: DomainID"
    assert "ErrorMessage" not in api.call("GetAPIs")


def test_the_newer_page_lists_missing_parameters_and_their_texts_in_parallel():
    api = Api(**NEWER)
    assert api.call("AddAPI") == {
        "Success": False,
        "ErrorCode": [1, 2],
        "ErrorText": [
            "Missing or invalid 'Description' parameter",
            "Missing or invalid 'DomainID' parameter",
        ],
    }
    single = api.call("GetAPIs", DomainID=77)
    assert (single["ErrorCode"], single["ErrorText"]) == (2, "Unable to retrieve sender domain")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [({"DomainID": 77}, [1]), ({"WebhookID": 77}, [2]), ({"WebhookID": 77, "DomainID": 77}, 3)],
)
def test_the_newer_page_numbers_the_errors_of_deletewebhook_differently(parameters, code):
    assert Api(**NEWER).code("DeleteWebhook", **parameters) == code


@pytest.mark.parametrize(("reading", "plain", "webhook"), [("int", 1, 1), ("list", [1], [1, 2, 5])])
def test_reading_error_code(reading, plain, webhook):
    api = Api(error_code=reading)
    assert api.code("GetDomain") == plain
    assert api.code("AddWebhook") == webhook


@pytest.mark.parametrize("reading", ["200", "400"])
def test_reading_error_status(reading):
    api = Api(error_status=reading)
    assert api.send("POST", "/api.php", json={}).status_code == int(reading)
    assert api.send("GET", "/api/v1/webhooks").status_code == int(reading)


# Sender domains.


def test_a_domain_reads_as_in_the_documentation():
    api = Api()
    added = api.ok("AddDomain", DomainName="example.com")
    pending = {"VerificationStatus": "Pending", "DKIMStatus": "Pending", "SPFStatus": "Pending"}
    assert added["Domain"] == {"DomainName": "example.com", **pending}
    assert added["NewSenderDomainID"] == 1
    [listed] = api.ok("GetDomains")["Domains"]
    assert listed == {
        "DomainID": "1",
        "DomainName": "example.com",
        "Verified": False,
        "Active": False,
    }
    shown = {"DomainID": 1, "DomainName": "example.com", "IsActive": False}
    assert api.ok("GetDomain", DomainID="1")["Domain"] == shown


def test_the_newer_page_makes_options_readable():
    api = Api(**NEWER)
    added = api.ok("AddDomain", DomainName="example.com", Subdomain="outbound", LinkTracking=0)
    options = {
        "LinkTracking": 0,
        "OpenTracking": 1,
        "UnsubscribeLink": 0,
        "CustomSubdomain": "outbound",
    }
    shown = {
        "DomainID": 1,
        "SenderDomain": "example.com",
        "Status": "Approval Pending",
        "Options": options,
        "PolicyMeta": [],
    }
    assert added["Domain"] == shown
    assert api.ok("GetDomain", DomainID=1)["Domain"] == shown
    assert api.ok("GetDomains")["Domains"] == [shown]


def test_the_newer_page_counts_children_on_request():
    api = Api(**NEWER)
    domain_id = api.domain()
    api.key(domain_id)
    api.hook(domain_id, "open")
    api.hook(domain_id, "click")
    assert "APIKeyCount" not in api.ok("GetDomains")["Domains"][0]
    for shown in (
        api.ok("GetDomains", WithCounts=1)["Domains"][0],
        api.ok("GetDomain", DomainID=domain_id, WithCounts="1")["Domain"],
    ):
        counts = [shown[name] for name in ("APIKeyCount", "SMTPCount", "WebhookCount")]
        assert counts == [1, 0, 2]


@pytest.mark.parametrize(
    ("fresh", "maps", "options"),
    [
        ("filled", "list", {"LinkTracking": 1, "OpenTracking": 1, "UnsubscribeLink": 0}),
        ("empty", "list", []),
        ("empty", "object", {}),
    ],
)
def test_readings_fresh_options_and_empty_maps(fresh, maps, options):
    api = Api(**NEWER, fresh_options=fresh, empty_maps=maps)
    domain_id = api.domain()
    shown = api.ok("GetDomain", DomainID=domain_id)["Domain"]
    assert shown["Options"] == options
    assert shown["PolicyMeta"] == ([] if maps == "list" else {})


def test_reading_fresh_options_empty_shows_what_has_been_set():
    api = Api(**NEWER, fresh_options="empty")
    domain_id = api.domain()
    api.ok("UpdateDomain", DomainID=domain_id, OpenTracking="0")
    assert api.ok("GetDomain", DomainID=domain_id)["Domain"]["Options"] == {"OpenTracking": 0}


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "-a.com",
        "a-.com",
        "a..com",
        "a b.com",
        "bücher.de",
        f"{'a' * 64}.com",
        "a@b.com",
    ],
)
def test_what_is_no_domain_name_is_error_2(name):
    assert Api().code("AddDomain", DomainName=name) == 2


@pytest.mark.parametrize("name", ["example.com", "EXAMPLE.com"])
def test_a_domain_that_exists_is_refused(name):
    api = Api()
    api.domain()
    assert api.code("AddDomain", DomainName=name) == 2


@pytest.mark.parametrize(("reading", "ids"), [("new-row", [1, 2]), ("existing", [1, 1])])
def test_reading_domain_repeat(reading, ids):
    api = Api(domain_repeat=reading)
    assert [api.domain(), api.domain()] == ids
    assert len(api.ok("GetDomains")["Domains"]) == len(set(ids))


@pytest.mark.parametrize(
    ("reading", "name"), [("lower", "example.com"), ("as-sent", "Example.COM")]
)
def test_reading_domain_case(reading, name):
    api = Api(domain_case=reading)
    api.domain("Example.COM")
    assert api.ok("GetDomains")["Domains"][0]["DomainName"] == name


def test_a_group_may_allow_only_so_many_domains():
    api = Api()
    api.emulator.set_max_domains("acme", 1)
    domain_id = api.domain()
    assert api.code("AddDomain", DomainName="b.example.com") == 3
    api.ok("DeleteDomain", DomainID=domain_id)
    api.domain("b.example.com")


def test_updating_echoes_the_options_as_in_the_documentation():
    api = Api()
    wanted = {
        "LinkTracking": "1",
        "OpenTracking": "0",
        "UnsubscribeLink": "1",
        "HostingProvider": "YourHostingProvider",
        "Subdomain": "mail",
    }
    domain_id = api.domain()
    answer = api.ok("UpdateDomain", DomainID=domain_id, **wanted)
    assert answer["Domain"] == {"DomainID": "1", **wanted}
    partly = api.ok("UpdateDomain", DomainID=domain_id, OpenTracking="1")
    assert partly["Domain"] == {"DomainID": "1", **wanted, "OpenTracking": "1"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (1, True),
        ("1", True),
        (True, True),
        ("true", True),
        (0, False),
        ("0", False),
        (False, False),
    ],
)
def test_a_switch_is_taken_as_number_string_or_boolean(sent, stored):
    api = Api()
    api.ok("UpdateDomain", DomainID=api.domain(), LinkTracking=sent)
    assert api.emulator.rows("acme", "domains")[0]["options"] == {"LinkTracking": stored}


@pytest.mark.parametrize("sent", ["yes", 2, "", -1])
def test_any_other_switch_is_refused(sent):
    api = Api()
    assert api.code("UpdateDomain", DomainID=api.domain(), LinkTracking=sent) == 2


@pytest.mark.parametrize(
    ("generation", "reading", "shown"),
    [
        ("5.5", "as-page", "1"),
        ("5.7", "as-page", 1),
        ("5.7", "string", "1"),
        ("5.5", "int", 1),
        ("5.5", "bool", True),
    ],
)
def test_reading_flags(generation, reading, shown):
    api = Api(generation=generation, flags=reading)
    domain = api.ok("UpdateDomain", DomainID=api.domain(), LinkTracking=1)["Domain"]
    flag = domain.get("Options", domain)["LinkTracking"]
    assert (flag, type(flag)) == (shown, type(shown))


@pytest.mark.parametrize("generation", ["5.5", "5.7"])
def test_a_changed_subdomain_has_to_be_verified_again(generation):
    api = Api(generation=generation)
    domain_id = api.domain()
    api.ok("VerifyDomain", DomainID=domain_id)
    api.ok("UpdateDomain", DomainID=domain_id, LinkTracking=0)
    assert api.emulator.rows("acme", "domains")[0]["status"] == "Enabled"
    changed = api.ok("UpdateDomain", DomainID=domain_id, Subdomain="out")
    assert api.emulator.rows("acme", "domains")[0]["status"] == "Approval Pending"
    assert changed.get("SubdomainChanged", False) is (generation == "5.7")
    api.ok("VerifyDomain", DomainID=domain_id)
    same = api.ok("UpdateDomain", DomainID=domain_id, Subdomain="out")
    assert "SubdomainChanged" not in same
    assert api.emulator.rows("acme", "domains")[0]["status"] == "Enabled"


def test_reading_subdomain_change_as_page_leaves_an_older_domain_verified():
    api = Api(subdomain_change="as-page")
    domain_id = api.domain()
    api.ok("VerifyDomain", DomainID=domain_id)
    api.ok("UpdateDomain", DomainID=domain_id, Subdomain="out")
    assert api.emulator.rows("acme", "domains")[0]["status"] == "Enabled"


def test_the_newer_page_resets_a_subdomain_with_an_empty_string():
    api = Api(**NEWER)
    domain_id = api.domain(Subdomain="out")
    answer = api.ok("UpdateDomain", DomainID=domain_id, Subdomain="")
    assert answer["SubdomainChanged"] is True
    assert "CustomSubdomain" not in answer["Domain"]["Options"]


@pytest.mark.parametrize("subdomain", ["a.b", "a_b", "a" * 33])
def test_a_bad_subdomain_is_refused(subdomain):
    api = Api(**NEWER)
    assert api.code("UpdateDomain", DomainID=api.domain(), Subdomain=subdomain) == 6
    assert api.code("AddDomain", DomainName="b.example.com", Subdomain=subdomain) == 4


def test_verifying_lists_the_dns_records_as_objects():
    api = Api()
    answer = api.ok("VerifyDomain", DomainID=api.domain())
    assert answer["Domain"] == {"DomainID": "1", "DomainName": "example.com", "Status": "Enabled"}
    assert answer["DNSVerificationResults"][0] == {
        "Host": "example.com",
        "Type": "TXT",
        "Value": "v=spf1 include:mailgun.org ~all",
        "Verified": True,
    }
    [listed] = api.ok("GetDomains")["Domains"]
    assert (listed["Verified"], listed["Active"]) == (True, True)


def test_the_newer_page_maps_the_dns_records_by_host():
    api = Api(**NEWER)
    answer = api.ok("VerifyDomain", DomainID=api.domain(Subdomain="out"))
    assert answer["Domain"] == {"DomainID": 1, "SenderDomain": "example.com", "Status": "Enabled"}
    results = answer["DNSVerificationResults"]
    assert results["example.com"] == ["TXT", "v=spf1 include:mailgun.org ~all", True]
    assert results["out.example.com"][0] == "CNAME"


def test_reading_dns_missing_leaves_the_domain_pending():
    api = Api(dns="missing")
    answer = api.ok("VerifyDomain", DomainID=api.domain())
    assert answer["Domain"]["Status"] == "Approval Pending"
    assert not any(record["Verified"] for record in answer["DNSVerificationResults"])


def test_verifying_never_lifts_a_suspension():
    api = Api()
    domain_id = api.domain()
    api.emulator.set_status("acme", domain_id, "Suspended")
    assert api.ok("VerifyDomain", DomainID=domain_id)["Domain"]["Status"] == "Suspended"
    [listed] = api.ok("GetDomains")["Domains"]
    assert (listed["Verified"], listed["Active"]) == (True, False)


def with_children(**readings):
    api = Api(**readings)
    domain_id = api.domain()
    api.key(domain_id)
    api.hook(domain_id)
    api.ok("AddSMTP", DomainID=domain_id)
    return api, domain_id


def test_deleting_a_domain_cascades():
    api, domain_id = with_children()
    kept = api.domain("b.example.com")
    api.hook(kept)
    key = api.emulator.rows("acme", "keys")[0]["key"]
    assert api.call("DeleteDomain", DomainID=domain_id) == OK
    assert [row["domain_id"] for row in api.emulator.rows("acme", "webhooks")] == [kept]
    assert api.emulator.rows("acme", "keys") == api.emulator.rows("acme", "smtps") == []
    assert api.rest("GET", key)["Errors"][0]["Code"] == 13
    assert api.code("GetDomain", DomainID=domain_id) == 2


def test_reading_domain_delete_refused_wants_the_children_gone_first():
    api, domain_id = with_children(domain_delete="refused")
    assert api.code("DeleteDomain", DomainID=domain_id) == 2
    api.ok("DeleteAPI", ApiKeyId=1)
    api.ok("DeleteSMTP", smtpid=1)
    assert api.code("DeleteDomain", DomainID=domain_id) == 2
    api.ok("DeleteWebhook", WebhookID=1, DomainID=domain_id)
    api.ok("DeleteDomain", DomainID=domain_id)


def test_ids_are_never_given_twice():
    api = Api()
    api.ok("DeleteDomain", DomainID=api.domain())
    assert api.domain() == 2


@pytest.mark.parametrize(
    ("generation", "reading", "types"),
    [
        ("5.5", "as-page", [int, str, int, str, str]),
        ("5.7", "as-page", [int, int, int, int, int]),
        ("5.5", "int", [int, int, int, int, int]),
        ("5.7", "string", [str, str, str, str, str]),
    ],
)
def test_reading_ids(generation, reading, types):
    api = Api(generation=generation, ids=reading)
    domain_id = api.domain()
    shown = [
        domain_id,
        api.ok("GetDomains")["Domains"][0]["DomainID"],
        api.ok("GetDomain", DomainID=domain_id)["Domain"]["DomainID"],
        api.ok("AddAPI", DomainID=domain_id, Description="x")["NewAPIKeyID"],
        api.hook(domain_id),
    ]
    assert [type(each) for each in shown] == types


# API keys.


def test_an_api_key_reads_as_in_the_documentation():
    api = Api()
    added = api.ok("AddAPI", DomainID=api.domain(), Description="My key", ListID=5)
    assert added["NewAPIKeyID"] == "1"
    key = added["APIKey"].pop("Key")
    assert added["APIKey"] == {
        "Permissions": "EmailGateway",
        "DomainID": "1",
        "Description": "My key",
    }
    [listed] = api.ok("GetAPIs", DomainID=1)["APIKeys"]
    assert listed.pop("UserID")
    assert listed == {
        "KeyID": "1",
        "DomainID": "1",
        "Key": key,
        "Permissions": "EmailGateway",
        "CreationDate": "2024-05-06 07:08:09",
        "LastUsedDate": "",
    }


def test_the_newer_page_shows_an_api_key_with_its_description():
    api = Api(**NEWER)
    added = api.ok("AddAPI", DomainID=api.domain(), Description="My key")
    key = added["APIKey"]["APIKey"]
    shown = {"APIKeyID": 1, "APIKey": key, "Description": "My key", "DomainID": 1}
    assert added["APIKey"] == shown
    assert api.ok("GetAPIs", DomainID=1)["APIKeys"] == [shown]


@pytest.mark.parametrize(
    ("reading", "shown"), [("clear", "eg_live_abcd1234"), ("masked", "****1234"), ("absent", None)]
)
def test_reading_key_list(reading, shown):
    api = Api(key_list=reading)
    domain_id = api.domain()
    api.emulator.seed_key("acme", domain_id, description="x", key="eg_live_abcd1234")
    assert api.ok("GetAPIs", DomainID=domain_id)["APIKeys"][0].get("Key") == shown


@pytest.mark.parametrize(
    ("generation", "reading", "shown"),
    [
        ("5.5", "as-page", None),
        ("5.5", "shown", "key"),
        ("5.7", "as-page", "key"),
        ("5.7", "hidden", None),
    ],
)
def test_reading_key_description(generation, reading, shown):
    api = Api(generation=generation, key_description=reading)
    domain_id = api.domain()
    api.key(domain_id)
    assert api.ok("GetAPIs", DomainID=domain_id)["APIKeys"][0].get("Description") == shown


def test_a_domain_may_have_many_keys():
    api = Api()
    domain_id = api.domain()
    assert api.key(domain_id) != api.key(domain_id)
    assert len(api.ok("GetAPIs", DomainID=domain_id)["APIKeys"]) == 2


def test_reading_key_limit_one_refuses_a_second_key_until_the_first_is_deleted():
    api = Api(key_limit="one")
    domain_id = api.domain()
    api.key(domain_id)
    api.key(api.domain("b.example.com"))
    assert api.code("AddAPI", DomainID=domain_id, Description="second") == 409
    assert api.call("DeleteAPI", ApiKeyId="1") == OK
    api.key(domain_id)


# SMTP configurations.


def test_an_smtp_configuration_reads_as_in_the_documentation():
    api = Api()
    added = api.ok("AddSMTP", DomainID=api.domain())
    assert "Password" not in added["SMTP"]
    assert added["NewSMTPID"] == "1"
    assert added["SMTP"]["SMTPPorts"] == ["25", "587", "465"]
    assert added["SMTP"]["OtherSMTPInfo"] == "..."
    [listed] = api.ok("GetSMTPs", DomainID=1)["SMTPs"]
    assert len(listed.pop("Password")) == 64  # a digest, for the page's "encrypted-password"
    assert listed == {
        "SMTPID": "1",
        "SMTPHost": added["SMTP"]["SMTPHost"],
        "SMTPPorts": ["25", "587", "465"],
        "Username": listed["Username"],
        "FromEmail": "from@example.com",
        "FromName": "example.com",
        "ReplyToEmail": "reply-to@example.com",
        "ReplyToName": "example.com",
        "IsActive": True,
    }


def test_the_newer_page_lists_smtp_configurations_without_password():
    api = Api(**NEWER)
    added = api.ok("AddSMTP", DomainID=api.domain())["SMTP"]
    assert added.pop("SMTPPassword")
    assert api.ok("GetSMTPs", DomainID=1)["SMTPs"] == [added]
    assert added["SMTPPorts"] == [25, 587, 2525]


def test_resetting_changes_the_password_and_keeps_the_username():
    api = Api(smtp_secret="inline")
    added = api.ok("AddSMTP", DomainID=api.domain())["SMTP"]
    reset = api.ok("ResetSMTPPassword", smtpid="1")["SMTP"]
    assert reset.pop("Password") not in ("", added["Password"])
    assert reset == {
        "SMTPID": "1",
        "Server": added["SMTPHost"],
        "Port": 587,
        "Username": added["Username"],
    }


@pytest.mark.parametrize(
    ("generation", "reading", "on_add", "on_reset"),
    [
        ("5.5", "as-page", False, False),
        ("5.7", "as-page", True, True),
        *(
            (generation, *case)
            for generation in ("5.5", "5.7")
            for case in (("inline", True, True), ("reset", False, True), ("absent", False, False))
        ),
    ],
)
def test_reading_smtp_secret(generation, reading, on_add, on_reset):
    api = Api(generation=generation, smtp_secret=reading)
    name = "Password" if generation == "5.5" else "SMTPPassword"
    added = api.ok("AddSMTP", DomainID=api.domain())["SMTP"]
    reset = api.ok("ResetSMTPPassword", smtpid=1)["SMTP"]
    assert (name in added, name in reset) == (on_add, on_reset)


@pytest.mark.parametrize(("reading", "count"), [("fixed", 1), ("changing", 2), ("absent", 0)])
def test_reading_smtp_list_password(reading, count):
    api = Api(smtp_list_password=reading)
    api.ok("AddSMTP", DomainID=api.domain())
    reads = [api.ok("GetSMTPs", DomainID=1)["SMTPs"][0] for _ in range(2)]
    assert len({read["Password"] for read in reads if "Password" in read}) == count


def test_a_deleted_smtp_configuration_is_gone():
    api = Api()
    api.ok("AddSMTP", DomainID=api.domain())
    assert api.call("DeleteSMTP", smtpid="1") == OK
    assert api.ok("GetSMTPs", DomainID=1)["SMTPs"] == []


# Webhooks.


def test_a_webhook_reads_as_in_the_documentation():
    api = Api()
    assert api.hook(api.domain()) == "1"
    answer = api.ok("GetWebhooks", DomainID=1)
    assert answer["Webhooks"] == [{"WebhookID": "1", "URL": URL, "Events": ["bounce"]}]
    assert len(answer["SigningKey"]) == 64
    assert api.ok("GetWebhooks", DomainID=1)["SigningKey"] == answer["SigningKey"]


def test_the_newer_page_shows_a_webhook_with_its_one_event():
    api = Api(**NEWER)
    api.hook(api.domain())
    shown = {"WebhookID": 1, "Event": "bounce", "WebhookURL": URL}
    assert api.ok("GetWebhooks", DomainID=1)["Webhooks"] == [shown]


def test_each_domain_has_its_own_signing_key():
    api = Api()
    keys = {api.ok("GetWebhooks", DomainID=api.domain(n))["SigningKey"] for n in ("a.com", "b.com")}
    assert len(keys) == 2


@pytest.mark.parametrize("event", EVENTS)
def test_every_documented_event_is_taken(event):
    api = Api()
    api.hook(api.domain(), event)
    assert api.ok("GetWebhooks", DomainID=1)["Webhooks"][0]["Events"] == [event]


@pytest.mark.parametrize("url", ["ftp://example.com", "example.com", "https://", "http://[::1"])
def test_a_webhook_url_that_is_no_web_address_is_refused(url):
    body = {"Event": "open", "WebhookURL": url}
    api = Api()
    assert api.code("AddWebhook", DomainID=api.domain(), **body) == [5]
    newer = Api(**NEWER)
    assert newer.code("AddWebhook", DomainID=newer.domain(), **body) == [6]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]", "printer.local"])
def test_only_the_newer_page_refuses_local_webhook_hosts(host):
    body = {"Event": "open", "WebhookURL": f"http://{host}/hook"}
    api = Api()
    api.ok("AddWebhook", DomainID=api.domain(), **body)
    newer = Api(**NEWER)
    assert newer.code("AddWebhook", DomainID=newer.domain(), **body) == [7]


def test_each_event_is_a_row_of_its_own():
    api = Api()
    domain_id = api.domain()
    assert [api.hook(domain_id, "open"), api.hook(domain_id, "click")] == ["1", "2"]
    rows = [row["Events"] for row in api.ok("GetWebhooks", DomainID=domain_id)["Webhooks"]]
    assert rows == [["open"], ["click"]]


@pytest.mark.parametrize(("generation", "url_name"), [("5.5", "URL"), ("5.7", "WebhookURL")])
def test_reading_webhook_rows_per_url_extends_the_row_and_answers_its_id(generation, url_name):
    api = Api(generation=generation, webhook_rows="per-url")
    domain_id = api.domain()
    ids = [api.hook(domain_id, event) for event in ("open", "click", "open")]
    other = api.hook(domain_id, "open", OTHER_URL)
    elsewhere = api.hook(api.domain("b.example.com"), "open")
    assert len(set(ids)) == 1
    assert len({ids[0], other, elsewhere}) == 3
    rows = api.ok("GetWebhooks", DomainID=domain_id)["Webhooks"]
    shown = [(row["WebhookID"], row[url_name], row["Events"]) for row in rows]
    assert shown == [(ids[0], URL, ["open", "click"]), (other, OTHER_URL, ["open"])]
    api.ok("DeleteWebhook", WebhookID=ids[0], DomainID=domain_id)
    assert len(api.ok("GetWebhooks", DomainID=domain_id)["Webhooks"]) == 1


@pytest.mark.parametrize(("reading", "ids"), [("new-row", ["1", "2"]), ("same-row", ["1", "1"])])
def test_reading_webhook_repeat(reading, ids):
    api = Api(webhook_repeat=reading)
    domain_id = api.domain()
    assert [api.hook(domain_id), api.hook(domain_id)] == ids


def test_reading_event_words_delivered():
    api = Api(event_words="delivered")
    domain_id = api.domain()
    for event in EVENTS:
        api.hook(domain_id, event)
    rows = api.ok("GetWebhooks", DomainID=domain_id)["Webhooks"]
    words = ["delivered", "bounced", "opened", "clicked", "unsubscribed", "complained"]
    assert [row["Events"] for row in rows] == [[word] for word in words]


@pytest.mark.parametrize("words", ["delivery", "delivered"])
def test_a_foreign_webhook_with_an_event_that_cannot_be_created_is_listed(words):
    api = Api(event_words=words)
    domain_id = api.emulator.seed_domain("acme", "example.com")
    api.emulator.seed_webhook("acme", domain_id, url=URL, events=["send", "open", "click"])
    [row] = api.ok("GetWebhooks", DomainID=domain_id)["Webhooks"]
    assert row["Events"][0] == "send"
    assert len(row["Events"]) == 3


def test_a_webhook_is_deleted_through_its_own_domain_only():
    api = Api()
    webhook_id = api.hook(api.domain())
    other = api.domain("b.example.com")
    assert api.code("DeleteWebhook", WebhookID=webhook_id, DomainID=other) == 4
    assert api.code("DeleteWebhook", WebhookID=77, DomainID=1) == 4
    assert api.call("DeleteWebhook", WebhookID=webhook_id, DomainID=1) == OK
    assert api.ok("GetWebhooks", DomainID=1)["Webhooks"] == []


# The end-user endpoints.


def end_user(**readings):
    api = Api(**readings)
    return api, api.key(api.domain())


def codes(answer):
    return [error["Code"] for error in answer["Errors"]]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("key", [None, "", "unknown", "acme"])
def test_the_bearer_must_be_a_domain_key(method, key):
    api, _ = end_user()
    answer = api.rest(method, key)
    assert answer == {"Errors": [{"Code": 13, "Message": "Invalid SenderAPIKey"}]}


def test_a_deleted_key_is_no_bearer_any_more():
    api, key = end_user()
    api.ok("DeleteAPI", ApiKeyId=1)
    assert codes(api.rest("GET", key)) == [13]


def test_an_end_user_webhook_reads_as_in_the_documentation():
    api, key = end_user()
    made = api.rest("POST", key, {"Event": "delivered", "WebhookURL": URL})
    assert made == {"NewWebhookID": "1"}
    shown = {"Event": "delivered", "URL": URL, "Status": "Active"}
    assert api.rest("GET", key) == {"Webhooks": [shown]}
    assert api.ok("GetWebhooks", DomainID=1)["Webhooks"][0]["Events"] == ["delivery"]
    gone = api.rest("DELETE", key, {"WebhookID": "1"})
    assert gone == {"Message": "Webhook successfully deleted."}
    assert api.rest("GET", key) == {"Webhooks": []}


def test_the_newer_page_shows_end_user_webhooks_with_their_ids():
    api, key = end_user(**NEWER)
    assert api.rest("POST", key, {"Event": "opened", "WebhookURL": URL}) == {"NewWebhookID": 1}
    shown = {"WebhookID": 1, "Event": "opened", "WebhookURL": URL}
    assert api.rest("GET", key) == {"Webhooks": [shown]}
    assert api.rest("DELETE", key, {"WebhookID": 1}) == {}


def test_the_key_may_come_as_senderapikey():
    api, key = end_user()
    body = {"SenderAPIKey": key, "Event": "open", "WebhookURL": URL}
    assert api.rest("POST", None, body) == {"NewWebhookID": "1"}
    assert len(api.rest("GET", None, params={"SenderAPIKey": key})["Webhooks"]) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [2, 5]),
        ({"WebhookURL": URL}, [2]),
        ({"Event": "open"}, [5]),
        ({"Event": "send", "WebhookURL": URL}, [3]),
        ({"Event": "open", "WebhookURL": "nowhere"}, [5]),
    ],
)
def test_the_errors_of_an_end_user_post(body, expected):
    api, key = end_user()
    assert codes(api.rest("POST", key, body)) == expected


def test_the_newer_page_takes_only_past_tense_and_public_web_addresses_from_end_users():
    api, key = end_user(**NEWER)
    assert codes(api.rest("POST", key, {"Event": "open", "WebhookURL": URL})) == [3]
    local = {"Event": "opened", "WebhookURL": "http://localhost/"}
    assert codes(api.rest("POST", key, local)) == [3]


@pytest.mark.parametrize("body", [{}, {"WebhookID": ""}])
def test_an_end_user_delete_needs_an_id(body):
    api, key = end_user()
    assert codes(api.rest("DELETE", key, body)) == [1]


def test_an_end_user_deletes_only_webhooks_of_the_keys_domain():
    api, key = end_user()
    other = api.hook(api.domain("b.example.com"))
    assert codes(api.rest("DELETE", key, {"WebhookID": other})) == [4]
    assert codes(api.rest("DELETE", key, {"WebhookID": 77})) == [4]


def test_the_example_delete_with_json_sent_as_a_form_works():
    api, key = end_user()
    webhook_id = api.hook(1)
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    content = f'{{"WebhookID":"{webhook_id}"}}'
    response = api.send("DELETE", "/api/v1/webhooks", content=content, headers=headers)
    assert "Message" in response.json()


@pytest.mark.parametrize("content", [b"{", b"[1]"])
def test_an_end_user_body_that_cannot_be_read_is_empty(content):
    api, key = end_user()
    headers = {"Authorization": f"Bearer {key}"}
    response = api.send("POST", "/api/v1/webhooks", content=content, headers=headers)
    assert codes(response.json()) == [2, 5]


@pytest.mark.parametrize(
    ("reading", "word"), [("delivered", "delivered"), ("delivery", "delivery")]
)
def test_reading_rest_event_words(reading, word):
    api, key = end_user(rest_event_words=reading)
    api.rest("POST", key, {"Event": "delivery", "WebhookURL": URL})
    assert api.rest("GET", key)["Webhooks"][0]["Event"] == word


# Seeding, keeping, lying.


def test_a_running_server_can_be_seeded_over_http():
    api = Api(**NEWER)

    def seed(**body):
        return api.send("POST", "/__emulator__/seed", json={"account": "acme", **body}).json()["id"]

    domain_id = seed(method="seed_domain", name="a.com", status="Blocked", OpenTracking=False)
    seed(method="seed_key", domain_id=domain_id, description="x", key="k")
    seed(method="seed_webhook", domain_id=domain_id, url=URL, events=["send"])
    assert seed(method="set_max_domains", limit=1) is None
    shown = api.ok("GetDomains", WithCounts=1)["Domains"][0]
    assert (shown["Status"], shown["Options"]["OpenTracking"]) == ("Blocked", 0)
    assert (shown["APIKeyCount"], shown["WebhookCount"]) == (1, 1)
    assert api.code("AddDomain", DomainName="b.com") == 3
    seed(method="set_status", domain_id=domain_id, status="Enabled")
    assert api.ok("GetDomain", DomainID=domain_id)["Domain"]["Status"] == "Enabled"


def test_everything_survives_a_restart(tmp_path):
    with closing(Store(tmp_path / "emulator.db")) as store:
        api = Api(store)
        key = api.key(api.domain())
        api.hook(1)
        api.ok("AddSMTP", DomainID=1)
        before = [api.ok(name, DomainID=1) for name in ("GetAPIs", "GetSMTPs", "GetWebhooks")]
    with closing(Store(tmp_path / "emulator.db")) as store:
        api = Api(store)
        after = [api.ok(name, DomainID=1) for name in ("GetAPIs", "GetSMTPs", "GetWebhooks")]
        assert after == before
        assert len(api.rest("GET", key)["Webhooks"]) == 1
        assert api.domain("b.example.com") == 2


def test_lists_hide_their_newest_rows_where_a_fault_rule_asks_for_it():
    api, domain_id = with_children()
    key = api.emulator.rows("acme", "keys")[0]["key"]
    api.scope["reconciler.list_hints"] = ListHints(hidden_seconds=60)
    assert api.ok("GetDomains")["Domains"] == []
    assert api.ok("GetAPIs", DomainID=domain_id)["APIKeys"] == []
    assert api.ok("GetSMTPs", DomainID=domain_id)["SMTPs"] == []
    assert api.ok("GetWebhooks", DomainID=domain_id)["Webhooks"] == []
    assert api.rest("GET", key) == {"Webhooks": []}
    assert api.ok("GetDomain", DomainID=domain_id)


def test_reading_missing_parameters_first_is_the_example_of_add_webhook():
    assert Api(missing_parameters="first").code("AddWebhook") == [1]
