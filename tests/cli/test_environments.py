"""One set of manifests, applied to several environments: `--env`, states apart, protection."""

import shutil

import pytest
from click.shell_completion import ShellComplete

from reconciler.cli.app import cli
from reconciler.cli.settings import Settings

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  variables:
    greeting: {type: string}
  environments:
    staging: {variables: {greeting: Hello tester}}
    production: {variables: {greeting: Hello}, protect: true}
"""
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
---
apiVersion: reconciler/v1
kind: Category
metadata: {name: transactional}
spec: {description: "${var.greeting}"}
---
apiVersion: reconciler/v1
kind: Tag
metadata: {name: vip, environments: [production]}
spec: {}
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("RECONCILER_ENV", raising=False)


@pytest.fixture
def environments(project):
    (project / "reconciler.yaml").write_text(PROJECT)
    (project / "nhn.yaml").write_text(MANIFESTS)
    return project


@pytest.fixture
def staged(environments, run):
    result = run("apply", "--emulate", "--auto-approve", "--env", "staging")
    assert result.code == 0, result.err
    return environments


COMMANDS = [
    ("plan", "--emulate"),
    ("apply", "--emulate", "--auto-approve"),
    ("destroy", "--emulate", "--auto-approve"),
    ("drift", "--emulate"),
    ("verify", "--emulate"),
    ("state", "list"),
    ("state", "show", "nhn/Tag/vip"),
    ("state", "history"),
    ("state", "rm", "nhn/Tag/vip"),
    ("state", "mv", "nhn/Tag/vip", "nhn/Tag/vips"),
    ("state", "mv", "nhn", "sms"),
    ("state", "resolve", "nhn/Tag/vip", "--forget"),
    ("state", "unlock"),
    ("state", "trust", "nhn"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_environment_is_taken_by_itself(environments, run, words):
    result = run(*words, "--output", "json")
    assert result.code == 64
    assert result.json["error"]["code"] == "environment-missing"
    assert "staging, production" in result.json["error"]["hint"]
    assert not (environments / ".reconciler").exists()


@pytest.mark.parametrize("words", [("plan", "--emulate"), ("state", "list"), ("validate",)])
def test_one_that_there_is_not_is_refused_with_a_guess(environments, run, words):
    result = run("--env", "prodution", *words, "--output", "json")
    assert result.code == 64
    assert result.json["error"]["code"] == "environment-unknown"
    assert 'did you mean "production"?' in result.json["error"]["hint"]


@pytest.mark.parametrize(
    "words",
    [("--env", "staging", "plan", "--emulate"), ("plan", "--emulate", "--env", "staging")],
)
def test_it_is_named_before_or_after_the_command(environments, run, words):
    result = run(*words)
    assert result.code == 0
    assert result.out.startswith("Plan for staging: 1 resource at nhn (emulated)\n")
    assert run(*words, "--output", "json").json["environment"] == "staging"


def test_the_command_line_counts_more_than_the_variable(environments, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_ENV", "production")
    assert run("plan", "--emulate").out.startswith("Plan for production: 2 resources")
    assert run("plan", "--emulate", "--env", "staging").out.startswith("Plan for staging: 1")
    assert run("plan", "--emulate", "--env", "").code == 64


def test_every_document_names_its_environment(environments, run):
    for words in (
        ("plan",),
        ("apply", "--auto-approve"),
        ("drift",),
        ("verify",),
        ("destroy", "--auto-approve"),
    ):
        document = run(*words, "--emulate", "--output", "json", "--env", "production").json
        assert document["environment"] == "production", words


def test_each_environment_has_a_state_of_its_own(staged, run):
    rehearsals = staged / ".reconciler" / "emulated"
    assert (rehearsals / "staging" / "state.db").exists()
    assert not (rehearsals / "production").exists()
    listed = run("state", "list", "--emulate", "--env", "staging", "--output", "json").json
    assert [each["address"] for each in listed["objects"]] == ["nhn/Category/transactional"]
    made = run("plan", "--emulate", "--env", "production", "--output", "json").json
    assert {each["action"] for each in made["changes"]} == {"create"}
    assert run("drift", "--emulate", "--env", "staging").out.startswith(
        "Drift for staging: 1 owned"
    )


@pytest.mark.parametrize(
    ("project_state", "expected"),
    [
        (None, ".reconciler/staging/state.db"),
        ("messaging.db", "staging/messaging.db"),
        ("kept/messaging.db", "kept/staging/messaging.db"),
        ("sqlite:///kept/messaging.db", "kept/staging/messaging.db"),
    ],
)
def test_a_state_of_the_project_is_one_of_each_environment(
    environments, run, project_state, expected
):
    said = "" if project_state is None else f"\n  state: {project_state}"
    (environments / "reconciler.yaml").write_text(PROJECT.replace("spec:", f"spec:{said}"))
    assert run("state", "init", "--env", "staging").code == 0
    assert (environments / expected).exists()


def test_an_environment_names_a_state_itself(environments, run):
    named = PROJECT.replace("staging: {", "staging: {state: mine.db, ")
    (environments / "reconciler.yaml").write_text(named)
    run("state", "init", "--env", "staging")
    assert (environments / "mine.db").exists()


def test_a_state_of_another_environment_is_refused(staged, run):
    folder = staged / ".reconciler" / "emulated"
    shutil.move(folder / "staging", folder / "production")
    before = _modes(folder)
    for words in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        result = run(*words, "--emulate", "--env", "production", "--output", "json")
        assert result.code == 1
        assert result.json["error"]["code"] == "state-environment"
        assert "belongs to the environment staging" in result.json["error"]["message"]
        assert "--env staging" in result.json["error"]["hint"]
    assert _modes(folder) == before


def test_a_state_of_an_environment_is_refused_to_a_project_without(environments, run):
    run("state", "init", "--env", "staging")
    (environments / "reconciler.yaml").unlink()
    (environments / "nhn.yaml").write_text(MANIFESTS.split("---", maxsplit=1)[0])
    result = run("state", "list", "--state", ".reconciler/staging/state.db")
    assert result.code == 1
    assert "belongs to the environment staging, and no environment is named" in result.err


def test_a_renamed_environment_takes_its_state_along(staged, run):
    folder = staged / ".reconciler" / "emulated"
    shutil.move(folder / "staging", folder / "test")
    project = staged / "reconciler.yaml"
    project.write_text(project.read_text().replace("staging:", "test:"))
    (folder / "test" / "state.db.reconciler" / "environment").write_text("test\n")
    assert run("plan", "--emulate", "--env", "test", "--detailed-exitcode").code == 0


def test_a_state_from_before_there_were_environments_is_given_to_one(environments, run):
    (environments / "reconciler.yaml").unlink()
    assert run("state", "init").code == 0
    assert (environments / ".reconciler" / "state.db").exists()

    (environments / "reconciler.yaml").write_text(PROJECT)
    for name in ("staging", "production"):
        result = run("state", "list", "--env", name)
        assert result.code == 1
        assert "is from before there were environments" in result.err
        assert "spec.environments.NAME.state: .reconciler/state.db" in result.err

    given = PROJECT.replace("production: {", "production: {state: .reconciler/state.db, ")
    (environments / "reconciler.yaml").write_text(given)
    assert run("state", "list", "--env", "staging").code == 0
    assert run("state", "list", "--env", "production").code == 0
    run("state", "rm", "nhn/Tag/vip", "--env", "production")
    assert run("state", "list", "--env", "staging", "--state", ".reconciler/state.db").code == 1


def test_auto_approval_of_a_protected_environment_takes_its_name(environments, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_ENV", "production")
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 64
    assert "production is protected" in result.err
    assert "Add --env production" in result.err
    assert run("apply", "--emulate", "--auto-approve", "--env", "production").code == 0
    assert run("destroy", "--emulate", "--auto-approve").code == 64

    monkeypatch.setenv("RECONCILER_ENV", "staging")
    assert run("apply", "--emulate", "--auto-approve").code == 0


def test_validate_checks_all_environments_and_says_what_is_wrong_in_some(environments, run, edit):
    edit("spec: {}", "spec: {displayName: 1}\n---\n{kind: Tag, wrong: true}")
    edit("Hello tester", "''", file="reconciler.yaml")
    edit("[production]", "[production, nowhere]")
    result = run("validate", "--output", "json")
    assert result.code == 1
    document = result.json
    assert [each["name"] for each in document["environments"]] == ["staging", "production"]
    messages = [each["message"] for each in document["faults"]]
    everywhere = [each for each in messages if "(in " not in each]
    assert any("nowhere" in each for each in everywhere)
    assert len(messages) == len(set(messages))


def test_validate_names_the_environments_of_what_is_wrong_in_some(environments, run, edit):
    edit("Category", "Template")
    edit('spec: {description: "${var.greeting}"}', 'spec: {type: sms, body: "${var.greeting}"}')
    edit("{greeting: Hello}", "{greeting: ''}", file="reconciler.yaml")
    result = run("validate")
    assert result.code == 1
    assert "(in production)" in result.out
    assert "from greeting in environments.production, reconciler.yaml:8:" in result.out
    one = run("validate", "--env", "production")
    assert "(in production)" not in one.out
    assert one.code == 1


def test_validate_sums_up_each_environment(environments, run):
    result = run("validate")
    assert result.out == (
        "Valid in staging: 1 resource, 1 provider.\nValid in production: 2 resources, 1 provider.\n"
    )
    assert run("validate", "--env", "staging").out == "Valid in staging: 1 resource, 1 provider.\n"


def test_a_graph_that_all_have_needs_no_choice(environments, run, edit):
    result = run("graph")
    assert result.code == 64
    assert "the graph is not the same in all environments" in result.err
    assert "Tag/vip" in run("graph", "--env", "production").out
    edit(", environments: [production]", "")
    assert "Tag/vip" in run("graph").out


@pytest.mark.parametrize("words", [("schema",), ("explain", "Template"), ("providers",)])
def test_what_depends_on_no_environment_needs_none(environments, run, words):
    assert run(*words).code == 0


def test_names_are_completed(environments):
    completer = ShellComplete(cli, {"obj": Settings()}, "reconciler", "_RECONCILER_COMPLETE")
    offered = [item.value for item in completer.get_completions(["plan", "--env"], "st")]
    assert offered == ["staging"]
    words = ["plan", "--env", "production", "--target"]
    addresses = [item.value for item in completer.get_completions(words, "nhn/T")]
    assert addresses == ["nhn/Tag/vip"]


@pytest.mark.parametrize("name", ["default", "emulated", "backups", "key", "lock", "../x", "A"])
def test_names_that_files_have_are_none(environments, run, edit, name):
    edit("staging:", f"{name}:", file="reconciler.yaml")
    result = run("validate")
    assert result.code == 1
    assert "reconciler.yaml:7:5" in result.out
    assert "must be a name such as production" in result.out


def _modes(folder):
    return {
        str(path): path.stat().st_mode
        for path in folder.rglob("*")
        if path.name not in {"lock", "emulator.db"}
    }


@pytest.mark.parametrize(
    "value",
    [
        "ghp_" + "a" * 36,
        "glpat-" + "a" * 20,
        "sk_live_" + "a" * 24,
        "sk-proj-" + "a1" * 12,
        "AKIA" + "A" * 16,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "AGE-SECRET-KEY-1QQQ",
        "-----BEGIN EC PRIVATE KEY-----\\nabc",
        "https://user:word@mail.example.com/",
        "0123456789ABCDEF0123456789ABCDEF",
    ],
)
def test_no_variable_holds_a_credential(environments, run, value):
    project = PROJECT.replace("Hello tester", f'"{value}"')
    (environments / "reconciler.yaml").write_text(project)
    result = run("validate")
    assert result.code == 1
    assert "reconciler.yaml:7:37: greeting looks like a credential" in result.out
    assert value[8:] not in result.out


@pytest.mark.parametrize(
    "value",
    [
        "https://mail.example.com:8443/a@b",
        "sk-fashion",
        "sk-order-confirmation",
        "a password: long",
        "020000001",
    ],
)
def test_what_reads_like_a_text_is_none(environments, run, value):
    project = PROJECT.replace("Hello tester", f'"{value}"')
    (environments / "reconciler.yaml").write_text(project)
    assert run("validate").code == 0
