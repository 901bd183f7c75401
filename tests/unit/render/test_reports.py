"""Reports of one run: complete, within limits, and text whatever a provider sent."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.render.reports import FORMATS, Report, encoded
from reconciler.render.reports.github import outputs, workflow_commands
from reconciler.render.reports.gitlab import codequality, terraform
from reconciler.render.reports.html import html
from reconciler.render.reports.junit import junit
from reconciler.render.reports.markdown import markdown, span
from reconciler.render.reports.sarif import MOST_RESULTS, sarif

HOSTILE = (
    "```` </details> @everyone <img src=x onerror=alert(1)> ![a](b) |\n::error::x\x1b[2J ##[x]"
)


def change(name, action="update", before="Hello", after="Bye", **more):
    return {
        "address": f"nhn/Template/{name}",
        "provider": "nhn",
        "kind": "Template",
        "name": name,
        "action": action,
        "reason": "manifest",
        "dependsOn": [],
        "source": {"file": "templates.yaml", "line": 12},
        "fields": [
            {
                "path": "body",
                "before": before,
                "after": after,
                "cause": "manifest",
                "sensitive": False,
            }
        ],
    } | more


def finding(message="too long", severity="warning", address="nhn/Template/a", **more):
    return {
        "severity": severity,
        "rule": "nhn-sms-bytes",
        "address": address,
        "file": "templates.yaml",
        "line": 14,
        "column": 9,
        "message": message,
    } | more


def plan(*changes, findings=(), **more):
    summary = dict.fromkeys(("create", "update", "replace", "delete", "adopt", "forget", "none"), 0)
    for each in changes:
        summary[each["action"]] += 1
    document = {
        "formatVersion": "1.0",
        "summary": summary,
        "requests": {"nhn": {"reads": 4, "writes": 1, "seconds": 0.3}},
        "changes": list(changes),
        "findings": list(findings),
    }
    return Report(command="plan", document=document | more, exit_code=0, project="messaging")


EVERY_ACTION = plan(
    *(
        change(action, action)
        for action in ("create", "update", "replace", "delete", "adopt", "forget")
    ),
    findings=[finding(), finding("wrong", "error"), finding("note", "info", None)],
)


# --- all formats ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_knows_what_it_wrote_itself_and_nothing_else(name):
    written = encoded(EVERY_ACTION, name).decode()
    assert FORMATS[name].ours(written)
    for foreign in ("apiVersion: reconciler/v1\n", '{"apiVersion": "x"}', "", "[1]", "{", "<html>"):
        assert not FORMATS[name].ours(foreign)


@pytest.mark.parametrize("name", FORMATS)
def test_a_failed_run_has_a_report_that_holds_its_error(name):
    document = {
        "formatVersion": "1.0",
        "error": {"code": "state-locked", "message": "run 7 holds the lock", "details": ["a"]},
    }
    report = Report(command="plan", document=document, exit_code=1)
    text = encoded(report, name).decode()
    if name in {"json", "markdown", "html", "junit"}:
        assert "run 7 holds the lock" in text


# --- markdown -------------------------------------------------------------------------------------


def test_a_comment_begins_with_what_a_bot_finds_it_by_and_names_harm_first():
    lines = markdown(replace(EVERY_ACTION, environment="production")).splitlines()
    assert lines[0] == "<!-- reconciler:plan:messaging:production -->"
    assert lines[1].startswith("### `Plan for production`: 1 to delete, 1 to replace, 1 forget")
    rows = [line for line in lines if line.startswith("| ")]
    assert [row.split("|")[1].strip(" *") for row in rows[1:]] == [
        "delete",
        "replace",
        "forget",
        "update",
        "adopt",
        "create",
    ]


def outside_of_code(text):
    """What a renderer would read as markup: neither fences nor code spans."""
    text = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


@given(st.text(max_size=200) | st.just(HOSTILE))
def test_no_value_leaves_its_code_span_or_fence(value):
    report = plan(
        change("a", before=value, after=f"{value}!", reason=value, notes=[value]),
        findings=[finding(value or "x")],
    )
    text = outside_of_code(markdown(report))
    assert not re.search(r"@everyone|<img|!\[|onerror|^::", text)
    assert text.count("<details>") == text.count("</details>") == 1


@given(st.text(alphabet="`a |\n", max_size=40))
def test_a_code_span_is_one(value):
    found = span(value)
    ticks = re.match("`+", found)[0]
    inside = found[len(ticks) : -len(ticks)]
    assert found.endswith(ticks)
    assert ticks not in re.findall("`+", inside)
    assert "\n" not in found


@pytest.mark.parametrize("letter", ["a", "가"])
def test_a_large_plan_fits_and_keeps_every_deletion_and_error(letter):
    changes = [change(f"{letter}{n}", after=letter * 5000) for n in range(2000)]
    changes += [change(f"gone{n}", "delete", fields=[]) for n in range(300)]
    report = plan(*changes, findings=[finding(f"wrong {n}", "error") for n in range(20)])
    text = markdown(replace(report, url="https://ci.example/1"))
    assert len(text) <= 65_000
    assert len(text.encode()) <= 262_144
    assert all(f"`nhn/Template/gone{n}`" in text for n in range(300))
    assert all(f"`wrong {n}`" in text for n in range(20))
    assert "details left out; full report: `https://ci.example/1`" in text


def test_what_is_small_is_not_shortened():
    assert "shortened" not in markdown(EVERY_ACTION)


def test_even_fifty_thousand_deletions_fit():
    text = markdown(plan(*(change(f"gone{n}", "delete", fields=[]) for n in range(50_000))))
    assert len(text) <= 65_000
    assert "49,500 more of `nhn/Template` to delete" in text


# --- sarif ----------------------------------------------------------------------------------------


def test_sarif_places_findings_in_the_repository_and_knows_them_again():
    report = replace(EVERY_ACTION, prefix="messaging/", environment="production")
    [run] = json.loads(sarif(report))["runs"]
    assert run["automationDetails"]["id"] == "reconciler/plan/production/"
    assert [each["level"] for each in run["results"]] == ["error", "warning", "note"]
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "messaging/templates.yaml"
    assert place["physicalLocation"]["region"] == {"startLine": 14, "startColumn": 9}
    moved = plan(findings=[finding(line=99), finding("wrong", "error", line=1)])
    [again] = json.loads(sarif(moved))["runs"]
    marks = {each["partialFingerprints"]["reconcilerFinding/v1"] for each in run["results"]}
    assert {
        each["partialFingerprints"]["reconcilerFinding/v1"] for each in again["results"]
    } <= marks


def test_sarif_has_no_more_results_than_github_shows():
    [run] = json.loads(sarif(plan(findings=[finding(f"n {n}") for n in range(6000)])))["runs"]
    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][-1]["message"]["text"].startswith("1,001 more results")


# --- junit ----------------------------------------------------------------------------------------


@given(st.text(max_size=50) | st.just(HOSTILE))
def test_junit_is_well_formed_whatever_the_text(value):
    root = ET.fromstring(junit(plan(findings=[finding(value, "error")])))
    [failure] = root.iter("failure")
    assert failure.get("type") == "nhn-sms-bytes"


def test_junit_tells_what_came_of_each_change():
    results = [
        {"address": "nhn/Tag/a", "action": "create", "status": "done"},
        {"address": "nhn/Tag/b", "action": "create", "status": "failed", "error": "no"},
        {"address": "nhn/Tag/c", "action": "create", "status": "skipped"},
        {"address": "nhn/Tag/d", "action": "create", "status": "unknown"},
    ]
    document = {"formatVersion": "1.0", "summary": {}, "results": results, "findings": []}
    root = ET.fromstring(junit(Report(command="apply", document=document, exit_code=3)))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "1")
    assert root.get("skipped") == "1"


@given(st.text(max_size=50) | st.just(HOSTILE))
def test_junit_says_the_same_to_a_reader_that_others_use(value):
    results = [
        {"address": "nhn/Tag/a", "action": "create", "status": "done"},
        {"address": f"mail/Tag/{value}", "action": "create", "status": "failed", "error": value},
        {"address": "nhn/Tag/c", "action": "create", "status": "skipped"},
        {"address": "nhn/Tag/d", "action": "create", "status": "unknown"},
    ]
    document = {"formatVersion": "1.0", "summary": {}, "results": results, "findings": []}
    report = Report(command="apply", document=document, exit_code=3, environment="production")
    suites = list(junitparser.JUnitXml.fromstring(junit(report).encode()))
    assert [suite.name for suite in suites] == ["apply production nhn", "apply production mail"]
    [[failed]] = [case.result for case in suites[1]]
    assert isinstance(failed, junitparser.Failure)
    told = {
        case.name: [(type(each).__name__, each.type) for each in case.result] for case in suites[0]
    }
    assert told == {
        "nhn/Tag/a": [],
        "nhn/Tag/c": [("Skipped", None)],
        "nhn/Tag/d": [("Error", "outcome-unknown")],
    }
    for suite in suites:
        counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert counted == (suite.tests, suite.failures, suite.errors, suite.skipped)


# --- gitlab ---------------------------------------------------------------------------------------


def test_code_quality_has_what_gitlabs_parser_demands():
    issues = json.loads(codequality(plan(findings=[finding(), finding(), finding("x", "error")])))
    for issue in issues:
        assert {"description", "fingerprint", "severity", "location"} <= issue.keys()
        assert isinstance(issue["location"]["lines"]["begin"], int)
        assert not issue["location"]["path"].startswith("./")
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert codequality(plan()) == "[]\n"


def test_the_terraform_widget_counts_replacements_twice():
    assert json.loads(terraform(EVERY_ACTION)) == {"create": 2, "update": 2, "delete": 2}


# --- github ---------------------------------------------------------------------------------------


def test_outputs_cannot_be_forged_by_what_they_hold():
    text = outputs(replace(EVERY_ACTION, exit_code=4), delimiter="xyz")
    assert "decision-needed<<xyz\ntrue\nxyz\n" in text
    assert "delete<<xyz\n1\nxyz\n" in text


def test_annotations_are_ten_of_a_level_and_one_line_each():
    report = plan(findings=[finding(f"{HOSTILE} {n}") for n in range(30)])
    lines = list(workflow_commands(report))
    assert len(lines) == 10
    assert all(line.startswith("::warning ") and "\n" not in line for line in lines)
    assert lines[0].startswith("::warning file=templates.yaml,line=14,col=9,title=nhn/Template/a::")
    assert lines[-1].endswith("… and 21 more: see the summary")


# --- html -----------------------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [name for name, _ in attrs]


@given(st.text(max_size=100) | st.just(HOSTILE))
def test_a_page_runs_nothing_and_asks_for_nothing(value):
    report = plan(change("a", before=value, reason=value, notes=[value]), findings=[finding(value)])
    tags = Tags()
    tags.feed(html(report))
    assert not tags.tags & {"script", "img", "iframe", "link", "object", "a", "form", "svg"}
    assert not {"src", "href", "style"} & set(tags.attributes)
    assert not [name for name in tags.attributes if name.startswith("on")]


def test_a_page_shows_the_order_of_work_where_there_is_one():
    one, other = change("a"), change("b", dependsOn=["nhn/Template/a"])
    assert "Order of work" in html(plan(one, other))
    assert "Order of work" not in html(plan(one))


MOVED = {
    "formatVersion": "1.1",
    "summary": {"create": 0, "update": 0, "replace": 0, "delete": 0, "adopt": 0, "forget": 0},
    "changes": [],
    "moves": [{"from": "nhn/Tag/a", "to": "nhn/Tag/b"}],
    "handOvers": [{"from": "sn/Webhook/a", "to": "sn/Webhook/b", "part": "email/open"}],
}


def test_what_changes_in_state_alone_is_in_every_report():
    report = Report(command="plan", document=MOVED, exit_code=0)
    assert "has-changes<<x\ntrue\nx\n" in outputs(report, delimiter="x")
    comment = markdown(report)
    assert "### Plan: 1 to rename, 1 to hand over" in comment
    assert "| rename | `nhn/Tag/a` | `to nhn/Tag/b, in state only` |" in comment
    assert "| hand over | `sn/Webhook/a email/open` | `to sn/Webhook/b, in state only` |" in comment
    page = html(report)
    assert "Nothing to do" not in page
    assert "<b>1</b> rename" in page
    assert "to nhn/Tag/b, in state only" in page
    assert 'name="nhn/Tag/b"' in junit(report)
    done = replace(report, command="apply")
    assert "### Apply: 1 renamed, 1 handed over" in markdown(done)
