"""The requests that a plan promises are those that its apply makes."""

import pytest

ACCOUNTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec:
  type: octeth
  baseUrl: https://mail.example.com
  credentials: {apiKey: {fromEnv: K}}
  options: {smtpPasswordFromList: true}
---
apiVersion: reconciler/v1
kind: Provider
metadata: {name: sms}
spec: {type: engagelab-sms, credentials: {devKey: {fromEnv: K}, devSecret: {fromEnv: K}}}
---
apiVersion: reconciler/v1
kind: Provider
metadata: {name: sn}
spec: {type: surenotify, credentials: {apiKey: {fromEnv: K}}}
"""
DELIVERING = """\
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news.example.com, provider: mail}
spec: {}
---
apiVersion: reconciler/v1
kind: ApiKey
metadata: {name: shop}
spec: {domain: news.example.com, deliverTo: {file: secrets/key}}
---
apiVersion: reconciler/v1
kind: SmtpConfig
metadata: {name: shop}
spec: {domain: news.example.com, deliverTo: {envFile: {path: .env, variable: SMTP}}}
---
apiVersion: reconciler/v1
kind: Webhook
metadata: {name: events, provider: mail}
spec:
  domain: news.example.com
  events: [delivery]
  url: https://hooks.example.com/a
  signingKeyTo: {file: secrets/signing}
---
apiVersion: reconciler/v1
kind: Template
metadata: {name: hello}
spec: {category: utility, body: hello, countries: [US], idTo: {file: secrets/id}}
"""
HOOK = """\
---
apiVersion: reconciler/v1
kind: Webhook
metadata: {name: %s, provider: sn}
spec: {channel: email, events: [%s], url: "https://hooks.example.com/%s"}
"""


@pytest.fixture
def promised(tmp_path, monkeypatch, run):
    """Plan and apply manifests; return the requests that the plan tells, and what apply told."""
    monkeypatch.chdir(tmp_path)

    def call(text):
        (tmp_path / "m.yaml").write_text(text)
        plan = run("plan", "--emulate", "--output", "json").json
        options = ("--auto-approve", "--allow-deletes", "9", "--output", "json")
        done = run("apply", "--emulate", *options)
        assert done.code == 0, done.err
        writes = {name: told["writes"] for name, told in plan["requests"].items()}
        return writes, done.json

    return call


@pytest.mark.parametrize(
    ("before", "after", "provider", "requests"),
    [
        ("secrets/key", "elsewhere/key", "mail", 0),
        ("variable: SMTP", "variable: MAIL", "mail", 0),
        ("secrets/signing", "elsewhere/signing", "mail", 1),  # the list is read again
        ("secrets/id", "elsewhere/id", "sms", 0),
    ],
    ids=["key", "access", "signing-key", "id"],
)
def test_moving_what_was_delivered_asks_a_provider_for_little_or_nothing(
    promised, before, after, provider, requests
):
    text = ACCOUNTS + DELIVERING
    promised(text)
    writes, done = promised(text.replace(before, after))
    assert done["summary"]["update"] == 1
    assert writes == {"mail": 0, "sms": 0, provider: requests}
    assert done["requests"] == {"sn": 0, **writes}


def test_webhook_slots_that_have_their_url_are_not_counted(promised):
    def of(*hooks):
        writes, done = promised(ACCOUNTS + "".join(HOOK % hook for hook in hooks))
        assert done["requests"]["sn"] == writes["sn"]
        return writes["sn"]

    assert of(("a", "delivery, open", "a"), ("b", "bounce", "b")) == 7
    assert of(("a", "delivery", "a"), ("b", "bounce, open", "b")) == 3
    assert of(("a", "delivery", "a"), ("b", "bounce, open", "a")) == 4
    assert of(("a", "delivery, open", "a"), ("b", "bounce", "a")) == 0
    assert of(("a", "delivery", "a"), ("b", "open", "c")) == 4
    assert of(("a", "delivery", "a")) == 1
