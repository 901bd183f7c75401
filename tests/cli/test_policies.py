"""Policies as people meet them: what they judge, how they fail, and who may pass over them."""

import json
import sys
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from reconciler import clock
from tests.support import documents

HEAD = "apiVersion: reconciler/v1\nkind: Policy\n"
NIGHT = datetime(2026, 1, 1, 13, 0, tzinfo=UTC)
"""22:00 in Seoul."""
DAY = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)


def policy(name="mine", on="change", violates="true", message="not so", **more):
    spec = {"on": on, "violates": violates, "message": message} | more
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Policy",
        "metadata": {"name": name},
        "spec": spec,
    }


@pytest.fixture
def policies(project):
    """Write policies of the project, as JSON, and name them in the project file."""

    def write(*several, folder="policies"):
        place = project / folder
        place.mkdir(exist_ok=True)
        for number, each in enumerate(several):
            (place / f"{number}.json").write_text(json.dumps(each))
        (project / "reconciler.yaml").write_text(
            "apiVersion: reconciler/v1\nkind: Project\n"
            "spec: {manifests: [nhn.yaml], policies: [policies]}\n"
        )

    return write


@pytest.fixture
def at(monkeypatch):
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


PLAN = ("plan", "--emulate", "--output", "json")
APPLY = ("apply", "--emulate", "--auto-approve", "--output", "json")


def violations(result):
    return [(f["rule"], f["address"]) for f in result.json["findings"] if "policy" in f]


# --- what they judge ----------------------------------------------------------------------------


def test_a_change_that_violates_a_policy_fails_the_plan_and_refuses_apply(project, run, policies):
    policies(policy(match={"kinds": ["Tag"]}, violates='change.action == "create"', fix="Wait."))
    result = run(*PLAN)
    assert result.code == 1
    assert violations(result) == [("policy/mine", "nhn/Tag/vip")]
    [finding] = [f for f in result.json["findings"] if "policy" in f]
    assert (finding["severity"], finding["message"], finding["fix"]) == ("error", "not so", "Wait.")
    assert result.json["error"]["code"] == "policy-violated"
    result = run(*APPLY)
    assert (result.code, result.json["error"]["code"]) == (1, "policy-violated")
    assert run("state", "list", "--emulate").out.startswith("State owns nothing")


@pytest.mark.parametrize("severity", ["info", "warning"])
def test_a_lesser_severity_is_told_and_stops_nothing(project, run, policies, severity):
    policies(policy(match={"kinds": ["Tag"]}, severity=severity))
    assert run(*PLAN).code == 0
    result = run(*APPLY)
    assert result.code == 0
    assert violations(result) == [("policy/mine", "nhn/Tag/vip")]
    assert result.json["policies"]["violated"] == 1


def test_a_resource_is_judged_before_credentials_are_read(project, run, policies):
    policies(
        policy(on="resource", violates='!("team" in resource.labels)', match={"kinds": ["Tag"]})
    )
    for command in ("plan", "apply"):  # no credentials are set, and no emulator runs
        result = run(
            command, "--output", "json", *(["--auto-approve"] if command == "apply" else [])
        )
        assert (result.code, result.json["error"]["code"]) == (1, "policy-violated")
        assert violations(result) == [("policy/mine", "nhn/Tag/vip")]
    result = run("validate", "--output", "json")
    assert (result.code, violations(result)) == (1, [("policy/mine", "nhn/Tag/vip")])


def test_a_plan_is_judged_as_a_whole(project, run, policies):
    policies(policy(on="plan", violates="plan.summary.create > 2"))
    result = run(*PLAN)
    assert violations(result) == [("policy/mine", None)]
    policies(policy(on="plan", violates="plan.summary.create > 3 || plan.changes.size() != 3"))
    assert run(*PLAN).code == 0


