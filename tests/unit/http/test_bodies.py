"""Answers made to do harm, and the limits on them."""

import asyncio
import contextlib
import gzip
import json
import tracemalloc
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import OutcomeUnknown, ReadFailed
from reconciler.http import answers
from reconciler.http.request import Request
from reconciler.providers.surenotify.client import without_spare_commas

GET = Request(method="GET", path="/things")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.sampled_from('[]{},"'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_compressed_answer_is_read(client, script):
    body = gzip.compress(b'{"a": 1}')
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(body)
    )
    assert asyncio.run(client(script(answer)).read(GET)) == {"a": 1}


def test_a_compressed_bomb_is_refused_without_being_unpacked(client, script):
    bomb = gzip.compress(b" " * 200_000_000)
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(bomb)
    )
    made = client(script(answer))
    tracemalloc.start()
    try:
        with pytest.raises(ReadFailed, match="larger than 10485760 bytes"):
            asyncio.run(made.read(GET))
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert made.requests == 1


@pytest.mark.parametrize("cut", [10, 15, -1, -8])
def test_a_compressed_answer_that_is_cut_off_is_no_answer(client, script, cut):
    body = gzip.compress(b"[]" + b" " * 1000)[:cut]
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(body)
    )
    with pytest.raises(OutcomeUnknown):
        asyncio.run(client(script(answer)).write(GET))


@pytest.mark.parametrize(
    "body",
    [b"garbage", b"\x1f\x8b\x08garbage", gzip.compress(b"[]", mtime=0)[:-8] + b"x" * 8],
    ids=["garbage", "a broken head", "a wrong sum"],
)
def test_a_body_that_cannot_be_decompressed_is_an_unreadable_answer(client, script, body):
    headers = {"content-encoding": "gzip"}
    answer = httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))
    made = client(script(answer))
    with pytest.raises(ReadFailed, match="cannot be decompressed"):
        asyncio.run(made.read(GET))
    assert made.requests == 1
    with pytest.raises(OutcomeUnknown, match="cannot be decompressed"):
        asyncio.run(made.write(GET))


def test_an_encoding_that_was_not_asked_for_is_refused(client, script):
    body = zlib.compress(b"{}")
    answer = httpx.Response(200, headers={"content-encoding": "br"}, stream=httpx.ByteStream(body))
    with pytest.raises(OutcomeUnknown, match="encoded"):
        asyncio.run(client(script(answer)).write(GET))


def test_a_large_answer_stops_at_the_limit_of_the_account(client, script):
    answer = httpx.Response(200, content=b"[" + b"1," * 600 + b"1]")
    with pytest.raises(ReadFailed, match="larger than 1000 bytes"):
        asyncio.run(client(script(answer), max_body=1000).read(GET))


def test_an_answer_that_never_ends_is_given_up(client, monkeypatch):
    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                await asyncio.sleep(0.001)
                yield b" "

    made = client(httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip())))
    monkeypatch.setattr(made._wire, "budget", 0.05)
    with pytest.raises(OutcomeUnknown, match="too long"):
        asyncio.run(made.write(GET))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("size", [answers.MAX_DEPTH + 1, 5000, 200_000])
def test_deep_nesting_is_refused(opening, size):
    closing = opening.translate(bytes.maketrans(b"[{", b"]}"), b'"a:')[::-1]
    with pytest.raises(ValueError):
        answers.parse(opening * size + b"1" + closing * size)


def test_nesting_up_to_the_limit_is_read():
    body = b"[" * answers.MAX_DEPTH + b"]" * answers.MAX_DEPTH
    assert answers.parse(body) == json.loads(body)


def test_brackets_inside_strings_do_not_count():
    body = json.dumps(["[{" * 500, "]" * 100]).encode()
    assert answers.parse(body) == json.loads(body)


@given(JSON)
def test_json_is_read_as_it_is(value):
    assert answers.parse(json.dumps(value).encode()) == value
    assert (
        answers.parse(json.dumps(value, ensure_ascii=False).encode(), mend=without_spare_commas)
        == value
    )


@given(JSON)
def test_commas_before_closing_brackets_change_nothing_else(value):
    def dump(item):
        if isinstance(item, list):
            return "[" + "".join(f"{dump(one)}, " for one in item) + "\n]"
        if isinstance(item, dict):
            return "{" + "".join(f"{json.dumps(k)}: {dump(v)}," for k, v in item.items()) + "}"
        return json.dumps(item)

    if value in ([], {}):
        return
    assert answers.parse(dump(value).encode(), mend=without_spare_commas) == value


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1',
        b"[1 2]",
        b"{,}x",
        b"[NaN]",
        b"[1e",
        b"\xff",
        b'"\\ud800"',
        b"<html>",
        b"[1,",
    ],
)
def test_what_is_no_json_is_refused_also_leniently(body):
    for mend in (None, without_spare_commas):
        with pytest.raises(ValueError):
            answers.parse(body, mend=mend)


def test_a_large_answer_is_read_like_a_small_one():
    value = [{"id": number, "name": "이름"} for number in range(10_000)]
    body = json.dumps(value).encode()
    assert len(body) > 64 * 1024
    assert answers.parse(b"\xef\xbb\xbf" + body) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_value_error(body):
    with contextlib.suppress(ValueError):
        answers.parse(body, mend=without_spare_commas)
