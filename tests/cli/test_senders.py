"""A sender number that the account cannot use stops its template before anything is written."""

import pytest

from tests.support.fixtures import port

__all__ = ["port"]

MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  baseUrl: URL/nhncloud-sms
  credentials: {appKey: {fromEnv: NHN_APP_KEY}}
---
apiVersion: reconciler/v1
kind: Category
metadata: {name: c}
spec: {}
---
apiVersion: reconciler/v1
kind: Template
metadata: {name: t}
spec: {category: c, sender: 15889999, type: sms, body: hello}
"""


@pytest.fixture
def account(tmp_path, monkeypatch, port):
    """The account of a project whose template's sender number is not registered."""
    monkeypatch.setenv("NHN_APP_KEY", "k")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.yaml").write_text(MANIFESTS.replace("URL", port.url))
    return port.serve().state.emulators["nhncloud-sms"].account("k")


def test_an_unregistered_sender_refuses_the_plan_and_nothing_is_written(account, run):
    plan = run("plan", "--detailed-exitcode")
    assert plan.code == 1
    assert "not registered" in plan.out
    applied = run("apply", "--auto-approve")
    assert applied.code == 1
    assert "--ignore-finding nhn-sender-unregistered" in applied.err
    assert len(account.categories) == 1  # the highest one, which every account has


@pytest.mark.parametrize(("block", "rule"), [("Y", "nhn-sender-blocked"), ("N", None)])
def test_a_blocked_sender_refuses_too_and_a_good_one_does_not(account, run, block, rule):
    account.add_sender("15889999", block=block)
    document = run("plan", "--output", "json").json
    assert [each["rule"] for each in document["findings"]] == ([rule] if rule else [])
    assert run("plan").code == (1 if rule else 0)


def test_with_ignore_finding_the_plan_goes_on_with_a_warning(account, run):
    ignoring = ("--ignore-finding", "nhn-sender-unregistered")
    assert run("plan", "--detailed-exitcode", *ignoring).code == 2
    assert run("apply", "--auto-approve", *ignoring).code == 0
    assert set(account.templates) == {"t"}


def test_a_template_that_is_there_and_unchanged_is_a_warning_only(account, run):
    account.add_sender("15889999")
    assert run("apply", "--auto-approve").code == 0
    account.add_sender("15889999", block="Y")
    plan = run("plan", "--detailed-exitcode", "--output", "json")
    assert plan.code == 0
    assert [each["severity"] for each in plan.json["findings"]] == ["warning"]