def test_drift_judges_every_owned_object(applied, run, policies):
    policies(
        policy("all", on="drift", violates='drift.status == "none"', severity="warning"),
        policy("some", on="drift", violates="true", match={"kinds": ["Tag"]}),
        policy(
            "labels",
            on="drift",
            violates='drift.labels.team == "growth"',
            severity="info",
            match={"kinds": ["Template"]},
        ),
    )
    result = run("drift", "--emulate", "--output", "json")
    assert result.code == 1
    found = violations(result)
    assert [address for rule, address in found if rule == "policy/all"] == [
        "nhn/Category/transactional",
        "nhn/Tag/vip",
        "nhn/Template/welcome",
    ]
    assert ("policy/some", "nhn/Tag/vip") in found
    assert ("policy/labels", "nhn/Template/welcome") in found
    assert result.json["policies"]["checked"] == 3
    assert result.json["error"]["code"] == "policy-violated"
    assert "error: a policy of severity error: some" in result.err
    assert "policy-violated" not in run("plan", "--emulate").err


def test_night_is_where_the_time_zone_says(applied, run, policies, edit, at):
    night = 'now.getHours("Asia/Seoul") >= 21 || now.getHours("Asia/Seoul") < 8'
    policies(policy(violates=night, match={"actions": ["delete"]}, message="{name} at night"))
    edit("---\napiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: vip}\nspec: {}\n", "")
    at(NIGHT)
    result = run(*PLAN)
    assert [f["message"] for f in result.json["findings"]] == ["vip at night"]
    at(DAY)
    assert run(*PLAN).code == 0


def test_a_replacement_is_a_deletion_as_well(applied, run, policies, edit):
    policies(policy(match={"actions": ["delete"]}, violates='change.action == "replace"'))
    edit("spec: {description: Receipts}", "spec: {description: Receipts, parent: other}")
    edit(
        "kind: Tag",
        "kind: Category\nmetadata: {name: other}\nspec: {}\n---\n"
        "apiVersion: reconciler/v1\nkind: Tag",
    )
    result = run(*PLAN)
    assert {c["action"] for c in result.json["changes"]} >= {"replace"}
    assert ("policy/mine", "nhn/Category/transactional") in violations(result)


def test_destroy_is_judged_by_its_changes(applied, run, policies):
    policies(policy(match={"actions": ["delete"], "kinds": ["Template"]}))
    result = run("destroy", "--emulate", "--auto-approve", "--allow-deletes", "9")
    assert result.code == 1
    assert "error: a policy of severity error: mine" in result.err


def test_policies_see_neither_secrets_nor_numbers_of_people(project, run, policies, edit):
    edit(
        "kind: Tag\nmetadata: {name: vip}\nspec: {}",
        "kind: Contact\nmetadata: {name: kim}\nspec: {phoneNumbers: [010-1234-5678]}",
    )
    masked = '["010****5678"]'
    policies(
        policy(
            "before",
            on="resource",
            match={"kinds": ["Contact"]},
            severity="info",
            violates=f"resource.spec.phoneNumbers == {masked}",
        ),
        policy(
            "planned",
            match={"kinds": ["Contact"]},
            severity="info",
            violates=f"change.after.phoneNumbers == {masked}",
        ),
    )
    found = [rule for rule, _ in violations(run(*PLAN))]
    assert found == ["policy/before", "policy/planned"]


def test_an_environment_is_told_and_matched(project, run, policies, monkeypatch):
    policies(
        policy(
            "here",
            match={"environments": ["production"]},
            violates='environment.name == "production"',
        ),
        policy("labels", violates='environment.labels.tier == "gold"', severity="warning"),
    )
    text = (project / "reconciler.yaml").read_text()
    more = "environments: {staging: {labels: {tier: gold}}, production: {labels: {tier: gold}}}"
    (project / "reconciler.yaml").write_text(text.replace("policies:", f"{more}, policies:"))
    result = run(*PLAN, "--env", "staging")
    assert {rule for rule, _ in violations(result)} == {"policy/labels"}
    assert result.json["policies"]["each"][0]["checked"] == 0
    result = run(*PLAN, "--env", "production")
    assert {rule for rule, _ in violations(result)} == {"policy/here", "policy/labels"}


