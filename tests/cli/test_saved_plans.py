"""`plan --out`, `show` and `apply --plan`: what was reviewed is applied, once, or nothing is."""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from reconciler import clock
from reconciler.model.ids import new_uuid
from tests.support import documents

APPLY = ("apply", "--auto-approve", "--output", "json", "--plan")


@pytest.fixture
def out(project, tmp_path):
    """Where a plan is saved: outside of the manifests."""
    return tmp_path / "deploy.plan.json"


@pytest.fixture
def save(run, out):
    def call(*words):
        result = run("plan", "--emulate", "--out", out, *words)
        assert result.code == 0, result.err
        return result

    return call


@pytest.fixture
def at(monkeypatch):
    """Set the wall clock off by so many hours."""

    def shift(hours):
        then = datetime.now(UTC) + timedelta(hours=hours)
        monkeypatch.setattr(clock, "now", lambda: then)

    return shift


def refused(run, out, code):
    """Apply; nothing may come of it but the refusal, which is returned."""
    before = run("state", "history", "--emulate", "--output", "json").json
    listed = run("state", "list", "--emulate").out
    result = run(*APPLY, out)
    assert result.code == 1, result.out
    error = result.json["error"]
    assert error["code"] == code, error
    assert error["hint"]
    assert run("state", "list", "--emulate").out == listed
    after = run("state", "history", "--emulate", "--output", "json").json
    assert [
        run["outcome"] for run in after["runs"][: len(after["runs"]) - len(before["runs"])]
    ] in (
        [],
        ["refused"],
    )
    return error


# --- saving ---------------------------------------------------------------------------------------


def test_a_plan_is_saved_with_what_to_do_next_and_for_its_owner_alone(save, out):
    result = save("--output", "json")
    digest = json.loads(result.out)["changesDigest"].removeprefix("sha256:")[:12]
    assert re.search(rf"Saved plan {digest} \(3 changes, until 20\d\d-.*Z\)", result.err)
    assert f"reconciler apply --plan {out}" in result.err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    saved = json.loads(out.read_text())
    documents.check(saved)
    assert saved["plan"] == json.loads(result.out)
    assert saved["binding"]["lineage"] is None
    assert "signature" not in saved


def test_what_is_saved_once_there_is_a_state_is_signed(applied, save, out, edit):
    edit("Welcome to the shop.", "Welcome to another shop.")
    save()
    saved = json.loads(out.read_text())
    documents.check(saved)
    assert saved["signature"].startswith("hmac-sha256:")
    assert saved["binding"]["observed"].keys() == {"nhn/Template/welcome"}
    assert saved["binding"]["serial"] > 0


def test_a_plan_that_changes_nothing_is_saved_too_and_applied_once(applied, save, run, out):
    assert "0 changes" in save().err
    assert run(*APPLY, out).code == 0
    refused(run, out, "plan-used")


@pytest.mark.parametrize("break_it", ["manifest", "error"])
def test_where_none_can_be_saved_an_older_one_is_removed(save, run, out, edit, break_it):
    save()
    if break_it == "manifest":
        edit("sender: 15446859", "sendr: 15446859")
    else:
        edit("sender: 15446859", "sender: '15446859000'")
        edit("Welcome to the shop.", "Welcome to the shop." * 60)
    result = run("plan", "--emulate", "--out", out)
    assert result.code == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "-"], "saved in a file, not on stdout"),
        (["--out", "plans/"], "is a folder"),
        (["--out", "nowhere/p"], "there is no folder nowhere"),
        (["--out", "nhn.yaml"], "it would be read as a manifest"),
        (["--out", "deploy.plan.json"], "it would be read as a manifest"),
        (["--out", "link"], "it is no regular file"),
        (["--out", "/dev/null"], "it is no regular file"),
        (["--out", "notes.txt"], "a file of another kind lies there"),
        (["--out", "p", "--expires-after", "4m"], "4m is less than 5m"),
        (["--out", "p", "--expires-after", "8d"], "8d is more than 7d"),
        (["--out", "p", "--expires-after", "soon"], "is no span of time"),
        (["--out", "p", "--encrypt-to", "age1no"], "'age1no' is no recipient"),
        (["--expires-after", "1h"], "Add --out FILE"),
        (["--out", "p", "-"], "manifests from stdin"),
    ],
)
def test_where_a_plan_cannot_be_saved_nothing_is_read_or_touched(run, project, words, said):
    (project / "notes.txt").write_text("precious")
    (project / "link").symlink_to("nhn.yaml")
    before = (project / "nhn.yaml").read_text()
    result = run("plan", "--emulate", *words)
    assert result.code == 64
    assert said in result.err
    assert result.out == ""
    assert (project / "nhn.yaml").read_text() == before
    assert (project / "notes.txt").read_text() == "precious"
    assert not (project / "p").exists()


