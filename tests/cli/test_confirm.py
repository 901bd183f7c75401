"""Asking, in a real terminal."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-m", "reconciler", "apply", "--emulate"]
PROTECTED = """\
apiVersion: reconciler/v1
kind: Project
spec: {environments: {production: {protect: true}}}
"""


def converse(answer, environment=None):
    """Run apply in a pseudo-terminal; `answer` is what to type, or a signal to send."""
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm"}
    if environment is not None:
        environ["RECONCILER_ENV"] = environment
    process = subprocess.Popen(
        COMMAND, stdin=slave, stdout=slave, stderr=slave, env=environ, close_fds=True
    )
    os.close(slave)
    seen = b""
    deadline = time.monotonic() + 40
    answered = False
    while time.monotonic() < deadline:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
        if b"Answer:" in seen and not answered:
            answered = True
            if isinstance(answer, bytes):
                os.write(master, answer)
            else:
                time.sleep(0.2)
                process.send_signal(answer)
    code = process.wait(timeout=20)
    os.close(master)
    return code, seen.decode()


def test_yes_makes_the_changes(project):
    code, seen = converse(b"yes\n")
    assert code == 0
    assert "Make these changes?" in seen
    assert "Done:" in seen
    assert "\x1b[32m" in seen


@pytest.mark.parametrize("answer", [b"y\n", b"no\n", b"\n", b"\x04"])
def test_anything_else_changes_nothing(project, run, answer):
    code, seen = converse(answer)
    assert code == 1
    assert "not approved; nothing was changed" in seen
    assert run("state", "list", "--emulate").out == "State owns nothing.\n"


@pytest.mark.parametrize(
    ("answer", "expected"), [(b"production\n", 0), (b"yes\n", 1), (b"staging\n", 1)]
)
def test_a_protected_environment_wants_its_name(project, answer, expected):
    (project / "reconciler.yaml").write_text(PROTECTED)
    code, seen = converse(answer, environment="production")
    assert code == expected
    assert "production is protected. Only 'production' counts." in seen
    assert "Plan for production: 3 resources" in seen


def test_a_signal_at_the_question_stops_at_once(project, run):
    code, seen = converse(signal.SIGINT)
    assert code == 130
    assert "stopped by SIGINT" in seen
    assert run("plan", "--emulate", "--detailed-exitcode").code == 2


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (b"no\n", "not approved", "not approved; nothing was changed"),
        (signal.SIGINT, "interrupted before anything", "Nothing was changed."),
        (signal.SIGTERM, "interrupted before anything", "Nothing was changed."),
    ],
)
def test_a_run_that_nobody_approved_of_has_not_failed(project, run, answer, outcome, said):
    _, seen = converse(answer)
    assert said in seen
    assert "again to go on" not in seen
    last = seen.partition("Answer:")[2]
    assert "\n" in last.partition("error:")[0]
    runs = run("state", "history", "--emulate", "--output", "json").json["runs"]
    assert runs[0]["outcome"] == outcome
