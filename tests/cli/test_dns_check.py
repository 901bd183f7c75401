"""`reconciler dns --check --wait --verify`, against DNS servers on loopback addresses."""

import json
from xml.etree import ElementTree as ET

import pytest

from reconciler.cli.dns import domains
from reconciler.dns import queries, waiting
from reconciler.providers.octeth import convert
from tests.support.dns_world import ZONE, small_world

MANIFEST = f"""\
apiVersion: reconciler/v1
kind: Provider
metadata: {{name: oct}}
spec:
  type: octeth
  baseUrl: https://mail.example.com
  credentials: {{apiKey: {{fromEnv: OCTETH_KEY}}}}
---
apiVersion: reconciler/v1
kind: SenderDomain
metadata: {{name: main}}
spec: {{domain: {ZONE}}}
"""
SPF = "v=spf1 include:mailgun.org ~all"
MAIL, TRACK = f"mail.{ZONE}", f"track.{ZONE}"


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / "manifests").mkdir(parents=True)
    (folder / "manifests" / "mail.yaml").write_text(MANIFEST)
    (folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {manifests: [manifests]}\n"
    )
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def world(applied, monkeypatch):
    with small_world(monkeypatch) as made:
        made.publish(f"_dmarc.{ZONE}", "TXT", '"v=DMARC1; p=reject"')
        made.publish("mailgun.org", "TXT", '"v=spf1 ip4:192.0.2.1 -all"', at=("resolver",))
        yield made


@pytest.fixture
def check(world, run):
    def call(*words):
        return run("dns", "--check", "--resolver", f"127.0.0.1:{world.port}", *words)

    return call


def publish(world, *, at=("resolver", "ns1", "ns2")):
    world.publish(ZONE, "TXT", f'"{SPF}"', at=at)
    world.publish(MAIL, "CNAME", "mfrom.octeth.example.", at=at)
    world.publish(TRACK, "CNAME", "track.octeth.example.", at=at)


def statuses(document):
    return {
        f"{each['fqdn']} {each['type']}": each["status"]
        for zone in document["zones"]
        for each in zone["records"]
    }


def test_all_is_there(world, check):
    publish(world)
    result = check()
    assert (result.code, result.err) == (0, "")
    assert "3 records in 1 zone: 3 ok." in result.out


def test_what_is_missing_or_different_is_told_with_who_says_so(world, check):
    publish(world)
    world.publish(MAIL, "CNAME", "old.example.", at=("ns2",))
    del world.resolver.records[TRACK, "CNAME"]
    result = check()
    assert result.code == 2
    assert f"different {MAIL} CNAME" in result.out
    assert f"ns2.example (127.0.0.3:{world.port}): different, has old.example" in result.out
    assert f"missing {TRACK} CNAME" in result.out
    assert f"\n    127.0.0.1:{world.port}: missing\n" in result.out
    assert "3 records in 1 zone: 1 ok, 1 missing, 1 different." in result.out


def test_json_has_what_every_server_says(world, check):
    publish(world, at=("ns1", "resolver"))
    result = check("--format", "json")
    assert result.code == 2
    document = result.json
    assert set(statuses(document).values()) == {"missing"}
    servers = document["zones"][0]["records"][0]["servers"]
    assert [each["status"] for each in servers] == ["ok", "missing", "ok"]
    assert servers[1] == {
        "server": f"ns2.example (127.0.0.3:{world.port})",
        "status": "missing",
        "found": [],
        "reason": "",
    }


def test_a_conflict_and_silence_are_errors(world, check, monkeypatch):
    publish(world)
    world.publish(MAIL, "CNAME")
    world.publish(MAIL, "TXT", '"x"')
    result = check()
    assert result.code == 1
    assert "a CNAME cannot stand beside TXT" in result.out
    monkeypatch.setattr(queries, "TIMEOUT", 0.3)
    world.resolver.odd = "silent"
    silent = check("--format", "json")
    assert silent.code == 1
    assert set(statuses(silent.json).values()) == {"unreachable"}