def test_the_project_says_how_long_plans_hold(save, project, out):
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {plan: {expiresAfter: 2h}}\n"
    )
    save()
    binding = json.loads(out.read_text())["binding"]
    made, end = (datetime.fromisoformat(binding[name]) for name in ("createdAt", "expiresAt"))
    assert end - made == timedelta(hours=2)


def test_a_saved_plan_among_the_manifests_is_passed_over_with_a_hint(save, run, project, out):
    save()
    out.rename(project / "left.json")
    result = run("validate")
    assert result.code == 0, result.err
    assert "this is a saved plan, no manifest" in result.out + result.err


def test_actions_learn_where_the_plan_is(save, out, tmp_path, monkeypatch):
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, str(tmp_path / name))
    save("--report", "github")
    assert f"\n{out}\n" in (tmp_path / "GITHUB_OUTPUT").read_text()


# --- applying -------------------------------------------------------------------------------------


def test_what_was_saved_is_applied_and_the_report_says_so(save, run, out):
    save()
    result = run(*APPLY, out)
    assert result.code == 0, result.err
    digest = json.loads(out.read_text())["plan"]["changesDigest"]
    assert result.json["plan"] == {"digest": digest, "from": "file"}
    assert result.json["summary"]["create"] == 3


def test_it_is_applied_once_and_the_refusal_names_the_run(save, run, out):
    save()
    assert run(*APPLY, out).code == 0
    assert refused(run, out, "plan-used")["details"][0].startswith("run 1 by ")


def test_the_selection_is_that_of_the_plan(save, run, out):
    save("--selector", "team=growth", "--no-prune")
    assert run(*APPLY, out).code == 0
    assert "nhn/Tag/vip" not in run("state", "list", "--emulate").out


def test_a_saved_plan_to_destroy_destroys(applied, save, run, out):
    save("--destroy")
    result = run(*APPLY, out, "--allow-deletes", "3")
    assert result.code == 0, result.err
    assert result.json["summary"]["delete"] == 3


def test_consent_to_deletions_is_not_in_a_file(applied, save, run, out, edit):
    text = (applied / "nhn.yaml").read_text()
    tags = "".join(
        f"---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {{name: t{n}}}\nspec: {{}}\n"
        for n in range(12)
    )
    (applied / "nhn.yaml").write_text(text + tags)
    assert run("apply", "--auto-approve").code == 0
    (applied / "nhn.yaml").write_text(text)
    save()
    assert refused(run, out, "plan-refused")["message"]


@pytest.mark.parametrize(
    "words",
    [
        ["nhn.yaml"],
        ["--target", "nhn/Tag/vip"],
        ["--selector", "team=growth"],
        ["--adopt"],
        ["--no-prune"],
        ["--expect", "0" * 12],
        ["--env", "staging"],
    ],
    ids=lambda words: words[0],
)
def test_what_is_in_the_file_cannot_be_said_again(save, run, out, words):
    save()
    result = run("apply", "--auto-approve", "--plan", out, *words)
    assert result.code == 64
    assert "in the file" in result.err


def test_manifests_can_be_named_once_a_state_signs_it(applied, save, run, out, edit):
    edit("Welcome to the shop.", "Welcome to another shop.")
    save("nhn.yaml")
    assert json.loads(out.read_text())["binding"]["options"]["paths"] == ["nhn.yaml"]
    assert run(*APPLY, out).code == 0


def test_without_a_signature_no_manifests_can_be_named(run, project, save, out):
    result = run("plan", "--emulate", "--out", out, "nhn.yaml")
    assert result.code == 64
    assert "no state yet" in result.err
    assert not out.exists()
    save()
    saved = json.loads(out.read_text())
    saved["binding"]["options"]["paths"] = ["nhn.yaml"]
    out.write_text(json.dumps(saved))
    refused(run, out, "plan-damaged")


