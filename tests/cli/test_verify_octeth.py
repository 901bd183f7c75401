"""`reconciler verify` of Octeth: mail by what a canary proves, and secrets that are tried."""

import json

import pytest

from tests.support import verifying
from tests.support.verifying import send, verify

MANIFEST = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: gateway}}
spec:
  type: octeth
  baseUrl: {url}/octeth
  credentials: {{apiKey: {{fromEnv: OCTETH_KEY}}}}
  limits: {{settleSeconds: 0.1}}
  canaries: {{enabled: true}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {{name: mail.example.com}}
spec: {{}}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {{name: shop}}
spec: {{domain: mail.example.com, deliverTo: {{file: secrets/shop-key}}}}
---
apiVersion: reconciler/v1
kind: Canary
metadata: {{name: arrives}}
spec:
  of: {{kind: ApiKey, name: shop}}
  to: {{fromEnv: CANARY_TO}}
  deadlineSeconds: 1
"""
OF_DOMAIN = MANIFEST.replace(
    "kind: ApiKey, name: shop", "kind: SenderDomain, name: mail.example.com"
)
SMTP = """\
---
apiVersion: reconciler/v1
kind: SmtpConfig
metadata: {{name: legacy}}
spec: {{domain: mail.example.com, deliverTo: {{file: secrets/smtp-access}}}}
"""
SEND = {"method": "POST", "path": "/api/v1/email"}
READINGS = [
    {},
    {"email-key": "both", "get-parameters": "query", "event-log-words": "delivered"},
    {"generation": "5.7", "get-parameters": "body", "event-detail": "full"},
    {"events-page": "required", "event-query": "ignored", "rest-error-status": "by-kind"},
]


@pytest.fixture
def serve(project, monkeypatch, run):
    def served(text=MANIFEST, to="kim@example.org", readings=None):
        monkeypatch.setenv("OCTETH_KEY", "canary-octeth-key")
        monkeypatch.setenv("CANARY_TO", to)
        return verifying.served(project / "nhn.yaml", text, {"octeth": readings or {}})

    return served


def applied(run):
    result = run("apply", "--auto-approve")
    assert result.code == 0, result.err + result.out


def checks(result, kind):
    return [each for each in result.json["checks"] if each["check"] == kind]


@pytest.mark.parametrize("readings", READINGS)
@pytest.mark.parametrize("text", [MANIFEST, OF_DOMAIN], ids=["key", "domain"])
@pytest.mark.parametrize("fault", [None, "drop-after"])
def test_it_arrives_in_every_reading(serve, run, text, fault, readings):
    with serve(text, readings=readings) as here:
        applied(run)
        if fault:
            here.emulators.faults.replace([SEND | {"fault": fault}])
        result = verify(run, code=0)
        assert send(result)["status"] == "passed"
        assert [each["status"] for each in checks(result, "key")] == ["passed"]
        assert len(here.sent()) == 1
        key = (here.folder / "secrets/shop-key").read_text().strip()
        for secret in (key, "kim@example.org"):
            assert secret not in result.out + result.err


@pytest.mark.parametrize(
    ("to", "code", "reason"),
    [
        ("refused@example.org", 5, "refused: "),
        ("blocked@example.org", 5, "refused: "),
        ("bounced@example.org", 5, "it did not arrive: bounce"),
        ("silent@example.org", 6, "no receipt within 1 s"),
    ],
)
def test_what_becomes_of_it_is_the_result(serve, run, to, code, reason):
    with serve(to=to) as here:
        applied(run)
        check = send(verify(run, code=code))
        assert check["reason"].startswith(reason)
        assert ("the recipient is blocked" in check["reason"]) == to.startswith("blocked")
        assert len(here.sent()) == (0 if reason.startswith("refused") else 1)


def seed(here, **body):
    here.ask("/octeth/__emulator__/seed", body | {"account": "canary-octeth-key"}, "POST")


def test_a_suspended_domain_fails_and_gets_no_message(serve, run):
    with serve(OF_DOMAIN) as here:
        applied(run)
        seed(here, method="set_status", domain_id=1, status="Suspended")
        result = verify(run, code=5)
        [domain] = checks(result, "domain")
        assert "nothing is sent from it" in domain["reason"]
        assert send(result)["reason"].startswith("not sent: domain: ")
        assert here.sent() == []


def test_a_key_that_is_not_accepted_fails(serve, run):
    with serve() as here:
        applied(run)
        text = json.dumps({"Errors": [{"Code": 13, "Message": "Invalid SenderAPIKey"}]})
        rule = {"fault": "status-before", "path": "/api/v1/events", "status": 401, "text": text}
        here.emulators.faults.replace([rule])
        result = verify(run, code=5)
        [key] = checks(result, "key")
        assert key["reason"].startswith("the server refuses it: ")
        assert here.sent() == []


def test_a_key_that_was_revoked_by_hand_fails(serve, run):
    with serve() as here:
        applied(run)
        row = run("state", "show", "gateway/ApiKey/shop", "--output", "json").json
        command = {"Command": "EmailGateway.DeleteAPI", "APIKey": "canary-octeth-key"}
        answer = here.ask("/octeth/api.php", command | {"ApiKeyId": row["id"]}, "POST")
        assert answer["Success"] is True, (answer, row)
        [key] = checks(verify(run, "--no-send", code=5), "key")
        assert key["reason"] == "it is missing at the provider"


def test_a_key_that_is_not_in_its_sink_fails(serve, run):
    with serve() as here:
        applied(run)
        (here.folder / "secrets/shop-key").write_text("another-key\n")
        result = verify(run, code=5)
        [key] = checks(result, "key")
        assert key["reason"] == "it is not in its sink any more, or another is there"
        assert "another-key" not in json.dumps(result.json)
        assert here.sent() == []


def test_an_smtp_server_out_of_reach_leaves_it_undecided(serve, run):
    with serve(MANIFEST + SMTP, readings={"smtp-secret": "inline"}):
        applied(run)
        result = verify(run, "--no-send", code=6)
        [login] = checks(result, "smtp-login")
        assert login["status"] == "undecided"
        assert "cannot be used" in login["reason"]


def test_a_key_and_a_domain_that_go_tell_how_they_are_used(serve, run):
    with serve() as here:
        applied(run)
        verify(run)
        manifests = here.folder / "nhn.yaml"
        manifests.write_text(manifests.read_text().split("---\n", maxsplit=1)[0])
        changes = run("plan", "--output", "json").json["changes"]
        usage = {each["kind"]: each.get("usage") for each in changes}
        assert usage["SenderDomain"] == {"counts": {"sentLastDay": 1}}
        assert [*usage["ApiKey"]] == ["lastUsedAt"]
        assert "      last used " in run("plan").out
