"""`reconciler verify`, on a served emulator: what arrives, what does not, and that it is sent once."""

import json
import subprocess
from datetime import datetime
from types import SimpleNamespace

import pytest

from tests.support import verifying
from tests.support.verifying import send

NHN = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: nhn}}
spec:
  type: nhncloud-sms
  baseUrl: {url}/nhncloud-sms
  credentials: {{appKey: {{fromEnv: NHN_APP_KEY}}}}
  canaries: {{enabled: true}}
---
apiVersion: reconciler/v1
kind: Category
metadata: {{name: transactional}}
---
apiVersion: reconciler/v1
kind: Template
metadata: {{name: welcome}}
spec: {{category: transactional, sender: 15446859, type: sms, body: "Hello ##name##"}}
---
apiVersion: reconciler/v1
kind: Canary
metadata: {{name: welcome-arrives}}
spec:
  of: {{kind: Template, name: welcome}}
  to: {{fromEnv: CANARY_PHONE}}
  parameters: {{name: Kim}}
  deadlineSeconds: 1
"""
ENDINGS = {
    "delivered": "9900",
    "bounced": "9901",
    "late": "9904",
    "silent": "9905",
    "refused": "9907",
    "duplicate": "9909",
}
CONSOLE = "/nhncloud-sms/__emulator__/canary-app-key"
SEND = {"method": "POST", "path": "/sender/sms"}


@pytest.fixture
def world(project, monkeypatch, run):
    readings = {"nhncloud-sms": {"senders": "any"}}
    with verifying.served(project / "nhn.yaml", NHN, readings) as world:
        monkeypatch.setenv("NHN_APP_KEY", "canary-app-key")
        monkeypatch.setenv("CANARY_PHONE", "010-1234-9900")
        done = run("apply", "--auto-approve")
        assert done.code == 0, done.err
        yield world


def verify(run, *words):
    result = verifying.verify(run, *words)
    assert "9900" not in result.out + result.err
    return result


def test_a_canary_that_arrives_passes_and_says_where_it_went(run, world):
    result = run("verify")
    assert result.code == 0, result.err
    assert "passed  welcome-arrives  010****9900" in result.out
    assert result.out.endswith("3 checks: 3 passed.\n")
    [message] = world.sent()
    assert message["provider"] == "nhncloud-sms"
    assert "Hello Kim" in json.dumps(message)


@pytest.mark.parametrize(
    ("ending", "code", "status", "reason"),
    [
        ("delivered", 0, "passed", ""),
        ("bounced", 5, "failed", "it did not arrive: 3001"),
        ("silent", 6, "undecided", "no receipt within 1 s"),
        ("late", 6, "undecided", "no receipt within 1 s"),
        ("refused", 5, "failed", "refused: "),
        ("duplicate", 5, "failed", "it did not arrive: "),
    ],
)
def test_what_becomes_of_it_is_the_result(run, world, monkeypatch, ending, code, status, reason):
    monkeypatch.setenv("CANARY_PHONE", f"0101234{ENDINGS[ending]}")
    result = verify(run)
    assert result.code == code
    assert send(result)["status"] == status, send(result)
    assert send(result)["reason"].startswith(reason)
    assert len(world.sent()) == (0 if ending == "refused" else 1)


def test_one_that_passed_is_not_sent_again_today_unless_it_changed(run, world):
    verify(run)
    again = verify(run)
    assert send(again)["status"] == "skipped"
    assert send(again)["reason"] == "not due: passed less than a minute ago"
    assert len(world.sent()) == 1
    assert send(verify(run, "--all"))["status"] == "passed"
    assert len(world.sent()) == 2
    world.edit("Hello ##name##", "Welcome ##name##")
    assert run("apply", "--auto-approve").code == 0
    assert send(verify(run))["status"] == "passed"
    assert len(world.sent()) == 3


def test_a_late_receipt_is_found_by_the_next_run_without_another_message(run, world, monkeypatch):
    monkeypatch.setenv("CANARY_PHONE", "01012349904")
    assert send(verify(run, "--wait", "0"))["status"] == "undecided"
    world.forward(120)
    assert send(verify(run, "--wait", "0"))["status"] == "passed"
    assert len(world.sent()) == 1


def test_an_undecided_one_is_not_repeated_within_the_hour(run, world, monkeypatch):
    monkeypatch.setenv("CANARY_PHONE", "01012349905")
    verify(run, "--wait", "0")
    again = verify(run, "--wait", "0")
    assert again.code == 6
    assert len(world.sent()) == 1
    verify(run, "--wait", "0", "--all")
    assert len(world.sent()) == 2


def test_after_a_lost_answer_it_is_found_and_not_sent_again(run, world):
    world.emulators.faults.replace([SEND | {"fault": "drop-after"}])
    assert send(verify(run))["status"] == "passed"
    assert len(world.sent()) == 1


def test_a_request_that_got_lost_is_undecided_and_sends_nothing_by_itself(run, world):
    world.emulators.faults.replace([SEND | {"fault": "drop-before"}])
    result = verify(run, "--wait", "0")
    assert result.code == 6
    assert "whether it was sent is not known" in send(result)["reason"]
    world.emulators.faults.replace([])
    assert send(verify(run, "--wait", "0"))["status"] == "undecided"
    assert world.sent() == []


def test_nothing_is_sent_unless_the_account_says_so(run, world, monkeypatch):
    world.edit("canaries: {enabled: true}", "canaries: {enabled: false}")
    monkeypatch.delenv("CANARY_PHONE")
    result = verify(run)
    assert result.code == 0
    assert send(result)["reason"] == "not enabled: spec.canaries.enabled of Provider nhn"
    world.edit("canaries: {enabled: false}", "canaries: {enabled: true, perDay: 0}")
    monkeypatch.setenv("CANARY_PHONE", "01012349900")
    assert "perDay of 0" in send(verify(run))["reason"]
    assert world.sent() == []


def test_no_send_checks_what_costs_nothing(run, world):
    result = verify(run, "--no-send")
    assert result.code == 0
    assert [(each["check"], each["status"]) for each in result.json["checks"]] == [
        ("template", "passed"),
        ("sender", "passed"),
        ("send", "skipped"),
    ]
    assert world.sent() == []


def test_what_was_not_applied_is_not_proved(run, world):
    world.edit("Hello ##name##", "Bye ##name##")
    assert send(verify(run))["reason"] == "it differs from its manifest: `reconciler apply` first"
    assert world.sent() == []


@pytest.mark.parametrize(("hour", "status"), [(12, "passed"), (22, "skipped"), (3, "skipped")])
def test_advertising_waits_for_the_morning(run, world, monkeypatch, hour, status):
    world.edit('"Hello ##name##"', '"(광고) Hello ##name##\\n무료수신거부 080-500-4233"')
    assert run("apply", "--auto-approve").code == 0
    world.ask(f"{CONSOLE}/unsubscribeNos/0805004233", {}, "PUT")
    moment = datetime.fromisoformat(f"2026-11-28T{hour:02}:00:00+09:00")
    world.ask("/__emulator__/clock", {"at": moment.isoformat(), "running": False}, "PUT")
    clock = SimpleNamespace(time=moment.timestamp)
    monkeypatch.setattr("reconciler.cli.runs.verifying.time", clock)
    result = verify(run)
    assert send(result)["status"] == status
    if status == "skipped":
        assert "quiet hours" in send(result)["reason"]


def test_a_disabled_template_and_an_unknown_sender_fail_without_a_message(run, world):
    world.edit("type: sms,", "type: sms, enabled: false,")
    assert run("apply", "--auto-approve").code == 0
    result = verify(run, "--no-send")
    assert result.code == 5
    [check] = [each for each in result.json["checks"] if each["check"] == "template"]
    assert check["reason"] == "it is not enabled"
    assert send(verify(run))["reason"] == "not sent: template: it is not enabled"
    assert world.sent() == []


def test_a_recipient_that_git_tracks_is_refused(run, world):
    world.edit("{fromEnv: CANARY_PHONE}", "{fromFile: phone}")
    (world.folder / "phone").write_text("01012349900\n")
    (world.folder / "phone").chmod(0o600)
    for words in (["init", "-q"], ["add", "phone"]):
        subprocess.run(["git", *words], cwd=world.folder, check=True)
    result = run("verify")
    assert result.code == 1
    assert "file phone is tracked by Git" in result.err
    assert world.sent() == []
    subprocess.run(["git", "rm", "-q", "--cached", "phone"], cwd=world.folder, check=True)
    assert send(verify(run))["status"] == "passed"


def test_a_recipient_that_cannot_be_read_is_told_before_anything_is_sent(run, world, monkeypatch):
    monkeypatch.delenv("CANARY_PHONE")
    result = run("verify")
    assert result.code == 1
    assert "nhn.yaml:24:7: nhn/Canary/welcome-arrives: environment variable CANARY_PHONE" in (
        result.err
    )
    assert world.sent() == []


@pytest.mark.parametrize(
    ("target", "checks"),
    [
        ("nhn/Template/welcome", ["template", "sender", "send"]),
        ("nhn/Canary/welcome-arrives", ["send"]),
        ("nhn/Category/transactional", []),
    ],
)
def test_targets_choose_objects_and_their_canaries(run, world, target, checks):
    result = verify(run, "--target", target)
    assert [each["check"] for each in result.json["checks"]] == checks


def test_apply_verifies_what_it_changed_alone(run, world, monkeypatch):
    nothing = run("apply", "--auto-approve", "--verify", "--output", "json")
    assert nothing.code == 0
    assert nothing.json["checks"] == []
    monkeypatch.setenv("CANARY_PHONE", "01012349901")
    world.edit("Hello ##name##", "Welcome ##name##")
    result = run("apply", "--auto-approve", "--verify", "--output", "json")
    assert result.code == 5, result.err
    assert result.json["summary"]["update"] == 1
    assert send(result)["reason"].startswith("it did not arrive: 3001")
    world.edit("Welcome ##name##", "Dear ##name##")
    text = run("apply", "--auto-approve", "--verify")
    assert text.code == 5
    assert "welcome-arrives  010****9901" in text.out
    assert len(world.sent()) == 2


def test_apply_reads_recipients_before_it_changes_anything(run, world, monkeypatch):
    monkeypatch.delenv("CANARY_PHONE")
    world.edit("Hello ##name##", "Welcome ##name##")
    result = run("apply", "--auto-approve", "--verify")
    assert result.code == 1
    assert "CANARY_PHONE" in result.err
    assert run("plan", "--detailed-exitcode").code == 2


def test_recipients_lie_nowhere(run, world, monkeypatch):
    monkeypatch.setenv("CANARY_PHONE", "01087659900")
    verify(run)
    kept = b"".join(path.read_bytes() for path in (world.folder / ".reconciler").rglob("*.db*"))
    assert b"87659900" not in kept
    assert b"8765-9900" not in kept


@pytest.mark.parametrize("words", [("--all",), ("--wait", "3"), ("--receipts", "calls.ndjson")])
def test_options_of_canaries_are_refused_where_none_is_sent(project, run, words):
    result = run("verify", "--no-send", *words, "--emulate")
    assert result.code == 64
    assert f"{words[0]} is about canaries, and --no-send sends none" in result.err


def test_what_was_named_and_cannot_be_checked_is_not_called_nothing(project, run):
    assert run("apply", "--emulate", "--auto-approve").code == 0
    result = run("verify", "--target", "nhn/Tag/vip", "--emulate")
    assert result.code == 0
    assert "nothing that was looked at can be checked" in result.out
