"""Servers that carry out a create and do not say which id it got, or refuse in odd words."""

from __future__ import annotations

import pytest

from tests.faults.lab import SETTLE
from tests.support.project import resource

DOMAIN = resource("SenderDomain", "mail.example.com")
SINK = {"file": "secrets/out"}
KEY = resource("ApiKey", "shop", domain="mail.example.com", deliverTo=SINK)
SMTP = resource("SmtpConfig", "shop", domain="mail.example.com", deliverTo=SINK)
HOOK = resource(
    "Webhook",
    "h",
    domain="mail.example.com",
    events=["open", "click", "bounce"],
    url="https://a.example/",
)
TOLD = {
    "AddAPI": '{"Success": true, "ErrorCode": 0, "APIKey": "eg_live_told"}',
    "AddSMTP": '{"Success": true, "ErrorCode": 0, "SMTP": {"SMTPHost": "smtp.example.com", '
    '"SMTPPorts": ["587"], "Username": "u", "Password": "told-password"}}',
    "AddWebhook": '{"Success": true, "ErrorCode": 0}',
}
WHAT = {"AddAPI": (KEY, "keys"), "AddSMTP": (SMTP, "smtps"), "AddWebhook": (HOOK, "webhooks")}


def unnamed(command):
    text = TOLD[command]
    return {"body": command, "fault": "status-after", "status": 200, "text": text}


@pytest.mark.parametrize("command", TOLD)
def test_what_was_made_without_its_id_being_told_is_the_one_new_object(lab, command):
    document, table = WHAT[command]
    lab.write(lab.provider("octeth"), DOMAIN, document)
    lab.faults(unnamed(command))
    lab.apply()
    number = 3 if command == "AddWebhook" else 1
    assert len(lab.rows(table)) == number
    if command != "AddWebhook":
        assert b"told" in lab.sinks()["out"]
    lab.converge()
    assert len(lab.rows(table)) == number


@pytest.mark.parametrize("command", TOLD)
def test_wherever_a_run_dies_before_the_id_is_known_its_secret_is_kept(lab, command):
    document, table = WHAT[command]
    lab.write(lab.provider("octeth"), DOMAIN, document)
    lab.faults(unnamed(command))
    moments = lab.film(lab.apply)
    for moment in moments:
        restarted = lab.after_crash(moment)
        restarted.converge(runs=2, decisions=1)
        assert len(restarted.rows(table)) == (3 if command == "AddWebhook" else 1), moment.name


@pytest.mark.parametrize("times", [1, 3])
def test_a_database_that_refuses_a_second_key_is_understood(make_lab, times):
    lab = make_lab(readings={"octeth": {"generation": "5.5"}})
    lab.write(lab.provider("octeth"), DOMAIN, KEY)
    lab.apply()
    lab.pass_time(2 * SETTLE)
    text = "{\"message\": \"Duplicate entry '1' for key 'DomainID'\"}"
    lab.faults({"body": "AddAPI", "fault": "status-before", "status": 500, "text": text})
    rotated = resource("ApiKey", "shop", domain="mail.example.com", rotation="2", deliverTo=SINK)
    lab.write(lab.provider("octeth"), DOMAIN, rotated)
    for _ in range(times):
        sent = len(lab.requests)
        applied = lab.try_apply(allow_deletes=9)
        [failure] = applied.failures
        assert "the server refuses another" in failure
        [result] = [each for each in applied.report.results if each.error]
        assert "oneKeyPerDomain" in result.hint
        assert result.status.value == "failed"
        adds = [r for r in lab.requests[sent:] if "AddAPI" in str(r.body)]
        assert len(adds) == 1
    assert len(lab.rows("keys")) == 1


@pytest.mark.parametrize("same", [True, False])
def test_a_uid_that_is_refused_because_it_is_there_unlisted_is_adopted_or_told_of(lab, same):
    contact = resource("Contact", "kim", tags=["a"], phoneNumbers=["01011112222"])
    lab.write(lab.provider("nhncloud-sms"), resource("Tag", "a"), contact)
    lab.apply()
    lab.call("nhn", "DELETE", "/uids/kim")
    lab.pass_time(2 * SETTLE)
    number = "01011112222" if same else "01033334444"
    refusal = '{"header": {"isSuccessful": false, "resultCode": -8000, "resultMessage": "exists"}}'
    person = (
        '{"header": {"isSuccessful": true, "resultCode": 0, "resultMessage": ""}, "body": {"data": '
        '{"uid": "kim", "tags": [{"tagId": "WTKA0000", "tagName": "a"}], "contacts": '
        f'[{{"contactType": "PHONE_NUMBER", "contact": "{number}"}}]}}}}}}'
    )
    said = {"fault": "status-before", "status": 200}
    lab.faults(
        {"method": "POST", "path": "/uids$", **said, "text": refusal},
        {"method": "GET", "path": "/uids/kim$", **said, "text": person},
    )
    applied = lab.try_apply()
    if same:
        assert applied.failures == []
    else:
        [failure] = applied.failures
        assert "exists already with other tags or numbers" in failure
