"""`reconciler verify` of EngageLab SMS by `/v1/send`, the older API: another host and another key."""

import pytest

from tests.cli.test_verify_engagelab import DELIVERED, MANIFEST, applied, receipt
from tests.support import verifying
from tests.support.verifying import send, verify

BEFORE = "devSecret: {{fromEnv: LAB_SECRET}}}}\n"
KEYS = (
    "devSecret: {{fromEnv: LAB_SECRET}}, smsUser: {{fromEnv: SMS_USER}},"
    " smsKey: {{fromEnv: SMS_KEY}}}}\n"
)
OPTIONS = "  options: {{sendApi: v1-send, sendBaseUrl: '{url}/engagelab-sms'}}\n"
SEND = {"method": "POST", "path": "/v1/send"}


def older(text, keys=KEYS):
    return text.replace(BEFORE, keys + OPTIONS)


OLDER = older(MANIFEST)


@pytest.fixture
def serve(project, monkeypatch):
    def served(text=OLDER, to="+8618701239900", readings=None):
        for name in ("LAB_KEY", "LAB_SECRET", "SMS_USER", "SMS_KEY"):
            monkeypatch.setenv(name, f"canary-{name.lower().replace('_', '-')}")
        monkeypatch.setenv("CANARY_TO", to)
        return verifying.served(project / "nhn.yaml", text, {"engagelab-sms": readings or {}})

    return served


@pytest.mark.parametrize("readings", [{}, {"send-success": "counted"}])
@pytest.mark.parametrize(
    ("to", "code", "status"),
    [("+8618701239900", 0, "passed"), ("+8618701239907", 5, "failed"), ("+86", 5, "failed")],
)
def test_it_is_taken_or_refused(serve, run, to, code, status, readings):
    with serve(to=to, readings=readings) as here:
        applied(run)
        check = send(verify(run, code=code))
        assert check["status"] == status
        assert len(here.sent()) == (status == "passed")


def test_partial_success_tells_why_the_number_was_refused(serve, run):
    with serve(to="+8618701239907"):
        applied(run)
        assert send(verify(run, code=5))["reason"] == "refused: Refused by the channel"


@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_after_a_lost_answer_the_same_request_is_sent_again_and_is_one_message(serve, run, fault):
    with serve() as here:
        applied(run)
        here.emulators.faults.replace([SEND | {"fault": fault, "times": 1}])
        assert send(verify(run, code=0))["status"] == "passed"
        assert len(here.sent()) == 1


def test_a_later_run_asks_for_the_result_of_a_lost_answer(serve, run):
    with serve() as here:
        applied(run)
        here.emulators.faults.replace([SEND | {"fault": "drop-after", "times": 99}])
        assert "not known" in send(verify(run, "--wait", "0", code=6))["reason"]
        here.emulators.faults.replace([])
        assert send(verify(run, code=0))["status"] == "passed"
        assert len(here.sent()) == 1


def test_receipts_are_found_without_the_number_that_ids_end_in(serve, run, project):
    with serve(older(DELIVERED)) as here:
        applied(run)
        calls = project / "calls.ndjson"
        calls.write_text("{}\n")
        words = ("--receipts", "calls.ndjson", "--wait", "0")
        assert send(verify(run, *words, code=6))["status"] == "undecided"
        known = here.sent()[0]["id"]
        assert known.endswith("$+8618701239900")
        calls.write_text(receipt(known) + "\n")
        assert send(verify(run, *words, code=0))["status"] == "passed"
        files = [each for each in project.rglob("*") if each.is_file() and each != calls]
        assert not [each for each in files if b"8618701239900" in each.read_bytes()]


def test_without_its_own_credentials_nothing_is_sent(serve, run):
    with serve(older(MANIFEST, BEFORE)) as here:
        applied(run)
        reason = send(verify(run, code=6))["reason"]
        assert reason == (
            "nothing was sent: options.sendApi is v1-send, "
            "and spec.credentials lacks smsUser and smsKey"
        )
        assert here.sent() == []