def test_no_plan_leads_to_another_project(applied, run, out, monkeypatch):
    """Its own state would prove it, and its manifests would get the credentials."""
    (applied / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Project\nspec: {}\n")
    assert run("plan", "--out", out, "nhn.yaml").code == 0
    monkeypatch.chdir(applied.parent)
    result = run("plan", "--out", out, "project/nhn.yaml")
    assert result.code == 64
    assert "-C DIR" in result.err


def test_a_plan_that_names_another_project_is_refused(applied, run, out, monkeypatch):
    (applied / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Project\nspec: {}\n")
    monkeypatch.setattr("reconciler.cli.saved_plans.saving.path_outside", lambda _paths: "")
    monkeypatch.chdir(applied.parent)
    out = out.with_name("deploy.plan")
    assert run("plan", "--out", out, "project").code == 0
    result = run(*APPLY, out)
    assert (result.code, result.json["error"]["code"]) == (1, "plan-damaged")
    assert "outside of the project" in result.json["error"]["message"]


# --- what no longer holds -------------------------------------------------------------------------


def test_another_manifest_is_named(save, run, out, edit):
    save()
    edit("Welcome to the shop.", "Welcome to another shop.")
    assert refused(run, out, "plan-stale")["details"] == ["manifests differ: nhn.yaml"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "# a comment\n" + text,
        lambda text: text.replace("{description: Receipts}", "\n  description: Receipts"),
    ],
    ids=["line endings", "comment", "layout"],
)
def test_manifests_that_say_the_same_are_the_same(save, run, project, out, change):
    save()
    file = project / "nhn.yaml"
    file.write_bytes(change(file.read_text()).encode())
    assert run(*APPLY, out).code == 0


def test_another_run_in_between_is_named_with_the_serials(applied, save, run, out, edit):
    edit("Welcome to the shop.", "Welcome to another shop.")
    save()
    edit("description: Receipts", "description: Codes")
    assert run("apply", "--auto-approve").code == 0
    edit("description: Codes", "description: Receipts")
    [line] = refused(run, out, "plan-stale")["details"]
    assert re.match(r"serial \d+ → \d+: apply by ", line)


def test_a_live_object_that_was_changed_since_is_named(applied, save, run, out, edit):
    """By hand, at the provider."""
    edit("Welcome to the shop.", "Welcome to another shop.")
    save()
    path = applied / ".reconciler" / "emulated" / "emulator.db"
    change_live(path, "Welcome to the shop.", "Changed by hand.")
    assert refused(run, out, "plan-stale")["details"] == [
        "nhn/Template/welcome: body changed on the provider since"
    ]


def test_a_state_that_came_since_is_another(save, run, out):
    save()
    assert run("apply", "--emulate", "--auto-approve", "--target", "nhn/Tag/vip").code == 0
    [line] = refused(run, out, "plan-stale")["details"]
    assert line.startswith("there was no state yet, and now there is one: apply by ")


@pytest.mark.parametrize(
    ("hours", "code"), [(23, None), (24.05, None), (25, "plan-expired"), (-24, "plan-expired")]
)
def test_a_plan_holds_for_its_time(save, run, out, at, hours, code):
    save()
    at(hours)
    if code is None:
        assert run(*APPLY, out).code == 0
    else:
        refused(run, out, code)


def test_another_account_is_refused(applied, save, run, out, monkeypatch, edit):
    from reconciler.providers.nhncloud_sms.provider import NhnCloudSms as Provider

    edit("Welcome to the shop.", "Welcome to another shop.")
    save()
    monkeypatch.setattr(Provider, "account_identity", lambda self: "another account")
    assert "nhn: another account" in refused(run, out, "plan-account")["message"]


def test_another_environment_is_refused(save, run, project, out, monkeypatch):
    save()
    monkeypatch.setenv("RECONCILER_ENV", "staging")
    result = run(*APPLY, out)
    assert (result.code, result.json["error"]["code"]) == (1, "plan-environment")
    monkeypatch.delenv("RECONCILER_ENV")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {environments: {staging: {}}}\n"
    )
    result = run(*APPLY, out)
    assert (result.code, result.json["error"]["code"]) == (1, "plan-environment")


