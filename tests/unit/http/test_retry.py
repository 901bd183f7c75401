"""Waits: backoff, what a provider asks for in each documented form, and the breaker."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import NotSent, OutcomeUnknown, ReadFailed, Rejected
from reconciler.http import answers
from reconciler.http.request import Request
from reconciler.http.transports.base import Answer
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.providers.octeth import PROVIDER

GET = Request(method="GET", path="/things")
POST = Request(method="POST", path="/things", json={})
OK = httpx.Response(200, json={"ok": True})

WAIT_TEXTS = [
    "Too many requests. Wait for 12 seconds for another 5 attempts.",
    "429: Too many requests. Please wait for 12 seconds before trying again.",
]
UNFILLED = [
    "Too many requests. Wait for {seconds} seconds for another {attempts} attempts.",
    "Too many requests. Wait for X seconds for another Y attempts.",
    "Too many requests. Rate limit exceeded.",
    "You have exceeded your send rate limits. Please wait before sending another email.",
    "Wait for 999999 seconds",
    "Wait for 99999999999999999999 seconds",
    "Wait for -3 seconds",
    "Wait for 0 seconds",
    "",
]


def limited(text, status=429):
    return httpx.Response(status, json={"Errors": [{"Code": 429, "Message": text}]})


def test_backoff_grows_and_has_jitter(client, script, fake_clock):
    with pytest.raises(ReadFailed):
        asyncio.run(client(script(httpx.Response(503))).read(GET))
    for wait, least in zip(fake_clock.slept, [0.5, 1, 2, 4], strict=True):
        assert least <= wait < least + 1
    assert len({wait % 1 for wait in fake_clock.slept}) == 4


@pytest.mark.parametrize(("took", "attempts"), [(61, 1), (40, 2), (25, 3), (1, 5)])
def test_attempts_of_a_read_share_its_time(client, script, fake_clock, took, attempts):
    def late(_request):
        fake_clock.now += took
        return httpx.ReadTimeout("")

    made = client(script(late), timeout_seconds=20)
    with pytest.raises(ReadFailed):
        asyncio.run(made.read(GET))
    assert made.requests == attempts


@pytest.mark.parametrize("verb", ["read", "write"])
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429, headers={"retry-after": "12"}),
        httpx.Response(429, headers={"retry-after": "12"}, text="<html>"),
        httpx.Response(
            429,
            headers={
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                "retry-after": "Wed, 21 Oct 2026 07:28:12 GMT",
            },
        ),
        httpx.Response(429, text=WAIT_TEXTS[0]),
        httpx.Response(429, json={"message": WAIT_TEXTS[1]}),
        limited(WAIT_TEXTS[0], status=200),
        limited(WAIT_TEXTS[1], status=400),
        httpx.Response(400, json={"Errors": [{"Code": "429", "Message": WAIT_TEXTS[1]}]}),
    ],
    ids=range(8),
)
def test_the_wait_asked_for_is_kept_exactly(client, script, fake_clock, answer, verb):
    transport = script(answer, OK)
    assert asyncio.run(getattr(client(transport), verb)(POST)) == {"ok": True}
    assert fake_clock.slept == [12.0]
    assert len(transport.requests) == 2


@pytest.mark.parametrize("body", ["", "<html>down for maintenance</html>"])
def test_a_read_waits_as_long_as_an_unavailable_server_asks_for(client, script, fake_clock, body):
    answer = httpx.Response(503, headers={"retry-after": "12"}, text=body)
    asyncio.run(client(script(answer, OK)).read(GET))
    assert fake_clock.slept == [12.0]


def test_a_write_is_not_repeated_because_the_server_is_unavailable(client, script, fake_clock):
    transport = script(httpx.Response(503, headers={"retry-after": "12"}), OK)
    with pytest.raises(OutcomeUnknown):
        asyncio.run(client(transport).write(POST))
    assert (len(transport.requests), fake_clock.slept) == (1, [])


@pytest.mark.parametrize("text", UNFILLED)
def test_a_wait_that_cannot_be_meant_becomes_backoff(client, script, fake_clock, text):
    asyncio.run(client(script(limited(text), OK)).write(POST))
    [wait] = fake_clock.slept
    assert 0.5 <= wait < 1.5


@pytest.mark.parametrize(
    "header", ["", "soon", "-1", "nan", "inf", "1e9", "86400", "Wed, 21 Oct 2026 07:28:00 GMT"]
)
def test_a_retry_after_that_cannot_be_meant_becomes_backoff(client, script, fake_clock, header):
    answer = httpx.Response(429, headers={"retry-after": header})
    asyncio.run(client(script(answer, OK)).write(POST))
    [wait] = fake_clock.slept
    assert 0.5 <= wait < 1.5


def test_the_classifiers_own_wait_is_kept(client, script, fake_clock):
    def classify(status, _body):
        kind = VerdictKind.DONE if status == 200 else VerdictKind.RATE_LIMITED
        return Verdict(outcome=kind, retry_after=7)

    asyncio.run(client(script(httpx.Response(400, json={}), OK), classify=classify).write(POST))
    assert fake_clock.slept == [7]


def test_other_requests_wait_too_when_one_was_told_to(client, fake_clock):
    seen = []

    def answer(request):
        seen.append((request.url.path, fake_clock.now))
        first = len(seen) == 1
        return httpx.Response(429, headers={"retry-after": "30"}) if first else OK

    async def work():
        made = client(httpx.MockTransport(answer), concurrency=1)
        one = asyncio.create_task(made.read(Request(method="GET", path="/one")))
        two = asyncio.create_task(made.read(Request(method="GET", path="/two")))
        await asyncio.gather(one, two)

    asyncio.run(work())
    assert [path for path, _ in seen[:1]] == ["/one"]
    assert all(at >= 1030 for _, at in seen[1:])


def test_a_limit_that_does_not_end_is_a_refusal_with_a_hint(client, script):
    transport = script(httpx.Response(429, headers={"retry-after": "1"}))
    with pytest.raises(Rejected, match="requestsPerSecond"):
        asyncio.run(client(transport).write(POST))
    assert len(transport.requests) == 10


def test_own_backoff_ends_within_its_budget(client, script, fake_clock):
    with pytest.raises(Rejected):
        asyncio.run(client(script(httpx.Response(429))).write(POST))
    assert sum(fake_clock.slept) <= 60


def test_retries_say_nothing_on_stderr(client, script, capsys):
    asyncio.run(client(script(httpx.Response(503), OK)).read(GET))
    assert capsys.readouterr().err == ""


def wait_asked(body, header=""):
    """Return the wait that a 429 asks for, as Octeth's dialect reads it."""
    answer = Answer(status=429, headers={"retry-after": header}, body=body)
    return answers.wait_asked(answer, PROVIDER.dialect())


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_body_and_header_give_a_sensible_wait_or_none(body, header):
    wait = wait_asked(body, header)
    assert wait is None or 0 < wait <= answers.LONGEST_WAIT


