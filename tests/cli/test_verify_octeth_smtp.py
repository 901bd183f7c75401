"""`reconciler verify` of an SMTP access: logs in at the emulated server, and sends by it."""

import json
import smtplib
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.emulator.smtp import SmtpServer
from tests.cli.test_verify_octeth import MANIFEST, SMTP, applied, checks
from tests.support import verifying
from tests.support.verifying import send, verify

BY_SMTP = (
    MANIFEST.partition("---\napiVersion: reconciler/v1\nkind: ApiKey")[0]
    + SMTP
    + """\
---
apiVersion: reconciler/v1
kind: Canary
metadata: {{name: arrives}}
spec:
  of: {{kind: SmtpConfig, name: legacy}}
  to: {{fromEnv: CANARY_TO}}
  deadlineSeconds: 1
"""
).replace("---\n---\n", "---\n")


@pytest.fixture
def serve(project, monkeypatch):
    @contextmanager
    def served(to="kim@example.org", **readings):
        monkeypatch.setenv("OCTETH_KEY", "canary-octeth-key")
        monkeypatch.setenv("CANARY_TO", to)
        readings = {"octeth": {"smtp-secret": "inline"} | readings}
        with (
            verifying.served(project / "nhn.yaml", BY_SMTP, readings) as here,
            SmtpServer(here.emulators.emulators["octeth"].mail_host) as smtp,
        ):
            monkeypatch.setenv("SSL_CERT_FILE", str(smtp.authority))
            yield here, smtp

    return served


@pytest.mark.parametrize("generation", ["page", "5.7"])
def test_an_access_that_works_logs_in_and_its_mail_arrives(serve, run, generation):
    with serve(**({} if generation == "page" else {"generation": generation})) as (here, smtp):
        applied(run)
        result = verify(run, code=0)
        assert [each["status"] for each in checks(result, "smtp-login")] == ["passed"]
        assert send(result)["status"] == "passed"
        [mail] = here.sent()
        assert (mail["recipient"], mail["channel"]) == ("kim@example.org", "email")
        access = (here.folder / "secrets/smtp-access").read_text()
        assert str(smtp.port) in access
        assert "kim@example.org" not in result.out + result.err
        assert verify(run, code=0).json["checks"]
        assert len(here.sent()) == 1  # it passed, so it is not due again


@pytest.mark.parametrize(
    ("to", "code", "reason"),
    [
        ("refused@example.org", 5, "refused: 550"),
        ("blocked@example.org", 5, "refused: "),
        ("bounced@example.org", 5, "it did not arrive: bounce"),
        ("silent@example.org", 6, "no receipt within 1 s"),
    ],
)
def test_what_becomes_of_a_mail_is_the_result(serve, run, to, code, reason):
    with serve(to=to) as (here, _):
        applied(run)
        check = send(verify(run, code=code))
        assert check["reason"].startswith(reason)
        assert len(here.sent()) == (0 if reason.startswith("refused") else 1)


def test_a_password_that_was_changed_by_hand_fails_and_nothing_is_sent(serve, run):
    with serve() as (here, _):
        applied(run)
        row = run("state", "show", "gateway/SmtpConfig/legacy", "--output", "json").json
        command = {"Command": "EmailGateway.ResetSMTPPassword", "APIKey": "canary-octeth-key"}
        answer = here.ask("/octeth/api.php", command | {"smtpid": row["id"]}, "POST")
        assert answer["Success"] is True
        result = verify(run, code=5)
        [login] = checks(result, "smtp-login")
        assert login["status"] == "failed"
        assert "refuses the login: 535" in login["reason"]
        assert here.sent() == []


def test_a_server_that_nobody_vouches_for_gets_no_password(serve, run, monkeypatch):
    with serve() as (_, smtp):
        applied(run)
        monkeypatch.delenv("SSL_CERT_FILE")
        [login] = checks(verify(run, "--no-send", code=6), "smtp-login")
        assert login["status"] == "undecided"
        assert smtp.port


def test_the_server_says_no_as_mail_servers_do(serve):
    with serve() as (_, smtp), smtplib.SMTP(smtp.host, smtp.port) as client:
        assert client.docmd("AUTH", "PLAIN AAAA")[0] == 530
        assert client.ehlo()[0] == 250
        assert client.has_extn("starttls")
        assert client.docmd("MAIL", "FROM:<a@b.example>")[0] == 530
        assert client.docmd("VRFY", "a")[0] == 502
        assert client.noop()[0] == 250


def test_the_command_serves_it_beside_the_rest(tmp_path):
    words = [sys.executable, "-m", "reconciler", "emulator", "--smtp-port", "0", "--output", "json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        told = json.loads(process.stdout.readline())
        try:
            with smtplib.SMTP(told["smtp"]["host"], told["smtp"]["port"]) as client:
                assert client.ehlo()[0] == 250
            assert "BEGIN CERTIFICATE" in Path(told["smtp"]["authority"]).read_text()
        finally:
            process.terminate()
