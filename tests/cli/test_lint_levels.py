"""What projects and manifests say of lint rules, in validate, plan, apply, drift and reports."""

import json
from datetime import UTC, datetime

import pytest

from reconciler import clock
from tests.support import documents

OVER = "x" * 91
LONG = "Hello ##name##\n    Welcome to the shop."
REASON = "Goes to one carrier that takes 140 bytes"


@pytest.fixture
def over(project, edit):
    """A template with one warning, which stands in line 20."""
    edit(LONG, OVER)
    return project


@pytest.fixture
def levels(project):
    def write(rules="{}", more=""):
        (project / "reconciler.yaml").write_text(
            f"apiVersion: reconciler/v1\nkind: Project\nspec:\n  lint:\n    rules: {rules}\n{more}"
        )

    return write


@pytest.fixture
def ignore(edit):
    def write(rule="nhn-sms-bytes", reason=REASON, until=""):
        entry = f"{{rule: {rule}, reason: {reason}{f', until: {until}' if until else ''}}}"
        edit("labels: {team: growth}", f"labels: {{team: growth}}, ignoreRules: [{entry}]")

    return write


@pytest.fixture
def today(monkeypatch):
    def be(year, month, day):
        monkeypatch.setattr(clock, "now", lambda: datetime(year, month, day, 23, 59, tzinfo=UTC))

    be(2026, 6, 1)
    return be


def found(result):
    return {f["rule"]: (f["severity"], f.get("ignored")) for f in result.json["findings"]}


@pytest.mark.parametrize(
    ("level", "code", "word"),
    [
        ("error", 1, "error"),
        ("warning", 0, "warning"),
        ("info", 0, "info"),
        ("off", 0, None),
        ('"off"', 0, None),
    ],
)
def test_a_project_says_how_bad_a_rule_is(over, run, levels, level, code, word):
    levels(f"{{nhn-sms-bytes: {level}}}")
    result = run("validate", "--output", "json")
    assert result.code == code
    assert [f["severity"] for f in result.json["findings"]] == ([word] if word else [])


def test_a_level_counts_in_plan_and_apply(over, run, levels):
    levels("{nhn-sms-bytes: error}")
    assert run("plan", "--emulate").code == 1
    result = run("apply", "--emulate", "--auto-approve")
    assert result.code == 1
    assert "a finding of severity error stops this plan" in result.err
    levels("{nhn-sms-bytes: off}")
    assert run("apply", "--emulate", "--auto-approve").code == 0


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "{nhn-sms-byts: off}",
            'reconciler.yaml:5:13: there is no lint rule "nhn-sms-byts"; did you mean "nhn-sms-b',
        ),
        (
            "{nhn-ad-text: off}",
            "reconciler.yaml:5:26: nhn-ad-text cannot be off: it follows from a law",
        ),
        (
            "{possible-duplicate: info}",
            "reconciler.yaml:5:33: possible-duplicate cannot be info: it tells of what a broken",
        ),
        ("{policy/mine: off}", 'reconciler.yaml:5:13: "policy/mine" is a policy, which no'),
        ("{nhn-sms-bytes: loud}", "reconciler.yaml:5:28: "),
        ("{nhn-sms-bytes: false}", "reconciler.yaml:5:28: "),
    ],
)
def test_a_wrong_level_is_a_fault_where_it_stands(project, run, levels, rules, said):
    levels(rules)
    result = run("validate")
    assert result.code == 1
    assert result.out.startswith(said)
    assert run("plan", "--emulate").code == 1


def test_what_follows_from_a_law_may_be_worse_or_the_same(project, run, levels):
    levels("{nhn-ad-text: warning, nhn-blocklist-exclusive: error}")
    assert run("validate").code == 0


