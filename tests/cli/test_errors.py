"""What goes wrong is said in one way: message, details, way out; and an exit code."""

import json
import re

import pytest

from reconciler.cli.commands import plan
from reconciler.errors import PlanRefused
from reconciler.state.open import open_store


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plna"], 'did you mean "plan"?'),
        (["plan", "--detailed-exitcod"], "--detailed-exitcode"),
        (["--frobnicate"], "--frobnicate"),
        (["plan", "--output", "yaml"], "yaml"),
        (["apply", "--allow-deletes", "x"], "--allow-deletes"),
        (["explain"], "TOPIC"),
        (["explain", "Tempalte"], 'did you mean "Template"?'),
        (["state", "sho"], 'did you mean "show"?'),
        (["state", "show", "welcome"], "not an address"),
        (["state", "resolve", "nhn/Tag/vip"], "--adopt ID and --forget"),
        (
            ["state", "resolve", "nhn/Tag/vip", "--adopt", "1", "--forget"],
            "--adopt ID and --forget",
        ),
        (["-C", "/does/not/exist", "plan"], "/does/not/exist"),
        (["emulator", "--reading", "x"], "TYPE.NAME=VALUE"),
        (["emulator", "--reading", "octeth.nope=1"], "octeth has no reading"),
        (["emulator", "--faults", "/does/not/exist"], "cannot read"),
    ],
)
def test_a_wrong_command_line_exits_64_and_helps(project, run, arguments, said):
    result = run(*arguments)
    assert result.code == 64
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert said in result.err


def test_no_command_shows_help(run):
    result = run()
    assert result.code == 64
    assert re.search(r"^  plan +Show what would be done\.$", result.out, re.MULTILINE)
    assert result.err.startswith("error: a command is missing")
    document = run("--output", "json")
    assert document.code == 64
    assert "command" in document.json["error"]["message"]


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("apply --dry-run", "`reconciler plan`"),
        ("--dry-run apply", "`reconciler plan`"),
        ("plan --json", "use --output json"),
        ("-o json plan", "use --output json"),
        ("apply -f dir", "PATH…"),
        ("apply --file=dir", "PATH…"),
        ("apply --yes", "use --auto-approve"),
        ("apply -y", "use --auto-approve"),
        ("destroy --force", "use --auto-approve"),
        ("apply -auto-approve", 'did you mean "--auto-approve"?'),
        ("apply --approve", "use --auto-approve"),
        ("plan --yes", "--auto-approve belongs to `reconciler apply`, `reconciler drift` and"),
        ("plan --auto-approve", "belongs to `reconciler apply`, `reconciler drift` and"),
        ("drift --allow-delete 3", ""),
        ("plan --var a=b", "manifests have no variables"),
        ("diff", "`reconciler plan`"),
        ("taint nhn/Tag/a", "rotation"),
        ("refresh", "`reconciler drift`"),
        ("init", "nothing needs to be set up"),
        ("fmt", ""),
        ("console", ""),
        ("output", "`reconciler state show ADDR`"),
        ("get tags", "`reconciler state list`"),
        ("delete nhn/Tag/a", "`reconciler destroy`"),
        ("describe x", "`reconciler state show ADDR`"),
        ("rm nhn/Tag/a", "`reconciler state rm`"),
        ("explain ConfigMap", "kinds: "),
        ("explain Domain", 'did you mean "SenderDomain" or "'),
        ("explain octeth/Webook", 'did you mean "octeth/Webhook"?'),
    ],
)
def test_words_of_other_tools_are_answered_with_what_fits_or_with_nothing(
    project, run, typed, fits
):
    result = run(*typed.split())
    assert result.code == 64
    hint = result.err.partition("hint: ")[2]
    assert fits in hint
    if not fits:
        assert hint.startswith("`reconciler")
    if "did you mean" not in fits:
        assert "did you mean" not in hint


def test_version_and_help_are_commands_too(run):
    assert run("version").out.startswith("reconciler ")
    assert run("version", "--output", "json").json.keys() == {"formatVersion", "version", "python"}
    assert run("help").out.startswith("Usage: reconciler [OPTIONS] COMMAND")
    assert run("help", "state", "mv").out.startswith("Usage: reconciler state mv")
    assert 'did you mean "plan"?' in run("help", "plna").err
    assert run("help", "plan", "more").code == 64


def test_json_stays_json_when_the_command_line_is_wrong(run):
    for arguments in (["plan", "--foo", "--output", "json"], ["--output=json", "plna"]):
        result = run(*arguments)
        assert result.code == 64
        assert result.json["error"]["code"] == "usage"
        assert result.json["error"]["details"] == []


