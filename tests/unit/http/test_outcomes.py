"""What becomes of a request, by everything that can come back."""

import asyncio

import httpx
import pytest

from reconciler.errors import NotSent, OutcomeUnknown, ReadFailed, Rejected
from reconciler.http.outcomes import (
    Absent,
    AbsentObject,
    UnclearAnswer,
    Unreachable,
    judged,
    read_failure,
    write_failure,
)
from reconciler.http.request import Request
from reconciler.http.verdict import Verdict, VerdictKind
from reconciler.model.secret import Secret
from reconciler.providers.surenotify.client import without_spare_commas

GET = Request(method="GET", path="/things")
POST = Request(method="POST", path="/things", json={"name": "a"})

NOT_SENT = [
    httpx.ConnectError("[Errno 111] Connection refused"),
    httpx.ConnectError("[Errno -2] Name or service not known"),
    httpx.ConnectTimeout(""),
    httpx.PoolTimeout(""),
    httpx.UnsupportedProtocol("no"),
]
LOST = [
    httpx.WriteError(""),
    httpx.WriteTimeout(""),
    httpx.ReadTimeout(""),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.LocalProtocolError(""),
    httpx.CloseError(""),
    ConnectionResetError(),
    OSError("anything"),
    RuntimeError("anything"),
]
UNCLEAR = [
    httpx.Response(200, text="<html>maintenance</html>"),
    httpx.Response(200, text='{"id": 1'),
    httpx.Response(200, content=b'{"id": "\xff"}'),
    httpx.Response(200, text='{"id": NaN}'),
    httpx.Response(201, text='{"success": true,}'),
    httpx.Response(301, headers={"location": "https://evil.example.com/"}),
    httpx.Response(307, headers={"location": "https://evil.example.com/"}),
    httpx.Response(400, text="<html>bad gateway talk</html>"),
    httpx.Response(403, text="<html>blocked</html>"),
    httpx.Response(404, text="<html>not here</html>"),
    httpx.Response(408, json={}),
    httpx.Response(409, json={}),
    httpx.Response(500, json={}),
    httpx.Response(502, text="<html>bad gateway</html>"),
    httpx.Response(503),
    httpx.Response(504, json=None),
]


def name_of(case):
    if isinstance(case, httpx.Response):
        return f"{case.status_code}-{case.text[:12]}"
    return type(case).__name__


@pytest.mark.parametrize("error", NOT_SENT, ids=name_of)
def test_a_write_without_a_connection_is_tried_again_and_then_counts_as_not_sent(
    client, script, fake_clock, error
):
    transport = script(error)
    with pytest.raises(NotSent):
        asyncio.run(client(transport).write(POST))
    assert len(transport.requests) == 5
    assert len(fake_clock.slept) == 4


def test_a_write_that_was_not_sent_succeeds_once_there_is_a_connection(client, script):
    transport = script(httpx.ConnectError("refused"), httpx.Response(200, json={"id": 1}))
    assert asyncio.run(client(transport).write(POST)) == {"id": 1}


@pytest.mark.parametrize("error", LOST, ids=name_of)
def test_a_write_whose_connection_broke_leaves_once_and_is_unknown(client, script, error):
    transport = script(error)
    with pytest.raises(OutcomeUnknown):
        asyncio.run(client(transport).write(POST))
    assert len(transport.requests) == 1


@pytest.mark.parametrize("answer", UNCLEAR, ids=name_of)
def test_a_write_with_an_unclear_answer_leaves_once_and_is_unknown(client, script, answer):
    transport = script(answer)
    with pytest.raises(UnclearAnswer) as caught:
        asyncio.run(client(transport).write(POST))
    assert len(transport.requests) == 1
    assert caught.value.status == answer.status_code
    assert caught.value.exit_code == 4
    assert "html" not in str(caught.value)


