"""The emulated Surenotify: what the provider's page states, and every reading of what it leaves open."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from reconciler.emulator.pipeline import ListHints
from reconciler.emulator.store import Store
from reconciler.emulator.surenotify import SurenotifyEmulator

EMAIL, SMS, NUMBERS = "/v1/webhooks", "/v1/sms/webhooks", "/v1/sms/exclusive-number"
URL, OTHER_URL = "https://hooks.example.com/a", "https://hooks.example.com/b"
DOMAIN = "/v1/domains/example.com"
SPF = "v=spf1 include:amazonses.com include:mailgun.org ?all"
GONE = (500, {"success": False})


class Api:
    """The emulator behind a client of one account, with a clock that stands still."""

    def __init__(self, store=None, **readings):
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        self.emulator = SurenotifyEmulator(store or Store(), chosen)
        self.emulator.clock = lambda: datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
        self.inner = Starlette(routes=[Mount("/surenotify", routes=self.emulator.routes())])
        self.scope = {}

    async def app(self, scope, receive, send):
        await self.inner({**scope, **self.scope}, receive, send)

    def send(self, method, path, key="acme", **options):
        async def request():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
                headers = {} if key is None else {"x-api-key": key}
                return await client.request(
                    method, f"/surenotify{path}", headers=headers, **options
                )

        return asyncio.run(request())

    def call(self, method, path, body=None, **options):
        if body is not None:
            options["json"] = body
        response = self.send(method, path, **options)
        return response.status_code, response.json()

    def hook(self, event_type=3, url=URL, path=EMAIL):
        assert self.call("POST", path, {"type": event_type, "url": url}) == (200, {"success": True})


def refused(reason):
    return 400, {"success": False, "messages": [f"Invalid: {reason}"]}


@pytest.mark.parametrize("key", [None, "", "invalid"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", EMAIL), ("GET", SMS), ("POST", DOMAIN), ("GET", NUMBERS), ("DELETE", EMAIL)),
        *(("GET", "/v1/nothing"), ("POST", "/"), ("PATCH", EMAIL), ("GET", DOMAIN)),
    ],
)
def test_a_missing_or_wrong_key_is_forbidden_whatever_is_asked_for(key, method, path):
    assert Api().call(method, path, key=key) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("PATCH", EMAIL, 405), ("GET", DOMAIN, 405)],
)
def test_with_a_key_an_unknown_path_or_verb_is_told(method, path, status):
    assert Api().send(method, path).status_code == status


def test_accounts_do_not_see_each_other():
    api = Api()
    api.hook()
    assert api.call("GET", EMAIL, key="someone-else") == (200, [])


@pytest.mark.parametrize(("path", "types"), [(EMAIL, [3, 4, 5, 6, 7]), (SMS, [3, 6])])
def test_each_channel_takes_its_documented_types(path, types):
    api = Api()
    for event_type in types:
        api.hook(event_type, path=path)
    assert [row["type"] for row in api.call("GET", path)[1]] == types


@pytest.mark.parametrize(
    ("path", "event_type"),
    [
        (EMAIL, 2),
        (EMAIL, 8),
        (SMS, 4),
        (SMS, 7),
        (EMAIL, "3"),
        (EMAIL, True),
        (EMAIL, None),
        (EMAIL, 3.5),
    ],
)
def test_a_type_outside_the_channel_is_refused(path, event_type):
    answer = Api().call("POST", path, {"type": event_type, "url": URL})
    assert answer == refused("type is not a valid value.")


def test_a_whole_float_is_a_number_like_another():
    assert Api().call("POST", EMAIL, {"type": 3.0, "url": URL})[0] == 200


@pytest.mark.parametrize("body", [{"type": 3}, {"type": 3, "url": None}, {"type": 3, "url": ""}])
def test_the_url_is_required(body):
    assert Api().call("POST", EMAIL, body) == refused("url is required.")


@pytest.mark.parametrize("url", [7, "ftp://example.com", "example.com", "https://", "http://[::1"])
def test_a_url_that_is_no_web_address_is_refused(url):
    answer = Api().call("POST", EMAIL, {"type": 3, "url": url})
    assert answer == refused("url is not a valid value.")


def test_reading_url_check_none_takes_any_string():
    api = Api(url_check="none")
    api.hook(url="anything")
    assert api.call("POST", EMAIL, {"type": 3, "url": 7})[0] == 400


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("body", [b"", b"{", b"[3]", b"type=3", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(method, body):
    response = Api().send(method, EMAIL, content=body)
    assert response.status_code == 400
    assert response.json() == {"success": False, "messages": ["Invalid request body"]}


def test_a_webhook_reads_as_in_the_documentation():
    api = Api()
    api.hook()
    shown = {"type": 3, "domain": "default", "url": URL, "createDate": "2024-05-06T07:08:09Z"}
    assert api.call("GET", EMAIL) == (200, shown)


def test_the_channels_are_separate():
    api = Api()
    api.hook(3, path=EMAIL)
    assert api.call("GET", SMS) == (200, [])
    assert api.call("DELETE", SMS, {"type": 3}) == GONE


def test_posting_a_type_again_updates_its_url_in_place():
    api = Api(webhook_list="list")
    api.hook()
    created = api.emulator.webhooks("acme", "email")[0]["createDate"]
    api.emulator.clock = lambda: datetime(2025, 1, 1, tzinfo=UTC)
    api.hook(url=OTHER_URL)
    [row] = api.call("GET", EMAIL)[1]
    assert (row["url"], row["createDate"]) == (OTHER_URL, created)


def test_reading_upsert_key_with_url_adds_a_second_row_and_delete_removes_both():
    api = Api(upsert_key="type+url")
    api.hook()
    api.hook()
    api.hook(url=OTHER_URL)
    assert [row["url"] for row in api.call("GET", EMAIL)[1]] == [URL, OTHER_URL]
    assert api.call("DELETE", EMAIL, {"type": 3}) == (200, {"success": True})
    assert api.call("GET", EMAIL) == (200, [])


@pytest.mark.parametrize(("reading", "left"), [("kept", URL), ("cleared", "")])
def test_reading_webhook_url_lets_a_post_leave_it_out(reading, left):
    api = Api(webhook_url=reading)
    api.hook()
    assert api.call("POST", EMAIL, {"type": 3}) == (200, {"success": True})
    assert api.call("GET", EMAIL)[1]["url"] == left


def test_a_webhook_posted_without_url_where_that_is_allowed_has_an_empty_one():
    api = Api(webhook_url="kept")
    assert api.call("POST", EMAIL, {"type": 3}) == (200, {"success": True})
    assert api.call("GET", EMAIL)[1]["url"] == ""


def test_unknown_fields_are_tolerated():
    assert Api().call("POST", EMAIL, {"type": 3, "url": URL, "x": 1}) == (200, {"success": True})


def test_reading_unknown_fields_refused():
    api = Api(unknown_fields="refused")
    api.hook()
    assert api.call("POST", EMAIL, {"type": 3, "url": URL, "x": 1}) == refused("unknown field.")


@pytest.mark.parametrize(
    ("reading", "one", "two"),
    [
        ("object", lambda rows: rows[0], lambda rows: rows),
        ("list", lambda rows: rows, lambda rows: rows),
        ("wrapped", lambda rows: {"webhooks": rows}, lambda rows: {"webhooks": rows}),
        ("data", lambda rows: {"data": rows}, lambda rows: {"data": rows}),
    ],
)
def test_reading_webhook_list_shapes_the_answer(reading, one, two):
    api = Api(webhook_list=reading)
    api.hook(3)
    rows = api.emulator.webhooks("acme", "email")
    assert api.call("GET", EMAIL) == (200, one(rows))
    api.hook(4)
    assert api.call("GET", EMAIL) == (200, two(api.emulator.webhooks("acme", "email")))


@pytest.mark.parametrize(
    ("shape", "none", "status", "text"),
    [
        ("object", "plain", 200, "[]"),
        ("list", "plain", 200, "[]"),
        ("wrapped", "plain", 200, '{"webhooks": []}'),
        ("data", "plain", 200, '{"data": []}'),
        ("list", "object", 200, "{}"),
        ("object", "null", 200, "null"),
        ("object", "empty", 200, ""),
        ("wrapped", "404", 404, '{"message": "Not Found"}'),
    ],
)
def test_reading_webhook_none_says_that_none_exists(shape, none, status, text):
    response = Api(webhook_list=shape, webhook_none=none).send("GET", EMAIL)
    assert (response.status_code, response.text) == (status, text)


@pytest.mark.parametrize(("reading", "text"), [("int", "3"), ("float", "3.0"), ("string", '"3"')])
def test_reading_type_as_spells_the_type(reading, text):
    api = Api(type_as=reading)
    api.hook()
    assert f'"type": {text}, ' in api.send("GET", EMAIL).text


def test_reading_sms_domain_hidden_leaves_it_out_of_sms_webhooks_only():
    api = Api(sms_domain="hidden")
    api.hook(path=SMS)
    api.hook(path=EMAIL)
    assert "domain" not in api.call("GET", SMS)[1]
    assert "domain" in api.call("GET", EMAIL)[1]


def test_reading_error_key_message():
    body = {"success": False, "message": ["Invalid: type is not a valid value."]}
    assert Api(error_key="message").call("POST", EMAIL, {"type": 9, "url": URL}) == (400, body)


def test_a_deleted_webhook_is_gone():
    api = Api()
    api.hook(3)
    api.hook(4)
    assert api.call("DELETE", EMAIL, {"type": 3}) == (200, {"success": True})
    assert [row["type"] for row in api.emulator.webhooks("acme", "email")] == [4]


@pytest.mark.parametrize("body", [{"type": 3}, {"type": 9}, {"type": "x"}, {}])
def test_deleting_what_is_not_there_answers_500(body):
    assert Api().call("DELETE", EMAIL, body) == GONE


@pytest.mark.parametrize(("method", "path"), [("DELETE", EMAIL), ("DELETE", DOMAIN)])
@pytest.mark.parametrize(
    ("reading", "text"), [("500", '{"success": false}'), ("200", '{"success": true}'), ("204", "")]
)
def test_reading_absent_delete(method, path, reading, text):
    response = Api(absent_delete=reading).send(method, path, json={"type": 3})
    assert (response.status_code, response.text) == (int(reading), text)


def test_reading_delete_status_204_has_no_body():
    api = Api(delete_status="204")
    api.hook()
    api.call("POST", DOMAIN)
    for path in (EMAIL, DOMAIN):
        response = api.send("DELETE", path, json={"type": 3})
        assert (response.status_code, response.text) == (204, "")


def test_reading_success_body_trailing_comma_is_the_invalid_json_of_the_examples():
    api = Api(success_body="trailing-comma")
    api.hook()
    assert api.send("DELETE", EMAIL, json={"type": 3}).text == '{\n    "success": true,\n}'
    assert api.send("DELETE", EMAIL, json={"type": 3}).text == '{\n    "success": false,\n}'
    api.emulator.seed_number("acme", "0988777666")
    with pytest.raises(ValueError, match="double quotes"):
        api.send("GET", NUMBERS).json()


def test_a_seeded_webhook_may_have_a_type_that_the_api_refuses():
    api = Api()
    api.emulator.seed_webhook("acme", channel="email", event_type=99, url=URL, domain="x.example")
    assert api.call("GET", EMAIL)[1] == {
        "type": 99,
        "domain": "x.example",
        "url": URL,
        "createDate": "2024-05-06T07:08:09Z",
    }


def records(answer):
    status, body = answer
    assert status == 200
    return body


def test_a_new_domain_answers_its_dns_records_unverified():
    spf, dkim = records(Api().call("POST", DOMAIN))
    assert spf == {"name": "example.com", "value": SPF, "record_type": 0, "valid": "false"}
    assert dkim["record_type"] == 1
    assert dkim["name"].endswith("._domainkey.example.com")


def test_verifying_answers_the_same_records_with_valid_as_a_boolean():
    api = Api()
    created = records(api.call("POST", DOMAIN))
    verified = records(api.call("PUT", DOMAIN))
    assert verified == [{**record, "valid": True} for record in created]


@pytest.mark.parametrize(
    ("reading", "seen"),
    [
        ("published", [True, True, True]),
        ("missing", [False] * 3),
        ("second-check", [False, True, True]),
    ],
)
def test_reading_dns_decides_what_verifying_finds(reading, seen):
    api = Api(dns=reading)
    api.call("POST", DOMAIN)
    assert [records(api.call("PUT", DOMAIN))[0]["valid"] for _ in range(3)] == seen
    assert api.emulator.domains("acme")["example.com"]["checks"] == 3


@pytest.mark.parametrize(
    ("reading", "created", "verified"),
    [("as-page", "false", True), ("bool", False, True), ("string", "false", "true")],
)
def test_reading_valid_as(reading, created, verified):
    api = Api(valid_as=reading)
    assert records(api.call("POST", DOMAIN))[0]["valid"] == created
    assert records(api.call("PUT", DOMAIN))[0]["valid"] == verified


@pytest.mark.parametrize(("reading", "created", "verified"), [("spf", 1, 1), ("growing", 1, 2)])
def test_reading_records(reading, created, verified):
    api = Api(records=reading)
    assert len(records(api.call("POST", DOMAIN))) == created
    assert len(records(api.call("PUT", DOMAIN))) == verified


def test_posting_a_domain_again_answers_the_same_records():
    api = Api()
    first = records(api.call("POST", DOMAIN))
    assert records(api.call("POST", DOMAIN)) == first


def test_reading_domain_repeat_400():
    api = Api(domain_repeat="400")
    api.call("POST", DOMAIN)
    assert api.call("POST", DOMAIN) == refused("domain already exists.")


def test_reading_domain_repeat_new_dkim_makes_the_domain_unverified_again():
    api = Api(domain_repeat="new-dkim")
    first = records(api.call("POST", DOMAIN))
    api.call("PUT", DOMAIN)
    second = records(api.call("POST", DOMAIN))
    assert first[0] == second[0]
    assert first[1] != second[1]


@pytest.mark.parametrize(
    ("reading", "answer"),
    [
        ("404", (404, {"success": False, "messages": ["Not found"]})),
        ("400", (400, {"success": False, "messages": ["Not found"]})),
        ("empty", (200, [])),
        ("500", GONE),
    ],
)
def test_reading_domain_unknown(reading, answer):
    assert Api(domain_unknown=reading).call("PUT", DOMAIN) == answer


def test_a_deleted_domain_is_unknown():
    api = Api()
    api.call("POST", DOMAIN)
    assert api.call("DELETE", DOMAIN) == (200, {"success": True})
    assert api.call("DELETE", DOMAIN) == GONE
    assert api.call("PUT", DOMAIN)[0] == 404


@pytest.mark.parametrize("path", ["/v1/domains/EXAMPLE.com", "/v1/domains/Example.COM"])
def test_domains_are_compared_in_lower_case(path):
    api = Api()
    api.call("POST", path)
    assert list(api.emulator.domains("acme")) == ["example.com"]
    assert records(api.call("PUT", DOMAIN))[0]["name"] == "example.com"


def test_an_international_domain_is_kept_idna_encoded():
    api = Api()
    api.call("POST", "/v1/domains/b%C3%BCcher.example")
    assert records(api.call("PUT", "/v1/domains/xn--bcher-kva.example"))


@pytest.mark.parametrize(
    "name", ["localhost", "-a.com", "a..com", "exa mple.com", f"{'a' * 64}.com"]
)
def test_what_is_no_domain_name_is_refused(name):
    assert Api().call("POST", f"/v1/domains/{name}") == refused("domain is not a valid value.")


def test_reading_domain_check_none_takes_the_word_of_the_page_s_own_paths():
    status, records = Api(domain_check="none").call("POST", "/v1/domains/domain")
    assert (status, records[0]["name"]) == (200, "domain")


def test_a_domain_cannot_be_read_or_listed():
    api = Api()
    assert api.send("GET", DOMAIN).status_code == 405
    assert api.send("GET", "/v1/domains").status_code == 404


def test_two_accounts_may_have_one_domain():
    api = Api()
    api.call("POST", DOMAIN)
    assert api.call("POST", DOMAIN, key="other")[0] == 200


def test_reading_domain_owner_one_account_refuses_it_until_it_is_deleted():
    api = Api(domain_owner="one-account")
    api.call("POST", DOMAIN)
    assert api.call("POST", DOMAIN, key="other") == refused("domain is not available.")
    api.call("DELETE", DOMAIN)
    assert api.call("POST", DOMAIN, key="other")[0] == 200


@pytest.mark.parametrize(("reading", "suffix"), [("clean", ""), ("backtick", "`")])
def test_reading_date_suffix_of_exclusive_numbers(reading, suffix):
    api = Api(date_suffix=reading)
    assert api.call("GET", NUMBERS) == (200, {"phoneNumbers": []})
    api.emulator.seed_number("acme", "0988777666")
    moment = f"2024-05-06T07:08:09Z{suffix}"
    number = {"phoneNumber": "0988777666", "createDate": moment, "updateDate": moment}
    assert api.call("GET", NUMBERS) == (200, {"phoneNumbers": [number]})


def test_a_running_server_can_be_seeded_over_http():
    api = Api()
    seed = "/__emulator__/seed"
    hook = {"channel": "sms", "event_type": 6, "url": URL}
    assert api.call("POST", seed, {"method": "seed_webhook", "account": "acme", **hook})[0] == 200
    body = {"method": "seed_number", "account": "acme", "number": "0911222333"}
    assert api.call("POST", seed, body)[0] == 200
    assert api.call("GET", SMS)[1]["type"] == 6
    assert api.call("GET", NUMBERS)[1]["phoneNumbers"][0]["phoneNumber"] == "0911222333"


def test_everything_survives_a_restart(tmp_path):
    with closing(Store(tmp_path / "emulator.db")) as store:
        first = Api(store)
        first.hook()
        shown = first.call("GET", EMAIL)
        created = records(first.call("POST", DOMAIN))
    with closing(Store(tmp_path / "emulator.db")) as store:
        again = Api(store)
        assert again.call("GET", EMAIL) == shown
        assert records(again.call("POST", DOMAIN)) == created


def test_a_list_hides_its_newest_rows_where_a_fault_rule_asks_for_it():
    api = Api()
    api.hook()
    api.scope["reconciler.list_hints"] = ListHints(hidden_seconds=60)
    assert api.call("GET", EMAIL) == (200, [])