# --- silent passes ------------------------------------------------------------------------------


def test_a_policy_that_met_nothing_is_counted(project, run, policies):
    policies(policy("met", violates="false"), policy("unmet", match={"kinds": ["BlockList"]}))
    assert "0 checked" not in run("plan", "--emulate").err
    result = run(*PLAN, "-v")
    counts = result.json["policies"]
    assert (counts["checked"], counts["violated"]) == (1, 0)
    assert [(each["name"], each["checked"]) for each in counts["each"]] == [
        ("met", 3),
        ("unmet", 0),
    ]
    assert "policy unmet (on: change): 0 checked" in result.err


def test_a_policy_that_nobody_names_is_told(project, run):
    (project / "policy.json").write_text(json.dumps(policy()))
    result = run("validate", "--output", "json")
    assert result.code == 0
    assert [f["rule"] for f in result.json["findings"]] == ["policy-unused"]


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"kinds": ["Templat"]}, 'there is no kind "Templat"; did you mean "Template"?'),
        (
            {"environments": ["prod"]},
            'there is no environment "prod"; declare it in reconciler.yaml as spec.environments',
        ),
        ({"actions": ["destroy"]}, "spec.match.actions[0]"),
    ],
)
def test_a_match_that_could_meet_nothing_is_a_fault(project, run, policies, match, said):
    policies(policy(match=match))
    result = run("validate")
    assert result.code == 1
    assert said in result.out


def test_no_policy_where_one_was_named_is_a_fault(project, run, policies):
    (project / "empty").mkdir()
    for path, said in (("empty", "there is no policy here"), ("nowhere", "no such file")):
        result = run("plan", "--emulate", "--policy", path)
        assert result.code == 1
        assert said in result.err


# --- fail closed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('change.labels.owner == "x"', 'there is no key "owner": ask `"owner" in …` first'),
        ("change.key", "its value is of type string, not true or false"),
        ("byteLength(change.kind, 'zip') > 1", "byteLength knows utf-8, utf-16, cp949, euc-kr"),
        ("cidrContains('a', 'b')", "cidrContains takes a network and an address"),
        ('change.kind.matches("(")', "invalid regular expression"),
        ('now.getHours("Nowhere/City") > 1', "Invalid timezone"),
        ("change.after.body.size() > change.after.nobody", "there is no key"),
    ],
)
def test_what_cannot_be_evaluated_is_a_violation(project, run, policies, expression, said):
    policies(policy(violates=expression, match={"kinds": ["Template"]}))
    result = run(*PLAN)
    assert (result.code, result.json["error"]["code"]) == (1, "policy-error")
    [finding] = [f for f in result.json["findings"] if "policy" in f]
    assert (finding["rule"], finding["policy"]) == ("policy-error", "mine")
    assert said in finding["message"]
    assert run(*APPLY).json["error"]["code"] == "policy-error"


def test_the_severity_of_a_policy_is_that_of_its_errors(project, run, policies):
    policies(policy(violates='change.labels.owner == "x"', severity="warning"))
    result = run(*PLAN)
    assert result.code == 0
    assert {f["severity"] for f in result.json["findings"]} == {"warning"}


def test_a_loop_ends_at_the_budget_of_the_engine(project, run, policies):
    ten = json.dumps([1] * 10)
    bomb = "".join(f"{ten}.all({name}, " for name in "abcdef") + "true" + ")" * 6
    policies(policy(violates=bomb), policy("after", violates="true", severity="info"))
    result = run(*PLAN)
    assert {f["rule"] for f in result.json["findings"]} == {"policy-error", "policy/after"}
    assert "it takes too many steps" in result.json["findings"][0]["message"]