def test_a_documented_refusal_of_a_write_is_rejected_with_the_providers_words(client, script):
    transport = script(httpx.Response(400, json={"refused": "too long", "other": "not shown"}))
    with pytest.raises(Rejected) as caught:
        asyncio.run(client(transport).write(POST))
    assert str(caught.value) == "POST /things: refused: too long (code refused, HTTP 400)"
    assert (caught.value.provider_code, caught.value.status) == ("refused", 400)
    assert len(transport.requests) == 1


def test_a_write_to_something_absent_says_so_with_a_class_of_its_own(client, script):
    with pytest.raises(AbsentObject) as caught:
        asyncio.run(client(script(httpx.Response(404, json={}))).write(POST))
    assert caught.value.provider_code == "absent"


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError(""),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
        httpx.Response(408, json={}),
        httpx.Response(500, json={}),
        httpx.Response(503),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text='[{"id": 1}, {"i'),
    ],
    ids=name_of,
)
def test_a_read_is_repeated_until_it_works(client, script, failure):
    transport = script(failure, failure, httpx.Response(200, json=[1]))
    assert asyncio.run(client(transport).read(GET)) == [1]
    assert len(transport.requests) == 3


@pytest.mark.parametrize("failure", [*LOST[:4], *UNCLEAR[:1], UNCLEAR[-2]])
def test_a_read_that_never_works_fails_and_concludes_nothing(client, script, failure):
    transport = script(failure)
    with pytest.raises(ReadFailed) as caught:
        asyncio.run(client(transport).read(GET))
    assert len(transport.requests) == 5
    assert type(caught.value) is ReadFailed
    assert caught.value.__cause__ is None


def test_where_no_connection_is_made_reads_soon_give_up_and_count_as_not_made(client, script):
    transport = script(NOT_SENT[0])
    made = client(transport)

    async def reads():
        for tried in (3, 4, 5):
            with pytest.raises(Unreachable) as caught:
                await made.read(GET)
            assert str(caught.value) == "connection refused"
            assert len(transport.requests) == tried

    asyncio.run(reads())
    assert made.requests == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 409, 418])
def test_a_read_is_not_repeated_where_that_would_not_help(client, script, status):
    transport = script(httpx.Response(status, json={}))
    with pytest.raises(ReadFailed):
        asyncio.run(client(transport).read(GET))
    assert len(transport.requests) == 1


def test_a_read_of_something_absent_says_so(client, script):
    with pytest.raises(Absent):
        asyncio.run(client(script(httpx.Response(404, json={}))).read(GET))


def test_a_page_that_is_no_json_is_never_absence(client, script):
    transport = script(httpx.Response(404, text="<html>wrong host</html>"))
    with pytest.raises(ReadFailed) as caught:
        asyncio.run(client(transport).read(GET))
    assert not isinstance(caught.value, Absent)


def test_wrong_credentials_are_rejected_with_a_hint(client, script):
    transport = script(httpx.Response(401, json={"refused": "who are you"}))
    with pytest.raises(Rejected, match="credentials"):
        asyncio.run(client(transport).read(GET))
    assert len(transport.requests) == 1


def test_a_redirect_never_reaches_the_other_host(client):
    hosts = []

    def answer(request):
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://canary.example.net/"})

    made = client(httpx.MockTransport(answer), headers={"x-api-key": Secret("canary-key")})
    with pytest.raises(OutcomeUnknown, match="a redirect, which is never followed"):
        asyncio.run(made.write(POST))
    with pytest.raises(ReadFailed):
        asyncio.run(made.read(GET))
    assert set(hosts) == {"api.example.com"}


def test_an_empty_answer_is_no_value(client, script):
    assert asyncio.run(client(script(httpx.Response(204))).write(POST)) is None


def test_commas_before_a_bracket_are_accepted_where_the_provider_is_known_for_them(client, script):
    made = client(script(httpx.Response(200, text='{"success": true,}')), mend=without_spare_commas)
    assert asyncio.run(made.write(POST)) == {"success": True}