@pytest.mark.parametrize(
    ("limit", "arguments", "code", "said_by"),
    [
        ("", (), 0, None),
        ("    maxWarnings: 1\n", (), 0, None),
        ("    maxWarnings: 0\n", (), 1, "spec.lint.maxWarnings"),
        ("    maxWarnings: 0\n", ("--max-warnings", "1"), 0, None),
        ("    maxWarnings: 1\n", ("--max-warnings", "0"), 1, "--max-warnings"),
    ],
)
def test_too_many_warnings_fail_validate(over, run, levels, limit, arguments, code, said_by):
    levels(more=limit)
    result = run("validate", *arguments)
    assert result.code == code
    if said_by:
        said = f"Too many warnings: 1 warning, and {said_by} allows 0."
        assert result.out.endswith(f"Not valid: 3 resources, 1 provider, 1 warning.\n{said}\n")
        document = run("validate", "--output", "json", *arguments).json
        assert document["error"]["code"] == "too-many-warnings"


@pytest.mark.parametrize("number", ["-1", "many"])
def test_a_number_of_warnings_is_a_number(project, run, number):
    assert run("validate", f"--max-warnings={number}").code == 64


def test_what_is_ignored_is_told_and_counts_nowhere(over, run, ignore, levels, today):
    ignore(until="2026-06-01")
    levels("{nhn-sms-bytes: error}", "    maxWarnings: 0\n")
    result = run("validate")
    assert result.code == 0
    first, last = result.out.strip().split("\n\n")
    assert first.startswith("nhn.yaml:20:9: ignored: nhn/Template/welcome: body takes 91 bytes")
    assert first.endswith(f"[nhn-sms-bytes] ({REASON}, until 2026-06-01)")
    assert last == "Valid: 3 resources, 1 provider, 1 ignored."
    document = run("validate", "--output", "json").json
    assert document["ignored"] == 1
    [finding] = document["findings"]
    assert finding["ignored"] == {"reason": REASON, "until": "2026-06-01"}
    result = run("apply", "--emulate", "--auto-approve", "--output", "json")
    assert result.code == 0
    assert result.json["ignored"] == 1


def test_a_plan_says_what_is_ignored_and_why(over, run, ignore, today):
    ignore()
    result = run("plan", "--emulate")
    assert "  ignored nhn/Template/welcome: body takes 91 bytes" in result.out
    assert REASON in result.out


def test_after_its_last_day_it_counts_again(over, run, ignore, today):
    ignore(until="2026-06-01")
    today(2026, 6, 2)
    result = run("validate", "--output", "json")
    assert found(result) == {
        "nhn-sms-bytes": ("warning", None),
        "ignore-expired": ("warning", None),
    }
    expired = next(f for f in result.json["findings"] if f["rule"] == "ignore-expired")
    assert (expired["file"], expired["line"]) == ("nhn.yaml", 15)
    assert "until 2026-06-01, which is over" in expired["message"]


@pytest.mark.parametrize("rule", ["nhn-sms-length", "octeth-dns-pending", "webhook-url-secret"])
def test_an_entry_that_nothing_needs_is_told_where_manifests_can_tell(project, run, ignore, rule):
    ignore(rule)
    told = {} if rule.startswith("octeth") else {"ignore-unneeded": ("warning", None)}
    assert found(run("validate", "--output", "json")) == told


def test_a_part_of_the_manifests_does_not_tell_what_is_unneeded(project, run, ignore, edit):
    ignore("nhn-sms-length")
    part = ("plan", "--emulate", "--output", "json", "--target", "nhn/Tag/vip")
    assert "ignore-unneeded" not in found(run(*part))
    assert "ignore-unneeded" in found(run("plan", "--emulate", "--output", "json"))


def test_levels_are_for_the_remarks_on_entries_as_well(project, run, ignore, levels):
    ignore("nhn-sms-length")
    levels("{ignore-unneeded: off}")
    assert found(run("validate", "--output", "json")) == {}