def test_the_environment_is_taken_from_the_file(run, project, out):
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\n"
        "spec: {environments: {staging: {}, production: {protect: true}}}\n"
    )
    assert run("plan", "--emulate", "--env", "production", "--out", out).code == 0
    result = run(*APPLY, out)
    assert result.code == 0, result.err
    assert result.json["environment"] == "production"
    assert run("state", "list", "--emulate", "--env", "staging").out == "State owns nothing.\n"


def test_the_state_of_another_project_cannot_prove_it(applied, save, run, out, edit, tmp_path):
    edit("Welcome to the shop.", "Welcome to another shop.")
    save()
    state = applied / ".reconciler"
    state.rename(tmp_path / "elsewhere")
    assert run("apply", "--auto-approve").code == 0
    refused(run, out, "plan-damaged")


@pytest.mark.parametrize(
    "code",
    ["damaged", "locked", "expired", "used", "stale", "account", "environment"],
)
def test_every_refusal_is_explained(run, code):
    result = run("explain", f"plan-{code}", "--output", "json")
    assert result.json["code"]["explanation"]
    assert result.json["code"]["exitCode"] == 1


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda saved: saved["binding"].update(serial=1), "plan-damaged"),
        (lambda saved: saved["binding"].update(expiresAt="2999-01-01T00:00:00Z"), "plan-damaged"),
        (lambda saved: saved["binding"]["options"].update(destroy=True), "plan-damaged"),
        (lambda saved: saved["plan"]["changes"].clear(), "plan-damaged"),
        (lambda saved: saved.update(signature=None), "plan-damaged"),
        (lambda saved: saved.update(formatVersion="2.0"), "plan-damaged"),
        (lambda saved: saved.update(more="of a newer minor version"), "plan-damaged"),
        (lambda saved: saved["binding"].pop("nonce"), "plan-damaged"),
        (lambda saved: saved.update(binding=[]), "plan-damaged"),
    ],
)
def test_what_was_changed_after_it_was_saved_is_refused(
    applied, save, run, out, edit, change, code
):
    edit("Welcome to the shop.", "Welcome to another shop.")
    save()
    saved = json.loads(out.read_text())
    change(saved)
    out.write_text(json.dumps(saved))
    refused(run, out, code)


def test_a_newer_minor_version_is_read(applied, save, run, out, edit, monkeypatch):
    edit("Welcome to the shop.", "Welcome to another shop.")
    monkeypatch.setattr("reconciler.render.plans.saved_plans.VERSION", "1.9")
    save()
    assert json.loads(out.read_text())["formatVersion"] == "1.9"
    assert run(*APPLY, out).code == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"nonsense",
        b"PK\x03\x04 a Terraform plan",
        b'{"kind": "SavedPlan", "formatVersion": "1.1", "plan": NaN}',
        b'{"kind": "SavedPlan", "kind": "SavedPlan"}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda content: content[:12].decode("latin-1") or "empty",
)
@pytest.mark.parametrize("command", [("show",), APPLY])
def test_what_is_no_plan_is_said_to_be_none(run, project, out, content, command):
    out.write_bytes(content)
    result = run(*command, out) if command == APPLY else run("show", out, "--output", "json")
    assert result.code == 1
    assert result.json["error"]["code"] == "plan-damaged"
    assert not (project / ".reconciler").exists()


def test_no_more_is_read_than_a_plan_can_have(run, project, out):
    with out.open("wb") as file:
        file.truncate(1 << 30)
    result = run("show", out)
    assert result.code == 1
    assert "more than 64 MiB" in result.err


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_a_plan_that_cannot_be_read_is_named(run, project, place):
    result = run("show", place)
    assert result.code in (1, 64)
    assert place in result.err


# --- what is in it --------------------------------------------------------------------------------


def test_neither_secrets_nor_numbers_are_in_it(run, project, out, monkeypatch):
    monkeypatch.setenv("NHN_APP_KEY", "Canary4NhnAppKey")
    (project / "list.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: BlockList\nmetadata: {name: optout}\n"
        "spec: {unsubscribeNumber: '0801234567', recipients: ['01098765432']}\n"
    )
    result = run("plan", "--emulate", "--out", out)
    assert result.code == 0, result.err
    text = out.read_text()
    assert "Canary4NhnAppKey" not in text
    assert "01098765432" not in text


# --- show -----------------------------------------------------------------------------------------


