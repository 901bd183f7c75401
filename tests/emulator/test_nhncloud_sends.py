"""Sending in the emulated NHN Cloud SMS, and asking what became of it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reconciler.emulator.nhncloud_sms.readings import SENDING
from tests.emulator.nhncloud import Api, contact

NOON = datetime(2024, 5, 6, 3, 0, tzinfo=UTC)
"""Noon in Korea."""

SENDER = "15446859"
NUMBER, OTHER = "01011110000", "01022220000"
BOUNCED, LATE, SILENT, REFUSED, BLOCKED, DUPLICATE = (
    f"0101234990{digit}" for digit in (1, 4, 5, 7, 8, 9)
)
AD = "(광고)Acme\nSale\n무료수신거부 0808888888"
CREATED = {"startCreateDate": "2024-05-06 00:00:00", "endCreateDate": "2024-05-07 23:59:59"}


class Sender(Api):
    """An account with a clock that stands still until it is put forward."""

    def __init__(self, *, template=None, **options):
        super().__init__(**options)
        self.now = NOON
        self.app.state.emulators["nhncloud-sms"].clock = lambda: self.now
        if template is not None:
            assert self.template(**template).ok

    def post(self, path="sms", *to, **fields):
        listed = [{"recipientNo": each} for each in to or (NUMBER,)]
        body = {"body": "Hello", "sendNo": SENDER, "recipientList": listed} | fields
        body = {name: value for name, value in body.items() if value is not ...}
        return self.send("POST", f"/sender/{path}", body)

    def list(self, path="sms", **query):
        return self.send("GET", f"/sender/{path}", params=query or CREATED)

    def one(self, request_id, seq=1, path="sms"):
        return self.send("GET", f"/sender/{path}/{request_id}", params={"mtPr": seq})

    def status(self, answer, seq=1, path="sms"):
        found = self.one(answer.data["requestId"], seq, path).data
        return found["msgStatus"], found["resultCode"]

    @property
    def sent(self):
        return self.app.state.sent.messages()

    def contents(self):
        return [message["content"] for message in self.sent]


@pytest.fixture
def api():
    return Sender()


# --- sender/sms ---------------------------------------------------------------------------------


def test_a_message_has_a_result_of_its_own_for_each_recipient(api):
    listed = [
        {"recipientNo": NUMBER, "recipientGroupingKey": "g1"},
        {"internationalRecipientNo": "821022220000"},
    ]
    answer = api.post(recipientList=listed, senderGroupingKey="op-1", userId="ci")
    assert answer.ok
    request_id = answer.data["requestId"]
    assert len(request_id) == 25
    assert request_id.startswith("20240506120000")
    assert answer.data == {
        "requestId": request_id,
        "statusCode": "2",
        "senderGroupingKey": "op-1",
        "sendResultList": [
            {
                "recipientNo": number,
                "resultCode": 0,
                "resultMessage": "SUCCESS",
                "recipientSeq": seq,
                "recipientGroupingKey": group,
            }
            for seq, (number, group) in enumerate([(NUMBER, "g1"), (OTHER, None)], 1)
        ],
    }
    (first, second) = api.sent
    expected = {
        "provider": "nhncloud-sms",
        "channel": "sms",
        "id": f"{request_id}/1",
        "recipient": NUMBER,
        "sender": SENDER,
        "content": "Hello",
        "correlation": {
            "senderGroupingKey": "op-1",
            "recipientGroupingKey": "g1",
            "userId": "ci",
        },
    }
    assert expected.items() <= first.items()
    assert second["recipient"] == OTHER


def test_a_message_is_read_by_its_request_id_and_sequence(api):
    answer = api.post(senderGroupingKey="op-1", userId="ci")
    found = api.one(answer.data["requestId"])
    assert found.data == {
        "requestId": answer.data["requestId"],
        "requestDate": "2024-05-06 12:00:00.0",
        "resultDate": "2024-05-06 12:00:00.0",
        "templateId": None,
        "templateName": None,
        "categoryId": None,
        "categoryName": None,
        "body": "Hello",
        "sendNo": SENDER,
        "countryCode": "82",
        "recipientNo": NUMBER,
        "msgStatus": "3",
        "msgStatusName": "successful",
        "resultCode": "1000",
        "resultCodeName": "successful",
        "telecomCode": 10001,
        "telecomCodeName": "SKT",
        "mtPr": "1",
        "sendType": "0",
        "userId": "ci",
        "adYn": "N",
        "resultMessage": "",
        "senderGroupingKey": "op-1",
        "recipientGroupingKey": None,
    }
    assert api.list().data == [found.data]


@pytest.mark.parametrize(
    ("number", "seconds", "status"),
    [
        (NUMBER, 0, ("3", "1000")),
        (BOUNCED, 0, ("0", "3001")),
        (LATE, 89, ("2", None)),
        (LATE, 90, ("3", "1000")),
        (SILENT, 86400, ("2", None)),
        (BLOCKED, 0, ("0", "E917")),
        (DUPLICATE, 0, ("5", "E915")),
        ("01012349903", 29, ("3", "1000")),
        ("01012349903", 30, ("0", "3001")),
        ("01012349906", 299, ("2", None)),
        ("01012349906", 300, ("0", "2000")),
    ],
)
def test_the_recipient_decides_what_becomes_of_a_message(api, number, seconds, status):
    answer = api.post("sms", number)
    assert answer.data["sendResultList"][0]["resultCode"] == 0
    api.now += timedelta(seconds=seconds)
    assert api.status(answer) == status


def test_a_refused_recipient_has_its_code_within_a_success(api):
    answer = api.post("sms", NUMBER, REFUSED)
    assert answer.ok
    assert [row["resultCode"] for row in answer.data["sendResultList"]] == [0, -2019]
    assert answer.data["statusCode"] == "2"
    assert len(api.sent) == 1
    assert api.post("sms", REFUSED).data["statusCode"] == "3"


@pytest.mark.parametrize(
    ("recipient", "code"),
    [({}, -2018), ({"recipientNo": "12"}, -2019), ({"recipientNo": "abcdefghij"}, -2019)],
)
def test_a_bad_recipient_has_its_own_code(api, recipient, code):
    answer = api.post(recipientList=[recipient])
    assert (answer.ok, answer.data["sendResultList"][0]["resultCode"]) == (True, code)
    assert api.sent == []
    assert Sender(bad_recipient="whole").post(recipientList=[recipient]).code == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"recipientList": ...}, -2001),
        ({"recipientList": []}, -2001),
        ({"recipientList": [{"recipientNo": NUMBER}] * 1001}, -2016),
        ({"recipientList": [7]}, 4),
        ({"recipientList": [{"recipientNo": NUMBER, "templateParameter": [1]}]}, -2111),
        ({"body": ""}, -2014),
        ({"body": "a" * 256}, -2116),
        ({"body": "a" * 4001}, 4),
        ({"body": "Hello 😀"}, -2023),
        ({"sendNo": ...}, -2312),
        ({"sendNo": "0311234567"}, -2312),
        ({"sendNo": "15990000"}, -2312),
        ({"sendNo": "0215880000"}, -2313),
        ({"templateId": "none", "body": ...}, -2110),
        ({"requestDate": "tomorrow"}, -2000),
        ({"requestDate": "2024-05-06 11:59"}, -2022),
        ({"requestDate": "2024-07-06 12:00"}, 4),
        ({"senderGroupingKey": "k" * 101}, 4),
    ],
)
def test_a_bad_request_is_refused_as_a_whole(api, fields, code):
    answer = api.post(**fields)
    assert (answer.ok, answer.code) == (False, code)
    assert api.sent == []


# --- templates ----------------------------------------------------------------------------------


def test_an_empty_body_is_that_of_the_template_and_so_is_the_sender():
    api = Sender(template={"templateId": "t"})
    listed = [{"recipientNo": NUMBER, "templateParameter": {"name": "Kim"}}]
    answer = api.post(templateId="t", body=..., sendNo=..., recipientList=listed)
    assert answer.ok
    assert api.contents() == ["Hello Kim"]
    found = api.one(answer.data["requestId"]).data
    expected = {"templateId": "t", "templateName": "name", "categoryName": "Category"}
    assert (expected | {"sendNo": SENDER}).items() <= found.items()


def test_a_given_body_takes_nothing_from_the_template():
    api = Sender(template={"templateId": "t"})
    assert api.post(templateId="t", sendNo=...).code == -2312
    assert api.post(templateId="t").ok
    assert api.contents() == ["Hello"]


def test_a_parameter_that_is_missing_is_refused_or_sent_as_it_stands():
    order = {"templateId": "t", "body": ..., "sendNo": ...}
    assert Sender(template={}).post(**order).code == -2111
    api = Sender(template={}, template_parameter="literal")
    assert api.post(**order).ok
    assert api.contents() == ["Hello ##name##"]


@pytest.mark.parametrize(
    ("template", "code"),
    [({"useYn": "N"}, -2110), ({"sendType": "1", "title": "T"}, -2006)],
)
def test_a_template_that_cannot_be_used_is_refused(template, code):
    assert Sender(template=template).post(templateId="t", body=...).code == code


def test_characters_that_carriers_lack_are_replaced_where_the_console_allows():
    api = Sender(characters="replaced")
    assert api.post(body="Hello 😀").ok
    assert api.contents() == ["Hello ?"]


# --- mms, auth ----------------------------------------------------------------------------------


def test_an_mms_has_a_title_and_files(api):
    file = api.file()
    assert api.post("mms").code == -2014
    assert api.post("mms", title="T", attachFileIdList=[1]).code == -2004
    assert api.post("mms", title="T" * 121).code == 4
    answer = api.post("mms", title="T", attachFileIdList=[file])
    found = api.one(answer.data["requestId"], path="mms").data
    assert (found["title"], found["sendType"]) == ("T", "1")
    assert found["attachFileList"][0]["fileId"] == file
    assert [message["channel"] for message in api.sent] == ["mms"]
    assert api.one(answer.data["requestId"]).code == -2012


def test_no_mms_goes_abroad(api):
    listed = [{"recipientNo": "2025550123", "countryCode": "1"}]
    answer = api.post("mms", title="T", recipientList=listed)
    assert answer.data["sendResultList"][0]["resultCode"] == -2024
    assert api.post(recipientList=listed).data["sendResultList"][0]["resultCode"] == 0


@pytest.mark.parametrize("body", ["Your password is 7", "[인증] 7", "VERIFY 7"])
def test_an_authentication_message_says_that_it_is_one(api, body):
    assert api.post("auth/sms").code == -8000
    answer = api.post("auth/sms", body=body)
    assert api.one(answer.data["requestId"], path="auth/sms").data["sendType"] == "2"
    assert [row["body"] for row in api.list("auth/sms").data] == [body]
    assert api.list().data == []


def test_readings_of_authentication_messages():
    assert Sender(auth_keyword="free").post("auth/sms").ok
    api = Sender(auth_send_type="0")
    api.post("auth/sms", body="auth")
    assert api.list("auth/sms").data[0]["sendType"] == "0"


# --- advertisements -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        AD,
        "(광고)Acme\n[무료수신거부]0808888888",
        "(광고)Acme\n무료거부 080-888-8888",
        "(광고)Acme\n무료 수신거부 080 888 8888",
    ],
)
def test_an_advertisement_says_so_and_how_to_refuse_it(api, body):
    answer = api.post("ad-sms", body=body)
    assert answer.ok
    assert api.one(answer.data["requestId"]).data["adYn"] == "Y"


@pytest.mark.parametrize(
    "body",
    ["Sale", "(광고)Sale", "Sale 무료수신거부 0808888888", "(Ads) Sale Deny for free 0808888888"],
)
def test_an_advertisement_without_its_words_is_refused(api, body):
    assert api.post("ad-sms", body=body).code == -6003


def test_the_080_number_has_joined_the_service_where_that_is_asked():
    api = Sender(unsubscribe_numbers="joined")
    assert api.post("ad-sms", body=AD).ok
    assert api.post("ad-sms", body=AD.replace("0808888888", "0807777777")).code == -6004
    api.account.unsubscribe_numbers.clear()
    assert api.post("ad-sms", body=AD).code == -6000


def test_who_is_on_the_080_list_gets_no_advertisement(api):
    api.block(NUMBER, unsubscribe="0808888888")
    answer = api.post("ad-sms", NUMBER, OTHER, BLOCKED, body=AD)
    assert [row["resultCode"] for row in answer.data["sendResultList"]] == [-6001, 0, -6001]
    assert [message["recipient"] for message in api.sent] == [OTHER]
    assert api.post("sms", NUMBER).data["sendResultList"][0]["resultCode"] == 0


def test_who_is_on_the_080_list_may_be_told_later():
    api = Sender(ad_blocked="failed")
    api.block(NUMBER, unsubscribe="0808888888")
    answer = api.post("ad-sms", body=AD)
    assert answer.data["sendResultList"][0]["resultCode"] == 0
    assert api.status(answer) == ("0", "E917")


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(7, 59, True), (8, 0, False), (20, 59, False), (21, 0, True)]
)
def test_nobody_is_advertised_to_at_night(api, hour, minute, night):
    api.now = datetime(2024, 5, 6, tzinfo=UTC) + timedelta(hours=hour - 9, minutes=minute)
    answer = api.post("ad-sms", body=AD)
    assert answer.ok
    assert api.status(answer) == (("6", "E919") if night else ("3", "1000"))
    assert api.status(api.post()) == ("3", "1000")


@pytest.mark.parametrize(("hour", "hours"), [(22, 10), (3, 5)])
def test_an_advertisement_of_the_night_may_wait_for_the_morning(hour, hours):
    api = Sender(night_ads="resent")
    api.now = datetime(2024, 5, 6, tzinfo=UTC) + timedelta(hours=hour - 9, minutes=1)
    answer = api.post("ad-mms", title="T", body=AD)
    api.now += timedelta(hours=hours, minutes=-2)
    assert api.status(answer, path="mms") == ("7", None)
    api.now += timedelta(minutes=1)
    assert api.status(answer, path="mms") == ("3", "1000")


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"sendNo": SENDER}, -2011),
        ({"startCreateDate": "2024-05-06 00:00:00"}, -2011),
        ({"startCreateDate": "2024-05-06", "endCreateDate": "2024-05-07"}, -2000),
        (
            {"startRequestDate": "2024-05-01 00:00:00", "endRequestDate": "2024-06-02 00:00:00"},
            -4000,
        ),
        ({"requestId": "1" * 26}, -2008),
        (CREATED | {"msgStatus": "8"}, 4),
        (CREATED | {"pageSize": 1001}, 4),
    ],
)
def test_a_list_needs_its_parameters(api, query, code):
    assert api.list(**query).code == code


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"senderGroupingKey": "op-1"}, ["op-1"]),
        ({"senderGroupingKey": "op-3"}, []),
        ({"recipientNo": BOUNCED}, ["op-2"]),
        ({"recipientGroupingKey": "g"}, []),
        ({"sendNo": SENDER}, ["op-2", "op-1"]),
        ({"templateId": "t"}, []),
        ({"msgStatus": "3"}, ["op-1"]),
        ({"msgStatus": "0"}, ["op-2"]),
        ({"resultCode": "MTR1"}, ["op-1"]),
        ({"resultCode": "MTR2"}, ["op-2"]),
        ({"resultCode": "3001"}, ["op-2"]),
        ({"subResultCode": "MTR2_3"}, ["op-2"]),
        ({"endCreateDate": "2024-05-06 11:59:59"}, []),
        ({"startCreateDate": "2024-05-06 12:00:00"}, ["op-2", "op-1"]),
        ({"endResultDate": "2024-05-06 11:59:59"}, []),
        ({"pageSize": 1}, ["op-2"]),
        ({"pageSize": 1, "pageNum": 2}, ["op-1"]),
    ],
)
def test_a_list_is_narrowed_by_every_filter(api, query, found):
    api.post("sms", NUMBER, senderGroupingKey="op-1")
    api.post("sms", BOUNCED, senderGroupingKey="op-2")
    answer = api.list(**(CREATED | query))
    assert [row["senderGroupingKey"] for row in answer.data] == found


def test_a_list_by_request_id_needs_no_dates(api):
    answer = api.post()
    api.post()
    assert api.list(requestId=answer.data["requestId"]).body["totalCount"] == 1


def test_after_a_lost_answer_a_message_is_found_by_its_grouping_key(api):
    api.app.state.faults.replace([{"method": "POST", "path": "/sms$", "fault": "drop-after"}])
    with pytest.raises(httpx.RemoteProtocolError):
        api.post(senderGroupingKey="op-1")
    assert api.list(**CREATED, senderGroupingKey="op-1").body["totalCount"] == 1


def test_a_fresh_message_may_be_missing_from_a_list_for_a_while(api):
    api.app.state.faults.replace([{"method": "GET", "fault": "stale-list", "times": 1}])
    api.post()
    assert [api.list().body["totalCount"] for _ in range(2)] == [0, 1]


def test_a_message_that_is_not_there_is_told_apart(api):
    answer = api.post()
    assert api.one("20240506120000nothing").code == -2008
    assert api.one(answer.data["requestId"], 2).code == -2012


def test_readings_of_lists():
    api = Sender(mtpr_as="int", sent_order="oldest")
    api.post(senderGroupingKey="op-1")
    api.post(senderGroupingKey="op-2")
    assert [row["senderGroupingKey"] for row in api.list().data] == ["op-1", "op-2"]
    assert api.list().data[0]["mtPr"] == 1


def test_accounts_do_not_see_each_others_messages(api):
    answer = api.post()
    other = Api(app=api.app, key="other")
    params = {"mtPr": 1}
    path = f"/sender/sms/{answer.data['requestId']}"
    assert other.send("GET", path, params=params).code == -2008


# --- message-results, statistics ----------------------------------------------------------------

UPDATED = {"startUpdateDate": "2024-05-06 00:00:00", "endUpdateDate": "2024-05-06 23:59:59"}


def test_results_are_listed_by_their_update(api):
    late = api.post("sms", LATE, senderGroupingKey="late")
    api.post("mms", title="T")
    api.post("sms", SILENT)
    answer = api.send("GET", "/message-results", params=UPDATED)
    assert [row["messageType"] for row in answer.data] == ["LMS"]
    api.now += timedelta(seconds=90)
    answer = api.send("GET", "/message-results", params=UPDATED | {"messageType": "SMS"})
    assert answer.data == [
        {
            "messageType": "SMS",
            "requestId": late.data["requestId"],
            "recipientSeq": 1,
            "resultCode": "1000",
            "resultCodeName": "successful",
            "requestDate": "2024-05-06 12:00:00.0",
            "resultDate": "2024-05-06 12:01:30.0",
            "updateDate": "2024-05-06 12:01:30.0",
            "telecomCode": "10001",
            "telecomCodeName": "SKT",
            "senderGroupingKey": "late",
            "recipientGroupingKey": None,
        }
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [({}, -2011), ({"startUpdateDate": "x"}, -2000), (UPDATED | {"messageType": "FAX"}, -1006)],
)
def test_results_need_their_parameters(api, query, code):
    assert api.send("GET", "/message-results", params=query).code == code


def test_reading_results_list():
    api = Sender(results_list="resultUpdateList")
    api.post()
    assert len(api.send("GET", "/message-results", params=UPDATED).data["resultUpdateList"]) == 1


WHOLE_DAY = {"from": "2024-05-06 00:00", "to": "2024-05-06 23:59"}


@pytest.mark.parametrize(
    ("search", "name"), [("DATE", "2024-05-06"), ("TIME", "12"), ("DAY", "Mon")]
)
def test_statistics_count_by_division(api, search, name):
    api.post("sms", NUMBER, BOUNCED, SILENT)
    answer = api.send("GET", "/statistics/view", params=WHOLE_DAY | {"searchType": search})
    view = {
        "requestedCount": 3,
        "succeedCount": 1,
        "failedCount": 1,
        "pendingCount": 1,
        "succeedRate": "33.33",
        "failedRate": "33.33",
        "pendingRate": "33.33",
    }
    assert answer.data == [{"divisionName": name, "statisticsView": view}]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"messageType": "SMS"}, 2),
        ({"messageTypes": "LMS,MMS"}, 0),
        ({"contentType": "AD"}, 1),
        ({"contentTypes": "NORMAL"}, 1),
        ({"templateId": "t"}, 0),
    ],
)
def test_statistics_are_narrowed(api, query, count):
    api.post()
    api.post("ad-sms", body=AD)
    query = WHOLE_DAY | {"searchType": "DATE"} | query
    data = api.send("GET", "/statistics/view", params=query).data
    assert sum(row["statisticsView"]["requestedCount"] for row in data) == count


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"searchType": ""}, 4),
        ({"from": ""}, 4),
        ({"searchType": "YEAR"}, -2701),
        ({"messageType": "FAX"}, -2701),
        ({"contentType": "SPAM"}, -2701),
        ({"from": "2024-05-06"}, -2000),
        ({"to": "2024-05-05 00:00"}, -2700),
    ],
)
def test_statistics_need_their_parameters(api, query, code):
    query = WHOLE_DAY | {"searchType": "DATE"} | query
    assert api.send("GET", "/statistics/view", params=query).code == code


# --- reservations -------------------------------------------------------------------------------


def cancelled(api, *pairs, user="ci"):
    listed = [{"requestId": request_id, "recipientSeq": seq} for request_id, seq in pairs]
    body = {"reservationList": listed, "updateUser": user}
    return api.send("PUT", "/reservations/cancel", body)


def test_a_reservation_waits_is_listed_and_goes_out_in_time(api):
    answer = api.post("sms", NUMBER, requestDate="2024-05-06 13:00", userId="ci")
    api.post()
    request_id = answer.data["requestId"]
    assert api.status(answer) == ("1", None)
    listed = api.send("GET", "/reservations")
    assert listed.data == [
        {
            "requestId": request_id,
            "recipientSeq": 1,
            "requestDate": "2024-05-06 13:00:00.0",
            "sendNo": SENDER,
            "recipientNo": NUMBER,
            "countryCode": "82",
            "sendType": "0",
            "messageType": "SMS",
            "adYn": "N",
            "templateId": None,
            "templateParameter": "{}",
            "templateName": None,
            "title": "",
            "body": "Hello",
            "messageStatus": "RESERVED",
            "createUser": "ci",
            "createDate": "2024-05-06 12:00:00.0",
            "updateDate": "2024-05-06 12:00:00.0",
        }
    ]
    one = api.send("GET", f"/reservations/{request_id}/1").data
    assert one == listed.data[0] | {"attachFileList": []}
    api.now += timedelta(hours=1)
    assert api.status(answer) == ("3", "1000")
    assert api.send("GET", "/reservations").data[0]["messageStatus"] == "COMPLETED"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"sendType": "0"}, 1),
        ({"sendType": "2"}, 0),
        ({"messageStatus": "RESERVED"}, 2),
        ({"messageStatus": "CANCEL"}, 0),
        ({"templateId": "t"}, 1),
        ({"recipientNo": OTHER}, 0),
        ({"startRequestDate": "2024-05-06 12:30:00"}, 2),
        ({"endRequestDate": "2024-05-06 12:30:00"}, 0),
    ],
)
def test_reservations_are_narrowed(query, count):
    api = Sender(template={"body": "Hello"})
    api.post(requestDate="2024-05-06 13:00", templateId="t", body=...)
    api.post("mms", title="T", requestDate="2024-05-06 14:00")
    assert api.send("GET", "/reservations", params=query).body["totalCount"] == count


@pytest.mark.parametrize("query", [{"sendType": "3"}, {"messageStatus": "LOST"}])
def test_an_unknown_filter_of_reservations_is_refused(api, query):
    assert api.send("GET", "/reservations", params=query).code == 4


def test_cancelling_counts_what_it_could_and_is_a_success(api):
    reserved = api.post("sms", NUMBER, OTHER, requestDate="2024-05-06 13:00").data["requestId"]
    gone = api.post().data["requestId"]
    answer = cancelled(api, (reserved, 1), (gone, 1), ("nothing", 1))
    assert answer.ok
    assert answer.data == {"requestedCount": 3, "canceledCount": 1}
    assert api.one(reserved).data["msgStatus"] == "4"
    assert cancelled(api, (reserved, 1)).data["canceledCount"] == 0
    api.now += timedelta(hours=2)
    assert api.one(reserved).data["msgStatus"] == "4"
    assert api.one(reserved, 2).data["msgStatus"] == "3"


def test_cancelling_needs_a_list_and_a_user(api):
    assert cancelled(api).code == 4
    assert cancelled(api, ("r", 1), user="").code == 4


def test_a_message_that_was_not_reserved_is_no_reservation(api):
    request_id = api.post().data["requestId"]
    assert api.send("GET", f"/reservations/{request_id}/1").code == -2012


# --- tag-sender ---------------------------------------------------------------------------------


@pytest.fixture
def tagged():
    api = Sender()
    api.tags = [api.tag("a"), api.tag("b")]
    both = [contact(NUMBER), contact(OTHER)]
    api.uid("u1", tagIds=api.tags, contacts=both)
    api.uid("u2", tagIds=api.tags[:1], contacts=[contact(BOUNCED)])
    api.uid("u3", tagIds=[], contacts=[contact(LATE)])
    return api


def to_tags(api, *expression, path="sms", **fields):
    body = {"body": "Hello", "sendNo": SENDER, "tagExpression": list(expression)} | fields
    return api.send("POST", f"/tag-sender/{path}", body)


DAY = {"startRequestDate": "2024-05-06 00:00:00", "endRequestDate": "2024-05-06 23:59:59"}


def test_a_tag_expression_chooses_the_recipients(tagged):
    one, other = tagged.tags
    to_tags(tagged, one)
    assert [message["recipient"] for message in tagged.sent] == [NUMBER, OTHER, BOUNCED]
    tagged.app.state.sent.clear()
    answer = to_tags(tagged, one, "AND", other, userId="ci")
    assert list(answer.data) == ["requestId"]
    assert [message["recipient"] for message in tagged.sent] == [NUMBER, OTHER]
    assert tagged.list().data == []


def test_requests_to_tags_are_listed_with_their_recipients(tagged):
    one, _ = tagged.tags
    request_id = to_tags(tagged, one, userId="ci").data["requestId"]
    (request,) = tagged.send("GET", "/tag-sender", params=DAY | {"sendType": "0"}).data
    expected = {
        "requestId": request_id,
        "masterStatusCode": "COMPLETE",
        "tagExpression": [one],
        "sendErrorCount": 0,
        "createUser": "ci",
        "autoSendYn": "Y",
        "adYn": "N",
    }
    assert expected.items() <= request.items()
    rows = tagged.send("GET", f"/tag-sender/{request_id}", params=DAY).data
    assert [(row["recipientNo"], row["msgStatusName"]) for row in rows] == [
        (NUMBER, "COMPLETED"),
        (OTHER, "COMPLETED"),
        (BOUNCED, "FAILED"),
    ]
    failed = {"msgStatusName": "FAILED"}
    rows = tagged.send("GET", f"/tag-sender/{request_id}", params=DAY | failed).data
    assert [row["recipientSeq"] for row in rows] == [3]
    found = tagged.send("GET", f"/tag-sender/{request_id}/3").data
    assert (found["recipientNum"], found["resultCode"], found["body"]) == (BOUNCED, "3001", "Hello")


def test_a_request_that_waits_for_somebody_sends_nothing(tagged):
    to_tags(tagged, tagged.tags[0], autoSendYn="N")
    assert tagged.sent == []
    query = DAY | {"sendType": "0", "statusCode": "MAS00"}
    assert tagged.send("GET", "/tag-sender", params=query).body["totalCount"] == 1


def test_a_request_to_tags_fills_the_template(tagged):
    tagged.template()
    to_tags(tagged, tagged.tags[1], templateId="t", body="", templateParameter={"name": "Kim"})
    assert set(tagged.contents()) == {"Hello Kim"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tagExpression": None}, -7001),
        ({"tagExpression": ["a", "AND"]}, 4),
        ({"adYn": "yes"}, 4),
        ({"adYn": "Y"}, -6003),
        ({"body": ""}, -2014),
        ({"sendNo": "1"}, -2312),
        ({"path": "mms"}, -2014),
    ],
)
def test_a_bad_request_to_tags_is_refused(tagged, fields, code):
    assert to_tags(tagged, tagged.tags[0], **fields).code == code
    assert tagged.sent == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("", {"sendType": "0"}, -2011),
        ("", DAY, 4),
        ("", DAY | {"sendType": "0", "statusCode": "MAS"}, 4),
        ("/nothing", DAY, -2008),
        ("/nothing", {}, -2011),
        ("/nothing/1", {}, -2008),
    ],
)
def test_requests_to_tags_are_asked_for_properly(api, path, query, code):
    assert api.send("GET", f"/tag-sender{path}", params=query).code == code


def test_readings_of_requests_to_tags():
    api = Sender(tag_title="optional", tag_status="code")
    tag = api.tag("a")
    api.uid("u", tagIds=[tag], contacts=[contact(NUMBER)])
    assert to_tags(api, tag, path="mms", requestDate="2024-05-06 13:00").ok
    (request,) = api.send("GET", "/tag-sender", params=DAY | {"sendType": "1"}).data
    assert (request["masterStatusCode"], request["title"]) == ("MAS01", "")
    api.now += timedelta(hours=1)
    (request,) = api.send("GET", "/tag-sender", params=DAY | {"sendType": "1"}).data
    assert request["masterStatusCode"] == "MAS19"


# --- readings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "readings",
    [{name: values[-1] for name, values in SENDING.items()}, {}],
    ids=["other", "default"],
)
def test_every_reading_of_sending_serves_the_life_of_a_message(readings):
    api = Sender(template={}, **readings)
    listed = [{"recipientNo": NUMBER, "templateParameter": {"name": "Kim"}}]
    order = {"templateId": "t", "body": ..., "sendNo": ..., "recipientList": listed}
    answer = api.post(**order, senderGroupingKey="op-1")
    assert api.status(answer) == ("3", "1000")
    assert api.list(**CREATED, senderGroupingKey="op-1").data == [
        api.one(answer.data["requestId"]).data
    ]
    assert api.post("ad-sms", body=AD).ok
    assert api.send("GET", "/message-results", params=UPDATED).body["totalCount"] == 2


class TestDownloads:
    """A query's messages as a file."""

    def ask(self, api, **fields):
        return api.send(
            "POST", "/sender/download-reservations", {"sendType": "0", **CREATED} | fields
        )

    def test_what_a_query_finds_comes_as_a_file(self, api):
        one = api.post("sms", NUMBER, OTHER)
        made = self.ask(api, isIncludeTitleAndBody=True).data
        assert (made["downloadType"], made["fileType"]) == ("NORMAL", "CSV")
        assert made["downloadStatusCode"] == "COMPLETED"
        path = f"/download-reservations/{made['downloadId']}/download"
        file = api.send("GET", path).text
        head, *lines = file.splitlines()
        assert head == "requestId,recipientSeq,requestDate,sendNo,recipientNo,msgStatus,title,body"
        assert sorted(line.split(",")[4] for line in lines) == [NUMBER, OTHER]
        assert all(line.startswith(one.data["requestId"]) for line in lines)

    def test_downloads_are_listed_and_expire(self, api):
        api.post()
        known = self.ask(api).data["downloadId"]
        listed = api.send("GET", "/download-reservations", params={"downloadId": known})
        assert listed.body["totalCount"] == 1
        assert (listed.data[0]["size"], listed.data[0]["downloadStatusCode"]) == (1, "COMPLETED")
        api.now += timedelta(days=30)
        expired = api.send(
            "GET", "/download-reservations", params={"downloadStatusCode": "EXPIRED"}
        )
        assert [row["downloadId"] for row in expired.data] == [known]
        assert not api.send("GET", f"/download-reservations/{known}/download").ok

    @pytest.mark.parametrize(
        "fields", [{"sendType": "7"}, {"sendType": ""}, {"startCreateDate": ""}]
    )
    def test_what_is_missing_or_unknown_is_refused(self, api, fields):
        assert not self.ask(api, **fields).ok
