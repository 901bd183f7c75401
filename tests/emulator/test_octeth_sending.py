"""Mails of the emulated Octeth gateway and what becomes of them, as the product's pages have it."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from reconciler.emulator.app import build_app
from reconciler.emulator.outcomes import Outcome
from tests.support.inprocess import InProcessTransport

START = datetime(2023, 1, 1, 12, 0, 0, tzinfo=UTC)
TRACKED_OFF = {"TrackOpens": False, "TrackLinks": False}


class Account:
    """One account with an enabled domain and its key, and a clock that only tests move."""

    def __init__(self, **readings):
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        self.app = build_app(readings={"octeth": chosen})
        self.emulator = self.app.state.emulators["octeth"]
        self.clock, self.sent = self.app.state.clock, self.app.state.sent
        self.clock.change({"at": START.isoformat(), "running": False})
        self.domain = self.emulator.seed_domain("acme", "example.com")
        self.emulator.seed_key("acme", self.domain, description="shop", key="k1")

    def http(self, method, path, **options):
        async def request():
            transport = InProcessTransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
                return await client.request(method, f"/octeth{path}", **options)

        return asyncio.run(request())

    def command(self, name, **parameters):
        body = {"APIKey": "acme", "Command": f"EmailGateway.{name}", **parameters}
        return self.http("POST", "/api.php", json=body).json()

    def mail(self, *to, key="k1", bearer="k1", **fields):
        body = {
            "SenderAPIKey": key,
            "Subject": "Hello World",
            "ContentType": "html",
            "HtmlContent": "<p>Hello, World!</p>",
            "From": {"email": "sender@example.com", "name": "John Doe"},
            "To": [{"email": address, "name": "Jane Doe"} for address in to],
        }
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        body = {name: value for name, value in {**body, **fields}.items() if value is not ...}
        return self.http("POST", "/api/v1/email", headers=headers, json=body).json()

    def events(self, bearer="k1", place="params", **asked):
        headers = {"Authorization": f"Bearer {bearer}"}
        return self.http("GET", "/api/v1/events", headers=headers, **{place: asked}).json()

    def words(self, **asked):
        return [event["EventType"] for event in self.events(**asked)["Events"]]


def codes(answer):
    return [error["Code"] for error in answer["Errors"]]


# --- sending -----------------------------------------------------------------------------------


def test_a_mail_is_accepted_with_one_id():
    account = Account()
    answer = account.mail("kim@b.co", "lee@b.co")
    assert set(answer) == {"MessageID"}
    assert [(row["id"], row["recipient"]) for row in account.sent.messages(provider="octeth")] == [
        (answer["MessageID"], "kim@b.co"),
        (answer["MessageID"], "lee@b.co"),
    ]


JANE = {"email": "jane@b.co", "name": "Jane"}
UNNAMED, ADDRESSLESS, BROKEN = (
    {"email": "jane@b.co"},
    {"name": "Jane"},
    {"email": "jane", "name": "Jane"},
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Subject": ...}, [8]),
        ({"Subject": "", "ContentType": ...}, [8, 9]),
        ({"ContentType": "markdown"}, [9]),
        ({"HtmlContent": ...}, [10]),
        ({"ContentType": "plain"}, [11]),
        ({"ContentType": "plain", "PlainContent": "hello"}, []),
        ({"From": ...}, [3]),
        ({"From": {"email": "sender@example.com"}}, [3]),
        ({"From": {"email": "sender@elsewhere.com", "name": "John"}}, [3]),
        ({"From": {"email": "sender@news.example.com", "name": "John"}}, []),
        ({"From": {"email": "sender", "name": "John"}}, [23]),
        ({"To": ...}, [20]),
        ({"To": []}, [20]),
        ({"To": JANE}, []),
        ({"To": [UNNAMED]}, [18]),
        ({"To": [ADDRESSLESS, JANE]}, [18]),
        ({"To": [BROKEN]}, [19]),
        ({"CC": [UNNAMED]}, [21]),
        ({"CC": [BROKEN]}, [22]),
        ({"BCC": JANE}, [24]),
        ({"BCC": [UNNAMED]}, [25]),
        ({"BCC": [BROKEN]}, [26]),
        ({"BCC": [JANE] * 11}, [27]),
        ({"ReplyTo": JANE}, [28]),
        ({"ReplyTo": [UNNAMED]}, [29]),
        ({"ReplyTo": [BROKEN]}, [30]),
        ({"ReplyTo": [JANE] * 11}, [31]),
        ({"ReplyTo": [JANE], "CC": [JANE], "BCC": [JANE] * 10}, []),
        ({"DomainID": 99}, [2]),
        ({"TemplateID": 1}, [15]),
        ({"TargetListID": 1}, [16]),
        ({"key": ..., "bearer": None}, [1]),
        ({"key": "other", "bearer": None}, [13]),
        ({"bearer": "other"}, [13]),
        ({"key": ...}, []),
    ],
)
def test_what_is_refused_and_with_which_code(fields, expected):
    account = Account()
    answer = account.mail("kim@b.co", **fields)
    if not expected:
        assert set(answer) == {"MessageID"}
        return
    assert codes(answer) == expected
    assert all(error["Message"] for error in answer["Errors"])
    assert not account.sent.messages()


@pytest.mark.parametrize("code", [12, 17, 34])
def test_an_account_may_be_refused_as_a_whole(code):
    account = Account()
    account.emulator.set_sending_refusal("acme", code)
    assert codes(account.mail("kim@b.co")) == [code]
    account.emulator.set_sending_refusal("acme", None)
    assert "MessageID" in account.mail("kim@b.co")


@pytest.mark.parametrize("status", ["Approval Pending", "Suspended", "Disabled"])
def test_a_domain_that_is_not_active_sends_nothing(status):
    account = Account()
    account.emulator.set_status("acme", account.domain, status)
    assert codes(account.mail("kim@b.co")) == [32]
    assert not account.sent.messages()


@pytest.mark.parametrize(("recipient", "code"), [("blocked@b.co", 14), ("refused@b.co", 19)])
def test_a_suppressed_and_a_refused_recipient(recipient, code):
    account = Account()
    assert codes(account.mail("kim@b.co", recipient)) == [code]
    assert not account.sent.messages()


def test_readings_of_sending():
    assert codes(Account(email_key="both").mail("kim@b.co", key=...)) == [1]
    elsewhere = {"email": "sender@elsewhere.com", "name": "John"}
    assert "MessageID" in Account(from_domain="any").mail("kim@b.co", From=elsewhere)
    assert "MessageID" in Account(recipient_name="optional").mail(To=[UNNAMED])
    account = Account(error_status="400")
    body = {"SenderAPIKey": "k1"}
    assert account.http("POST", "/api/v1/email", json=body).status_code == 400


def test_a_key_that_was_used_says_when():
    account = Account()
    assert account.command("GetAPIs", DomainID=account.domain)["APIKeys"][0]["LastUsedDate"] == ""
    account.clock.forward(60)
    account.mail("kim@b.co")
    [key] = account.command("GetAPIs", DomainID=account.domain)["APIKeys"]
    assert key["LastUsedDate"] == "2023-01-01 12:01:00"


# --- what becomes of them ----------------------------------------------------------------------

AT_LAST = {
    Outcome.DELIVERED: ["delivery"],
    Outcome.BOUNCED: ["bounce"],
    Outcome.DEFERRED: ["bounce"],
    Outcome.DELIVERED_BOUNCED: ["delivery", "bounce"],
    Outcome.LATE: ["delivery"],
    Outcome.SILENT: [],
    Outcome.EXPIRED: ["bounce"],
    Outcome.DUPLICATE: [],
    Outcome.OPENED: ["delivery", "open"],
    Outcome.CLICKED: ["delivery", "open", "click"],
    Outcome.COMPLAINED: ["delivery", "complaint"],
    Outcome.UNSUBSCRIBED: ["delivery", "unsubscribe"],
}


@pytest.mark.parametrize("outcome", list(AT_LAST))
def test_what_becomes_of_a_mail_is_said_by_its_recipient(outcome):
    account = Account(event_order="oldest-first")
    account.mail(f"{outcome}+canary@b.co")
    account.clock.forward(3600)
    assert account.words() == AT_LAST[outcome]


@pytest.mark.parametrize("place", ["mail", "domain"])
def test_what_is_not_tracked_is_not_told(place):
    account = Account()
    if place == "domain":
        account.command("UpdateDomain", DomainID=account.domain, OpenTracking="0", LinkTracking="0")
    account.mail("clicked@b.co", **(TRACKED_OFF if place == "mail" else {}))
    assert account.words() == ["delivery"]


def test_a_mail_may_be_planned_and_the_queue_cleared():
    account = Account()
    account.mail("kim@b.co", SendAt="2023-01-01 12:10:00")
    account.mail("late@b.co")
    account.mail("lee@b.co")
    assert [event["Recipient"] for event in account.events()["Events"]] == ["lee@b.co"]
    assert account.command("ClearDomainQueue", DomainID=account.domain) == {
        "Success": True,
        "ErrorCode": 0,
    }
    account.clock.forward(3600)
    assert [event["Recipient"] for event in account.events()["Events"]] == ["lee@b.co"]


# --- GET /api/v1/events ------------------------------------------------------------------------


@pytest.mark.parametrize("reading", ["any", "body", "query"])
def test_parameters_of_a_get_are_in_its_body_or_its_query(reading):
    account = Account(get_parameters=reading)
    account.mail("kim@b.co")
    other = {"MessageID": "none"}
    assert (account.events(place="data", **other)["TotalRecords"] == 0) is (reading != "query")
    assert (account.events(place="params", **other)["TotalRecords"] == 0) is (reading != "body")


def test_an_event_reads_as_in_the_documentation():
    account = Account()
    message = account.mail("opened@b.co")["MessageID"]
    [event] = account.events(Event="open", MessageID=message)["Events"]
    assert event == {
        "EventId": event["EventId"],
        "EventType": "open",
        "EventTimestamp": "2023-01-01T12:00:00Z",
        "Recipient": "opened@b.co",
        "MessageId": message,
        "CampaignId": "",
        "Details": {"UserAgent": "Mozilla/5.0...", "IpAddress": "192.0.2.1"},
    }


def test_five_events_are_listed_unless_asked_and_never_more_than_a_hundred():
    account = Account()
    account.mail(*(f"r{n}@b.co" for n in range(101)))
    assert (len(account.words()), account.events()["TotalRecords"]) == (5, 101)
    assert len(account.words(StartFrom=0, RetrieveCount=500)) == 100
    assert len(account.words(StartFrom=100, RetrieveCount=100)) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"Event": "delivered"}, ["delivery"]),
        ({"Event": "bounce"}, ["bounce"]),
        ({"Event": "nothing"}, []),
        ({"StartDate": int(START.timestamp()) + 30}, ["bounce"]),
        ({"StartDate": "2023-01-01 12:00:30"}, ["bounce"]),
        ({"EndDate": "2023-01-01 12:00:29"}, ["delivery"]),
        ({"StartDate": "2023-01-02"}, []),
    ],
)
def test_events_are_narrowed(asked, found):
    account = Account()
    account.mail("delivered-bounced@b.co")
    account.clock.forward(3600)
    assert account.words(**asked) == found


def test_readings_of_event_lists():
    required = Account(events_page="required")
    assert codes(required.events()) == [4, 5]
    assert codes(required.events(StartFrom=0)) == [5]
    past = Account(event_log_words="delivered", send_event="logged", event_order="oldest-first")
    past.mail("bounced@b.co")
    assert past.words() == ["send", "bounced"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, 1), ({"Authorization": "Bearer other"}, 13), ({"Authorization": "Bearer "}, 1)],
)
def test_events_need_a_key(headers, code):
    assert codes(Account().http("GET", "/api/v1/events", headers=headers).json()) == [code]


def test_a_deactivated_account_has_no_events():
    account = Account()
    account.emulator.set_sending_refusal("acme", 12)
    assert codes(account.events()) == [2]


def test_events_of_another_domain_are_not_seen():
    account = Account()
    other = account.emulator.seed_domain("acme", "example.org")
    account.emulator.seed_key("acme", other, description="shop", key="k2")
    account.mail("kim@b.co")
    assert account.events(bearer="k2")["TotalRecords"] == 0


# --- commands ----------------------------------------------------------------------------------

PAGE = {"StartFrom": 0, "RetrieveCount": 50}


def test_get_events_tells_the_subject_alone_as_the_example_does():
    account = Account()
    account.mail("opened@b.co", Subject="Welcome to our service!")
    answer = account.command("GetEvents", DomainID=account.domain, **PAGE, Event="open")
    assert answer == {
        "Success": True,
        "ErrorCode": 0,
        "TotalRecords": 1,
        "Events": [
            {
                "event_type": "open",
                "timestamp": "2023-01-01T12:00:00Z",
                "message": {"headers": {"subject": "Welcome to our service!"}},
            }
        ],
    }
    full = Account(event_detail="full")
    message = full.mail("kim@b.co")["MessageID"]
    [event] = full.command("GetEvents", DomainID=full.domain, **PAGE)["Events"]
    assert (event["recipient"], event["message"]["headers"]["message-id"]) == ("kim@b.co", message)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("subject:welcome", 1),
        ('subject:"to our service"', 1),
        ("subject:goodbye", 0),
        ("op:77", 1),
        ("op:78", 0),
        ("welcome kim@b.co", 1),
        ("to:lee@b.co", 0),
        ('"welcome', 0),
    ],
)
def test_get_events_can_be_asked_with_words(query, total):
    account = Account()
    account.mail("kim@b.co", Subject="Welcome to our service! [op:77]")
    found = account.command("GetEvents", DomainID=account.domain, **PAGE, Query=query)
    assert found["TotalRecords"] == total
    ignoring = Account(event_query="ignored")
    ignoring.mail("kim@b.co")
    assert ignoring.command("GetEvents", DomainID=1, **PAGE, Query=query)["TotalRecords"] == 1


@pytest.mark.parametrize(
    ("dates", "total"),
    [
        ({"StartDate": "2023-01-01", "EndDate": "2023-01-01"}, 1),
        ({"StartDate": "2023-01-02"}, 0),
        ({"EndDate": "2022-12-31"}, 0),
    ],
)
def test_get_events_is_narrowed_by_days(dates, total):
    account = Account()
    account.mail("kim@b.co")
    assert (
        account.command("GetEvents", DomainID=account.domain, **PAGE, **dates)["TotalRecords"]
        == total
    )


@pytest.mark.parametrize(
    ("command", "parameters", "code", "text"),
    [
        ("GetEvents", {}, 1, "Required parameter missing: DomainID"),
        ("GetEvents", {"DomainID": 99, **PAGE}, 2, "Failed to retrieve sender domain"),
        (
            "GetEvents",
            {"DomainID": 1, "RetrieveCount": 5},
            4,
            "Required parameter missing: StartFrom",
        ),
        (
            "GetEvents",
            {"DomainID": 1, "StartFrom": 0},
            5,
            "Required parameter missing: RetrieveCount",
        ),
        ("AggrEvents", {}, 1, "Required parameter missing: DomainID"),
        ("AggrEvents", {"DomainID": 99}, 2, "Failed to retrieve sender domain"),
        ("DomainStats", {}, 1, "Required parameter missing: DomainID"),
        ("DomainStats", {"DomainID": 99}, 2, "Unable to retrieve domain information"),
        ("ClearDomainQueue", {}, 1, None),
        ("ClearDomainQueue", {"DomainID": 99}, 2, None),
    ],
)
def test_a_command_is_refused(command, parameters, code, text):
    explained = {} if text is None else {"ErrorMessage": text}
    assert Account().command(command, **parameters) == {
        "Success": False,
        "ErrorCode": code,
        **explained,
    }


def test_events_are_aggregated():
    account = Account()
    account.mail("opened@b.co", "kim@b.co")
    asked = {"DomainID": account.domain, "AggregatedField": "eventType"}
    buckets = [{"key": "delivery", "doc_count": 2}, {"key": "open", "doc_count": 1}]
    assert account.command("AggrEvents", **asked)["AggBuckets"] == buckets
    assert account.command("AggrEvents", **asked, AggregateSize=1)["AggBuckets"] == buckets[:1]
    assert account.command("AggrEvents", **asked, StartDate="2023-01-02")["AggBuckets"] == []
    by_recipient = account.command(
        "AggrEvents", DomainID=account.domain, AggregatedField="recipient"
    )
    assert by_recipient["AggBuckets"][0] == {"key": "opened@b.co", "doc_count": 2}


def test_statistics_compare_with_the_time_before():
    account = Account()
    account.mail("bounced@b.co")
    account.clock.forward(86400)
    account.mail("kim@b.co", Tags=["news"])
    day = {"StartDate": "2023-01-02", "EndDate": "2023-01-02"}
    assert account.command("DomainStats", DomainID=account.domain, **day) == {
        "Success": True,
        "ErrorCode": 0,
        "Stats": {"delivery": 1},
        "ComparisonStats": {"bounce": 1},
        "TagStats": {"news": {"delivery": 1}},
    }
    empty = Account(stats="empty", empty_maps="object")
    empty.mail("kim@b.co")
    assert empty.command("DomainStats", DomainID=empty.domain)["Stats"] == {}


# --- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "count"), [("drop-before", 0), ("drop-after", 1)])
def test_a_lost_answer_leaves_no_mail_or_exactly_one(fault, count):
    account = Account()
    account.app.state.faults.replace([{"path": "/email$", "fault": fault, "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError):
        account.mail("kim@b.co")
    assert len(account.sent.messages(recipient="kim@b.co")) == count


def test_events_show_late_where_a_fault_rule_asks_for_it():
    account = Account()
    account.app.state.faults.replace(
        [{"path": "/events$", "fault": "stale-list", "times": 1, "seconds": 60}]
    )
    account.mail("kim@b.co")
    assert account.words() == []
    assert account.words() == ["delivery"]


# --- limits ------------------------------------------------------------------------------------


def test_reading_rest_limit_of_the_newer_page_counts_a_hundred_requests_of_a_key_in_a_minute():
    account = Account(rest_limit="newer-page")
    other = account.emulator.seed_domain("acme", "example.org")
    account.emulator.seed_key("acme", other, description="shop", key="k2")
    assert all("Errors" not in account.events() for _ in range(100))
    account.clock.forward(48)
    [error] = account.events()["Errors"]
    assert error["Code"] == 429
    assert error["Message"] == "Too many requests. Wait for 12 seconds for another 100 attempts."
    assert "Errors" not in account.events(bearer="k2")
    account.clock.forward(12)
    assert "Errors" not in account.events()


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "Bearer k1"}, 400), ({"Authorization": "Bearer x"}, 401)],
)
def test_reading_rest_error_status_by_kind(headers, status):
    account = Account(rest_error_status="by-kind")
    assert account.http("POST", "/api/v1/email", headers=headers, json={}).status_code == status