def test_it_shows_what_plan_shows(save, run, out):
    planned = save().out
    shown = run("show", out)
    assert shown.code == 0

    head, tail = "  + nhn/Category", "Plan: "
    body = planned[planned.index(head) : planned.index(tail, planned.index(head))]
    body = re.sub(r"Order of work\n(?: .*\n)+\n", "", body)
    assert re.sub(r" at [\d,]+ requests/s", "", body) in shown.out
    assert "signature: not checked" in shown.out


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_programs_and_comments_get_the_plan(save, run, out, form):
    save()
    result = run("show", out, "--output", form)
    assert result.code == 0
    if form == "json":
        shown = result.json
        assert shown.pop("saved")["binding"] == "not checked"
        assert shown == json.loads(out.read_text())["plan"]
    else:
        assert "### Show: 3 to create" in result.out or "3 to create" in result.out


def test_it_has_the_reports_of_a_plan(save, run, out, tmp_path):
    save()
    result = run("show", out, "--report", f"html={tmp_path / 'p.html'}")
    assert result.code == 0, result.err
    assert "nhn/Template/welcome" in (tmp_path / "p.html").read_text()


def test_check_tells_all_that_does_not_hold(save, run, out, at, edit):
    save()
    assert run("show", out, "--check").code == 0
    edit("Welcome to the shop.", "Welcome to another shop.")
    at(30)
    result = run("show", out, "--check", "--output", "json")
    assert result.code == 1
    broken = result.json["saved"]["broken"]
    assert [each["code"] for each in broken] == ["plan-expired", "plan-stale"]
    assert result.json["error"]["code"] == "plan-expired"


def test_a_document_that_says_no_plan_is_damaged(save, run, out):
    save()
    saved = json.loads(out.read_text())
    saved["plan"]["changes"][0]["action"] = "launch"
    out.write_text(json.dumps(saved))
    result = run("show", out)
    assert result.code == 1
    assert "does not say what would change" in result.err


# --- encryption -----------------------------------------------------------------------------------


@pytest.fixture
def identity():
    age = pytest.importorskip("pyrage")
    return age.x25519.Identity.generate()


def test_only_its_recipients_can_read_it(save, run, out, identity, monkeypatch, tmp_path):
    save("--encrypt-to", str(identity.to_public()))
    assert out.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"welcome" not in out.read_bytes()
    assert refused(run, out, "plan-locked")["hint"]
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", str(type(identity).generate()))
    refused(run, out, "plan-locked")
    key = tmp_path / "key.txt"
    key.write_text(f"# created: today\n{identity}\n")
    monkeypatch.delenv("RECONCILER_AGE_IDENTITY")
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY_FILE", str(key))
    assert run(*APPLY, out).code == 0
    refused(run, out, "plan-used")


def test_an_encrypted_plan_that_was_changed_is_damaged(save, run, out, identity, monkeypatch):
    save("--encrypt-to", str(identity.to_public()))
    monkeypatch.setenv("RECONCILER_AGE_IDENTITY", str(identity))
    data = out.read_bytes()
    out.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    refused(run, out, "plan-damaged")


def test_the_project_names_recipients_and_another_plan_takes_its_place(
    save, project, out, identity
):
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\n"
        f"spec: {{plan: {{recipients: [{identity.to_public()}]}}}}\n"
    )
    save()
    first = out.read_bytes()
    save()
    assert out.read_bytes() != first


def test_without_the_library_it_says_what_to_install(run, project, out, monkeypatch):
    monkeypatch.setattr("reconciler.age.library", lambda: None)
    result = run("plan", "--emulate", "--out", out, "--encrypt-to", "age1x")
    assert result.code == 64
    assert "pip install 'reconciler[age]'" in result.err


def change_live(path: Path, before: str, after: str) -> None:
    """Change an object of the emulator as somebody does at the provider's console."""
    import sqlite3

    with sqlite3.connect(path) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        changed = 0
        for table in tables:
            for name in [row[1] for row in db.execute(f"PRAGMA table_info({table})")]:
                done = db.execute(
                    f"UPDATE {table} SET {name} = replace({name}, ?, ?) WHERE {name} LIKE ?",
                    (before, after, f"%{before}%"),
                )
                changed += done.rowcount
    assert changed


@pytest.mark.parametrize("seconds", [-86_400.0, 0.0, 2.0**50])
def test_a_nonce_of_a_clock_that_is_wrong_is_one_all_the_same(seconds):
    assert UUID(new_uuid(seconds)).version == 7
