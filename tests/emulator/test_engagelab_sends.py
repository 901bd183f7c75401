"""Both APIs of the emulated EngageLab SMS that send, and the receipts of what they sent."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from queue import Queue

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from reconciler.emulator.sent import Sent
from reconciler.emulator.server import EmulatorServer
from tests.emulator.engagelab import NOON, SIGNS, TEMPLATE, TEMPLATES, Api, refused

MESSAGES, SEND = "/v1/messages", "/v1/send"
SMS = "user:key"
NUMBER, OTHER = "+8618701235678", "+12673800456"
ENDING = {
    word: f"+1267380{digits}"
    for word, digits in {
        "bounced": "9901",
        "late": "9904",
        "silent": "9905",
        "refused": "9907",
        "blocked": "9908",
        "duplicate": "9909",
    }.items()
}


class Sender(Api):
    """The emulator with an approved template."""

    def __init__(self, **options):
        changes = options.pop("changes", {})
        super().__init__(**options)
        self.id = self.template(**changes)

    def message(self, *to, auth="dev:secret", params=None, **fields):
        template = {"id": self.id, "params": {"order_no": "7"} if params is None else params}
        body = {"to": list(to or (NUMBER,)), "template": template} | fields
        return self.call("POST", MESSAGES, body, auth=auth)

    def older(self, *to, auth=SMS, nested=None, **fields):
        content = {"template_id": int(self.id), "vars": {"order_no": "7"}} | (nested or {})
        body = {"to": list(to or (NUMBER,)), "body": content} | fields
        return self.call("POST", SEND, body, auth=auth)

    @property
    def sent(self):
        return Sent(self.app.state.store).messages()

    def contents(self):
        return [message["content"] for message in self.sent]


# --- /v1/messages -------------------------------------------------------------------------------


def test_a_message_is_accepted_under_an_id_and_listed_as_sent():
    api = Sender()
    status, answer = api.message(custom_args={"run": "1"}, plan_name="Canary")
    assert status == 200
    assert answer == {
        "plan_id": answer["plan_id"],
        "total_count": 1,
        "accepted_count": 1,
        "message_id": answer["message_id"],
    }
    (message,) = api.sent
    expected = {
        "provider": "engagelab-sms",
        "channel": "sms",
        "id": answer["message_id"],
        "recipient": NUMBER,
        "content": "Your order 7 has shipped.",
        "template": api.id,
        "outcome": "delivered",
        "correlation": {"plan_name": "Canary", "custom_args": {"run": "1"}},
    }
    assert expected.items() <= message.items()


def test_several_numbers_are_one_plan_without_a_message_id():
    api = Sender()
    status, answer = api.message(NUMBER, OTHER)
    counts = {"total_count": 2, "accepted_count": 2}
    assert (status, answer) == (200, {"plan_id": answer["plan_id"], **counts})
    assert [message["recipient"] for message in api.sent] == [NUMBER, OTHER]


def test_there_is_no_idempotency_a_message_posted_twice_is_sent_twice():
    api = Sender()
    api.message()
    api.message()
    assert len(api.sent) == 2


@pytest.mark.parametrize(
    ("params", "content"),
    [
        ({"order_no": "7"}, "Your order 7 has shipped."),
        ({}, "Your order {order_no} has shipped."),
        ({"other": "7"}, "Your order {order_no} has shipped."),
    ],
)
def test_what_has_no_value_goes_out_as_it_stands(params, content):
    api = Sender()
    api.message(params=params)
    assert api.contents() == [content]


@pytest.mark.parametrize(("position", "content"), [(1, "【Co】Hi"), (2, "Hi【Co】")])
def test_the_signature_stands_before_or_behind_the_content(position, content):
    api = Sender()
    carried = {"add_signature": True, "sign_id": api.sign("Co"), "sign_position": position}
    api.id = api.template(template_content="Hi", **carried)
    api.message()
    assert api.contents() == [content]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": []}, 3002),
        ({"to": NUMBER}, 3002),
        ({"to": [8618701235678]}, 3002),
        ({"to": ["1233"]}, 3003),
        ({"template": None}, 3002),
        ({"template": {"id": "1"}}, 3002),
        ({"template": {"id": 1, "params": {}}}, 3002),
        ({"template": {"id": "1", "params": {}}}, 4001),
        ({"schedule_time": "soon"}, 3002),
        ({"schedule_time": int(NOON.timestamp()) + 179}, 3002),
        ({"schedule_time": int(NOON.timestamp()) + 30 * 86400 + 1}, 3002),
        ({"to": [ENDING["duplicate"]]}, 3004),
    ],
)
@pytest.mark.parametrize("reading", ["documented", "200"])
def test_a_refusal_has_its_code_beside_the_plan(fields, code, reading):
    api = Sender(refusal_status=reading)
    status, answer = api.message(**fields)
    assert status == (400 if reading == "documented" else 200)
    assert answer["code"] == code
    assert {"message", "plan_id"} <= set(answer)
    assert api.sent == []


def test_a_body_that_is_no_json_has_a_code_of_its_own():
    answer = Sender().send("POST", MESSAGES, content=b"{")
    assert (answer.status_code, answer.json()["code"]) == (400, 3001)


@pytest.mark.parametrize("review", ["manual", "rejecting"])
def test_only_an_approved_template_is_sent(review):
    api = Sender(review=review)
    status, answer = api.message()
    assert (status, answer["code"]) == (400, 3003)
    assert answer["message"] == "template status is not approved, can not use"


def test_a_template_waits_for_its_signature_that_is_reviewed_again():
    api = Sender()
    sign = api.sign()
    api.id = api.template(add_signature=True, sign_id=sign, sign_position=1)
    api.emulator.console.review("manual")
    api.call("PUT", f"{SIGNS}/{sign}", {"sign_name": "Company Ltd"})
    assert api.message()[1]["message"] == "sign status is not approved, can not use"
    api.emulator.console.approve(sign)
    assert api.message()[0] == 200


def test_another_accounts_template_is_not_found():
    assert Sender().message(auth="other:secret")[1]["code"] == 4001


def test_a_refused_recipient_is_refused_within_http_200():
    api = Sender()
    status, answer = api.message(ENDING["refused"])
    assert (status, answer["code"], answer["accepted_count"]) == (200, 5001, 0)
    assert "message_id" not in answer
    assert api.sent == []


def test_a_refused_recipient_among_others_is_not_counted():
    api = Sender()
    assert api.message(NUMBER, ENDING["refused"])[1]["accepted_count"] == 1
    assert [message["recipient"] for message in api.sent] == [NUMBER]


@pytest.mark.parametrize("path", [SIGNS, TEMPLATES])
def test_what_a_scheduled_plan_uses_can_be_neither_changed_nor_deleted_until_it_has_run(path):
    api = Sender()
    sign = api.sign()
    api.id = api.template(add_signature=True, sign_id=sign, sign_position=1)
    status, answer = api.message(schedule_time=int(NOON.timestamp()) + 180)
    assert status == 200
    assert isinstance(answer["schedule_info"]["task_id"], int)
    noun, one = ("sign", f"{path}/{sign}") if path == SIGNS else ("template", f"{path}/{api.id}")
    message = f"there are pending or running plans using current {noun}, can not update"
    body = TEMPLATE | {"sign_name": "Company Ltd"}
    assert api.call("PUT", one, body) == refused(message)
    assert api.call("DELETE", one) == refused(message)
    api.now += timedelta(minutes=3)
    assert api.call("DELETE", one)[0] == 200


# --- /v1/send -----------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", [None, "user", "invalid:key", "user:invalid", "user:expired"])
def test_a_wrong_sms_key_is_unauthorized(auth):
    assert Sender().older(auth=auth) == (401, {"code": 30000, "message": "Unauthorized."})


def test_credentials_of_one_kind_are_none_of_the_other():
    api = Sender()
    assert api.older(auth="dev:secret")[0] == 401
    assert api.older()[0] == 200
    assert api.message(auth=SMS)[1]["code"] == 2001


def test_an_older_message_is_sent_under_an_id_for_each_number():
    api = Sender()
    status, answer = api.older(NUMBER, OTHER, request_id="1", **{"from": "Acme"})
    assert (status, set(answer)) == (200, {"sms_ids", "request_id"})
    assert [sms_id.partition("$")[2] for sms_id in answer["sms_ids"]] == [NUMBER, OTHER]
    assert [message["id"] for message in api.sent] == answer["sms_ids"]
    assert {message["sender"] for message in api.sent} == {"Acme"}
    assert api.contents()[0] == "Your order 7 has shipped."


@pytest.mark.parametrize("content", ["Hi %name%", "Hi {name}", "Hi {{name}}"])
def test_older_placeholders_are_filled(content):
    api = Sender(changes={"template_content": content})
    api.older(nested={"vars": {"name": "Kim"}})
    assert api.contents() == ["Hi Kim"]


def test_a_malformed_number_among_others_is_a_partial_success_within_http_200():
    api = Sender()
    status, answer = api.older(NUMBER, "1233", request_id="1")
    assert status == 200
    assert answer == {
        "code": 41031,
        "message": "partial success",
        "success_count": 1,
        "sms_ids": answer["sms_ids"],
        "request_id": "1",
        "failed_count": 1,
        "failed_items": [{"phone": "1233", "message": "Invalid phone number format"}],
    }
    assert len(answer["sms_ids"]) == len(api.sent) == 1


def test_a_refused_number_alone_is_a_success_of_nobody_within_http_200():
    api = Sender()
    status, answer = api.older(ENDING["refused"])
    assert (status, answer["code"], answer["success_count"], answer["sms_ids"]) == (
        200,
        41031,
        0,
        [],
    )
    assert api.sent == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"to": ["1233"]}, "Invalid phone number format"),
        ({"to": []}, "to takes 1 to 1000 numbers"),
        ({"to": [NUMBER] * 1001}, "to takes 1 to 1000 numbers"),
        ({"to": NUMBER}, "Invalid to"),
        ({"body": None}, "Invalid body"),
        ({"from": "Ac"}, "Invalid from"),
        ({"from": "A" * 12}, "Invalid from"),
        ({"from": "Ac me"}, "Invalid from"),
        ({"request_id": "1" * 129}, "Invalid request_id"),
        ({"custom_args": {"a": "b" * 1024}}, "Invalid custom_args"),
        ({"nested": {"template_id": "7"}}, "Invalid template_id"),
        ({"nested": {"template_id": 7}}, "Invalid template_id"),
        ({"nested": {"msg_type": 1}}, "Invalid msg_type"),
        ({"nested": {"label_id": "7"}}, "Invalid label_id"),
        ({"nested": {"vars": "week"}}, "Invalid vars"),
        ({"nested": {"vars": {"a": "b" * 17}}}, "Invalid vars: a"),
        ({"nested": {"vars": {"a": "http://x.co"}}}, "Invalid vars: a"),
        ({"nested": {"vars": {"a": 7}}}, "Invalid vars: a"),
    ],
)
def test_a_bad_older_request_is_refused(fields, message):
    api = Sender()
    assert api.older(**fields) == (400, {"code": 32002, "message": message})
    assert api.sent == []


def test_an_older_message_of_a_template_in_review_is_refused():
    answer = Sender(review="manual").older()[1]
    assert answer["message"] == "template status is not approved, can not use"


def test_a_signature_is_no_template():
    api = Sender()
    assert api.older(nested={"template_id": int(api.sign())})[0] == 400


def test_within_an_hour_a_request_id_is_answered_as_before_and_nothing_is_sent():
    api = Sender()
    first = api.older(request_id="1")
    api.now += timedelta(seconds=3599)
    assert api.older(OTHER, request_id="1") == first
    assert len(api.sent) == 1
    assert api.older(OTHER, request_id="1", auth="another:key")[0] == 200
    assert len(api.sent) == 2


def test_after_an_hour_a_request_id_is_new():
    api = Sender()
    api.older(request_id="1")
    api.now += timedelta(hours=1)
    api.older(request_id="1")
    assert len(api.sent) == 2


def test_after_a_lost_answer_the_same_request_id_tells_what_was_sent():
    api = Sender()
    api.app.state.faults.replace([{"path": "/send$", "nth": 1, "fault": "drop-after"}])
    with pytest.raises(httpx.RemoteProtocolError):
        api.older(request_id="1")
    status, answer = api.older(request_id="1")
    assert (status, answer["sms_ids"]) == (200, [message["id"] for message in api.sent])
    assert len(api.sent) == 1


# --- readings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "plus", "bare"),
    [("either", 200, 200), ("plus", 200, 400), ("bare", 400, 200)],
)
def test_reading_numbers(reading, plus, bare):
    api = Sender(numbers=reading)
    assert (api.message("+8618701235678")[0], api.message("8618701235678")[0]) == (plus, bare)


def test_reading_bad_number():
    assert Sender().message(NUMBER, "1233")[1]["accepted_count"] == 1
    api = Sender(bad_number="refused")
    assert api.message(NUMBER, "1233")[1]["code"] == 3003
    assert api.sent == []


def test_reading_template_id_as_either():
    api = Sender(template_id_as="either")
    assert api.message(template={"id": int(api.id), "params": {}})[0] == 200


@pytest.mark.parametrize(
    ("reading", "content"),
    [("both", "1 1"), ("single", "1 {1}"), ("double", "{a} 1")],
)
def test_reading_placeholders(reading, content):
    api = Sender(placeholders=reading, changes={"template_content": "{a} {{a}}"})
    api.message(params={"a": "1"})
    assert api.contents() == [content]


@pytest.mark.parametrize(("reading", "status"), [("nested", 400), ("either", 200)])
def test_reading_send_nesting(reading, status):
    api = Sender(send_nesting=reading)
    body = {"to": [NUMBER], "template_id": int(api.id)}
    assert api.call("POST", SEND, body, auth=SMS)[0] == status


@pytest.mark.parametrize(
    ("reading", "scalar", "listed"),
    [("either", 200, 200), ("scalars", 200, 400), ("lists", 400, 200)],
)
def test_reading_vars(reading, scalar, listed):
    api = Sender(vars=reading)
    statuses = [api.older(nested={"vars": {"order_no": each}})[0] for each in ("7", ["7", "8"])]
    assert statuses == [scalar, listed]
    assert set(api.contents()) == {"Your order 7 has shipped."}


def test_reading_send_success_counted():
    answer = Sender(send_success="counted").older()[1]
    assert (answer["success_count"], answer["failed_count"]) == (1, 0)


@pytest.mark.parametrize(("reading", "there"), [("made", True), ("absent", False)])
def test_reading_send_request_id(reading, there):
    assert ("request_id" in Sender(send_request_id=reading).older()[1]) is there


@pytest.mark.parametrize(("reading", "again"), [("forgotten", 200), ("remembered", 400)])
def test_reading_request_id_errors(reading, again):
    api = Sender(request_id_errors=reading, review="manual")
    first = api.older(request_id="1")
    assert first[0] == 400
    api.emulator.console.approve(api.id)
    second = api.older(request_id="1")
    assert second[0] == again
    assert (second == first) == (reading == "remembered")


# --- receipts -----------------------------------------------------------------------------------

URL = "http://127.0.0.1:9/receipts"


@pytest.fixture
def reporting():
    api = Sender()
    assert api.console("PUT", "callback", {"url": URL}) == 204
    return api


def owed(api):
    return [call for call in api.app.state.callbacks.listed() if call["body"]]


def statuses(api):
    return [call["body"]["rows"][0]["status"]["message_status"] for call in owed(api)]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (NUMBER, ["sent", "delivered"]),
        (ENDING["bounced"], ["sent", "delivered_failed"]),
        (ENDING["silent"], ["sent"]),
        (ENDING["blocked"], ["sent_failed"]),
    ],
)
def test_the_callback_hears_what_became_of_a_message(reporting, number, expected):
    message_id = reporting.message(number, custom_args={"run": "1"})[1]["message_id"]
    assert statuses(reporting) == expected
    call = owed(reporting)[-1]
    assert (call["url"], call["headers"], call["body"]["total"]) == (URL, {}, 1)
    (row,) = call["body"]["rows"]
    known = {"message_id": message_id, "to": number, "server": "sms", "custom_args": {"run": "1"}}
    assert known.items() <= row.items()
    assert (row["status"]["error_code"] == 0) == (expected[-1] in {"sent", "delivered"})


def test_a_receipt_is_owed_for_the_second_in_which_it_happens(reporting):
    reporting.message(ENDING["late"], schedule_time=int(NOON.timestamp()) + 600)
    due = [datetime.fromisoformat(call["due"]) - NOON for call in owed(reporting)]
    assert due == [timedelta(seconds=600), timedelta(seconds=690)]
    assert owed(reporting)[1]["body"]["rows"][0]["itime"] == int(NOON.timestamp()) + 690


def test_older_messages_are_reported_by_their_sms_id(reporting):
    (sms_id,) = reporting.older(ENDING["duplicate"])[1]["sms_ids"]
    assert statuses(reporting) == ["sent_failed"]
    assert owed(reporting)[0]["body"]["rows"][0]["message_id"] == sms_id


def test_a_callback_with_a_username_is_signed():
    api = Sender()
    api.console("PUT", "callback", {"url": URL, "username": "hook", "secret": "s3cret"})
    api.message()
    pattern = r"timestamp=(\d+);nonce=(\w+);username=hook;signature=([0-9a-f]{64})"
    header = owed(api)[0]["headers"]["X-CALLBACK-ID"]
    timestamp, nonce, signature = re.fullmatch(pattern, header).groups()
    text = f"{timestamp}{nonce}hook".encode()
    assert int(timestamp) == NOON.timestamp()
    assert signature == hmac.new(b"s3cret", text, hashlib.sha256).hexdigest()


def test_a_new_callback_is_tried_with_an_empty_object(reporting):
    assert [call["body"] for call in reporting.app.state.callbacks.listed()] == [{}]


@pytest.mark.parametrize("setting", [{}, 7, {"url": 7}, {"url": URL, "secret": None}])
def test_a_callback_that_is_none_is_refused(setting):
    assert Api().console("PUT", "callback", setting) == 400


def test_nothing_is_owed_to_a_callback_that_nobody_set(reporting):
    assert reporting.console("DELETE", "callback") == 204
    reporting.message()
    assert owed(reporting) == []


def test_receipts_reach_a_receiver_on_this_computer():
    got: Queue[str] = Queue()

    async def take(request):
        body = await request.json()
        got.put(body["rows"][0]["status"]["message_status"] if body else "tried")
        return Response()

    receiver = EmulatorServer(Starlette(routes=[Route("/", take, methods=["POST"])]))
    api = Sender(callbacks=True)
    with receiver, EmulatorServer(api.app) as server:
        api.served = server.url
        assert api.console("PUT", "callback", {"url": receiver.url}) == 204
        assert api.message()[0] == 200
        assert [got.get(timeout=20) for _ in range(3)] == ["tried", "sent", "delivered"]
