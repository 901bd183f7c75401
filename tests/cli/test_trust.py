"""Credentials go to trusted hosts alone, and never into a run that a stranger can start."""

import pytest

from reconciler.cli.opening import session
from reconciler.http.client import HttpClient
from reconciler.model.host import Host

OCTETH = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: mail}
spec:
  type: octeth
  baseUrl: https://mail.example.com:8443/app
  credentials: {apiKey: {fromEnv: OCTETH_API_KEY}}
"""


class Read(Exception):
    """Credentials are about to be read."""


@pytest.fixture(autouse=True)
def no_real_account(monkeypatch):
    """Nothing may get as far as an account here."""

    def build(*_, **__):
        raise Read

    monkeypatch.setattr(session, "build", build)
    monkeypatch.setattr(HttpClient, "__init__", build)
    monkeypatch.delenv("RECONCILER_TRUSTED_HOSTS", raising=False)
    monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)


@pytest.fixture
def mail(project):
    """The project of one Octeth account and of one with its default host."""
    (project / "mail.yaml").write_text(OCTETH)
    return project


def trusting(project, *hosts):
    listed = ", ".join(f'"{host}"' for host in hosts)
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: shop}\n"
        f"spec: {{trustedHosts: [{listed}]}}\n"
    )


def refusal(result):
    return result.json["error"]


def test_without_a_list_any_host_gets_credentials(run, mail):
    assert "Read" in run("plan").err


@pytest.mark.parametrize(
    "hosts",
    [
        ["mail.example.com"],
        ["MAIL.example.com."],
        ["mail.example.com:8443"],
        ["other.example.com", "mail.example.com"],
    ],
)
@pytest.mark.parametrize("variable", [False, True])
def test_a_trusted_host_gets_credentials(run, mail, monkeypatch, hosts, variable):
    if variable:
        trusting(mail, "nobody.example.com")
        monkeypatch.setenv("RECONCILER_TRUSTED_HOSTS", ", ".join(hosts))
    else:
        trusting(mail, *hosts)
    assert "Read" in run("plan").err


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["example.com"],
        ["mail.example.com.evil.example"],
        ["mail.example.com:443"],
        ["notmail.example.com"],
    ],
)
@pytest.mark.parametrize("variable", [False, True])
def test_no_other_host_gets_any(run, mail, monkeypatch, hosts, variable):
    if variable:
        trusting(mail, "mail.example.com")
        monkeypatch.setenv("RECONCILER_TRUSTED_HOSTS", " ".join(hosts))
    else:
        trusting(mail, *hosts)
    result = run("plan", "--output", "json")
    assert result.code == 1
    error = refusal(result)
    assert error["code"] == "untrusted-host"
    assert error["details"] == [
        "mail.yaml:6:12: mail: mail.example.com:8443 is not trusted",
    ]
    assert ("RECONCILER_TRUSTED_HOSTS" if variable else "spec.trustedHosts") in error["hint"]
    assert not (mail / ".reconciler").exists()


@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost:8025", "[::1]:8025"])
def test_this_machine_is_always_trusted(run, mail, edit, host):
    edit("https://mail.example.com:8443", f"http://{host}", "mail.yaml")
    trusting(mail)
    assert "Read" in run("plan").err


@pytest.mark.parametrize("host", ["https://mail.example.com", "*.example.com"])
def test_a_variable_that_holds_no_host_is_a_wrong_command_line(run, mail, monkeypatch, host):
    monkeypatch.setenv("RECONCILER_TRUSTED_HOSTS", host)
    result = run("plan")
    assert result.code == 64
    assert f"'{host}' is no host" in result.err


def test_a_project_that_trusts_a_pattern_of_hosts_is_refused(run, mail):
    trusting(mail, "*.example.com")
    result = run("plan")
    assert result.code == 1
    assert "without *" in result.err


@pytest.mark.parametrize("host", ["https://a.example", "a@b.example", "a.example:70000", "[::1::]"])
def test_what_is_no_host_is_a_fault_at_its_place(run, mail, host):
    trusting(mail, host)
    result = run("validate")
    assert result.code == 1
    assert "reconciler.yaml:4:" in result.out


COMMANDS = [
    ("plan",),
    ("apply", "--auto-approve"),
    ("destroy", "--auto-approve"),
    ("drift",),
    ("verify",),
    ("import", "--provider", "nhn", "--out", "imported"),
    ("webhook", "check", "nhn", "body", "--header", "a: b", "--secret-env", "K"),
    ("state", "list", "--state", "postgresql://db.example.com/messaging"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("trigger", ["pull_request_target", "workflow_run"])
def test_what_a_stranger_can_start_reads_no_credentials(run, project, monkeypatch, words, trigger):
    (project / "body").write_text("{}")
    monkeypatch.setenv("GITHUB_EVENT_NAME", trigger)
    before = sorted(project.rglob("*"))
    result = run(*words, "--output", "json")
    assert (result.code, refusal(result)["code"]) == (1, "unsafe-trigger")
    assert sorted(project.rglob("*")) == before


def test_who_allows_it_may_start_it_so(run, project, monkeypatch):
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    monkeypatch.setenv("RECONCILER_ALLOW_PRIVILEGED_TRIGGER", "1")
    assert "Read" in run("plan").err


@pytest.mark.parametrize("trigger", ["pull_request", "push", "schedule"])
def test_other_triggers_are_safe(run, project, monkeypatch, trigger):
    monkeypatch.setenv("GITHUB_EVENT_NAME", trigger)
    assert "Read" in run("plan").err


def test_what_needs_no_secret_runs_everywhere(run, mail, monkeypatch):
    monkeypatch.undo()
    monkeypatch.chdir(mail)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    trusting(mail)
    assert run("validate").code == 0
    assert run("plan", "--emulate").code == 0


@pytest.mark.parametrize("code", ["unsafe-trigger", "untrusted-host", "changes-differ"])
def test_codes_of_errors_are_explained(run, code):
    assert run("explain", code).out.startswith(f"{code}  error, exit code 1\n")
    assert run("explain", code, "--output", "json").json["code"]["exitCode"] == 1


def test_a_host_is_spelled_as_in_a_url():
    assert [str(Host.of(url)) for url in ("https://A.example/x", "http://[::1]:80")] == [
        "a.example",
        "[::1]:80",
    ]


def state_at(project, url, *hosts):
    listed = ", ".join(f'"{host}"' for host in hosts)
    (project / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: shop}\n"
        f'spec: {{state: "{url}", trustedHosts: [{listed}]}}\n'
    )


STOLEN = [
    "postgresql://evil.example.com/state",
    "postgres://evil.example.com/state",
    "postgresql://db.internal/state?hostaddr=evil.example.com",
    "postgresql://evil%2Eexample.com/state",
    "postgresql://db.internal,evil.example.com/state",
    "postgresql:///state?host=evil.example.com",
    "s3://bucket/state?endpoint=https://evil.example.com",
    "az://container/state?account=a&endpoint=https://evil.example.com",
]


@pytest.mark.parametrize("url", STOLEN)
@pytest.mark.parametrize(
    "command", [("plan",), ("state", "list"), ("state", "pull", "--out", "x.copy")]
)
def test_a_state_of_a_manifest_gets_no_credentials_on_a_host_that_is_not_trusted(
    run, project, url, command
):
    state_at(project, url, "db.internal")
    refused = run(*command, "--output", "json")
    assert refused.code == 1
    assert refusal(refused)["code"] == "untrusted-host"
    assert "evil.example.com" in refusal(refused)["message"]


@pytest.mark.parametrize(
    ("place", "trusted", "refused"),
    [
        ("a.invalid:6000,b.invalid:6001", ["a.invalid:6000", "b.invalid:6001"], ""),
        ("a.invalid:6000,c.invalid", ["a.invalid:6000", "c.invalid:5432"], ""),
        ("a.invalid:6000,a.invalid", ["a.invalid:6000"], "a.invalid:5432"),
        ("a.invalid:6001,b.invalid:6000", ["a.invalid:6000", "b.invalid:6001"], "a.invalid:6001"),
    ],
)
def test_each_of_several_servers_has_its_own_port(run, project, place, trusted, refused):
    state_at(project, f"postgresql://{place}/state?connect_timeout=1", *trusted)
    told = refusal(run("state", "list", "--output", "json"))
    assert told["code"] == ("untrusted-host" if refused else "state")
    assert refused in told["message"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://evil.invalid:99999/state",
        "postgresql://a.invalid,b.invalid,c.invalid/state?port=1,2",
        "postgresql://db.internal,evil.invalid:x/state",
        "postgresql://evil.invalid\u2100/state",
        r"s3://bucket/state?endpoint=https://evil.invalid%5C@db.internal",
        "s3://bucket/state?endpoint=https://db.internal@evil.invalid",
        "s3://bucket/state?endpoint=https://evil.invalid:99999",
        "s3://bucket/state?region=x@evil.invalid/",
        "s3://bucket/state?region=evil.invalid%23",
        "az://container/state?account=evil.invalid/",
    ],
)
@pytest.mark.parametrize("command", [("plan",), ("state", "list")])
def test_a_place_that_could_be_read_in_two_ways_gets_nothing(run, project, url, command):
    state_at(project, url.replace("\\", "\\\\"), "db.internal")
    refused = run(*command, "--output", "json")
    assert refused.code == 1
    assert refusal(refused)["code"] in {"state", "untrusted-host"}
    assert "cannot be reached" not in refusal(refused)["message"]


def test_the_list_of_who_runs_it_counts_for_states_too(run, project, monkeypatch):
    state_at(project, STOLEN[0], "evil.example.com")
    monkeypatch.setenv("RECONCILER_TRUSTED_HOSTS", "db.internal")
    assert refusal(run("state", "list", "--output", "json"))["code"] == "untrusted-host"


def test_the_place_that_is_named_on_the_command_line_is_trusted(run, project):
    trusting(project, "db.internal")
    url = "postgresql://nobody.invalid/state?connect_timeout=1"
    refused = run("--state", url, "state", "list", "--output", "json")
    assert refusal(refused)["code"] == "state"


@pytest.mark.parametrize(
    "command", [("state", "migrate", "--to", STOLEN[0]), ("state", "environments")]
)
def test_other_commands_of_state_are_as_careful(run, project, monkeypatch, command):
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    state_at(project, STOLEN[0], "evil.example.com")
    assert refusal(run(*command, "--output", "json"))["code"] == "unsafe-trigger"
