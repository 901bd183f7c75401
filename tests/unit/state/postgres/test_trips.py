"""How often a run goes to the server: each trip costs, wherever the server is."""

from __future__ import annotations

import asyncio
import os
from functools import partial

import pytest

from reconciler.model.journal import Response
from reconciler.state.base import Put
from reconciler.state.content import Seed
from reconciler.state.database.memory import open_memory
from reconciler.state.failpoints import no_failpoints
from reconciler.state.postgres.opening import open_state
from reconciler.state.postgres.url import connect, parse
from tests.support.meddling import Cutter
from tests.support.states import do, intent, owned

TRIPS = 2
"""Of a commit: begin with the fence and what is looked up, then all changes with COMMIT."""


@pytest.fixture
def url(postgres18):
    return parse(postgres18.place(), "")


@pytest.fixture
def counted(url):
    """What opens connections, and notes each trip."""
    return Cutter(partial(connect, url))


@pytest.fixture
def store(url, counted):
    made = open_state(url, counted, failpoints=no_failpoints, environ=os.environ)
    yield made
    made.close()


def test_a_plan_reads_a_state_in_five_trips(store, url, counted):
    before = len(counted.statements)
    planned = open_state(url, counted, create=False, failpoints=no_failpoints, environ=os.environ)
    assert planned.objects() == {}
    assert planned.accounts() == {}
    assert planned.digest("text") == store.digest("text")
    assert len(counted.statements) - before == 5
    planned.close()


def test_a_state_of_a_thousand_objects_is_made_in_few_trips(url, counted):
    source = open_memory()
    with source.begin("apply") as run:
        do(run.settle_all(Put(row=owned(f"t{number}")) for number in range(1000)))
    moved = open_state(
        url,
        counted,
        failpoints=no_failpoints,
        environ=os.environ,
        seed=Seed(content=source.copied(), keyring=source.key()),
    )
    assert moved.objects() == source.objects()
    assert len(counted.statements) < 40, "most of them make the tables"
    moved.verify()
    moved.close()
    source.close()


async def intend(run, number):
    await run.intend(intent(f"op-{number}", f"t{number}"))


async def respond(run, number):
    await run.respond(f"op-{number}", Response(server_id=str(number)))


async def settle(run, number):
    await run.settle(Put(row=owned(f"t{number}")), closes={f"op-{number}": "done"})


PHASES = (intend, respond, settle)


def test_a_write_by_itself_takes_two_trips_for_each_of_its_three_commits(store, counted):
    with store.begin("apply") as run:
        before = len(counted.statements)
        for number in range(100):
            for phase in PHASES:
                do(phase(run, number))
        assert len(counted.statements) - before == 100 * len(PHASES) * TRIPS
    assert len(store.objects()) == 100
    store.verify()


def test_writes_of_the_same_moment_take_no_more_trips_than_one(store, counted):
    async def together(phase, run):
        await asyncio.gather(*(phase(run, number) for number in range(100)))

    with store.begin("apply") as run:
        before = len(counted.statements)
        for phase in PHASES:
            do(together(phase, run))
        assert len(counted.statements) - before == len(PHASES) * TRIPS
        statements = sum(sent.count(";\n") + 1 for sent in counted.statements[before:])
        assert statements <= 40, "one for each table and kind of change, however many rows"
    assert len(store.objects()) == 100
    store.verify()


def test_more_changes_than_are_kept_in_memory_are_sent_on_the_way(store, counted):
    with store.begin("apply") as run:
        before = len(counted.statements)
        do(run.settle_all(Put(row=owned(f"t{number}")) for number in range(1000)))
        assert len(counted.statements) - before <= 8
    assert len(store.objects()) == 1000
    store.verify()
