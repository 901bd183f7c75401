"""A clock that does not wait, and clients on scripted transports."""

import random
import re
from collections.abc import Callable

import httpx
import pytest

from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.transports import wire
from reconciler.http.transports.choose import Way
from reconciler.http.transports.httpx import handed_in
from reconciler.http.verdict import Dialect, Verdict, VerdictKind


class FakeClock:
    """Time passes only when somebody sleeps; notes every sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Script(httpx.AsyncBaseTransport):
    """Answers with the given answers or exceptions in turn, the last one for ever."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request):
        await request.aread()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Callable):
            answer = answer(request)
        if isinstance(answer, BaseException):
            raise answer
        # A response is used up once it was read.
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)


def judge(status, body):
    """Classify as a simple provider would: `{"refused": "why"}` is a documented refusal."""
    if isinstance(body, dict) and "refused" in body:
        return Verdict(outcome=VerdictKind.REJECTED, message=body["refused"], code="refused")
    if isinstance(body, dict) and any(str(e.get("Code")) == "429" for e in body.get("Errors", ())):
        return Verdict(outcome=VerdictKind.RATE_LIMITED)
    if status == 404 and isinstance(body, dict):
        return Verdict(outcome=VerdictKind.ABSENT)
    if 200 <= status < 300:
        return Verdict(outcome=VerdictKind.DONE)
    return Verdict(outcome=VerdictKind.UNKNOWN)


def pause(text):
    """Read a pause as a simple provider would tell it."""
    found = re.search(r"wait for (\d+) seconds", text, re.IGNORECASE)
    return float(found[1]) if found else None


@pytest.fixture
def fake_clock():
    return FakeClock()


@pytest.fixture
def script():
    """Makes scripted transports: `script(httpx.Response(200, json={}), …)`."""
    return Script


@pytest.fixture
def client(fake_clock):
    """Makes a client on a transport: `client(transport, concurrency=1)`."""

    def make(transport, *, classify=judge, mend=None, **settings):
        settings = {"base_url": "https://api.example.com", "requests_per_second": 1e6} | settings
        return HttpClient(
            HttpSettings(**settings),
            Dialect(classify=classify, pause=pause, mend=mend),
            transport=handed_in(transport),
            clock=fake_clock,
            rng=random.Random(7),
        )

    return make


@pytest.fixture(params=Way, ids=lambda way: way.name.lower())
def stack(request, monkeypatch):
    """Runs the test over each way; alone only reads are sent in life, but it is held to the same."""
    monkeypatch.setattr(wire, "choose", lambda _load, *, read: request.param)
    return request.param
