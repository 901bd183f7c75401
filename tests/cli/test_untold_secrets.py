"""A server that tells a generated secret to nobody: one object is made, and the way out is named."""

import pytest

from reconciler.providers.octeth import api_keys

OPTION = "options: {smtpPasswordFromList: true}"
MAIL = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec:
  type: octeth
  baseUrl: https://mail.example.com
  credentials: {apiKey: {fromEnv: K}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news.example.com}
spec: {}
---
apiVersion: reconciler/v1
kind: SmtpConfig
metadata: {name: app}
spec: {domain: news.example.com, deliverTo: {envFile: {path: .env, variable: SMTP}}}
"""
KEY = """\
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec: {domain: news.example.com, deliverTo: {file: key}}
"""
APP = "mail/SmtpConfig/app"
SHOP = "mail/ApiKey/shop"


@pytest.fixture
def mail(project, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    (project / "nhn.yaml").write_text(MAIL)
    assert run("apply", "--auto-approve").code == 3
    return project


def ids(run, address):
    """What is there at the provider, of the kind of an address."""
    shown = run("state", "show", address, "--output", "json").json
    kind = address.split("/")[1]
    strangers = [
        each["id"]
        for each in run("drift", "--unmanaged", "--output", "json").json["drift"]
        if each["status"] == "unmanaged" and f"/{kind}/" in each["address"]
    ]
    return sorted([shown["id"], *shown["deposed"], *strangers])


def test_an_access_without_a_password_is_made_once_however_often_apply_runs(mail, run):
    made = ids(run, APP)
    assert len(made) == 1
    for _ in range(2):
        result = run("apply", "--auto-approve")
        assert (result.code, ids(run, APP)) == (4, made)
        assert OPTION in result.out


def test_plan_state_and_drift_name_what_is_owed_and_the_way_out(mail, run):
    plan = run("plan")
    assert plan.code == 4
    assert OPTION in plan.out
    document = run("plan", "--output", "json").json
    assert [each["decision"] for each in document["blocked"]] == [True]
    assert OPTION in run("state", "show", APP).out
    assert OPTION in run("state", "show", APP, "--output", "json").json["wayOut"]
    assert "secret not delivered" in run("state", "list").out
    assert "in doubt" not in run("state", "list").out
    drift = run("drift", "--output", "json")
    assert OPTION in drift.json["drift"][0]["reason"]
    assert (drift.code, [each["status"] for each in drift.json["drift"]]) == (2, ["undelivered"])


def test_the_rest_of_the_account_goes_on(mail, run, edit):
    edit("spec: {}", "spec: {subdomain: m}")
    result = run("apply", "--auto-approve")
    assert result.code == 4
    assert "mail/SenderDomain/news.example.com updated" in result.err


def test_with_the_option_the_access_is_replaced_and_its_secret_delivered(mail, run, edit):
    [before] = ids(run, APP)
    edit("  type: octeth\n", f"  type: octeth\n  {OPTION}\n")
    assert run("apply", "--auto-approve").code == 0
    [after] = ids(run, APP)
    assert after != before
    sink = mail / ".reconciler" / "emulated" / "sinks" / ".env"
    assert "SMTP_PASSWORD=" in sink.read_text()
    assert run("plan", "--detailed-exitcode").code == 0
    assert "wayOut" not in run("state", "show", APP, "--output", "json").json


def test_without_its_manifest_it_is_removed(mail, run):
    (mail / "nhn.yaml").write_text(MAIL.rpartition("---\n")[0])
    assert run("apply", "--auto-approve").code == 0
    assert [row["address"] for row in run("state", "list", "--output", "json").json["objects"]] == [
        "mail/SenderDomain/news.example.com"
    ]


def test_a_key_that_nobody_tells_is_made_once_and_again_when_its_rotation_changes(
    mail, run, edit, monkeypatch
):
    real = api_keys.created_api_key
    monkeypatch.setattr(api_keys, "created_api_key", lambda body: (real(body)[0], None))
    monkeypatch.setattr(api_keys, "_key_in", lambda _rows, _key: {})
    (mail / "nhn.yaml").write_text(MAIL.rpartition("---\n")[0] + KEY)
    assert run("apply", "--auto-approve").code == 3
    made = ids(run, SHOP)
    assert len(made) == 1
    again = run("apply", "--auto-approve")
    assert (again.code, ids(run, SHOP)) == (4, made)
    assert "Change its `rotation`" in again.out
    monkeypatch.undo()
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    monkeypatch.chdir(mail)
    edit("{file: key}", "{file: key}, rotation: again")
    assert run("apply", "--auto-approve").code == 0
    assert len(ids(run, SHOP)) == 1
