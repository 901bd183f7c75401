"""Messages of the emulated Surenotify and what becomes of them, as the provider's page has it."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reconciler.emulator.app import build_app
from reconciler.emulator.outcomes import TABLE, Outcome
from tests.support.inprocess import InProcessTransport

START = datetime(2019, 12, 17, 6, 54, 33, tzinfo=UTC)
MAIL, SMS, MAIL_EVENTS, SMS_EVENTS = (
    "/v1/messages",
    "/v1/sms/messages",
    "/v1/events",
    "/v1/sms/events",
)
UNVERIFIED = (400, {"errors": "Invalid: sender domain unverified"})
BAD_MAIL = "Invalid: address is not a valid email format"
LONG_VARIABLE = "Invalid: the value of recipient variables should under 100 characters"
BAD_NUMBER = "address is not a valid format"


class Account:
    """One account with a verified domain, and a clock that only tests move."""

    def __init__(self, **readings):
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        self.app = build_app(readings={"surenotify": chosen})
        self.clock, self.sent = self.app.state.clock, self.app.state.sent
        self.clock.change({"at": START.isoformat(), "running": False})
        self.call("POST", "/v1/domains/example.com")
        self.call("PUT", "/v1/domains/example.com")

    def call(self, method, path, body=None, **options):
        async def request():
            transport = InProcessTransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
                return await client.request(
                    method,
                    f"/surenotify{path}",
                    headers={"x-api-key": "acme"},
                    json=body,
                    **options,
                )

        answer = asyncio.run(request())
        return answer.status_code, answer.json()

    def mail(self, *addresses, **fields):
        recipients = [{"name": "bob", "address": address} for address in addresses]
        body = {"subject": "System Notification", "fromAddress": "name@example.com"}
        body |= {
            "fromName": "Newsleopard Team",
            "content": "<h3>Hello</h3>",
            "recipients": recipients,
        }
        return self.call(
            "POST", MAIL, {name: v for name, v in {**body, **fields}.items() if v is not ...}
        )

    def sms(self, *addresses, **fields):
        recipients = [{"address": address, "country_code": "886"} for address in addresses]
        body = {"content": "Welcome to Newsleopard", "recipients": recipients}
        return self.call(
            "POST", SMS, {name: v for name, v in {**body, **fields}.items() if v is not ...}
        )

    def events(self, path=MAIL_EVENTS, **query):
        return self.call("GET", path, params={k.rstrip("_"): v for k, v in query.items()})

    def statuses(self, path=MAIL_EVENTS, **query):
        status, answer = self.events(path, **query)
        assert status == 200, answer
        return [log["status"] for log in answer["logs"]]


def only(answer):
    """The id of the one accepted recipient."""
    status, body = answer
    assert (status, body["failure"]) == (200, {})
    return body["success"][0]["id"]


def malformed(reason):
    return 400, {"message": "Invalid request body", "errors": f"[ {reason} ]"}


# --- mail --------------------------------------------------------------------------------------


def test_a_mail_is_accepted_with_one_id_for_the_request_and_one_for_each_recipient():
    account = Account()
    status, answer = account.mail("bob@gmail.com", "alice@yahoo.com.tw")
    assert status == 200
    assert [each["address"] for each in answer["success"]] == [
        "bob@gmail.com",
        "alice@yahoo.com.tw",
    ]
    assert all(each["id"].startswith("20191217065433-") for each in answer["success"])
    assert answer["failure"] == {}
    assert len({answer["id"], *(each["id"] for each in answer["success"])}) == 3


def test_some_recipients_fail_within_http_200_as_in_the_batch_example():
    recipients = [
        {"name": "alice", "address": "alice@yahoo.com.tw", "variables": {"gender": "woman"}},
        {"name": "iamnotanemail", "address": "iamnotanemail", "variables": {}},
        {
            "name": "long",
            "address": "variable_too_long@gmail.com",
            "variables": {"description": ["x" * 60, "y" * 68]},
        },
    ]
    account = Account()
    status, answer = account.mail(recipients=recipients)
    assert status == 200
    assert [each["address"] for each in answer["success"]] == ["alice@yahoo.com.tw"]
    assert answer["failure"] == {
        "iamnotanemail": BAD_MAIL,
        "variable_too_long@gmail.com": LONG_VARIABLE,
    }
    assert [row["recipient"] for row in account.sent.messages()] == ["alice@yahoo.com.tw"]


@pytest.mark.parametrize(
    ("reading", "length", "fails"),
    [("100", 100, False), ("100", 101, True), ("99", 100, True), ("99", 99, False)],
)
def test_a_variable_is_limited_to_a_hundred_characters_or_less(reading, length, fails):
    recipient = {"address": "bob@gmail.com", "variables": {"a": "x" * length}}
    _, answer = Account(longest_variable=reading).mail(recipients=[recipient])
    assert bool(answer["failure"]) is fails


def test_variables_go_into_subject_and_content_and_are_what_a_message_is_found_again_by():
    account = Account()
    recipient = {"address": "bob@gmail.com", "variables": {"nickname": "Mr.B", "op": "op-1"}}
    account.mail(
        subject="{{nickname}}, hello",
        content="<p>{{ nickname }} {{other}}</p>",
        recipients=[recipient],
    )
    [message] = account.sent.messages(provider="surenotify", channel="email")
    assert (message["subject"], message["content"]) == ("Mr.B, hello", "<p>Mr.B {{other}}</p>")
    assert message["correlation"]["variables"]["op"] == "op-1"
    [log] = account.events(recipient="bob@gmail.com")[1]["logs"][:1]
    assert log["mail"]["variables"]["op"] == "op-1"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"fromAddress": "name@elsewhere.com"}, UNVERIFIED),
        ({"fromAddress": "name@sub.example.com"}, UNVERIFIED),
        ({"fromAddress": "name"}, (400, {"errors": "Invalid: fromAddress is not a valid email format"})),
        ({"subject": ...}, malformed('object has missing required properties (["subject"])')),
        ({"content": ...}, malformed('object has missing required properties (["content"])')),
        ({"fromAddress": ...}, malformed('object has missing required properties (["fromAddress"])')),
        ({"recipients": ...}, malformed('object has missing required properties (["recipients"])')),
        ({"recipients": [{"name": "x"}]}, malformed('object has missing required properties (["address"])')),
        (
            {"recipients": [{"address": "a@b.co"}] * 101},
            malformed("array is too long: must have at most 100 elements"),
        ),
    ],
)  # fmt: skip
def test_a_mail_is_refused_as_a_whole(fields, refusal):
    account = Account()
    assert account.mail("bob@gmail.com", **fields) == refusal
    assert not account.sent.messages()


def test_a_domain_that_was_created_but_not_verified_sends_nothing():
    account = Account()
    account.call("POST", "/v1/domains/new.example")
    assert account.mail("bob@gmail.com", fromAddress="a@new.example") == UNVERIFIED


def test_a_hundred_recipients_are_taken():
    _, answer = Account().mail(*(f"r{n}@example.org" for n in range(100)))
    assert len(answer["success"]) == 100


def test_without_a_name_the_local_part_is_the_sender():
    account = Account()
    account.mail("bob@gmail.com", fromName=...)
    [log, *_] = account.events(recipient="BOB@gmail.com")[1]["logs"]
    assert log["mail"]["from"] == "name <name@example.com>"


def test_readings_of_recipients():
    nobody = {"success": [], "failure": {}}
    status, answer = Account(no_recipients="empty").mail(recipients=...)
    assert (status, answer) == (200, {"id": answer["id"], **nobody})
    unnamed = Account(recipient_name="required").mail(recipients=[{"address": "a@b.co"}])
    assert unnamed == malformed('object has missing required properties (["name"])')


@pytest.mark.parametrize(
    ("reading", "channel", "count", "kind"),
    [
        ("list", "sms", 1, list),
        ("list", "sms", 2, list),
        ("as-page", "mail", 2, list),
        ("as-page", "sms", 1, list),
        ("as-page", "sms", 2, dict),
        ("object", "mail", 1, dict),
        ("object", "sms", 1, dict),
    ],
)
def test_reading_success_as(reading, channel, count, kind):
    account = Account(success_as=reading)
    good, bad = ("bob@gmail.com", "nobody") if channel == "mail" else ("0912345678", "0933x44888")
    _, answer = getattr(account, channel)(good, *[bad][: count - 1])
    assert isinstance(answer["success"], kind)
    assert len(answer["failure"]) == count - 1


# --- SMS ---------------------------------------------------------------------------------------


def test_an_sms_is_accepted_for_some_and_refused_for_others_within_http_200():
    account = Account()
    status, answer = account.sms("0912345678", "0933444x88")
    assert (status, answer["failure"]) == (200, {"0933444x88": BAD_NUMBER})
    assert [each["address"] for each in answer["success"]] == ["0912345678"]
    [message] = account.sent.messages()
    assert (message["channel"], message["sender"]) == ("sms", "0988777666")


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ({"content": ""}, "content can not be empty"),
        ({"content": "x" * 390}, "content length 390 exceeds the limit 268"),
        ({"recipients": [{"address": "0912345678", "country_code": "999"}]}, BAD_NUMBER),
        (
            {
                "recipients": [
                    {"address": "0912345678", "country_code": "886", "variables": {"a": "x" * 101}}
                ]
            },
            LONG_VARIABLE,
        ),
    ],
)
def test_what_fails_for_one_recipient(fields, failure):
    status, answer = Account().sms("0912345678", **fields)
    assert (status, answer["success"], answer["failure"]) == (200, [], {"0912345678": failure})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"content": ...}, 'object has missing required properties (["content"])'),
        (
            {"recipients": [{"address": "0912345678"}]},
            'object has missing required properties (["country_code"])',
        ),
        (
            {"recipients": [{"address": "0912345678", "country_code": "886"}] * 101},
            "array is too long: must have at most 100 elements",
        ),
        ({"from": "0911000000"}, "from: is no exclusive number of this account"),
        (
            {"alive_mins": "5"},
            "alive_mins: instance type does not match any allowed primitive type",
        ),
    ],
)
def test_an_sms_is_refused_as_a_whole(fields, reason):
    account = Account()
    assert account.sms("0912345678", **fields) == malformed(reason)
    assert not account.sent.messages()


def test_an_sms_goes_out_from_an_exclusive_number_of_the_account():
    account = Account(numbers="example")
    assert [
        n["phoneNumber"] for n in account.call("GET", "/v1/sms/exclusive-number")[1]["phoneNumbers"]
    ] == [
        "0988777666",
        "0911222333",
    ]
    only(account.sms("0912345678", from_=..., **{"from": "0911222333"}))
    assert account.sent.messages()[0]["sender"] == "0911222333"
    other = Account(from_unknown="ignored")
    only(other.sms("0912345678", **{"from": "0911222333"}))
    assert other.sent.messages()[0]["sender"] == "0988777666"


@pytest.mark.parametrize(("asked", "used"), [(..., 5), (1, 5), (30, 30), (900, 480)])
def test_alive_mins_is_kept_within_its_range(asked, used):
    account = Account()
    message = only(account.sms("0912349906", alive_mins=asked))
    assert account.events(SMS_EVENTS, id=message)[1]["logs"][0]["alive_mins"] == used
    account.clock.forward(used * 60 - 1)
    assert account.statuses(SMS_EVENTS, id=message) == ["accept"]
    account.clock.forward(1)
    assert account.statuses(SMS_EVENTS, id=message) == ["accept", "bounce"]


@pytest.mark.parametrize(
    ("text", "point"), [("x" * 160, "1"), ("x" * 161, "2"), ("豹" * 70, "1"), ("豹" * 71, "2")]
)
def test_a_delivered_sms_tells_its_parts_and_its_sender(text, point):
    account = Account()
    message = only(account.sms("0912345678", content=text))
    assert account.events(SMS_EVENTS, id=message, status="delivery")[1] == {
        "logs": [
            {
                "messageId": message,
                "recipient": "886912345678",
                "address": "0912345678",
                "countryCode": "886",
                "status": "delivery",
                "content": text,
                "eventTime": "2019-12-17T06:54:33Z",
                "alive_mins": 5,
                "variables": {},
                "rawEvent": {"point": point, "srcaddr": "0988777666"},
            }
        ]
    }


# --- what becomes of them ----------------------------------------------------------------------

AT_LAST = {
    Outcome.DELIVERED: (["delivery"], ["delivery"]),
    Outcome.BOUNCED: (["bounce"], ["bounce"]),
    Outcome.DEFERRED: (["retry", "bounce"], ["bounce"]),
    Outcome.DELIVERED_BOUNCED: (["delivery", "bounce"], ["delivery", "bounce"]),
    Outcome.LATE: (["delivery"], ["delivery"]),
    Outcome.SILENT: ([], []),
    Outcome.EXPIRED: (["bounce"], ["bounce"]),
    Outcome.BLOCKED: (["bounce"], ["bounce"]),
    Outcome.DUPLICATE: ([], []),
    Outcome.OPENED: (["delivery", "open"], ["delivery"]),
    Outcome.CLICKED: (["delivery", "open", "click"], ["delivery"]),
    Outcome.COMPLAINED: (["delivery", "complaint"], ["delivery"]),
    Outcome.UNSUBSCRIBED: (["delivery"], ["delivery"]),
}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_becomes_of_a_message_is_said_by_its_recipient(outcome):
    account = Account()
    mail = account.mail(f"{outcome}+canary@example.org")
    sms = account.sms(f"091234{TABLE[outcome].ending}")
    if outcome is Outcome.REFUSED:
        assert (mail[1]["success"], mail[1]["failure"]) == (
            [],
            {"refused+canary@example.org": BAD_MAIL},
        )
        assert (sms[1]["success"], sms[1]["failure"]) == ([], {"0912349907": BAD_NUMBER})
        return
    mail, sms = only(mail), only(sms)
    account.clock.forward(3600)
    seen = account.statuses(id=mail)[1:], account.statuses(SMS_EVENTS, id=sms)[1:]
    assert seen == AT_LAST[outcome]


def test_a_delivery_can_be_followed_by_a_bounce():
    account = Account()
    message = only(account.mail("delivered-bounced@example.org"))
    assert account.statuses(id=message) == ["accept", "delivery"]
    account.clock.forward(30)
    assert account.statuses(id=message) == ["accept", "delivery", "bounce"]


@pytest.mark.parametrize(
    ("recipient", "status", "raw"),
    [
        (
            "bounced@b.co",
            "bounce",
            {"code": "5.0.0", "type": "1", "reason": "system: user unknown"},
        ),
        (
            "opened@b.co",
            "open",
            {"clientHeaders": "User-Agent=Mozilla/5.0 Chrome/81.0.4044.129 Safari/537.36"},
        ),
        (
            "clicked@b.co",
            "click",
            {
                "sort": "0",
                "linkUrl": "https://shop.example.com/",
                "clientHeaders": "User-Agent=Mozilla/5.0 Chrome/81.0.4044.129 Safari/537.36",
            },
        ),
        ("complained@b.co", "complaint", {}),
        ("kim@b.co", "delivery", {}),
    ],
)
def test_an_event_of_a_mail_reads_as_in_the_documentation(recipient, status, raw):
    account = Account()
    content = '<a href="https://shop.example.com/">shop</a>'
    message = only(account.mail(recipient, content=content))
    assert account.events(id=message, status=status)[1]["logs"] == [
        {
            "messageId": message,
            "status": status,
            "mail": {
                "subject": "System Notification",
                "content": content,
                "from": "Newsleopard Team <name@example.com>",
                "to": f"bob <{recipient}>",
                "sender": "name@example.com",
                "recipient": recipient,
                "variables": {},
            },
            "eventTime": "2019-12-17T06:54:33Z",
            "rawEvent": raw,
        }
    ]


# --- event queries -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [
        (MAIL_EVENTS, {}, "Invalid: id or recipient is required"),
        (SMS_EVENTS, {}, "Invalid: id or recipient is required"),
        (SMS_EVENTS, {"recipient": "0912345678"}, "Invalid: country_code is required"),
        (MAIL_EVENTS, {"id": "x", "from_": "yesterday"}, "Invalid: from is not a valid datetime"),
        (
            MAIL_EVENTS,
            {"id": "x", "to": "2019-12-25 08:38:32"},
            "Invalid: to is not a valid datetime",
        ),
        (MAIL_EVENTS, {"id": "x", "status": "sent"}, "Invalid: status sent is not a valid value"),
    ],
)
def test_a_query_is_refused(path, query, error):
    assert Account().events(path, **query) == (400, {"error": error})


def test_id_goes_before_recipient_and_an_unknown_one_has_no_events():
    account = Account()
    first, second = only(account.mail("a@b.co")), only(account.mail("c@b.co"))
    assert {
        log["messageId"] for log in account.events(id=first, recipient="c@b.co")[1]["logs"]
    } == {first}
    assert {log["messageId"] for log in account.events(recipient="C@b.co")[1]["logs"]} == {second}
    assert account.events(id="nobody") == (200, {"logs": []})


@pytest.mark.parametrize("recipient", ["0912345678", "912345678"])
def test_an_sms_is_found_by_its_number_in_both_documented_forms(recipient):
    account = Account()
    only(account.sms("0912345678"))
    assert account.statuses(SMS_EVENTS, recipient=recipient, country_code="886") == [
        "accept",
        "delivery",
    ]
    assert account.statuses(SMS_EVENTS, recipient=recipient, country_code="82") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "accept"}, ["accept"]),
        ({"status": "retry, delivery,open"}, ["delivery"]),
        ({"from_": "2019-12-17T06:54:33Z"}, ["accept", "delivery"]),
        ({"from_": "2019-12-17T06:54:34Z"}, []),
        ({"to": "2019-12-17T06:54:33Z"}, ["accept", "delivery"]),
        ({"to": "2019-12-17T06:54:32Z"}, []),
        ({"to": "2020-01-18T00:00:00Z"}, []),
        ({"from_": "2019-11-16T00:00:00Z"}, []),
    ],
)
def test_events_are_narrowed_by_status_and_time_one_end_of_which_is_a_month_from_the_other(
    query, found
):
    account = Account()
    message = only(account.mail("a@b.co"))
    assert account.statuses(id=message, **query) == found


def test_events_are_kept_for_thirty_days():
    account = Account()
    message = only(account.mail("a@b.co"))
    wide = {"from_": "2019-12-01T00:00:00Z", "to": "2020-03-01T00:00:00Z"}
    account.clock.set(START + timedelta(days=30))
    assert account.statuses(id=message, **wide) == ["accept", "delivery"]
    account.clock.forward(1)
    assert account.statuses(id=message, **wide) == []


@pytest.mark.parametrize(
    ("reading", "has_newest"), [("oldest-first", False), ("newest-first", True)]
)
def test_a_query_answers_fifty_events_and_no_more(reading, has_newest):
    account = Account(event_order=reading)
    for _ in range(25):
        account.mail("a@b.co")
        account.clock.forward(60)
    assert len(account.statuses(recipient="a@b.co")) == 50
    newest = only(account.mail("a@b.co"))
    logs = account.events(recipient="a@b.co")[1]["logs"]
    assert (len(logs), newest in {log["messageId"] for log in logs}) == (50, has_newest)


def test_reading_message_id_indexed_is_the_form_of_the_examples():
    account = Account(message_id="indexed")
    message = only(account.mail("a@b.co"))
    indexed = message.replace("20191217065433-", "20191217065433-0-")
    assert {log["messageId"] for log in account.events(id=message)[1]["logs"]} == {indexed}
    assert account.statuses(id=indexed) == ["accept", "delivery"]


def test_messages_of_another_account_are_not_found():
    account = Account()
    only(account.mail("a@b.co"))
    assert account.call("GET", f"{MAIL_EVENTS}?recipient=a@b.co")[1]["logs"]
    headers = {"x-api-key": "other"}

    async def request():
        transport = InProcessTransport(account.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
            return await client.get(f"/surenotify{MAIL_EVENTS}?recipient=a@b.co", headers=headers)

    assert asyncio.run(request()).json() == {"logs": []}


# --- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "count"), [("drop-before", 0), ("drop-after", 1)])
@pytest.mark.parametrize("channel", ["mail", "sms"])
def test_a_lost_answer_leaves_no_message_or_exactly_one(fault, count, channel):
    account = Account()
    account.app.state.faults.replace([{"path": "/messages$", "fault": fault, "times": 1}])
    recipient = "a@b.co" if channel == "mail" else "0912345678"
    with pytest.raises(httpx.RemoteProtocolError):
        getattr(account, channel)(recipient)
    assert len(account.sent.messages(recipient=recipient)) == count


def test_events_show_late_where_a_fault_rule_asks_for_it():
    account = Account()
    account.app.state.faults.replace(
        [{"path": "/events$", "fault": "stale-list", "times": 1, "seconds": 60}]
    )
    message = only(account.mail("a@b.co"))
    assert account.statuses(id=message) == []
    assert account.statuses(id=message) == ["accept", "delivery"]
