"""https goes through the proxy that the environment names, over each of the three stacks."""

import asyncio
import base64

import pytest
from cryptography import x509

from reconciler.errors import NotSent
from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.proxy import Direct, Proxy, ProxyFault, route_to
from reconciler.http.request import Request
from reconciler.http.verdict import Dialect, Verdict, VerdictKind
from tests.support.certificates import authority
from tests.support.sockets import Server, TlsServer, Tunnel

PUT = Request(method="PUT", path="/things/1", json={"a": 1})
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
HOST = "api.example.invalid"
NAMES = [f"{word}_{end}" for word in ("HTTP", "HTTPS", "ALL", "NO") for end in ("PROXY",)]


class Instantly:
    async def sleep(self, _seconds):
        pass

    def monotonic(self):
        return 0.0


@pytest.fixture(autouse=True)
def no_proxy_at_first(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def issued(tmp_path, monkeypatch):
    """A certificate for `HOST`, whose authority is trusted."""
    bundle, issue = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return issue


def make(base_url):
    settings = HttpSettings(base_url=base_url, timeout_seconds=5.0, requests_per_second=1e6)
    return HttpClient(
        settings,
        Dialect(classify=lambda _status, _body: Verdict(outcome=VerdictKind.DONE)),
        clock=Instantly(),
    )


async def ask(base_url, times=1):
    client = make(base_url)
    try:
        for _ in range(times):
            await client.write(PUT)
    finally:
        await client.close()


def through_tunnel(pem, monkeypatch, *, login="", name="HTTPS_PROXY", base=f"https://{HOST}"):
    """Send two requests; returns what the proxy and what the server behind it heard."""

    async def work():
        async with TlsServer(pem, OK) as server, Tunnel(server.port) as tunnel:
            monkeypatch.setenv(name, f"http://{login}127.0.0.1:{tunnel.port}")
            await ask(base, times=2)
            return tunnel.heads, server.requests

    return asyncio.run(work())


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_https_goes_through_a_tunnel_that_learns_the_host_alone(stack, issued, monkeypatch, name):
    pem = issued([x509.DNSName(HOST)])
    heads, requests = through_tunnel(pem, monkeypatch, name=name)
    assert [head.split(" ")[:2] for head in heads] == [["CONNECT", f"{HOST}:443"]]
    assert "things" not in heads[0]
    assert "authorization" not in heads[0].lower()
    assert len(requests) == 2
    assert all(head.startswith(b"PUT /things/1 ") for head in requests)
    assert all(b"proxy" not in head.lower() for head in requests)


def test_a_login_of_the_proxy_goes_to_the_proxy_alone(stack, issued, monkeypatch):
    pem = issued([x509.DNSName(HOST)])
    heads, requests = through_tunnel(pem, monkeypatch, login="us%40er:pa%3Ass@")
    said = base64.b64encode(b"us@er:pa:ss").decode()
    assert f"proxy-authorization: Basic {said}".lower() in heads[0].lower()
    assert said in heads[0]
    assert all(said.encode() not in head for head in requests)


def test_the_server_behind_a_tunnel_is_verified(stack, issued, monkeypatch):
    with pytest.raises(NotSent, match="certificate"):
        through_tunnel(issued([x509.DNSName("other.example.com")]), monkeypatch)


def test_a_proxy_that_refuses_is_named_without_its_login(stack, issued, monkeypatch):
    async def work():
        answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        async with Tunnel(1, answer=answer) as tunnel:
            monkeypatch.setenv("HTTPS_PROXY", f"http://us3r:c4n4ry@127.0.0.1:{tunnel.port}")
            with pytest.raises(NotSent) as caught:
                await ask(f"https://{HOST}")
            return str(caught.value), tunnel.port

    text, port = asyncio.run(work())
    assert "407" in text
    assert f"through the proxy http://127.0.0.1:{port} of HTTPS_PROXY" in text
    assert "c4n4ry" not in text
    assert "us3r" not in text


def test_a_proxy_that_is_not_there_is_named(stack, issued, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(NotSent, match=r"through the proxy http://127\.0\.0\.1:1 of HTTPS_PROXY"):
        asyncio.run(ask(f"https://{HOST}"))


def test_no_proxy_sends_directly(stack, issued, monkeypatch):
    import ipaddress

    pem = issued([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com, 127.0.0.1")

    async def work():
        async with TlsServer(pem, OK) as server:
            await ask(f"https://127.0.0.1:{server.port}")
            return server.requests

    assert len(asyncio.run(work())) == 1


def test_plain_http_on_this_machine_uses_no_proxy(stack, monkeypatch):
    for name in NAMES[:-1]:
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")

    async def work():
        async with Server(OK) as server:
            await ask(f"http://127.0.0.1:{server.port}")
            return server.requests

    assert len(asyncio.run(work())) == 1


def test_other_variables_than_that_of_https_are_ignored(stack, monkeypatch):
    for name in ("ALL_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with pytest.raises(NotSent, match="directly: HTTPS_PROXY is not set"):
        asyncio.run(ask("https://127.0.0.1:2"))


@pytest.mark.parametrize(
    "value",
    ["socks5://127.0.0.1:1080", "https://127.0.0.1:3128", "http://", "http://h:port", "http://[::"],
)
def test_what_is_no_http_proxy_is_refused_and_nothing_is_sent(stack, monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(NotSent, match="HTTPS_PROXY must be the URL of an HTTP proxy"):
        asyncio.run(ask(f"https://{HOST}"))


@pytest.mark.parametrize(
    ("environ", "proxied"),
    [
        ({}, False),
        ({"HTTPS_PROXY": "http://p:3128"}, True),
        ({"HTTPS_PROXY": "p:3128"}, True),
        ({"https_proxy": "http://p:3128"}, True),
        ({"https_proxy": "", "HTTPS_PROXY": "http://p:3128"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "example.com"}, False),
        ({"HTTPS_PROXY": "http://p", "no_proxy": "a.example, EXAMPLE.com"}, False),
        ({"HTTPS_PROXY": "http://p", "no_proxy": "a.example b.example .example.com"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*.example.com"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "api.example.com:443"}, False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "api.example.com:8443"}, True),
        (
            {"HTTPS_PROXY": "http://p", "NO_PROXY": "i.example.com,ample.com,10.0.0.0/8,a:b:c,"},
            True,
        ),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "example.com", "no_proxy": ""}, True),
    ],
)
def test_the_environment_decides_on_the_proxy(environ, proxied):
    assert isinstance(route_to("https://api.example.com/x", environ), Proxy) is proxied
    assert route_to("http://127.0.0.1:1/x", environ) == Direct(way="")


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("[::1]", "::1"),
        ("[::1]", "[::1]:443"),
        ("[fd00::1]", "fd00::/8"),
    ],
)
def test_addresses_are_named_in_no_proxy_as_such_or_by_their_network(host, entry):
    environ = {"HTTPS_PROXY": "http://p", "NO_PROXY": entry}
    assert isinstance(route_to(f"https://{host}", environ), Direct)
    assert isinstance(route_to("https://192.0.2.1", environ), Proxy)


def test_a_faulty_value_is_not_repeated():
    with pytest.raises(ProxyFault) as caught:
        route_to("https://h", {"HTTPS_PROXY": "socks5://user:c4n4ry@h"})
    assert "c4n4ry" not in str(caught.value)