# --- wrong policies -----------------------------------------------------------------------------

BLOCK = """\
  violates: |
    change.action == "delete"
    && plan.size() > 1
"""
FOLDED = """\
  violates: >-
    change.action == "delete"

    && plan.size() > 1
"""
PLAIN = """\
  violates: change.action == "delete"
    && plan.size() > 1
"""
QUOTED = """\
  violates: "change.action == 'delete' && plan.size() > 1"
"""


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (BLOCK, "9:8"),
        (FOLDED, "10:8"),
        (PLAIN, "8:8"),
        (QUOTED, "7:43"),
        ("  violates: '\"한글\" == plan.x'\n", "7:26"),
        ("  violates: 1 +\n", "7:16"),
        ("  violates: change.action\n", None),
        ("  violates: '\"a\"'\n", "7:14"),
        ("  violates: byteLength(1, 'a') > 1\n", "7:23"),
        ("  violates: size(change)\n", "7:13"),
    ],
)
def test_a_wrong_expression_is_a_fault_where_it_is_wrong(project, run, policies, written, place):
    policies()
    (project / "policies" / "p.yaml").write_text(
        f"{HEAD}metadata: {{name: mine}}\nspec:\n  on: change\n  message: no\n{written}"
    )
    result = run("validate")
    if place is None:  # of no known type before it is run
        assert result.code == 0
        return
    assert result.code == 1
    assert result.out.startswith(f"policies/p.yaml:{place}: Policy/mine: violates: ")
    result = run(*PLAN)
    assert (result.code, result.json["error"]["code"]) == (1, "policy-invalid")
    assert result.json["error"]["details"][0].startswith(f"policies/p.yaml:{place}: Policy/mine")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"violates": "plan.x == 1"}, "undeclared reference to 'plan.x'"),
        ({"violates": "plan.x == 1"}, "a policy on: change has change, environment, now and actor"),
        ({"violates": '"a"'}, "its value is of type string, and must be true or false"),
        ({"violates": "(" * 40 + "true" + ")" * 40}, "recursion limit exceeded"),
        ({"violates": "x" * 5000}, "spec.violates"),
        (
            {"message": "{owner} is wrong"},
            'have no placeholder "{owner}"; known: {address}, {name}',
        ),
        ({"message": "{}"}, 'have no placeholder "{}"'),
        ({"on": "plan", "message": "{address}"}, "a plan as a whole has none"),
        ({"on": "plan", "match": {"kinds": ["Tag"]}}, "match.kinds is for policies on single"),
        ({"on": "drift", "match": {"actions": ["delete"]}}, "match.actions is for on: change"),
        ({"on": "night"}, "spec.on"),
        ({"severity": "fatal"}, "spec.severity"),
        ({"tests": [{"given": {"plan": {}}, "violates": True}]}, "so it sees no plan"),
        ({"tests": [{"given": {}, "violates": False}]}, "test 1 expects no violation, and there"),
        (
            {"violates": "false", "tests": [{"given": {}, "violates": True}]},
            "test 1 expects a viol",
        ),
        (
            {"violates": "change.labels.a == 'b'", "tests": [{"given": {}, "violates": True}]},
            "test 1 could not be evaluated: there is no key",
        ),
        (
            {"tests": [{"given": {"now": "2026-02-30T00:00:00Z"}, "violates": True}]},
            "test 1 could not be evaluated",
        ),
        (
            {"tests": [{"given": {"now": "0001-01-01T00:00:00+23:59"}, "violates": True}]},
            "test 1 could not be evaluated",
        ),
        ({"violates": "'\ud800' == actor"}, ""),
        ({"violates": "\0"}, "syntax error"),
        (
            {
                "violates": "change.after.n == 1",
                "tests": [{"given": {"change": {"after": {"n": 10**39}}}, "violates": True}],
            },
            "test 1 could not be evaluated: Integer value",
        ),
    ],
)
def test_a_wrong_policy_is_a_fault(project, run, policies, more, said):
    policies(policy(**more))
    result = run("validate")
    assert result.code == 1
    assert result.out.startswith("policies/0.json:1:")
    assert said in result.out