def test_servers_that_say_the_same_are_told_once(world, check):
    result = check()
    assert result.code == 2
    assert result.out.count("\n    every server: missing\n") == 3


def test_an_spf_record_that_is_there_is_changed_not_doubled(world, check):
    publish(world)
    world.publish(ZONE, "TXT", '"v=spf1 mx -all"', '"other"')
    change = "v=spf1 mx include:mailgun.org -all"
    table = check()
    assert table.code == 2
    assert f"Change the SPF record of {ZONE}" in table.out
    assert change in table.out
    document = check("--format", "json").json
    record = next(each for each in document["zones"][0]["records"] if each["type"] == "TXT")
    assert (record["change"], record["values"]) == (change, [SPF])
    exported = check("--format", "bind")
    assert f";   {change}" in exported.out
    assert f'"{SPF}"' not in exported.out
    assert "1 different" in exported.err


def test_findings_of_dns_are_told_and_their_errors_are_no_success(world, check):
    publish(world)
    inner = " ".join(f"include:i{number}.example" for number in range(11))
    world.publish("mailgun.org", "TXT", f'"v=spf1 {inner} -all"', at=("resolver",))
    result = check("--format", "json")
    assert result.code == 2
    rules = {each["rule"]: each["severity"] for each in result.json["findings"]}
    assert rules == {"spf-lookups": "error", "spf-void": "warning"}


def test_a_project_may_take_a_finding_otherwise(applied, world, check):
    publish(world)
    del world.resolver.records[f"_dmarc.{ZONE}", "TXT"]
    assert "dmarc-missing" in check().out
    (applied / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n  manifests: [manifests]\n"
        '  lint: {rules: {dmarc-missing: "off"}}\n'
    )
    assert "dmarc-missing" not in check().out


def test_resolvers_come_from_the_project_where_none_is_named(applied, world, run):
    publish(world)
    (applied / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec:\n  manifests: [manifests]\n"
        f'  dns: {{resolvers: ["127.0.0.1:{world.port}"]}}\n'
    )
    assert run("dns", "--check").code == 0


