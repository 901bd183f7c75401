"""Logging in at an SMTP server, and what its refusals mean, against a server on this machine."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import threading
from email.message import EmailMessage

import pytest
from cryptography import x509

from reconciler.errors import NotSent, OutcomeUnknown, Rejected
from reconciler.model.secret import Secret
from reconciler.providers.octeth import smtp
from tests.support.certificates import authority


class Server(threading.Thread):
    """Speaks just enough SMTP for one conversation, with STARTTLS."""

    def __init__(self, certificate, login="235 ok", data="250 queued", starttls=True):
        super().__init__(daemon=True)
        self.answers = {"AUTH": login, ".": data}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.starttls = starttls
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.mails = []

    def run(self):
        with self.listening, contextlib.suppress(OSError):
            connection, _ = self.listening.accept()
            self.converse(connection)

    def converse(self, connection):
        connection.sendall(b"220 here\r\n")
        lines, mail = connection.makefile("rb"), None
        while line := lines.readline():
            text = line.decode().strip()
            if mail is not None:
                if text != ".":
                    mail.append(text)
                    continue
                self.mails.append("\n".join(mail))
                mail = None
            word = text.split(" ")[0].upper()
            if word == "." and not self.answers["."]:
                connection.shutdown(socket.SHUT_RDWR)
                break
            extra = "250-STARTTLS\r\n" if self.starttls else ""
            said = {
                "EHLO": f"250-here\r\n{extra}250 AUTH PLAIN",
                "DATA": "354 go on",
                "STARTTLS": "220 go",
            }
            connection.sendall(f"{self.answers.get(word) or said.get(word, '250 ok')}\r\n".encode())
            if word == "DATA":
                mail = []
            if word == "STARTTLS":
                lines.close()
                connection = self.context.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
        lines.close()
        connection.close()


@pytest.fixture
def serve(tmp_path, monkeypatch):
    bundle, issue = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    certificate = issue([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    started = []

    def served(**said):
        server = Server(certificate, **said)
        server.start()
        started.append(server)
        access = smtp.Access(
            host="127.0.0.1", port=server.port, username="kim", password=Secret("canary-password")
        )
        return server, access

    yield served
    for server in started:
        server.join(5)


def mail():
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "hello", "a@example.com", "b@example.org"
    made.set_content("text")
    return made


def test_a_login_and_a_mail_that_are_taken(serve):
    _, access = serve()
    asyncio.run(smtp.log_in(access))
    server, access = serve()
    asyncio.run(smtp.send(access, mail()))
    assert "Subject: hello" in server.mails[0]


def test_a_refused_login_is_refused_and_says_why(serve):
    _, access = serve(login="535 no such user")
    with pytest.raises(Rejected, match="refuses the login: 535 no such user"):
        asyncio.run(smtp.log_in(access))


def test_without_tls_no_password_is_sent(serve):
    _, access = serve(starttls=False)
    with pytest.raises(NotSent, match="STARTTLS"):
        asyncio.run(smtp.log_in(access))


def test_a_server_out_of_reach_tells_nothing():
    access = smtp.Access(host="127.0.0.1", port=1, username="kim", password=Secret("canary-pass"))
    with pytest.raises(NotSent, match="cannot be used"):
        asyncio.run(smtp.log_in(access))


def test_a_mail_may_be_refused_or_its_answer_lost(serve):
    _, access = serve(data="550 not wanted")
    with pytest.raises(Rejected, match="550 not wanted"):
        asyncio.run(smtp.send(access, mail()))
    server, access = serve(data="")
    with pytest.raises(OutcomeUnknown):
        asyncio.run(smtp.send(access, mail()))
    assert len(server.mails) == 1
