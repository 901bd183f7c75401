"""Streams: colours, pipes, encodings, secrets, lines that CI would obey."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.output import Output, wants_colour
from reconciler.model.secret import Secret

COMMAND = [sys.executable, "-m", "reconciler"]


class Stream(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "environ", "choice", "colour"),
    [
        (True, {}, None, True),
        (False, {}, None, False),
        (True, {"NO_COLOR": "1"}, None, False),
        (True, {"NO_COLOR": ""}, None, True),
        (False, {"FORCE_COLOR": "1"}, None, True),
        (False, {"FORCE_COLOR": "0"}, None, False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, None, False),
        (True, {"TERM": "dumb"}, None, False),
        (True, {"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colour_follows_flag_then_environment_then_terminal(terminal, environ, choice, colour):
    assert wants_colour(Stream(terminal), environ, choice) is colour


def test_force_color_colours_and_no_color_does_not(project, run, monkeypatch):
    assert "\x1b[" not in run("plan", "--emulate").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32m  +\x1b[0m" in run("plan", "--emulate").out
    assert "\x1b[" not in run("plan", "--emulate", "--no-color").out
    assert "\x1b[" not in run("plan", "--emulate", "--output", "json").out


def test_nothing_but_the_result_is_on_stdout(project, run):
    result = run("plan", "--emulate", "-vv", "--output", "json")
    json.loads(result.out)
    assert "reconciler" in result.err


def test_a_reader_that_goes_away_is_no_error_and_keeps_the_exit_code(project):
    process = subprocess.Popen(
        [*COMMAND, "plan", "--emulate", "--detailed-exitcode"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    _, errors = process.communicate(timeout=30)
    assert errors == b""
    assert process.returncode == 2


def test_an_apply_whose_output_nobody_reads_is_finished(project):
    process = subprocess.Popen(
        [*COMMAND, "apply", "--emulate", "--auto-approve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    process.stderr.close()
    assert process.wait(timeout=30) == 0
    listed = subprocess.run(
        [*COMMAND, "state", "list", "--emulate"], capture_output=True, text=True, check=True
    )
    assert "nhn/Template/welcome" in listed.stdout


def test_a_result_that_finds_no_room_is_one_clear_error(project):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "plan", "--emulate"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"error: cannot write to stdout: No space left on device\n"


def test_an_apply_whose_progress_finds_no_room_is_finished(project):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "apply", "--emulate", "--auto-approve"], stderr=full, check=False
        )
    assert done.returncode == 0


@pytest.mark.parametrize(
    "words", [["--version"], ["-v", "--version"], ["--help"], ["plan", "--help"], ["schema"]]
)
def test_whatever_finds_no_room_is_one_clear_error(project, words):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"error: cannot write to stdout: No space left on device\n"


CLOSED = ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]


def without(closed, *words):
    """Run a command line with standard streams closed, as a supervisor may."""
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("closed", CLOSED)
def test_a_command_runs_with_standard_streams_closed(project, closed):
    done = without(closed, "apply", "--emulate", "--auto-approve")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert ("Done: 3 created" in done.stdout) is ("1>" not in closed)
    assert without(closed, "plan", "--emulate", "--detailed-exitcode").returncode == 0
    # Nothing that was meant for a closed stream went into a file that took its number.
    listed = subprocess.run(
        [*COMMAND, "state", "list", "--emulate"], capture_output=True, text=True, check=True
    )
    assert "nhn/Template/welcome" in listed.stdout
    assert listed.stderr == ""


@pytest.mark.parametrize("closed", ["1>&-", "2>&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--version"], 0),
        (["nonsense"], 64),
        (["validate", "--output", "json"], 0),
        (["apply", "--emulate"], 64),
    ],
)
def test_exit_codes_stay_with_standard_streams_closed(project, closed, words, code):
    done = without(closed, *words)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_terminal_without_utf8_gets_ascii(project):
    environ = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*COMMAND, "plan", "--emulate"], capture_output=True, env=environ, check=True
    )
    assert done.stdout.isascii()
    assert done.stderr == b""


def test_known_secrets_are_masked_wherever_they_turn_up(capsys):
    Secret("canary-secret-value")
    output = Output()
    output.result("a canary-secret-value b\n")
    output.note("c canary-secret-value d")
    output.document({"key": "canary-secret-value"})
    out, err = capsys.readouterr()
    assert "canary" not in out + err
    assert "••••••" in out


def test_a_document_stays_json_whatever_a_secret_is(capsys):
    for text in ("true", "null", "1.0", '1.0"', '": 1, "b', 'canary\\"value/1'):
        Secret(text)
    document = {"a": True, "b": None, "c": 1.0, "d": 'x canary\\"value/1', "another": "other"}
    Output().document(document)
    shown = json.loads(capsys.readouterr().out)
    assert shown == document | {"d": "x ••••••"}


def test_credentials_are_announced_to_github_before_use_and_not_elsewhere(capsys, monkeypatch):
    secrets = {"a": Secret("first%line\nsecond-line")}
    Output().mask_in_ci(secrets)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    Output().mask_in_ci(secrets)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "::add-mask::first%25line\n::add-mask::second-line\n"


def test_lines_that_ci_would_obey_are_spoilt(capsys):
    output = Output()
    output.result(
        "::error::x\n  ::add-path::/tmp\n\x1b[31m::debug::\x1b[0m\nfine ::here\n##[group]a ##vso[b]\n"
    )
    out, _ = capsys.readouterr()
    assert (
        out
        == "\\x3a:error::x\n  \\x3a:add-path::/tmp\n\x1b[31m\\x3a:debug::\x1b[0m\nfine ::here\n\\x23#[group]a \\x23#vso[b]\n"
    )


def test_the_app_key_is_in_no_output_at_debug_level(project, run, monkeypatch):
    monkeypatch.setenv("NHN_APP_KEY", "canary-app-key-5678")
    (project / "nhn.yaml").write_text(
        (project / "nhn.yaml")
        .read_text()
        .replace("type: nhncloud-sms", "type: nhncloud-sms\n  baseUrl: http://127.0.0.1:9")
    )
    result = run("plan", "-vv")
    assert result.code == 1
    assert "canary" not in result.out + result.err


@pytest.mark.parametrize(
    ("value", "live"),
    [("", True), ("false", True), ("False", True), ("0", True), ("true", False), ("1", False)],
)
def test_only_a_ci_that_is_one_stops_what_moves(monkeypatch, value, live):
    monkeypatch.setattr(sys, "stderr", Stream(terminal=True))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("CI", value)
    assert Output().live is live


class Terminal(Stream):
    """A terminal, by a descriptor of its own."""

    def __init__(self, descriptor):
        super().__init__(terminal=True)
        self.descriptor = descriptor

    def fileno(self):
        return self.descriptor


def test_each_stream_is_as_wide_as_its_own_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS")
    widths = {101: 132, 102: 60}
    monkeypatch.setattr(
        os, "get_terminal_size", lambda descriptor: os.terminal_size((widths[descriptor], 24))
    )
    monkeypatch.setattr(sys, "stdout", Terminal(101))
    monkeypatch.setattr(sys, "stderr", Terminal(102))
    output = Output()
    assert (output.style.width, output.note_style.width) == (132, 60)
    monkeypatch.setattr(sys, "stdout", Stream(terminal=False))
    assert Output().style.width == 80
    monkeypatch.setenv("COLUMNS", "100")
    assert Output().style.width == 100
