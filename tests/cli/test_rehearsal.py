"""The main job end to end on the emulator, as a user types it."""

import shutil

import pytest


def test_plan_says_what_would_be_done_and_writes_nothing(project, run):
    result = run("plan", "--emulate")
    assert result.code == 0
    assert "+ nhn/Template/welcome  nhn.yaml:13" in result.out
    assert "category:   transactional (known after apply)" in result.out
    assert "writes to make, about" in result.out
    assert result.out.endswith(
        "Plan: 3 to create, 0 to update, 0 to replace, 0 to delete, 0 unchanged.\n"
    )
    assert [path.name for path in project.iterdir()] == ["nhn.yaml"]


def test_detailed_exit_code_tells_changes(project, run):
    assert run("plan", "--emulate", "--detailed-exitcode").code == 2
    assert run("apply", "--emulate", "--auto-approve").code == 0
    result = run("plan", "--emulate", "--detailed-exitcode")
    assert result.code == 0
    assert "No changes. Live state matches the manifests." in result.out


def test_plan_as_json_is_as_designed(project, run):
    result = run("plan", "--emulate", "--output", "json")
    assert result.code == 0
    plan = result.json
    assert plan["formatVersion"] == "1.1"
    assert plan["summary"] == {
        "create": 3,
        "update": 0,
        "replace": 0,
        "delete": 0,
        "adopt": 0,
        "forget": 0,
        "none": 0,
    }
    assert plan["requests"]["nhn"].keys() == {"reads", "writes", "seconds"}
    template = next(c for c in plan["changes"] if c["kind"] == "Template")
    assert template["address"] == "nhn/Template/welcome"
    assert template["dependsOn"] == ["nhn/Category/transactional"]
    assert template["source"] == {"file": "nhn.yaml", "line": 13}
    body = next(f for f in template["fields"] if f["path"] == "body")
    assert body == {
        "path": "body",
        "before": None,
        "after": "Hello ##name##\nWelcome to the shop.",
        "cause": "manifest",
        "sensitive": False,
    }
    assert "members" not in template
    assert "blocked" not in plan


def test_apply_shows_plan_and_report(project, run):
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 0
    assert "Plan: 3 to create" in result.out
    assert "Done: 3 created, 0 updated, 0 replaced, 0 deleted, 0 unchanged" in result.out
    assert "+ nhn/Template/welcome created" in result.err


def test_apply_as_json_is_one_document_of_results(project, run):
    result = run("apply", "--emulate", "--auto-approve", "--output", "json")
    assert result.code == 0
    assert result.json["summary"]["create"] == 3
    assert {(r["address"], r["action"], r["status"]) for r in result.json["results"]} == {
        ("nhn/Category/transactional", "create", "done"),
        ("nhn/Template/welcome", "create", "done"),
        ("nhn/Tag/vip", "create", "done"),
    }


def test_an_update_is_shown_as_a_small_diff(applied, edit, run):
    edit("Welcome to the shop.", "Welcome to our shop!")
    result = run("plan", "--emulate")
    assert "~ nhn/Template/welcome" in result.out
    assert "        - Welcome to the shop.\n        + Welcome to our shop!\n" in result.out
    assert "Plan: 0 to create, 1 to update" in result.out


def test_targets_and_labels_narrow_a_plan(project, run):
    assert (
        run("plan", "--emulate", "--target", "nhn/Tag/vip", "--output", "json").json["summary"][
            "create"
        ]
        == 1
    )
    labelled = run("plan", "--emulate", "--selector", "team=growth", "--output", "json").json
    assert {c["kind"] for c in labelled["changes"]} == {"Template", "Category"}


def test_a_target_that_nobody_knows_is_a_usage_error(project, run):
    result = run("plan", "--emulate", "--target", "nhn/Tag/vop")
    assert result.code == 64
    assert 'did you mean "nhn/Tag/vip"?' in result.err


@pytest.mark.parametrize("selector", ["team", "=x", ""])
def test_a_selector_must_be_key_and_value(project, run, selector):
    result = run("plan", "--emulate", "--selector", selector)
    assert result.code == 64
    assert "KEY=VALUE" in result.err


def test_pruning_can_be_left_out(applied, edit, run):
    edit("---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: vip}\nspec: {}\n", "")
    assert "- nhn/Tag/vip" in run("plan", "--emulate").out
    assert "No changes among the 2 resources" in run("plan", "--emulate", "--no-prune").out