@given(st.integers(min_value=1, max_value=600), st.sampled_from(["Wait for", "please wait for"]))
def test_any_sensible_number_of_seconds_is_found(seconds, words):
    assert wait_asked(f"x {words} {seconds} seconds".encode()) == seconds


def test_five_failed_writes_stop_the_others_before_they_leave(client, script):
    transport = script(httpx.Response(500, json={}))
    made = client(transport)

    async def work():
        return await asyncio.gather(*(made.write(POST) for _ in range(50)), return_exceptions=True)

    outcomes = asyncio.run(work())
    unknown = [error for error in outcomes if isinstance(error, OutcomeUnknown)]
    not_sent = [error for error in outcomes if isinstance(error, NotSent)]
    assert len(unknown) + len(not_sent) == 50
    assert len(transport.requests) == len(unknown)
    # Those already under way when the fifth failed cannot be called back.
    assert 5 <= len(unknown) <= 5 + made.settings.concurrency
    assert "5 failures in a row" in str(not_sent[0])


def test_reads_go_on_while_writes_are_stopped(client):
    def answer(request):
        return OK if request.method == "GET" else httpx.Response(502)

    made = client(httpx.MockTransport(answer))

    async def work():
        for _ in range(5):
            with pytest.raises(OutcomeUnknown):
                await made.write(POST)
        assert await made.read(GET) == {"ok": True}
        with pytest.raises(NotSent):
            await made.write(POST)

    asyncio.run(work())


def test_reads_that_fail_stop_writes_until_one_works(client, script):
    made = client(script(*[httpx.Response(503)] * 5, OK))

    async def work():
        with pytest.raises(ReadFailed):
            await made.read(GET)
        with pytest.raises(NotSent):
            await made.write(POST)
        await made.read(GET)
        assert await made.write(POST) == {"ok": True}

    asyncio.run(work())


def test_failures_that_are_not_in_a_row_stop_nothing(client, script):
    made = client(script(*[httpx.Response(500, json={}), OK] * 6))

    async def work():
        for _ in range(6):
            with pytest.raises(OutcomeUnknown):
                await made.write(POST)
            await made.write(POST)

    asyncio.run(work())


def test_refusals_stop_nothing(client, script):
    made = client(script(httpx.Response(400, json={"refused": "no"})))

    async def work():
        for _ in range(8):
            with pytest.raises(Rejected):
                await made.write(POST)

    asyncio.run(work())