@pytest.mark.parametrize(
    "grown",
    [
        "['x'].map(a, a + a).size() > 0",
        "['x'] . exists(a, (a + a) == 'xx')",
        'r"\\".size() > 0 || ["x"].map(a, a + a).size() > 0 || "".size() > 1',
        '"x" // "\n .matches("y") || ["x"].all(a, a + a == "") // "',
        " + ".join(["change.kind"] * 10) + " == 'x'",
    ],
)
def test_an_expression_that_could_fill_the_memory_is_refused(project, run, policies, grown):
    policies(policy(violates=grown))
    result = run("validate")
    assert result.code == 1
    assert "`+`" in result.out


def test_plus_signs_in_texts_are_texts(project, run, policies):
    policies(
        policy(violates="['+82'].exists(a, a.matches(r'^\\+[0-9]+$') && a == \"+\\\"+\") // + \n"),
        policy("sum", violates='change.kind + "/" + change.name == "Tag/vip"', severity="info"),
    )
    assert run("validate").code == 0
    assert violations(run(*PLAN)) == [("policy/sum", "nhn/Tag/vip")]


def test_files_of_policies_hold_nothing_else(project, run, policies):
    policies()
    (project / "policies" / "tag.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Tag\nmetadata: {name: x}\nspec: {}\n"
    )
    result = run("validate")
    assert result.code == 1
    assert "a file of policies holds documents of kind Policy alone" in result.out


def test_a_project_names_no_policies_outside_of_it(project, run, policies, tmp_path):
    policies(policy())
    (tmp_path / "other.json").write_text(json.dumps(policy("other")))
    text = (project / "reconciler.yaml").read_text()
    (project / "reconciler.yaml").write_text(text.replace("[policies]", "[../other.json]"))
    assert "is outside the project's root" in run("validate").out


# --- another copy -------------------------------------------------------------------------------


def test_what_the_command_line_names_counts_as_well(project, run, policies, tmp_path):
    policies(policy("mine", violates="false"))
    copy = tmp_path / "ci.json"
    copy.write_text(json.dumps(policy("mine", match={"kinds": ["Tag"], "environments": ["prod"]})))
    assert run(*PLAN, "--policy", copy).code == 0  # of another environment: no fault, and unmet
    copy.write_text(json.dumps(policy("mine", match={"kinds": ["Tag"]})))
    for command in (PLAN, APPLY):
        result = run(*command, "--policy", copy)
        assert (result.code, result.json["error"]["code"]) == (1, "policy-violated")
    assert run("validate", "--policy", copy).code == 0
    assert run("drift", "--emulate", "--policy", copy).code == 0


def test_one_file_named_twice_counts_once(project, run, policies):
    policies(policy(violates="false"))
    result = run(*PLAN, "--policy", "policies", "--policy", "policies/0.json")
    assert len(result.json["policies"]["each"]) == 1


def test_a_name_stands_for_one_policy_of_a_source(project, run, policies):
    policies(policy(), policy())
    assert "there is a policy of this name at policies/0.json:1:1 already" in run("validate").out


# --- passing over -------------------------------------------------------------------------------

OVERRIDE = ("--override-policy", "mine", "--reason", "a customer waits")


