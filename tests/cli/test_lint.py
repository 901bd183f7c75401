"""Findings of lint rules in validate, plan and apply."""

OVER = "x" * 91
REFUSED = "x" * 256
LONG = "Hello ##name##\n    Welcome to the shop."


def test_validate_shows_findings_and_is_content_with_warnings(project, run, edit):
    edit(LONG, OVER)
    result = run("validate")
    assert result.code == 0
    first, last = result.out.strip().split("\n\n")
    assert first.startswith("nhn.yaml:20:9: warning: nhn/Template/welcome: body takes 91 bytes")
    assert first.endswith("[nhn-sms-bytes]")
    assert last == "Valid: 3 resources, 1 provider, 1 warning."


def test_a_finding_of_severity_error_fails_validate(project, run, edit):
    edit(LONG, REFUSED)
    result = run("validate")
    assert result.code == 1
    assert "error: nhn/Template/welcome: body has 256 characters" in result.out
    assert result.out.endswith("Not valid: 3 resources, 1 provider, 1 error.\n")


def test_findings_come_after_faults(project, run, edit):
    edit(LONG, OVER)
    edit("name: vip}\nspec: {}", "name: vip}\nspec: {colour: red}")
    result = run("validate")
    assert result.code == 1
    fault, summary, finding = result.out.strip().split("\n\n")
    assert "nhn/Tag/vip" in fault
    assert summary == "1 fault in the manifests."
    assert finding.endswith("[nhn-sms-bytes]")


def test_validate_gives_findings_as_json(project, run, edit):
    edit(LONG, OVER)
    result = run("validate", "--output", "json")
    assert result.code == 0
    (finding,) = result.json["findings"]
    assert finding.pop("message")
    assert finding == {
        "severity": "warning",
        "rule": "nhn-sms-bytes",
        "address": "nhn/Template/welcome",
        "file": "nhn.yaml",
        "line": 20,
        "column": 9,
    }
    assert result.json["faults"] == []


def lint_rules(result):
    return [f["rule"] for f in result.json["findings"] if f["rule"].startswith("nhn-sms-")]


def test_a_plan_has_the_findings(project, run, edit):
    edit(LONG, OVER)
    result = run("plan", "--emulate", "--output", "json")
    assert result.code == 0
    assert lint_rules(result) == ["nhn-sms-bytes"]


def test_a_plan_of_a_part_has_the_findings_of_that_part(project, run, edit):
    edit(LONG, OVER)
    part = ("--emulate", "--output", "json", "--target")
    assert lint_rules(run("plan", *part, "nhn/Tag/vip")) == []
    assert lint_rules(run("plan", *part, "nhn/Template/welcome")) == ["nhn-sms-bytes"]


def test_a_finding_of_severity_error_stops_apply(project, run, edit):
    edit(LONG, REFUSED)
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 1
    assert "a finding of severity error stops this plan" in result.err
    assert "body has 256 characters" in result.err


def test_destroy_does_not_mind_findings(applied, run, edit):
    edit(LONG, REFUSED)
    result = run("destroy", "--emulate", "--auto-approve", "--allow-deletes", "3")
    assert result.code == 0, result.err
    assert "nhn-sms-length" not in result.out


def test_a_placeholder_that_yaml_cuts_off_stops_every_command(project, run, edit):
    edit("body: |-\n    Hello ##name##\n    Welcome to the shop.", "body: Hello ##name##!")
    for command in (("validate",), ("plan", "--emulate"), ("apply", "--emulate", "--auto-approve")):
        result = run(*command)
        assert result.code == 1
        told = " ".join((result.out + result.err).split())
        assert "YAML takes '##name##!' for a comment; put the text in quotes" in told


def test_a_list_file_that_became_empty_unblocks_nobody(project, run):
    manifest = (
        "apiVersion: reconciler/v1\nkind: BlockList\nmetadata: {name: ads}\n"
        "spec: {unsubscribeNumber: 080-123-4567, recipientsFrom: [{file: n.csv}]}\n"
    )
    (project / "list.yaml").write_text(manifest, encoding="utf-8")
    (project / "n.csv").write_text("010-1234-5678\n", encoding="utf-8")
    assert run("apply", "--emulate", "--auto-approve").code == 0
    (project / "n.csv").write_text("", encoding="utf-8")
    assert run("validate").code == 1
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 1
    assert "n.csv has not one number" in " ".join((result.out + result.err).split())
