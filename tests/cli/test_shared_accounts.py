"""Two environments of one account are noticed, from what state tells; credentials are left alone."""

import pytest

from reconciler.cli.opening import neighbours
from tests.support.served import Port

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
spec:
  variables:
    key: {type: string}
    base: {type: string}
  environments:
    staging: {variables: {key: STAGING, base: "URL"}}
    production: {variables: {key: PRODUCTION, base: "URL"}}
"""
MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec:
  type: nhncloud-sms
  baseUrl: "${var.base}/nhncloud-sms"
  credentials: {appKey: {fromEnv: "NHN_${var.key}"}}
  limits: {settleSeconds: 0}
---
{apiVersion: reconciler/v1, kind: Tag, metadata: {name: vip}, spec: {}}
"""


@pytest.fixture(scope="module")
def port():
    with Port() as served:
        yield served


@pytest.fixture
def staged(port, project, run, monkeypatch):
    """The project, applied to staging, whose key is then no longer to be had."""
    port.serve()
    (project / "reconciler.yaml").write_text(PROJECT.replace("URL", port.url))
    (project / "nhn.yaml").write_text(MANIFESTS)
    monkeypatch.setenv("NHN_STAGING", "OneKey")
    result = run("apply", "--auto-approve", "--env", "staging")
    assert result.code == 0, result.err
    monkeypatch.delenv("NHN_STAGING")
    return project


def test_states_lie_in_folders_of_their_own(staged, run, monkeypatch):
    monkeypatch.setenv("NHN_PRODUCTION", "OtherKey")
    assert run("apply", "--auto-approve", "--env", "production").code == 0
    for name in ("staging", "production"):
        assert (staged / ".reconciler" / name / "state.db").exists()
    assert not (staged / ".reconciler" / "state.db").exists()


@pytest.mark.parametrize("words", [("plan",), ("apply", "--auto-approve"), ("drift",)])
def test_an_account_of_another_environment_is_refused(staged, run, monkeypatch, words):
    monkeypatch.setenv("NHN_PRODUCTION", "OneKey")
    result = run(*words, "--env", "production", "--output", "json")
    assert result.code == 1
    error = result.json["error"]
    assert error["code"] == "shared-account"
    assert error["message"] == ("provider nhn is the account of nhn in the environment staging")
    assert 'sharedAccount: "true"' in error["hint"]


def test_both_environments_may_say_that_they_share_it(staged, run, monkeypatch, edit):
    monkeypatch.setenv("NHN_PRODUCTION", "OneKey")
    shared = 'labels: {sharedAccount: "true"}, '
    edit("production: {", "production: {" + shared, file="reconciler.yaml")
    assert run("plan", "--env", "production").code == 1
    edit("staging: {", "staging: {" + shared, file="reconciler.yaml")
    assert run("plan", "--env", "production").code == 0


def test_a_plan_refuses_what_apply_will_once_it_is_no_longer_said(staged, run, monkeypatch, edit):
    monkeypatch.setenv("NHN_PRODUCTION", "OneKey")
    shared = 'labels: {sharedAccount: "true"}, '
    for name in ("production", "staging"):
        edit(f"{name}: {{", f"{name}: {{{shared}", file="reconciler.yaml")
    in_production = ("--env", "production")
    assert run("apply", "--auto-approve", "--adopt", *in_production).code == 0
    edit(f"production: {{{shared}", "production: {", file="reconciler.yaml")
    for words in (("plan",), ("apply", "--auto-approve")):
        result = run(*words, *in_production, "--output", "json")
        assert (result.code, result.json["error"]["code"]) == (1, "shared-account")


def opened_by(run, monkeypatch, *words):
    """Return the states of others that a command opens."""
    seen, real = [], neighbours.open_state

    def noting(url, project, other, **options):
        seen.append(other.name)
        return real(url, project, other, **options)

    monkeypatch.setattr(neighbours, "open_state", noting)
    assert run(*words).code == 0
    return seen


def test_others_states_are_opened_by_a_plan_and_what_writes_and_where_an_account_is_new(
    staged, run, monkeypatch
):
    monkeypatch.setenv("NHN_PRODUCTION", "OtherKey")
    in_production = ("--env", "production")
    assert opened_by(run, monkeypatch, "drift", *in_production) == ["staging"]
    assert opened_by(run, monkeypatch, "plan", *in_production) == ["staging"]
    assert opened_by(run, monkeypatch, "apply", "--auto-approve", *in_production) == ["staging"]
    assert opened_by(run, monkeypatch, "plan", *in_production) == ["staging"]
    assert opened_by(run, monkeypatch, "drift", *in_production) == []
    monkeypatch.setenv("NHN_PRODUCTION", "OneKey")
    assert run("plan", *in_production).code == 1


def test_nothing_is_written_to_anothers_state(staged, run, monkeypatch):
    monkeypatch.setenv("NHN_PRODUCTION", "OtherKey")

    def lies_there():
        folder = staged / ".reconciler" / "staging"
        return {each.name: each.read_bytes() for each in folder.rglob("*") if each.is_file()}

    before = lies_there()
    assert run("plan", "--env", "production").code == 0
    assert lies_there() == before


def test_anothers_state_that_breaks_while_it_is_read_tells_nothing(staged, run, monkeypatch):
    monkeypatch.setenv("NHN_PRODUCTION", "OneKey")
    [key] = (staged / ".reconciler" / "staging").rglob("key")
    key.unlink()
    assert run("plan", "--env", "production").code == 0


def test_a_state_that_cannot_be_read_tells_nothing(staged, run, monkeypatch):
    monkeypatch.setenv("NHN_PRODUCTION", "OneKey")
    (staged / ".reconciler" / "staging" / "state.db").write_bytes(b"damaged")
    assert run("plan", "--env", "production").code == 0