def test_a_machine_without_resolvers_says_so(world, run, monkeypatch):
    import dns.resolver

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", lambda self, _file: None)
    result = run("dns", "--check")
    assert result.code == 1
    assert "--resolver 1.1.1.1" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--wait", "5m"), "--wait goes with --check"),
        (("--resolver", "1.1.1.1"), "--resolver goes with --check"),
        (("--report", "json=r.json"), "--report goes with --check"),
        (("--output", "markdown"), "--output markdown goes with --check"),
        (("--check", "--wait", "5"), "90s, 30m, 24h or 7d"),
        (("--check", "--wait", "8d"), "more than 7d"),
        (("--check", "--resolver", "dns.google"), "is no IP address with a port"),
        (("--check", "--resolver", "1.1.1.1:0"), "is no IP address with a port"),
        (("--check", "--report", "gitlab-terraform=r"), "has no report 'gitlab-terraform'"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(project, run, words, said):
    result = run("dns", "--emulate", *words)
    assert result.code == 64
    assert said in result.err


def test_reports_tell_each_record(world, check, applied):
    publish(world)
    del world.resolver.records[TRACK, "CNAME"]
    reports = [
        word
        for form in ("json", "junit", "sarif", "markdown", "gitlab-codequality")
        for word in ("--report", f"{form}=r.{form}")
    ]
    result = check(*reports)
    assert result.code == 2
    assert statuses(json.loads((applied / "r.json").read_text()))[f"{TRACK} CNAME"] == "missing"
    suites = ET.fromstring((applied / "r.junit").read_text())
    assert (suites.get("tests"), suites.get("failures")) == ("3", "1")
    results = json.loads((applied / "r.sarif").read_text())["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == ["dns-record"]
    assert "2 of 3 records are there" in (applied / "r.markdown").read_text()
    assert "DNS: 2 of 3 records are there" in check("--output", "markdown").out


HOSTILE = "v=spf1 <script>alert(1)</script> <img src=//evil.example> 한글 \u202e &amp;"


def test_the_page_shows_what_is_missing_first_and_what_servers_say_as_text(world, check, applied):
    publish(world)
    del world.resolver.records[TRACK, "CNAME"]
    world.publish(MAIL, "TXT", f'"{HOSTILE}"')
    world.publish(ZONE, "TXT", f'"{HOSTILE}"', at=("resolver", "ns1", "ns2"))
    assert check("--report", "html=dns.html").code != 0
    page = (applied / "dns.html").read_text()
    assert "default-src &#x27;none&#x27;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert page.index(f"{TRACK} CNAME") < page.index(f"{MAIL} CNAME")
    assert "<span class='tag missing'>missing</span>" in page
    assert page.count("dns-record") == 0


# --- waiting and verifying ---------------------------------------------------------------------


@pytest.fixture
def time_flies(world, monkeypatch):
    """Clocks that jump; `happens` says what happens in DNS at which second."""
    happens = {}
    wall = [1_800_000_000.0]

    async def sleep(seconds):
        world.now += seconds
        wall[0] += seconds
        for when in sorted(happens):
            if when <= world.now:
                happens.pop(when)()

    monkeypatch.setattr(waiting, "SYSTEM", waiting.Clock(now=lambda: world.now, sleep=sleep))
    monkeypatch.setattr(domains.time, "time", lambda: wall[0])
    return happens


@pytest.fixture
def provider_finds(monkeypatch):
    """Whether the provider finds the records: a test changes the value."""
    found = [True]
    real = convert.flag_of
    monkeypatch.setattr(convert, "flag_of", lambda value: real(value) and found[0])
    return found


def test_from_publish_these_to_verified_in_one_command(world, check, run, time_flies):
    publish(world, at=("ns1",))
    time_flies[60] = lambda: publish(world, at=("ns1", "ns2"))
    time_flies[200] = lambda: publish(world)
    result = check("--wait", "30m", "--verify")
    assert result.code == 0
    first, rest = result.err.split("waiting for:")[1:3]
    assert f"missing at ns2.example (127.0.0.3:{world.port}), 127.0.0.1:{world.port}" in first
    assert f"missing at 127.0.0.1:{world.port}" in rest
    assert "ns1.example" not in result.err
    assert "oct/SenderDomain/main  verified" in result.out
    assert "3 records in 1 zone: 3 ok." in result.out


def test_patience_ends(world, check, time_flies):
    result = check("--wait", "10m", "--verify", "--format", "json")
    assert result.code == 2
    assert set(statuses(result.json).values()) == {"missing"}
    assert 590 <= world.now <= 610
    (domain,) = result.json["domains"]
    assert (domain["verified"], domain["reason"]) == (
        False,
        "not asked: its records are not all in DNS yet",
    )


def test_a_provider_that_needs_time_is_asked_again_each_minute(
    world, check, run, time_flies, provider_finds
):
    publish(world)
    provider_finds[0] = False
    time_flies[100] = lambda: provider_finds.__setitem__(0, True)
    result = check("--wait", "30m", "--verify")
    assert result.code == 0, result.out
    assert "waiting for: providers to verify oct/SenderDomain/main" in result.err
    assert 120 <= world.now <= 125
    runs = run("state", "history", "--output", "json").json["runs"]
    assert [each["summary"] for each in runs[:3]] == [
        {"domain verified": 1},
        {"domain not verified": 1},
        {"domain not verified": 1},
    ]


def test_without_patience_a_provider_is_asked_once(world, check, time_flies, provider_finds):
    publish(world)
    provider_finds[0] = False
    result = check("--verify", "--format", "json")
    assert result.code == 2
    assert "the provider does not find" in result.json["domains"][0]["reason"]
    assert world.now == 0
