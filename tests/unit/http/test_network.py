"""The client on real sockets (loopback): alone, over httpx's own pool and over aiohttp's."""

import asyncio
import datetime as dt
import gzip
import ipaddress
import logging
import ssl
import subprocess
import sys
import tracemalloc

import pytest
from cryptography import x509

from reconciler.errors import NotSent, OutcomeUnknown, ReadFailed
from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.request import Request
from reconciler.http.tls import tls_context
from reconciler.http.transports import base, choose
from reconciler.http.transports.choose import Way
from reconciler.http.verdict import Dialect, Verdict, VerdictKind
from reconciler.model.secret import Secret
from tests.support.certificates import authority
from tests.support.sockets import Server, TlsServer

PUT = Request(method="PUT", path="/things/1", json={"a": 1})
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def make(port, *, scheme="http", host="127.0.0.1", **settings):
    settings = {"timeout_seconds": 5.0, "requests_per_second": 1e6} | settings
    return HttpClient(
        HttpSettings(base_url=f"{scheme}://{host}:{port}", **settings),
        Dialect(classify=lambda _status, _body: Verdict(outcome=VerdictKind.DONE)),
    )


def test_a_request_arrives_once_though_a_kept_connection_breaks_under_it(stack):
    async def work():
        async with Server(OK, "reset", OK) as server:
            client = make(server.port)
            await client.write(PUT)
            with pytest.raises(OutcomeUnknown):
                await client.write(PUT)
            await client.close()
            return server

    server = asyncio.run(work())
    assert (len(server.requests), server.connections) == (2, 1)


def test_a_connection_that_the_server_closed_while_idle_is_not_used_again(stack):
    async def work():
        async with Server(OK + b"CLOSE", OK) as server:
            client = make(server.port)
            await client.write(PUT)
            await asyncio.sleep(0.05)
            await client.write(PUT)
            await client.close()
            return server

    server = asyncio.run(work())
    assert (len(server.requests), server.connections) == (2, 2)


def test_a_refused_connection_is_not_sent(stack, monkeypatch):
    async def work():
        async with Server(OK) as server:
            port = server.port
        client = make(port)
        monkeypatch.setattr(client._retrier, "_clock", Instantly())
        try:
            with pytest.raises(NotSent):
                await client.write(PUT)
        finally:
            await client.close()

    asyncio.run(work())


def test_a_compressed_bomb_is_refused_on_every_stack(stack):
    bomb = gzip.compress(b"[" + b" " * 100_000_000 + b"]", compresslevel=1)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"

    async def work():
        async with Server(head.encode() + bomb) as server:
            client = make(server.port)
            tracemalloc.start()
            try:
                with pytest.raises(ReadFailed, match="larger than 10485760 bytes"):
                    await client.read(PUT)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
                await client.close()

    assert asyncio.run(work()) < 50_000_000


def test_the_least_version_of_tls_rules_on_every_stack(stack, tmp_path, monkeypatch):
    bundle, issue = authority(tmp_path)
    pem = issue(LOCAL)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    class Old(TlsServer):
        def tls(self):
            context = super().tls()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            return context

    def strict(*, secure):
        context = tls_context(secure=secure)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    async def work():
        async with Old(pem, OK) as server:
            client = make(server.port, scheme="https")
            monkeypatch.setattr(client._retrier, "_clock", Instantly())
            try:
                await client.write(PUT)
            finally:
                await client.close()
            return server.requests

    assert len(asyncio.run(work())) == 1
    monkeypatch.setattr(base, "tls_context", strict)
    with pytest.raises(NotSent, match="no connection could be made"):
        asyncio.run(work())


GARBLED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\ngarbage"


def test_a_body_that_cannot_be_decompressed_is_an_unreadable_answer(stack):
    async def work():
        async with Server(GARBLED) as server:
            client = make(server.port)
            with pytest.raises(ReadFailed, match="cannot be decompressed"):
                await client.read(PUT)
            with pytest.raises(OutcomeUnknown, match="cannot be decompressed"):
                await client.write(PUT)
            await client.close()
            return server

    assert len(asyncio.run(work()).requests) == 2


@pytest.mark.parametrize("verb", ["read", "write"])
def test_what_trickles_in_has_a_time_budget_that_attempts_share(stack, monkeypatch, verb):
    async def work():
        async with Server("drip") as server:
            client = make(server.port)
            monkeypatch.setattr(client._wire, "budget", 0.2)
            monkeypatch.setattr(client._retrier, "_clock", Instantly())
            with pytest.raises(
                (ReadFailed, OutcomeUnknown), match="the whole answer took too long"
            ):
                async with asyncio.timeout(3):
                    await getattr(client, verb)(PUT)
            await client.close()
            return server

    assert len(asyncio.run(work()).requests) == 1


class Instantly:
    async def sleep(self, _seconds):
        pass


@pytest.mark.parametrize(
    "answer",
    [
        "reset",
        "hang",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}CLOSE",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nCLOSE",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nCLOSE",
        b"not http at all\r\n\r\nCLOSE",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"HTTP/1.1 200 OK\r\nContent-LenCLOSE",
        b"CLOSE",
    ],
)
def test_whatever_breaks_after_sending_is_unknown_and_sent_once(stack, answer):
    async def work():
        async with Server(answer) as server:
            client = make(server.port, timeout_seconds=0.2)
            with pytest.raises(OutcomeUnknown):
                await client.write(PUT)
            await client.close()
            return server

    assert len(asyncio.run(work()).requests) == 1


