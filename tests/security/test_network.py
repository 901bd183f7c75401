"""Credentials go to the configured host alone, and no answer can hurt."""

import datetime as dt
import gzip
import http.server
import ipaddress
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.cli import main
from reconciler.http.transports import wire
from reconciler.http.transports.choose import Way
from reconciler.providers import listing
from tests.support.answers import replaced
from tests.support.results import Result
from tests.support.served import KEYS

MEGABYTE = 1024 * 1024


class Canary:
    """A port that nobody should talk to."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heard = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while not self._stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(1)
                try:
                    self.heard.append(connection.recv(65536))
                except TimeoutError:
                    self.heard.append(b"")

    def close(self):
        time.sleep(0.1)
        self._stop.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def canary():
    made = Canary()
    yield made
    made.close()


@pytest.fixture(params=Way, ids=lambda way: way.name.lower())
def inside(request, monkeypatch, capfd):
    """Run the command line in this process, over one of the three ways and no other."""
    monkeypatch.setattr(wire, "choose", lambda _load, *, read: request.param)

    def run(site, *words):
        monkeypatch.chdir(site.root)
        for name, value in site.environ.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = main(list(words))
        out, err = capfd.readouterr()
        return Result(code=code, out=out, err=err)

    return run


# --- where requests go ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_not_followed_and_takes_no_credential_along(site, canary, method, status):
    rule = {
        "fault": "redirect",
        "method": method,
        "status": status,
        "location": f"{canary.url}/sms/v2.2/appKeys/x",
    }
    site.port.app.state.faults.replace([rule])
    result = site.run("apply", "--auto-approve")
    assert result.code != 0
    canary.close()
    assert canary.heard == []
    assert "a redirect, which is never followed: check `spec.baseUrl`" in result.said


def test_no_way_follows_a_redirect(site, canary, inside):
    site.port.app.state.faults.replace([{"fault": "redirect", "location": canary.url}])
    result = inside(site, "plan")
    assert result.code == 1
    assert "a redirect, which is never followed" in result.said
    canary.close()
    assert canary.heard == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://mail.example.com", "must be https"),
        ("http://10.0.0.1", "must be https"),
        ("http://169.254.169.254", "must be https"),
        ("http://127.0.0.1.nip.example", "must be https"),
        ("http://localhost.example.com", "must be https"),
        ("http://user:hunter2@127.0.0.1", "user name"),
        ("https://user:hunter2@mail.example.com", "user name"),
        ("https://mail.example.com@evil.example", "user name"),
        ("https://mail.example.com/?key=1", "query or fragment"),
        ("https://mail.example.com/#x", "query or fragment"),
        ("ftp://mail.example.com", "must be https"),
        ("file:///etc/passwd", ""),
        ("//mail.example.com", ""),
        ("https://", ""),
        ("https://mail.example.com\\n.evil.example", ""),
    ],
)
def test_a_base_url_that_gives_credentials_away_is_refused_before_any_request(site, url, said):
    site.edit("manifests/providers.yaml", f"{site.port.url}/octeth", f'"{url}"')
    result = site.run("apply", "--auto-approve")
    assert result.code == 1, result.both
    assert said in result.said
    assert "providers.yaml" in result.both
    assert KEYS["OCTETH_API_KEY"] not in result.both
    assert "hunter2" not in result.both
    assert site.port.app.state.requests == []


def test_a_pull_request_that_changes_the_host_is_refused_before_any_request(applied, canary):
    applied.edit("manifests/providers.yaml", f"{applied.port.url}/octeth", canary.url)
    for words in (("plan",), ("apply", "--auto-approve")):
        result = applied.run(*words)
        assert result.code == 1
        assert "reconciler state trust gateway" in result.both
    canary.close()
    assert canary.heard == []
    assert applied.port.app.state.requests == []


PROXIES = [
    name
    for word in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
    for name in (word, word.upper())
]


def test_proxies_and_netrc_of_the_environment_are_ignored(site, canary, inside):
    headers = []

    async def around(app, scope, receive, send):
        headers.append({name.lower() for name, _ in scope["headers"]})
        await app(scope, receive, send)

    site.port.around = around
    netrc = site.root.parent / ".netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\ndefault login e password e\n")
    netrc.chmod(0o600)
    site.environ |= dict.fromkeys(PROXIES, canary.url) | {"NO_PROXY": "", "NETRC": str(netrc)}
    result = inside(site, "plan")
    assert result.code == 0, result.both
    canary.close()
    assert canary.heard == []
    assert headers
    assert not [names for names in headers if {b"authorization", b"proxy-authorization"} & names]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_of_https_is_shown_the_host_and_nothing_else(
    site, inside, authority, canary, patient, name
):
    folder, _, signer = authority
    path, _ = certificate(folder, f"behind-{name}", host="127.0.0.1", days=30, signer=signer)
    site.environ[name] = canary.url
    with https(path) as server:
        result = tls_plan(site, inside, authority, server)
        assert server.heard == []
    assert result.code == 1, result.both
    assert f"through the proxy {canary.url} of HTTPS_PROXY" in result.said
    canary.close()
    assert canary.heard
    for head in canary.heard:
        assert head.startswith(b"CONNECT 127.0.0.1:")
        assert KEYS["SURENOTIFY_API_KEY"].encode() not in head
        assert b"/v1" not in head


def test_no_other_variable_leads_https_through_a_proxy(site, inside, authority, canary):
    folder, _, signer = authority
    path, _ = certificate(folder, "direct", host="127.0.0.1", days=30, signer=signer)
    others = [name for name in PROXIES if "https" not in name.lower()]
    site.environ |= dict.fromkeys(others, canary.url)
    with https(path) as server:
        assert tls_plan(site, inside, authority, server).code == 0
    canary.close()
    assert canary.heard == []


# --- TLS ------------------------------------------------------------------------------------------


def certificate(folder, name, *, host, days, signer=None):
    """Make a certificate, signed by `signer` or by itself; returns the path of key and chain."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = signer or (subject, key)
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    names = [x509.DNSName(host)]
    if host[0].isdigit():
        names = [x509.IPAddress(ipaddress.ip_address(host))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=30 + days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
        .sign(signing, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path, (subject, key)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    path, signer = certificate(folder, "authority", host="ca.example", days=30)
    return folder, path, signer


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers `[]` and counts."""

    def do_GET(self):
        self.server.heard.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_POST = do_PUT = do_GET  # noqa: N815 -- the names that the base class calls

    def log_message(self, *arguments):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


@contextmanager
def https(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.heard = []
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SURENOTIFY = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: surenotify}
spec:
  type: surenotify
  baseUrl: https://%s:%d
  credentials: {apiKey: {fromEnv: SURENOTIFY_API_KEY}}
  limits: {timeoutSeconds: 5}
---
apiVersion: reconciler/v1
kind: Webhook
metadata: {name: one}
spec: {channel: email, events: [bounce], url: "https://hooks.example.com/"}
"""


@pytest.fixture
def patient(monkeypatch):
    """A failed handshake is tried again; these tests need no pause before that."""
    from reconciler.http import retry

    monkeypatch.setattr(retry, "_FIRST", 0.01)
    monkeypatch.setattr(retry, "_LONGEST", 0.02)


def tls_plan(site, inside, authority, server, host="127.0.0.1"):
    (site.root / "reconciler.yaml").unlink()
    for path in (site.root / "manifests").rglob("*.yaml"):
        path.unlink()
    port = server.server_address[1]
    (site.root / "one.yaml").write_text(SURENOTIFY % (host, port))
    site.environ["SSL_CERT_FILE"] = str(authority[1])
    return inside(site, "plan")


@pytest.mark.parametrize(
    ("case", "host", "days", "signed", "said"),
    [
        ("self-signed", "127.0.0.1", 30, False, "self-signed certificate"),
        ("expired", "127.0.0.1", -1, True, "certificate has expired"),
        ("for another host", "mail.example.com", 30, True, "not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_is_rejected_that_is(
    site, inside, authority, patient, case, host, days, signed, said
):
    folder, _, signer = authority
    path, _ = certificate(
        folder, case.replace(" ", "-"), host=host, days=days, signer=signer if signed else None
    )
    with https(path) as server:
        result = tls_plan(site, inside, authority, server)
        assert result.code == 1, result.both
        assert server.heard == []
        assert said in result.said or "match" in result.said
        assert KEYS["SURENOTIFY_API_KEY"] not in result.both


def test_a_certificate_of_an_own_authority_is_accepted_once_it_is_named(site, inside, authority):
    folder, _, signer = authority
    path, _ = certificate(folder, "good", host="127.0.0.1", days=30, signer=signer)
    with https(path) as server:
        result = tls_plan(site, inside, authority, server)
        assert result.code == 0, result.both
        assert "/v1/webhooks" in server.heard


def test_nothing_turns_verification_off(site, inside, authority, patient):
    folder, _, _ = authority
    path, _ = certificate(folder, "off", host="127.0.0.1", days=30)
    for name in ("PYTHONHTTPSVERIFY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_NO_VERIFY"):
        site.environ[name] = "0" if "PYTHON" in name else ""
    with https(path) as server:
        assert tls_plan(site, inside, authority, server).code == 1
        assert server.heard == []
    helped = site.run("plan", "--help").out.lower()
    assert "insecure" not in helped
    assert "verify" not in helped


# --- answers --------------------------------------------------------------------------------------


_MEASURED = """
import re, sys
from pathlib import Path
from reconciler.cli import main
code = main(sys.argv[1:])
print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
sys.exit(code)
"""


def peak_megabytes(site, *words):
    """Run a process of its own; returns its exit code, output, and megabytes at most."""
    result = subprocess.run(
        [sys.executable, "-c", _MEASURED, "-C", str(site.root), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=site.environ,
        check=False,
        timeout=50,
    )
    output, _, peak = result.stdout.rpartition("PEAK ")
    return result.returncode, output, int(peak) / 1024


@cache
def zipped(size):
    """A list of nothing, so many bytes long, zipped."""
    return gzip.compress(b"[" + b" " * size + b"]", compresslevel=1)


BOMBS = {
    "unpacks to 200 MB": lambda: ([(b"content-encoding", b"gzip")], zipped(200 * MEGABYTE)),
    "is 20 MB long": lambda: ([], b"[" + b" " * 20 * MEGABYTE + b"]"),
    "is packed twice": lambda: (
        [(b"content-encoding", b"gzip, gzip")],
        gzip.compress(zipped(MEGABYTE)),
    ),
    "is in an encoding nobody asked for": lambda: ([(b"content-encoding", b"br")], b"[]"),
    "is nested 100,000 deep": lambda: ([], b"[" * 100_000 + b"]" * 100_000),
    "is zipped and broken": lambda: ([(b"content-encoding", b"gzip")], b"no gzip at all"),
}


@pytest.mark.parametrize(
    "bomb",
    [pytest.param(each, marks=[pytest.mark.slow] * ("nested" in each)) for each in BOMBS],
)
def test_an_answer_is_refused_without_much_memory_when_it(site, bomb):
    """One read is answered so; what is too deep for JSON is asked for again, five times."""
    headers, body = BOMBS[bomb]()

    def make(scope, honest):
        return (headers, body) if scope["path"].endswith("/sms/webhooks") else ([], honest)

    site.port.around = replaced(make)
    code, output, megabytes = peak_megabytes(site, "plan")
    assert code == 1, output
    assert "internal" not in output
    assert "/v1/sms/webhooks" in output
    assert megabytes < 120


@pytest.mark.parametrize(("depth", "code"), [(20, 0), (100, 1)])
def test_a_good_answer_with_a_member_nested_too_deeply_is_refused(
    site, inside, patient, depth, code
):
    def make(scope, honest):
        if not scope["path"].endswith("/tags"):
            return [], honest
        return [], b'{"more":' + b"[" * depth + b"]" * depth + b"," + honest.removeprefix(b"{")

    site.port.around = replaced(make)
    result = inside(site, "plan")
    assert result.code == code, result.both
    assert "internal" not in result.both
    assert ("valid JSON" in result.said) is bool(code)


TOTALS = {
    "10**400": 10**400,
    "10**4": 10**4,
    "10**9": 10**9,
    "10**12": 10**12,
    "-1": -1,
    "2.5": 2.5,
    "true": True,
    "a word": "many",
    "a list": [1],
}


@pytest.mark.parametrize("total", TOTALS)
def test_a_total_that_lies_ends_the_list_soon_as_incomplete(site, inside, total):
    """The first page is as it should be and all others are empty."""

    def make(scope, honest):
        query = scope["query_string"].decode()
        if not scope["path"].endswith("/tags"):
            return [], honest
        answer = json.loads(honest)
        answer["body"]["totalCount"] = TOTALS[total]
        answer["body"]["data"] = [TAG] if "pageNum=1&" in query else []
        return [], json.dumps(answer).encode()

    site.port.around = replaced(make)
    result = inside(site, "plan")
    assert result.code == 1, result.both
    assert "internal" not in result.both
    assert "blocked" in result.said.partition("Plan: 12 to create")[2]
    asked = [log for log in site.port.app.state.requests if log.path.endswith("/tags")]
    assert len(asked) < 40


TAG = {"tagId": "WTKA9999", "tagName": "one", "createdDate": "", "updatedDate": ""}


def test_a_list_that_never_ends_is_given_up(site, inside, monkeypatch):
    monkeypatch.setattr(listing, "MAX_PAGES", 30)

    def make(scope, honest):
        if not scope["path"].endswith("/uids"):
            return [], honest
        offset = scope["query_string"].decode().partition("offset=")[2].partition("&")[0]
        answer = json.loads(honest)
        uid = {"uid": f"u{offset}", "tags": [], "contacts": []}
        answer["body"] = {"data": {"uids": [uid], "last": False}}
        return [], json.dumps(answer).encode()

    site.port.around = replaced(make)
    result = inside(site, "plan")
    assert result.code == 1, result.both
    assert "would take more than 30 pages" in result.said


def test_a_write_whose_answer_is_a_bomb_is_in_doubt_not_undone(site):
    body = zipped(200 * MEGABYTE)

    def make(scope, honest):
        if scope["path"].endswith("/tags") and scope["method"] == "POST":
            return [(b"content-encoding", b"gzip")], body
        return [], honest

    site.port.around = replaced(make)
    site.apply()
    site.port.around = None
    assert site.apply().code == 0
    [tags] = [rows for name, rows in site.stored().items() if name.endswith("/tags")]
    assert len(tags) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example.com/x", "http"),
        ("https://169.254.169.254/latest", "link-local"),
        ("https://192.168.1.1/x", "not a public address"),
        ("https://127.1/x", "this machine"),
        ("https://intranet.local/x", "inner network"),
        ("https://hooks.example.com/x?api_key=hunter2", "secret"),
        ("https://user:hunter2@hooks.example.com/x", ""),
    ],
)
def test_a_webhook_url_that_points_inward_or_tells_secrets_is_pointed_out(site, url, said):
    site.edit(
        "manifests/mail/surenotify.yaml", "https://hooks.example.com/surenotify/trouble", f'"{url}"'
    )
    result = site.run("validate")
    assert said in result.out
    assert "trouble" in result.out
    assert "hunter2" not in result.both or "user:" in url
    assert site.port.app.state.requests == []
