"""`reconciler dns`: from "publish these" to verified."""

import io

import pytest
from msgspec.structs import replace

from reconciler.cli.dns import domains
from reconciler.cli.output import Output
from reconciler.model.dns import DnsRecord
from reconciler.providers.surenotify import domains as provider

MANIFESTS = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: oct}
spec:
  type: octeth
  baseUrl: https://mail.example.com
  credentials: {apiKey: {fromEnv: OCTETH_KEY}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: main, provider: oct}
spec: {domain: acme.co.kr}
---
apiVersion: reconciler/v1
kind: Provider
metadata: {name: sure}
spec:
  type: surenotify
  credentials: {apiKey: {fromEnv: SURENOTIFY_KEY}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {name: news, provider: sure}
spec: {domain: news.acme.co.kr}
"""
SPF = "v=spf1 include:amazonses.com include:mailgun.org ?all"


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "mail.yaml").write_text(MANIFESTS)
    (folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {manifests: [manifests]}\n"
    )
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def clock(monkeypatch):
    """Seconds that a test moves."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(domains.time, "time", lambda: now[0])
    return now


def records(document):
    return {
        (each["fqdn"], each["type"]): each for zone in document["zones"] for each in zone["records"]
    }


def test_before_anything_is_applied_no_records_are_known(project, run):
    result = run("dns", "--emulate")
    assert result.code == 1
    assert "oct/SenderDomain/main: its DNS records are not known" in result.err
    assert "`reconciler apply` makes it" in result.err
    assert run("dns", "--emulate", "--output", "json").json["error"]["code"] == "dns-missing"


def test_a_project_without_domains_needs_no_records(project, run):
    text = MANIFESTS.split("---", maxsplit=1)[0]
    (project / "manifests" / "mail.yaml").write_text(text)
    result = run("dns", "--emulate")
    assert (result.code, result.err) == (0, "")
    assert "no DNS records are needed" in result.out


def test_apply_says_what_comes_next(project, run):
    result = run("apply", "--emulate", "--auto-approve")
    assert "publish, then: reconciler dns --check --wait 30m --verify" in result.out


def test_state_tells_the_records_of_all_domains(applied, run):
    document = run("dns", "--format", "json").json
    assert [zone["zone"] for zone in document["zones"]] == ["acme.co.kr"]
    found = records(document)
    spf = found["news.acme.co.kr", "TXT"]
    assert (spf["name"], spf["values"], spf["for"]) == ("news", [SPF], ["sure/SenderDomain/news"])
    assert found["acme.co.kr", "TXT"]["name"] == "@"
    assert document == run("dns", "--output", "json").json


def test_no_credentials_and_no_lock_are_needed(applied, run, monkeypatch):
    monkeypatch.delenv("RECONCILER_EMULATE")
    result = run("dns", "--state", ".reconciler/none.db")
    assert result.code == 1
    assert "OCTETH_KEY" not in result.err


def test_paths_choose_what_came_from_their_manifests(project, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    one, other = MANIFESTS.split("---\n")[:2], MANIFESTS.split("---\n")[2:]
    (project / "manifests" / "mail.yaml").write_text("---\n".join(one))
    (project / "manifests" / "news.yaml").write_text("---\n".join(other))
    assert run("apply", "--auto-approve").code == 0
    found = records(run("dns", "manifests/news.yaml", "--format", "json").json)
    assert {each["for"][0] for each in found.values()} == {"sure/SenderDomain/news"}


def test_zones_and_ttls_of_the_project_file_count(applied, run):
    (applied / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n  manifests: [manifests]\n"
        "  dns: {zones: {news.acme.co.kr: {ttl: 60}, acme.co.kr: {}}}\n"
    )
    document = run("dns", "--format", "json").json
    assert [zone["zone"] for zone in document["zones"]] == ["acme.co.kr", "news.acme.co.kr"]
    found = records(document)
    assert (found["news.acme.co.kr", "TXT"]["name"], found["news.acme.co.kr", "TXT"]["ttl"]) == (
        "@",
        60,
    )
    assert found["acme.co.kr", "TXT"]["ttl"] == 3600


@pytest.mark.parametrize(
    ("dns", "said"),
    [
        ("{resolvers: [dns.google]}", "must be an IP address"),
        ("{resolvers: [1.2.3]}", "spec.dns.resolvers[0] '1.2.3' is no IP address with a port"),
        ("{zones: {Example.com: {}}}", "must be the name of a zone"),
        ("{zones: {example.com: {ttl: 0}}}", "ttl"),
    ],
)
def test_faults_of_the_project_file_stand_at_their_place(project, run, dns, said):
    (project / "reconciler.yaml").write_text(
        f"apiVersion: reconciler/v1\nkind: Project\nspec:\n  dns: {dns}\n"
    )
    result = run("dns", "--emulate")
    assert result.code == 1
    assert "reconciler.yaml:4" in result.err
    assert said in result.err


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("octodns", "acme.co.kr.yaml"),
        ("dnscontrol", "acme.co.kr.js"),
        ("bind", "acme.co.kr.zone"),
        ("terraform", "messaging_dns.tf.json"),
    ],
)
def test_files_are_written_where_asked_and_only_over_our_own(applied, run, form, file):
    (applied / "zones").mkdir()
    ask = ("dns", "--format", form)
    assert run(*ask, "--out", "zones").code == 0
    assert (applied / "zones" / file).read_text() == run(*ask).out
    assert run(*ask, "--out", "zones").code == 0
    (applied / "zones" / file).write_text("mine")
    refused = run(*ask, "--out", "zones")
    assert refused.code == 64
    assert "a file of another kind lies there" in refused.err
    assert (applied / "zones" / file).read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "octodns", "--out", "manifests"), "it would be read as a manifest"),
        (("--format", "bind", "--out", "nowhere"), "is no folder"),
        (("--format", "bind", "--out", "link"), "is no folder"),
        (("--out", "."), "--out takes files of other tools"),
        (("--format", "json", "--out", "."), "--out takes files of other tools"),
        (("--format", "bind", "--output", "json"), "--output json is --format json"),
        (("--octodns-semicolons", "plain"), "goes with --format octodns"),
        (("--allow-probe",), "--allow-probe goes with --refresh"),
        (("--format", "bond"), "'bond' is not one of"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(applied, run, words, said):
    (applied / "link").symlink_to("manifests")
    result = run("dns", *words)
    assert result.code == 64
    assert said in result.err
    assert ("outside of what spec.manifests names" in result.err) == ("manifests" in words)


def test_octodns_semicolons_can_be_plain(applied, run):
    assert "escaped_semicolons: true" in run("dns", "--format", "octodns").out
    plain = run("dns", "--format", "octodns", "--octodns-semicolons", "plain").out
    assert "escaped_semicolons: false" in plain


def test_verify_has_the_providers_look_and_remembers_what_they_say(applied, run, clock):
    before = records(run("dns", "--format", "json").json)
    assert not before["news.acme.co.kr", "TXT"]["published"]
    document = run("dns", "--verify", "--format", "json").json
    assert {each["address"]: each["verified"] for each in document["domains"]} == {
        "oct/SenderDomain/main": True,
        "sure/SenderDomain/news": True,
    }
    assert records(document)["news.acme.co.kr", "TXT"]["published"]
    shown = run("state", "show", "sure/SenderDomain/news", "--output", "json").json
    assert all(each["published"] for each in shown["dnsRecords"])
    assert run("state", "history", "--output", "json").json["runs"][0]["summary"] == {
        "domain verified": 2
    }
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_provider_is_asked_once_a_minute_at_the_most(applied, run, clock, monkeypatch):
    real = provider.records
    monkeypatch.setattr(
        provider, "records", lambda body: [replace(each, published=False) for each in real(body)]
    )
    first = run("dns", "--verify", "manifests", "--format", "json")
    assert first.code == 2
    clock[0] += 30
    news = run("dns", "--verify", "--format", "json").json["domains"][1]
    assert (news["verified"], news["reason"]) == (
        False,
        "asked less than a minute ago; again in 30 s",
    )
    clock[0] += 30
    monkeypatch.setattr(provider, "records", real)
    assert run("dns", "--verify", "--format", "json").code == 0


def test_a_refresh_by_requests_that_may_change_something_needs_a_word(applied, run):
    refused = run("dns", "--refresh")
    assert refused.code == 64
    assert "sure/SenderDomain/news" in refused.err
    assert "oct/SenderDomain" not in refused.err
    assert "--allow-probe" in refused.err
    assert run("dns", "--refresh", "--allow-probe").code == 0


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("no\n", 1)])
def test_somebody_at_a_terminal_is_asked(applied, run, monkeypatch, answer, code):
    monkeypatch.setattr(Output, "interactive", property(lambda _self: True))
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    result = run("dns", "--refresh")
    assert result.code == code
    assert "Ask about sure/SenderDomain/news by a request that may change" in result.err
    found = records(run("dns", "--format", "json").json)
    assert found["news.acme.co.kr", "TXT"]["published"] is (code == 0)


