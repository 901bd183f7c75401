"""`reconciler verify` ended at every moment: never two messages, and never a lost one unreported."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from reconciler.cli.runs.verifying import Book
from reconciler.errors import StateError
from tests.cli.test_verify import world  # noqa: F401 -- a fixture
from tests.support.verifying import send, verify

COMMAND = (sys.executable, "-m", "reconciler", "verify")


@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("moment", [1, 2, 3])
def test_ended_around_each_record_it_is_one_message_that_the_next_run_finds(
    request, run, monkeypatch, moment, written
):
    """Records are: about to leave (1), taken by the provider (2), what became of it (3)."""
    here = request.getfixturevalue("world")
    real, count = Book.record, [0]

    async def record(self, sending):
        count[0] += 1
        if count[0] == moment and not written:
            raise StateError("ended here")
        await real(self, sending)
        if count[0] == moment:
            raise StateError("ended here")

    monkeypatch.setattr(Book, "record", record)
    assert run("verify").code == 1
    sent = len(here.sent())
    assert sent == (moment > 1)
    monkeypatch.setattr(Book, "record", real)
    again = send(verify(run, "--wait", "0"))
    if (moment, written) == (1, True):  # it may have left: looked for, not sent in its place
        assert again["status"] == "undecided"
        assert here.sent() == []
    else:
        assert again["status"] == ("skipped" if (moment, written) == (3, True) else "passed")
        assert len(here.sent()) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_signal_while_it_waits_loses_nothing(run, world, monkeypatch, number, code):  # noqa: F811
    monkeypatch.setenv("CANARY_PHONE", "01012349904")
    world.edit("deadlineSeconds: 1", "deadlineSeconds: 120")
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        while not world.sent():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        held = run("verify", "--output", "json")
        assert held.json["error"]["code"] == "state-locked"
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code, err
    assert b"12349904" not in out + err
    world.forward(120)
    assert send(verify(run, "--wait", "0"))["status"] == "passed"
    assert len(world.sent()) == 1


def encodings(text):
    from reconciler.redaction import forms

    return {each for each in forms(text) if len(each) >= 8}


def test_a_provider_that_repeats_the_recipient_tells_it_to_nobody(run, world, monkeypatch):  # noqa: F811
    number = "01087659900"
    monkeypatch.setenv("CANARY_PHONE", number)
    words = " ".join(sorted(encodings(number)))
    header = {"isSuccessful": False, "resultCode": -2018, "resultMessage": f"no such: {words}"}
    rule = {"fault": "status-before", "path": "/sender/sms$", "status": 200}
    world.emulators.faults.replace([rule | {"text": json.dumps({"header": header})}])
    said = [run("verify", "-vv"), run("verify", "--all", "-vv", "--output", "json")]
    kept = b"".join(path.read_bytes() for path in (world.folder / ".reconciler").rglob("*.db*"))
    text = "".join(each.out + each.err for each in said) + kept.decode("latin-1")
    assert "no such" in text
    assert [each for each in encodings(number) if each in text] == []
