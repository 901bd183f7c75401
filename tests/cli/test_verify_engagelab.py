"""`reconciler verify` of EngageLab SMS, which tells of no message afterwards but by callbacks."""

import hashlib
import hmac
import json

import pytest

from tests.support import verifying
from tests.support.verifying import send, verify

MANIFEST = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: lab}}
spec:
  type: engagelab-sms
  baseUrl: {url}/engagelab-sms
  credentials: {{devKey: {{fromEnv: LAB_KEY}}, devSecret: {{fromEnv: LAB_SECRET}}}}
  canaries: {{enabled: true}}
---
apiVersion: reconciler/v1
kind: Template
metadata: {{name: shipped}}
spec:
  category: utility
  body: "Your order {{order_no}} has been shipped."
  countries: [CN]
---
apiVersion: reconciler/v1
kind: Canary
metadata: {{name: arrives}}
spec:
  of: {{kind: Template, name: shipped}}
  to: {{fromEnv: CANARY_TO}}
  parameters: {{order_no: "7"}}
  deadlineSeconds: 1
"""
DELIVERED = MANIFEST.replace("deadlineSeconds: 1", "deadlineSeconds: 1\n  expect: delivered")
SEND = {"method": "POST", "path": "/v1/messages"}


@pytest.fixture
def serve(project, monkeypatch):
    def served(text=MANIFEST, to="+8618701239900", readings=None):
        monkeypatch.setenv("LAB_KEY", "canary-dev-key")
        monkeypatch.setenv("LAB_SECRET", "canary-dev-secret")
        monkeypatch.setenv("CANARY_TO", to)
        return verifying.served(project / "nhn.yaml", text, {"engagelab-sms": readings or {}})

    return served


def applied(run):
    assert run("apply", "--auto-approve").code == 0


@pytest.mark.parametrize("readings", [{}, {"refusal-status": "200"}])
@pytest.mark.parametrize(
    ("to", "code", "status"),
    [
        ("+8618701239900", 0, "passed"),
        ("+8618701239907", 5, "failed"),
        ("+8618701239909", 5, "failed"),
    ],
)
def test_it_is_taken_or_refused(serve, run, to, code, status, readings):
    with serve(to=to, readings=readings) as here:
        applied(run)
        check = send(verify(run, code=code))
        assert check["status"] == status
        assert len(here.sent()) == (status == "passed")


@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_after_a_lost_answer_it_stays_undecided_and_is_not_sent_again(serve, run, fault):
    with serve() as here:
        applied(run)
        here.emulators.faults.replace([SEND | {"fault": fault, "times": 1}])
        for _ in range(2):
            assert "not known" in send(verify(run, code=6))["reason"]
        assert len(here.sent()) == (fault == "drop-after")


def receipt(message, status="delivered", code=0):
    told = {"message_status": status, "error_code": code}
    row = {"message_id": message, "itime": 1577836800, "status": told}
    return json.dumps({"total": 1, "rows": [row]})


def test_receipts_come_out_of_collected_calls(serve, run):
    with serve(DELIVERED) as here:
        applied(run)
        calls = here.folder / "calls.ndjson"
        calls.write_text("{}\n")
        words = ("--receipts", "calls.ndjson", "--wait", "0")
        assert send(verify(run, *words, code=6))["status"] == "undecided"
        calls.write_text(receipt(here.sent()[0]["id"]) + "\n")
        assert send(verify(run, *words, code=0))["status"] == "passed"
        assert len(here.sent()) == 1


@pytest.mark.parametrize(("review", "code"), [("manual", 6), ("rejecting", 5)])
def test_a_template_in_review_or_rejected_gets_no_message(serve, run, review, code):
    with serve(readings={"review": review}) as here:
        run("apply", "--auto-approve")
        result = verify(run, code=code)
        assert send(result)["status"] == "skipped"
        assert here.sent() == []


@pytest.mark.parametrize(("key", "code"), [("the secret", 0), ("another", 1)])
def test_a_callback_is_signed_with_timestamp_nonce_and_user(project, run, monkeypatch, key, code):
    monkeypatch.setenv("CALLBACK", "the secret")
    (project / "call.json").write_text(receipt("4711", "delivered_failed", 4001))
    signature = hmac.new(key.encode(), b"1577836800n0nceshop", hashlib.sha256).hexdigest()
    header = f"X-CALLBACK-ID: timestamp=1577836800;nonce=n0nce;username=shop;signature={signature}"
    words = ("webhook", "check", "engagelab-sms", "call.json", "--secret-env", "CALLBACK")
    assert run(*words, "--header", header).code == code
    (project / "call.json").write_text("{}")
    assert run(*words, "--header", header).code == code


SIGNED = MANIFEST.partition("---\napiVersion: reconciler/v1\nkind: Template")[0] + (
    "---\napiVersion: reconciler/v1\nkind: Signature\nmetadata: {{name: Shop}}\nspec: {{}}\n"
)


@pytest.mark.parametrize(
    ("review", "code", "status", "reason"),
    [
        ("instant", 0, "passed", ""),
        ("manual", 6, "undecided", "its review is pending"),
        ("rejecting", 5, "failed", "rejected"),
    ],
)
def test_a_signature_works_once_it_is_approved(serve, run, review, code, status, reason):
    with serve(SIGNED, readings={"review": review}):
        run("apply", "--auto-approve")
        [check] = verify(run, code=code).json["checks"]
        assert (check["address"], check["check"]) == ("lab/Signature/Shop", "signature")
        assert check["status"] == status
        assert reason in check.get("reason", "")