def test_faults_are_shown_all_at_once(project, edit, run):
    edit("sender: 15446859", "sender: abc")
    edit("description: Receipts", "descripton: Receipts")
    result = run("validate")
    assert result.code == 1
    assert "nhn.yaml:18:11: nhn/Template/welcome: " in result.out
    assert "2 faults in the manifests." in result.out
    document = run("validate", "--output", "json")
    assert document.code == 1
    assert document.json["faults"][0].keys() == {
        "file",
        "line",
        "column",
        "address",
        "message",
        "hint",
    }
    plan = run("plan", "--emulate", "--output", "json")
    assert plan.code == 1
    assert plan.json["error"]["code"] == "manifest"
    assert len(plan.json["error"]["details"]) == 2


def test_the_numbers_in_files_are_checked_too(project, run):
    (project / "blocked.txt").write_text("01012345678\nnot a number\n")
    with (project / "nhn.yaml").open("a") as file:
        file.write(
            "---\napiVersion: reconciler/v1\nkind: BlockList\nmetadata: {name: ads}\n"
            "spec: {unsubscribeNumber: '0801234567', recipientsFrom: [{file: blocked.txt}]}\n"
        )
    result = run("validate")
    assert result.code == 1
    assert "blocked.txt:2" in result.out


def test_valid_manifests_are_said_to_be(project, run):
    assert run("validate").out == "Valid: 3 resources, 1 provider.\n"
    assert run("validate", "--output", "json").json == {
        "formatVersion": "1.0",
        "faults": [],
        "findings": [],
    }


def test_a_missing_credential_names_its_variable(project, run, monkeypatch):
    monkeypatch.delenv("NHN_APP_KEY", raising=False)
    result = run("plan")
    assert result.code == 1
    assert "NHN_APP_KEY is not set" in result.err
    assert "nhn.yaml:6:" in result.err


def test_apply_without_a_terminal_needs_approval_on_the_command_line(project, run):
    result = run("apply", "--emulate")
    assert result.code == 64
    assert "--auto-approve" in result.err
    assert not (project / ".reconciler").exists()
    assert run("apply", "--emulate", "--output", "json").json["error"]["code"] == "usage"


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_bug_is_one_line_and_no_traceback(project, run, monkeypatch, output):
    def broken(*_arguments, **_more):
        raise RuntimeError("boom\nsecond line")

    monkeypatch.setattr(plan, "configuration_of", broken)
    result = run("plan", "--emulate", "--output", output)
    assert result.code == 1
    assert "internal error: RuntimeError: boom" in result.err
    assert "Traceback" not in result.err
    assert "-v" in result.err
    if output == "json":
        assert json.loads(result.out)["error"]["code"] == "internal"


def test_verbose_shows_where_a_bug_is_without_locals(project, run, monkeypatch):
    def broken(*_arguments, **_more):
        hidden = "canary-in-a-local"
        raise RuntimeError(len(hidden))

    monkeypatch.setattr(plan, "configuration_of", broken)
    result = run("plan", "--emulate", "-v")
    assert "test_errors.py:" in result.err
    assert result.code == 1


def test_an_error_shows_details_and_the_way_out(project, run, monkeypatch):
    def refuse(*_arguments, **_more):
        raise PlanRefused("no\x1b[2J", details=["first\u202e", "::error::second"], hint="do this")

    monkeypatch.setattr(plan, "configuration_of", refuse)
    result = run("plan", "--emulate")
    assert result.err == "error: no\\x1b[2J\n  first\\u202e\n  \\x3a:error::second\nhint: do this\n"
    document = run("plan", "--emulate", "--output", "json").json
    assert document == {
        "formatVersion": "1.0",
        "error": {
            "code": "plan-refused",
            "message": "no\x1b[2J",
            "details": ["first\u202e", "::error::second"],
            "hint": "do this",
        },
    }


def test_another_account_behind_a_name_is_refused_and_can_be_trusted(applied, run):
    store = open_store(str(applied / ".reconciler/emulated/state.db"), root=applied)
    with store.begin("test") as state:
        state.set_account("nhn", "the fingerprint of another account")
    store.close()
    result = run("plan")
    assert result.code == 1
    assert "reconciler state trust nhn" in result.err
    assert run("state", "trust", "nope").code == 64
    assert run("state", "trust", "nhn").code == 0
    assert run("plan").code == 0