def test_environment_and_netrc_are_ignored_and_cookies_not_sent_back(stack, monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    netrc = tmp_path / ".netrc"
    netrc.write_text(
        "machine 127.0.0.1 login evil password canary\ndefault login evil password c\n"
    )
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))

    async def work():
        cookie = OK.replace(b"Content-Type", b"Set-Cookie: a=b\r\nContent-Type")
        async with Server(cookie, OK) as server:
            client = make(server.port)
            await client.write(PUT)
            await client.write(PUT)
            await client.close()
            return server

    for head in asyncio.run(work()).requests:
        lowered = head.lower()
        assert b"authorization" not in lowered
        assert b"cookie" not in lowered
        assert b"accept-encoding: gzip\r\n" in lowered
        assert b"user-agent: reconciler/" in lowered


def test_a_redirect_is_not_followed(stack):
    async def work():
        async with Server(OK) as canary:
            location = f"Location: http://127.0.0.1:{canary.port}/\r\n".encode()
            moved = b"HTTP/1.1 307 Moved\r\nContent-Length: 0\r\n" + location + b"\r\n"
            async with Server(moved) as server:
                client = make(server.port)
                with pytest.raises(OutcomeUnknown):
                    await client.write(PUT)
                await client.close()
            return canary

    assert asyncio.run(work()).requests == []


def test_an_encoded_path_arrives_as_it_was_built(stack):
    async def work():
        async with Server(OK) as server:
            client = make(server.port)
            path = "/a%2Fb%20c/{key}/%ED%95%9C"
            secret = {"key": Secret("x+y/z~%")}
            query = [("q", "a&b=c+d e"), ("n", "1")]
            await client.write(Request(method="GET", path=path, secret_path=secret, query=query))
            await client.close()
            return server

    target = asyncio.run(work()).requests[0].split(b" ")[1]
    assert target.split(b"?")[1] == b"q=a%26b%3Dc%2Bd+e&n=1"
    from urllib.parse import unquote

    assert [unquote(part) for part in target.split(b"?")[0].decode().split("/")] == [
        "",
        "a/b c",
        "x+y/z~%",
        "한",
    ]


def test_much_work_goes_over_to_the_faster_pool(monkeypatch):
    monkeypatch.setattr(choose, "MANY", 10)
    monkeypatch.setattr(choose, "FEW", 4)

    async def work():
        async with Server(OK) as server:
            client = make(server.port)
            for _ in range(8):
                await client.read(PUT)
            assert client._wire.way is not Way.AIOHTTP
            await asyncio.gather(*(client.read(PUT) for _ in range(20)))
            assert client._wire.way is Way.AIOHTTP
            await client.close()
            return server

    server = asyncio.run(work())
    assert len(server.requests) == 28


def test_no_log_names_a_secret_at_any_level(stack, caplog):
    caplog.set_level(logging.DEBUG)
    canary = "c4n4ry-app-key/x"

    async def work():
        async with Server(OK, "reset") as server:
            client = make(server.port, headers={"x-api-key": Secret("h34der-canary")})
            secret = {"appKey": Secret(canary)}
            request = Request(method="PUT", path="/apps/{appKey}/x", secret_path=secret)
            await client.write(request)
            with pytest.raises(OutcomeUnknown) as caught:
                await client.write(request)
            await client.close()
            return str(caught.value)

    text = asyncio.run(work()) + caplog.text
    assert "PUT /apps/{appKey}/x" in caplog.text
    for part in ("c4n4ry", "h34der"):
        assert part not in text


LOCAL = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
OTHER = [x509.DNSName("other.example.com")]
PAST = -dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("names", "until", "trusted", "works"),
    [
        (LOCAL, dt.timedelta(days=1), True, True),
        (LOCAL, dt.timedelta(days=1), False, False),
        (OTHER, dt.timedelta(days=1), True, False),
        (LOCAL, PAST, True, False),
    ],
    ids=["good", "unknown authority", "wrong host", "expired"],
)
def test_certificates_are_verified(stack, tmp_path, monkeypatch, names, until, trusted, works):
    bundle, issue = authority(tmp_path)
    pem = issue(names, until)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))

    async def work():
        async with TlsServer(pem, OK) as server:
            client = make(server.port, scheme="https")
            monkeypatch.setattr(client._retrier, "_clock", Instantly())
            try:
                await client.write(PUT)
            finally:
                await client.close()

    if works:
        asyncio.run(work())
    else:
        with pytest.raises(NotSent, match="certificate"):
            asyncio.run(work())


def test_old_tls_is_not_spoken():
    assert tls_context(secure=True).minimum_version >= ssl.TLSVersion.TLSv1_2
    assert tls_context(secure=True).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(secure=False).check_hostname


def test_authorities_that_cannot_be_loaded_are_named_and_nothing_is_sent(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(NotSent, match="SSL_CERT_FILE"):
        asyncio.run(make(1, scheme="https").write(PUT))


def test_authorities_come_with_the_package_where_none_are_named(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert tls_context(secure=True).get_ca_certs()


def test_nothing_heavy_is_loaded_before_it_is_needed():
    code = """
import sys
import reconciler.providers.registry
heavy = {"httpx", "aiohttp", "stamina", "orjson", "pyrate_limiter", "certifi"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
