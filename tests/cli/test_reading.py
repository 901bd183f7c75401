"""What people read of plans and drift: it fits, it says what differs, and it begins with the whole."""

import socket

import pytest

from reconciler.render.layout.style import cells


@pytest.fixture(autouse=True)
def no_columns(monkeypatch):
    monkeypatch.delenv("COLUMNS")


def tags(names):
    return "".join(
        f"---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {{name: {name}}}\nspec: {{}}\n"
        for name in names
    )


@pytest.fixture
def more(project):
    def add(text, file="more.yaml"):
        (project / file).write_text(text)

    return add


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "destroy"])
def test_nothing_is_wider_than_80_columns_in_a_pipe(applied, edit, run, more, command):
    edit("Hello ##name##", "안녕하세요 ##name## 고객님 " * 9)
    edit("description: Receipts", f"description: {'receipt ' * 11}")
    more(tags(f"a-rather-long-name-{n}" for n in range(9)))
    options = () if command in {"plan", "drift"} else ("--auto-approve", "--allow-deletes", "9")
    result = run(command, "--emulate", *options)
    assert result.code in {0, 2}, result.err
    assert [line for line in result.out.splitlines() if cells(line) > 80] == []


def test_the_width_of_the_terminal_counts(project, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(cells, run("plan", "--emulate").out.splitlines())) <= 50
    assert max(map(cells, run("plan", "--help").out.splitlines())) <= 80
    monkeypatch.setenv("COLUMNS", "140")
    assert max(map(cells, run("plan", "--help").out.splitlines())) > 100


def refusing_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_provider_that_is_down_takes_one_line_and_few_attempts(project, edit, run, monkeypatch):
    port = refusing_port()
    monkeypatch.setenv("NHN_APP_KEY", "key-of-mine")
    edit("type: nhncloud-sms", f'type: nhncloud-sms\n  baseUrl: "http://127.0.0.1:{port}/x"')
    result = run("plan", "-v")
    assert "attempt 2: connection refused; again" in result.err
    assert "attempt 3" not in result.err
    assert result.code == 1
    line = f"  ! nhn (http://127.0.0.1:{port}): connection refused; 3 resources not looked at"
    assert line in " ".join(result.out.split("\n    "))
    assert "reads made" not in result.out
    document = run("plan", "--output", "json").json
    assert document["unread"] == [
        {
            "provider": "nhn",
            "url": f"http://127.0.0.1:{port}",
            "message": "connection refused",
            "addresses": ["nhn/Category/transactional", "nhn/Tag/vip", "nhn/Template/welcome"],
        }
    ]
    assert document["requests"]["nhn"]["reads"] == 0


def test_a_protected_replacement_shows_what_differs_and_where(applied, edit, run):
    edit("kind: Template\nmetadata:", "kind: Template\nlifecycle: {protect: true}\nmetadata:")
    assert run("apply", "--emulate", "--auto-approve").code == 0
    edit("category: transactional", "templateId: hello\n  category: transactional")
    result = run("plan", "--emulate")
    assert result.code == 1
    assert "  ! nhn/Template/welcome  nhn.yaml:13\n" in result.out
    assert "templateId: welcome → hello (forces replacement)" in result.out
    blocked = run("plan", "--emulate", "--output", "json").json["blocked"][0]
    assert blocked["source"] == {"file": "nhn.yaml", "line": 13}
    assert [(f["before"], f["after"]) for f in blocked["fields"]] == [("welcome", "hello")]


def test_an_object_that_somebody_else_made_is_shown_with_both_values(applied, edit, run):
    edit("spec: {description: Receipts}", "spec: {description: Notices}")
    assert run("state", "rm", "nhn/Category/transactional", "--state", _emulated(applied)).code == 0
    result = run("plan", "--emulate")
    assert "description: Receipts → Notices" in result.out
    assert "--adopt" in result.out


def _emulated(project):
    own = project / ".reconciler" / "emulated" / "state.db"
    return own if own.exists() else project / ".reconciler" / "state.db"


def test_deletions_say_what_goes_and_stand_together(applied, edit, run, more):
    more(tags(["a", "b", "c"]))
    assert run("apply", "--emulate", "--auto-approve").code == 0
    more("")
    result = run("plan", "--emulate")
    deletions = result.out[result.out.index("  - nhn/Tag/a") :].split("\n\n")[0].splitlines()
    assert len(deletions) == 9
    assert "displayName: a" in deletions[1]
    assert deletions[2].strip() == "no contact has it"
    change = run("plan", "--emulate", "--output", "json").json["changes"][0]
    assert change["id"]
    assert change["fields"][0]["before"] in {"a", "b", "c"}


def test_many_changes_begin_with_an_overview_that_compact_leaves_alone(project, run, more):
    more(tags(f"t{n}" for n in range(200)))
    result = run("plan", "--emulate")
    assert len(result.out.splitlines()) < 240
    assert "Overview" in result.out.split("\n\n")[1]
    assert "  + nhn/Tag       201 to create" in result.out
    compact = run("plan", "--emulate", "--compact")
    assert "201 to create" in compact.out
    assert "nhn/Tag/t1" not in compact.out
    applied = run("apply", "--emulate", "--auto-approve", "--compact")
    assert "nhn/Tag/t1" not in applied.out
    assert "Overview" in applied.out


def test_drift_says_which_side_is_live_where_and_what_restores_it(applied, run, monkeypatch):
    def state(*words):
        return run("state", *words, "--state", _emulated(applied))

    assert state("rm", "nhn/Tag/vip").code == 0
    result = run("drift", "--emulate", "--unmanaged")
    assert result.code == 2
    assert "  + nhn/Tag/vip  not managed\n      id " in result.out
    assert "displayName: vip" in result.out
    drift = run("drift", "--emulate", "--unmanaged", "--output", "json").json["drift"][0]
    assert drift["status"] == "unmanaged"
    assert drift["id"]
    assert {field["path"]: field["after"] for field in drift["fields"]}["displayName"] == "vip"
    compact = run("drift", "--emulate", "--unmanaged", "--compact")
    assert "nhn/Tag  1 not managed" in compact.out


def test_state_show_prints_bodies_as_they_are(applied, run):
    text = run("state", "show", "nhn/Template/welcome", "--state", _emulated(applied)).out
    assert "  body:\n    | Hello ##name##\n    | Welcome to the shop.\n" in text


def test_drift_of_a_state_that_owns_nothing_says_so_in_every_form(project, run):
    seen = run("drift", "--emulate", "--report", "markdown=drift.md", "--report", "html=drift.html")
    assert seen.code == 0
    assert "nothing-owned" in seen.out
    assert seen.out.splitlines()[-1] == "Nothing was compared: the state owns no object."
    for report in ("drift.md", "drift.html"):
        assert "nothing-owned" in (project / report).read_text(encoding="utf-8")


def test_drift_compares_and_has_no_such_finding(applied, run):
    seen = run("drift", "--emulate")
    assert "nothing-owned" not in seen.out
    assert seen.out.splitlines()[-1].startswith("No drift.")


def test_nothing_differs_of_a_drift_that_failed(project, run):
    (project / "wrong.yaml").write_text("kind: [")
    seen = run("drift", "--emulate", "--output", "markdown")
    assert seen.code == 1
    assert "### Drift: failed" in seen.out