def test_drift_is_found_and_repaired(applied, tmp_path, edit, run, monkeypatch):
    assert run("drift", "--emulate").code == 0
    other = tmp_path / "other"
    shutil.copytree(applied, other)
    edit("Receipts", "Something else")
    assert run("apply", "--emulate", "--auto-approve").code == 0
    data = applied / ".reconciler" / "emulated" / "emulator.db"
    for name in ("emulator.db", "emulator.db-wal", "emulator.db-shm"):
        (other / ".reconciler" / "emulated" / name).unlink(missing_ok=True)
    shutil.copy(data, other / ".reconciler" / "emulated" / "emulator.db")
    monkeypatch.chdir(other)
    result = run("drift", "--emulate")
    assert result.code == 2
    assert "~ nhn/Category/transactional  changed" in result.out
    assert "description: Receipts → Something else" in result.out
    found = run("drift", "--emulate", "--output", "json")
    assert found.code == 2
    assert [(d["address"], d["kind"], d["status"]) for d in found.json["drift"]] == [
        ("nhn/Category/transactional", "Category", "changed")
    ]
    assert "changed outside" in run("plan", "--emulate").out
    assert run("apply", "--emulate", "--auto-approve").code == 0
    assert run("drift", "--emulate").code == 0


def test_unmanaged_objects_are_drift_when_asked_for(applied, run):
    assert run("state", "rm", "nhn/Tag/vip").code == 0
    assert run("drift", "--emulate").code == 0
    result = run("drift", "--emulate", "--unmanaged")
    assert result.code == 2
    assert "+ nhn/Tag/vip  not managed" in result.out


def test_a_differing_live_object_is_blocked_until_adopted(applied, edit, run):
    assert run("state", "rm", "nhn/Category/transactional", "nhn/Template/welcome").code == 0
    edit("Hello ##name##", "Hallo ##name##")
    result = run("plan", "--emulate")
    assert result.code == 1
    assert "Blocked" in result.out
    assert "--adopt" in result.out
    document = run("plan", "--emulate", "--output", "json")
    assert document.code == 1
    assert document.json["blocked"][0]["decision"] is False
    adopted = run("apply", "--emulate", "--adopt", "--auto-approve")
    assert adopted.code == 0
    assert "> nhn/Template/welcome" in adopted.out


def test_destroy_needs_a_word_for_many_and_then_does_it(applied, run):
    refused = run("destroy", "--emulate", "--auto-approve")
    assert refused.code in {0, 1}
    result = run("destroy", "--emulate", "--auto-approve", "--allow-deletes", "9")
    assert result.code == 0
    assert "State owns nothing." in run("state", "list").out


def test_emulation_can_come_from_the_environment(project, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    assert "(emulated)" in run("plan").out


def test_a_path_may_name_a_project_elsewhere(applied, run, monkeypatch):
    (applied / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Project\nspec: {}\n")
    monkeypatch.chdir(applied.parent)
    assert "No changes." in run("plan", "--emulate", "project").out
    assert "No changes." in run("-C", "project", "plan", "--emulate").out


def test_global_options_stand_before_or_after_the_command(project, run):
    before = run("--output", "json", "plan", "--emulate")
    after = run("plan", "--emulate", "--output", "json")
    assert before.json["summary"] == after.json["summary"]
    assert run("apply", "--emulate", "--auto-approve").code == 0
    for words in (("--emulate", "list"), ("list", "--emulate")):
        assert "nhn/Tag/vip" in run("state", *words).out


def test_a_rehearsal_names_commands_that_keep_to_the_rehearsal(project, run, edit):
    edit(
        "spec: {description: Receipts}",
        "spec: {description: Receipts}\nlifecycle: {protect: true}",
    )
    assert run("apply", "--emulate", "--auto-approve").code == 0
    way_out = "RECONCILER_EMULATE=1 reconciler state rm nhn/Category/transactional"
    assert way_out in run("plan", "--destroy", "--emulate").out
    assert way_out in run("plan", "--destroy", "--emulate", "--output", "json").out
    assert way_out in run("destroy", "--emulate", "--auto-approve").err
    assert "`reconciler plan --destroy --emulate`" in run("destroy", "--emulate").err
    assert "`reconciler plan --emulate`" in run("apply", "--emulate").err


@pytest.mark.parametrize(
    "words", [("plan", "--emulate"), ("state", "rm", "nhn/Tag/vip", "--emulate")]
)
def test_who_names_a_state_and_rehearses_is_told_that_it_has_no_part(applied, run, words):
    result = run(*words, "--state", "other.db")
    assert result.code == 0
    assert result.err.count("--state has no part in a rehearsal") == 1
    assert not (applied / "other.db").exists()
