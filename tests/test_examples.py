"""Every example does what its README says, on the emulator and through the real command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.support.project import Project
from tests.support.results import Result

EXAMPLES = Path(__file__).parent.parent / "examples"
WITH_ENVIRONMENTS = "09-environments"
POLICIES = "policies"
"""No project: tests/unit/policies tries them."""
NAMES = sorted(
    {path.name for path in EXAMPLES.iterdir() if path.is_dir()} - {WITH_ENVIRONMENTS, POLICIES}
)

BY_HAND = {
    "01-one-tag": (
        ("nhn", "PUT", "/tags/<Tag/vip>", {"tagName": "By hand"}),
        "nhn/Tag/vip",
    ),
    "02-sms-templates": (
        ("nhn", "DELETE", "/templates/order-shipped", None),
        "nhn/Template/order-shipped",
    ),
    "03-audience": (
        ("nhn", "DELETE", "/uids/kim/phone-numbers/01012345678", None),
        "nhn/Contact/kim",
    ),
    "04-email-domain": (
        (
            "mail",
            "POST",
            "/api.php",
            {
                "Command": "EmailGateway.DeleteWebhook",
                "DomainID": "<SenderDomain/news.example.com>",
                "WebhookID": "<stored webhooks events=bounce>",
            },
        ),
        "mail/Webhook/events",
    ),
    "05-surenotify-webhooks": (
        (
            "surenotify",
            "POST",
            "/v1/webhooks",
            {"type": 6, "url": "https://elsewhere.example.com/"},
        ),
        "surenotify/Webhook/mail-trouble",
    ),
    "06-all-providers": (
        (
            "nhn",
            "PUT",
            "/categories/<Category/codes>",
            {"categoryName": "By hand", "categoryDesc": "", "useYn": "Y"},
        ),
        "nhn/Category/codes",
    ),
    "07-reviewed-sms": (
        ("engagelab", "DELETE", "/v1/template-configs/<Template/sign-in>", None),
        "engagelab/Template/sign-in",
    ),
    "08-canaries": (
        ("nhn", "DELETE", "/templates/welcome", None),
        "nhn/Template/welcome",
    ),
}
"""By example: something changed behind the tool's back, and the address it belongs to."""


@pytest.fixture
def run(monkeypatch, tmp_path, capfd):
    """Run the command line in a copy of an example."""

    def command(*words: str, code: int = 0) -> Result:
        capfd.readouterr()
        found = main(["-C", str(tmp_path), *words])
        out, err = capfd.readouterr()
        assert found == code, f"{' '.join(words)}: exit code {found}\n{out}\n{err}"
        return Result(code=found, out=out, err=err)

    monkeypatch.chdir(tmp_path)
    return command


@pytest.fixture(params=NAMES)
def example(request, tmp_path) -> str:
    shutil.copytree(EXAMPLES / request.param, tmp_path, dirs_exist_ok=True)
    return request.param


def behind_its_back(root: Path, call: tuple) -> None:
    """Make an API call at the emulator that `--emulate` keeps beside the state."""
    name, method, path, body = call
    folder = root / ".reconciler" / "emulated"
    emulator = Project(root, state=str(folder / "state.db"), data=folder / "emulator.db")
    emulator.call(name, method, path, json=body)
    emulator.app.state.close()
    emulator.store.close()


def test_an_example_is_applied_repaired_and_destroyed(example, run, tmp_path):
    call, address = BY_HAND[example]
    run("validate")
    planned = run("plan", "--emulate", "--output", "json").json
    run("plan", "--emulate")
    run("plan", "--emulate", "--detailed-exitcode", code=2)
    assert planned["summary"]["create"] == len(planned["changes"]) > 0

    applied = run("apply", "--emulate", "--auto-approve", "--output", "json").json
    assert {each["status"] for each in applied["results"]} == {"done"}
    run("plan", "--emulate", "--detailed-exitcode")
    run("drift", "--emulate")

    behind_its_back(tmp_path, call)
    drift = run("drift", "--emulate", "--output", "json", code=2).json["drift"]
    assert [each["address"] for each in drift if each["status"] != "unverifiable"] == [address]
    again = run("plan", "--emulate", "--output", "json").json
    assert [each["address"] for each in again["changes"]] == [address]
    run("plan", "--emulate", "--detailed-exitcode", code=2)
    run("apply", "--emulate", "--auto-approve")
    run("plan", "--emulate", "--detailed-exitcode")
    run("drift", "--emulate")

    everything = str(planned["summary"]["create"])
    unprotect(tmp_path, run)
    run("destroy", "--emulate", "--auto-approve", "--allow-deletes", everything)
    assert run("state", "list", "--emulate", "--output", "json").json["objects"] == []
    run("destroy", "--emulate", "--auto-approve")
    rest = run("plan", "--emulate", "--output", "json").json
    assert rest["summary"]["create"] == len(planned["changes"])