def test_what_one_environment_needs_no_other_calls_unneeded(over, run, ignore, edit, monkeypatch):
    monkeypatch.delenv("RECONCILER_ENV", raising=False)
    edit(OVER, "${var.text}")
    (over / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n"
        "  variables: {text: {type: string}}\n  environments:\n"
        f"    staging: {{variables: {{text: short}}}}\n"
        f"    production: {{variables: {{text: {OVER}}}}}\n"
    )
    ignore()
    document = run("validate", "--output", "json").json
    assert [f["rule"] for f in document["findings"]] == ["nhn-sms-bytes"]
    assert found(run("validate", "--output", "json", "--env", "staging")) == {}
    assert "ignore-unneeded" not in found(
        run("plan", "--emulate", "--env", "staging", "--output", "json")
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rule": "nhn-sms-byts"}, 'there is no lint rule "nhn-sms-byts"; did you mean'),
        ({"rule": "policy/mine"}, '"policy/mine" is a policy, which no manifest can loosen'),
        ({"reason": "short"}, "metadata.ignoreRules[0].reason"),
        ({"reason": '""'}, "metadata.ignoreRules[0].reason"),
        ({"until": "2026-02-30"}, 'no calendar has the day "2026-02-30"'),
        ({"until": "tomorrow"}, "must be a day such as 2026-12-31"),
    ],
)
def test_a_wrong_entry_is_a_fault_where_it_stands(over, run, ignore, given, said):
    ignore(**given)
    result = run("validate")
    assert result.code == 1
    assert result.out.startswith("nhn.yaml:15:")
    assert said in result.out


def test_an_entry_has_a_reason(over, run, edit):
    edit("labels: {team: growth}", "ignoreRules: [{rule: nhn-sms-bytes}]")
    result = run("validate")
    assert result.code == 1
    assert "reason is missing" in result.out


def test_accounts_have_no_entries(project, run, edit):
    edit(
        "metadata: {name: nhn}",
        f"metadata: {{name: nhn, ignoreRules: [{{rule: text-ends, reason: {REASON}}}]}}",
    )
    result = run("validate")
    assert result.code == 1
    assert "ignoreRules" in result.out


def test_drift_takes_levels_and_entries(applied, run, levels, ignore):
    drift = ("drift", "--emulate", "--output", "json")
    ignore("review-rejected")
    assert found(run(*drift)) == {}


def test_reports_tell_what_is_ignored(over, run, ignore, levels, tmp_path, today):
    ignore()
    levels("{nhn-sms-bytes: error}")
    (over / "reconciler.yaml").write_text(
        (over / "reconciler.yaml").read_text() + "  manifests: [nhn.yaml]\n"
    )
    names = ("json", "sarif", "junit", "gitlab-codequality", "markdown")
    files = {name: tmp_path / f"report-{name}" for name in names}
    reports = [f"--report={name}={path}" for name, path in files.items()]
    assert run("validate", *reports).code == 0
    texts = {name: path.read_text() for name, path in files.items()}
    documents.check(json.loads(texts["json"]))
    [result] = json.loads(texts["sarif"])["runs"][0]["results"]
    [suppression] = result["suppressions"]
    assert suppression == {"kind": "inSource", "status": "accepted", "justification": REASON}
    assert json.loads(texts["gitlab-codequality"]) == []
    assert 'failures="0" errors="0" skipped="1"' in texts["junit"]
    assert "- ignored `nhn-sms-bytes` `nhn/Template/welcome nhn.yaml:20`" in texts["markdown"]
    assert REASON in texts["markdown"]


def test_explain_lists_the_rules_from_code(run):
    text = run("explain", "rules").out
    assert "nhn-ad-text  warning at least, law\n" in text
    assert "review-rejected  warning, plan and drift\n" in text
    rules = {rule["id"]: rule for rule in run("explain", "rules", "--output", "json").json["rules"]}
    assert rules["nhn-blocklist-exclusive"]["law"]
    assert not rules["nhn-sms-bytes"]["law"]
    laws = {name for name, rule in rules.items() if "Act (" in rule["source"]}
    assert laws == {name for name, rule in rules.items() if rule["law"]}
    assert {"ignore-expired", "ignore-unneeded", "possible-duplicate"} <= rules.keys()