def test_an_unknown_account_is_not_asked(applied, run):
    text = MANIFESTS.replace("name: sure}", "name: other}").replace(
        "provider: sure", "provider: other"
    )
    (applied / "manifests" / "mail.yaml").write_text(text)
    result = run("dns", "--verify")
    assert result.code == 1
    assert "no manifest says how to reach provider sure" in result.out


def test_rules_are_explained(run):
    for rule in ("dns-missing", "dns-conflict", "dns-invalid"):
        assert run("explain", rule).code == 0


def test_an_environment_has_domains_of_its_own(project, run, monkeypatch):
    monkeypatch.setenv("RECONCILER_EMULATE", "1")
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n  manifests: [manifests]\n"
        "  variables: {domain: {type: string}}\n"
        "  environments:\n"
        "    staging: {variables: {domain: staging.acme.co.kr}}\n"
        "    production: {variables: {domain: acme.co.kr}}\n"
    )
    text = MANIFESTS.replace("{domain: acme.co.kr}", '{domain: "${var.domain}"}')
    (project / "manifests" / "mail.yaml").write_text(text)
    for name in ("staging", "production"):
        assert run("apply", "--env", name, "--auto-approve").code == 0
    assert run("dns").code == 64
    document = run("dns", "--env", "staging", "--output", "json").json
    assert document["environment"] == "staging"
    assert ("staging.acme.co.kr", "TXT") in records(document)
    assert ("acme.co.kr", "TXT") not in records(document)


def test_values_of_providers_are_harmless_in_a_terminal(applied, run, monkeypatch):
    monkeypatch.setattr(provider, "records", lambda _body: HOSTILE)
    document = run("dns", "--refresh", "--allow-probe", "--format", "json")
    assert document.code == 1
    assert {each["rule"] for each in document.json["findings"]} == {"dns-conflict", "dns-invalid"}
    table = run("dns")
    for text in (table.out, table.err, run("dns", "--format", "bind").err):
        assert not set(text) & {"\x1b", "\u202e", "\x07"}
    assert "\\u202e" in table.out


HOSTILE = [
    DnsRecord(type="TXT", name="news.acme.co.kr", value="a\x1b]52;c;AA\x07", published=False),
    DnsRecord(type="TXT\u202e", name="news.acme.co.kr", value="x", published=False),
    DnsRecord(type="CNAME", name="*.acme.co.kr", value="a.example", published=False),
    DnsRecord(type="CNAME", name="$(id).acme.co.kr", value="a.example", published=False),
    DnsRecord(type="TXT", name="news.acme.co.kr", value="::error::x", published=False),
]