def unprotect(root: Path, run) -> None:
    """Where something is protected, see that it is, then give it free."""
    protected = [path for path in root.rglob("*.yaml") if "protect: true" in path.read_text()]
    if not protected:
        return
    run("destroy", "--emulate", "--auto-approve", "--allow-deletes", "99", code=1)
    for path in protected:
        path.write_text(path.read_text().replace("protect: true", "protect: false"))
    run("apply", "--emulate", "--auto-approve")


def test_one_set_of_manifests_goes_to_two_environments(run, tmp_path):
    shutil.copytree(EXAMPLES / WITH_ENVIRONMENTS, tmp_path, dirs_exist_ok=True)
    assert "Valid in staging: 2 resources" in run("validate").out
    differing = run("compare", "staging", "production", "--output", "json", code=2).json
    assert {each["address"]: each["status"] for each in differing["differences"]} == {
        "Provider/nhn": "changed",
        "nhn/Tag/vip": "added",
        "nhn/Template/order-shipped": "changed",
    }
    run("plan", "--emulate", code=64)
    made = {}
    for name in ("staging", "production"):
        here = ("--emulate", "--env", name)
        applied = run("apply", *here, "--auto-approve", "--output", "json").json
        made[name] = len(applied["results"])
        run("plan", *here, "--detailed-exitcode")
        run("drift", *here)
        assert (tmp_path / ".reconciler" / "emulated" / name / "state.db").exists()
    assert made == {"staging": 2, "production": 3}
    run("destroy", "--emulate", "--env", "staging", "--auto-approve")
    run("drift", "--emulate", "--env", "production")


def test_many_deletions_need_a_word(run, tmp_path):
    shutil.copytree(EXAMPLES / "03-audience", tmp_path, dirs_exist_ok=True)
    run("apply", "--emulate", "--auto-approve")
    refused = run("destroy", "--emulate", "--auto-approve", code=1)
    assert "--allow-deletes" in refused.err


def test_generated_secrets_are_delivered_ignored_by_git_and_shown_nowhere(example, run, tmp_path):
    shown = run("plan", "--emulate").out
    applied = run("apply", "--emulate", "--auto-approve", "-v")
    shown += (
        applied.out + applied.err + run("plan", "--emulate").out + run("drift", "--emulate").out
    )
    shown += (tmp_path / ".reconciler" / "emulated" / "state.db").read_bytes().decode("latin-1")
    sinks = [
        path
        for path in (tmp_path / ".reconciler/emulated/sinks").glob("secrets/*")
        if path.is_file()
    ]
    assert bool(sinks) == ("deliverTo" in "".join(p.read_text() for p in tmp_path.rglob("*.yaml")))
    for path in sinks:
        assert path.stat().st_mode & 0o077 == 0
        assert "/secrets/" in (tmp_path / ".gitignore").read_text().split()
        for value in path.read_text().replace("=", "\n").split():
            token = value.strip("'\"")
            if len(token) >= 32:
                assert token not in shown


def test_the_installed_command_does_the_same(tmp_path):
    shutil.copytree(EXAMPLES / "01-one-tag", tmp_path, dirs_exist_ok=True)
    reconciler = [sys.executable, "-m", "reconciler"]
    for words, code in (
        (["plan", "--emulate", "--detailed-exitcode"], 2),
        (["apply", "--emulate", "--auto-approve"], 0),
        (["plan", "--emulate", "--detailed-exitcode"], 0),
    ):
        found = subprocess.run(
            [*reconciler, *words], cwd=tmp_path, capture_output=True, check=False
        )
        assert found.returncode == code, found.stderr.decode()


def test_examples_are_numbered_described_and_have_a_drift_to_repair():
    assert [name.split("-")[0] for name in NAMES] == [f"{n:02}" for n in range(1, len(NAMES) + 1)]
    assert BY_HAND.keys() == set(NAMES)
    for name in NAMES:
        readme = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
        assert readme.startswith(f"# {name[:2]} · ")
        assert "reconciler plan --emulate" in readme


def test_the_canaries_of_all_four_providers_arrive(tmp_path, monkeypatch, capsys):
    shutil.copytree(EXAMPLES / "08-canaries", tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("CANARY_PHONE", "+821012349900")
    monkeypatch.setenv("CANARY_MAIL", "delivered@example.org")
    assert main(["apply", "--emulate", "--auto-approve"]) == 0
    capsys.readouterr()
    assert main(["verify", "--emulate", "--output", "json"]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [each["status"] for each in checks] == ["passed"] * len(checks)
    assert sum(each["check"] == "send" for each in checks) == 5
