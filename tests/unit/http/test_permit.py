"""A write asks whether it may leave when it is its turn, not before."""

import asyncio

import httpx
import pytest

from reconciler.errors import StaleEpoch
from reconciler.http.permit import permitted_by
from reconciler.http.request import Request

GET = Request(method="GET", path="/things")
POST = Request(method="POST", path="/things", json={"name": "a"})


async def fenced_off():
    raise StaleEpoch("another run took over")


def test_a_write_that_may_not_leave_any_more_is_not_sent(client, script):
    sent = script(httpx.Response(200, json={}))
    made = client(sent)

    async def go():
        with permitted_by(fenced_off):
            await made.read(GET)
            with pytest.raises(StaleEpoch):
                await made.write(POST)
        await made.write(POST)

    asyncio.run(go())
    assert [each.method for each in sent.requests] == ["GET", "POST"]


def test_it_asks_after_the_wait_for_its_turn_and_before_each_attempt(client, script, fake_clock):
    sent = script(
        httpx.Response(200, json={"Errors": [{"Code": 429}]}), httpx.Response(200, json={})
    )
    made = client(sent, requests_per_second=1.0)
    asked = []

    async def ask():
        asked.append((fake_clock.now, len(sent.requests)))

    async def go():
        with permitted_by(ask):
            await asyncio.gather(asyncio.create_task(made.write(POST)))

    asyncio.run(go())
    assert [before for _, before in asked] == [0, 1]
    assert asked[1][0] > asked[0][0]