def test_an_overridable_policy_can_be_passed_over_with_a_reason(project, run, policies, tmp_path):
    policies(policy(match={"kinds": ["Tag"]}, overridable=True))
    refused = run(*APPLY)
    assert refused.code == 1
    assert 'apply --override-policy mine --reason "…"' in refused.err
    report = tmp_path / "report.md"
    junit = tmp_path / "report.xml"
    result = run(*APPLY, *OVERRIDE, f"--report=markdown={report}", f"--report=junit={junit}")
    assert result.code == 0
    [finding] = [f for f in result.json["findings"] if "policy" in f]
    assert finding["ignored"] == {"reason": "a customer waits", "override": True}
    assert result.json["policies"]["each"][0]["overridden"] == "a customer waits"
    assert "overridden: a customer waits" in report.read_text()
    assert "overridden: a customer waits" in junit.read_text()
    [_, passed] = reversed(run("state", "history", "--emulate", "--output", "json").json["runs"])
    assert passed["command"] == "apply, overriding mine: a customer waits"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--override-policy", "mine"), "--override-policy needs a reason"),
        (("--override-policy", "mine", "--reason", " "), "--override-policy needs a reason"),
        (("--reason", "why not"), "--reason is for --override-policy"),
        (("--override-policy", "mini", "--reason", "why not"), "did you mean 'mine'?"),
        (("--override-policy", "fixed", "--reason", "why not"), "it is not `overridable`"),
    ],
)
def test_passing_over_takes_a_name_that_may_be_and_a_reason(
    project, run, policies, arguments, said
):
    policies(policy(overridable=True), policy("fixed", violates="false"))
    result = run("apply", "--emulate", "--auto-approve", *arguments)
    assert result.code == 64
    assert said in result.err.replace('"', "'")


def test_no_copy_in_the_project_makes_a_policy_overridable(project, run, policies, tmp_path):
    policies(policy(overridable=True))
    copy = tmp_path / "ci.json"
    copy.write_text(json.dumps(policy()))
    assert run(*APPLY, *OVERRIDE, "--policy", copy).code == 64


def test_ignoring_a_finding_does_not_loosen_a_policy(project, run, policies, edit):
    policies(policy(match={"kinds": ["Tag"]}))
    assert run(*APPLY, "--ignore-finding", "policy/mine").code == 1


def test_where_one_cannot_be_passed_over_no_way_past_is_named(project, run, policies):
    policies(policy(overridable=True), policy("fixed"))
    assert "--override-policy" not in run("apply", "--emulate", "--auto-approve").err


# --- schema -------------------------------------------------------------------------------------


def test_editors_and_people_are_told_what_a_policy_holds(run):
    spec = json.loads(run("schema", "Policy").out)
    assert set(spec["required"]) == {"on", "violates", "message"}
    whole = Draft202012Validator(json.loads(run("schema").out))
    assert whole.is_valid(policy(tests=[{"given": {"change": {"a": 1}}, "violates": True}]))
    for wrong in ({"on": "night"}, {"violates": ""}, {"extra": 1}, {"tests": [{}]}):
        assert not whole.is_valid(policy(**wrong)), wrong
    assert not whole.is_valid(policy() | {"lifecycle": {"protect": True}})
    text = run("explain", "policy").out
    assert "match  mapping" in text
    assert "lifecycle" not in text
    assert run("explain", "Policy.violates").out.startswith("Policy.violates  string")


# --- costs --------------------------------------------------------------------------------------


def test_without_policies_no_engine_is_loaded(project, run, monkeypatch):
    for name in [
        name for name in sys.modules if name.startswith(("cel_expr", "reconciler.policies"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    assert run(*PLAN).code == 0
    assert "cel_expr_python" not in sys.modules
    assert "reconciler.policies" not in sys.modules


def test_without_the_extra_there_is_one_clear_error(project, run, policies, monkeypatch):
    policies(policy())
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    for command in (("validate",), ("plan", "--emulate"), ("drift", "--emulate")):
        result = run(*command)
        assert result.code == 1
        assert "policies need an engine that is not installed" in result.err
        assert 'pip install "reconciler[policy]"' in result.err


def test_documents_with_policies_fit_their_schemas(project, run, policies, tmp_path):
    policies(policy(violates="false"))
    report = tmp_path / "r.json"
    assert run("validate", f"--report=json={report}").code == 0
    documents.check(json.loads(report.read_text()))