def test_secrets_join_a_request_as_it_leaves_and_are_not_in_its_description(client, script):
    transport = script(httpx.Response(200, json={}))
    request = Request(
        method="POST",
        path="/apps/{appKey}/things",
        json={"Command": "List"},
        query=[("a b", "ü&")],
        secret_json={"APIKey": Secret("json/canary")},
        secret_path={"appKey": Secret("path/canary+")},
    )
    asyncio.run(client(transport, headers={"X-Key": Secret("header-canary")}).write(request))
    [sent] = transport.requests
    assert str(sent.url) == "https://api.example.com/apps/path%2Fcanary%2B/things?a+b=%C3%BC%26"
    assert sent.headers["x-key"] == "header-canary"
    assert sent.content == b'{"Command":"List","APIKey":"json/canary"}'
    assert "canary" not in repr(request) + request.label


def test_a_form_takes_secrets_too(client, script):
    transport = script(httpx.Response(200, json={}))
    request = Request(
        method="POST", path="/api.php", form={"a": "1"}, secret_json={"k": Secret("s3cret")}
    )
    asyncio.run(client(transport).write(request))
    assert transport.requests[0].content == b"a=1&k=s3cret"
    assert transport.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_base_url_may_carry_a_path(client, script):
    transport = script(httpx.Response(200, json={}))
    asyncio.run(client(transport, base_url="http://127.0.0.1:9/octeth/").read(GET))
    assert str(transport.requests[0].url) == "http://127.0.0.1:9/octeth/things"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "ftp://localhost",
        "https://user:pw@api.example.com",
        "https://api.example.com?key=1",
        "https://",
        "https://api.example.com:99999",
        "https://exa mple.com",
        "",
    ],
)
def test_a_base_url_that_could_give_the_credentials_away_is_refused(client, script, url):
    with pytest.raises(ValueError, match="base URL"):
        client(script(httpx.Response(200)), base_url=url)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.9.9.9", "http://[::1]:80"])
def test_http_is_allowed_on_loopback(client, script, url):
    client(script(httpx.Response(200)), base_url=url)


def test_a_header_cannot_smuggle_a_line_in(client, script):
    with pytest.raises(ValueError, match="x-api-key") as caught:
        client(script(httpx.Response(200)), headers={"x-api-key": Secret("a\r\nX-Evil: 1")})
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="GET", path="/" + "x" * 70_000),
        Request(method="POST", path="/", json="\ud800"),
    ],
)
def test_what_cannot_be_sent_is_not_tried_again(client, script, fake_clock, request_):
    made = client(script(httpx.Response(200)))
    with pytest.raises(NotSent):
        asyncio.run(made.write(request_))
    with pytest.raises(ReadFailed):
        asyncio.run(made.read(request_))
    assert fake_clock.slept == []


def test_requests_and_latency_are_counted(client, fake_clock):
    def answer(_request):
        fake_clock.now += 0.25
        return httpx.Response(200, json={})

    made = client(httpx.MockTransport(answer))
    assert made.latency == 0.0

    async def work():
        for _ in range(3):
            await made.read(GET)

    asyncio.run(work())
    assert (made.requests, made.latency) == (3, 0.25)


def test_no_more_requests_run_at_once_than_allowed(client):
    running = most = 0

    async def answer(_request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running -= 1
        return httpx.Response(200, json={})

    async def work():
        made = client(httpx.MockTransport(answer), concurrency=3)
        await asyncio.gather(*(made.read(GET) for _ in range(20)))

    asyncio.run(work())
    assert most == 3


@pytest.mark.parametrize("status", [401, 403])
def test_whoever_is_refused_altogether_is_told_to_look_at_the_credentials(status):
    refused = Verdict(outcome=VerdictKind.REJECTED, message="bad key")
    said = f"refused: bad key (HTTP {status}): check the credentials of its Provider"
    assert judged(status, refused) == said
    for failure in (read_failure, write_failure):
        assert str(failure(said, status, refused)) == said  # once, and not again as a hint
