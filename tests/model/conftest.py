"""The scripted provider runs on one loop without waiting, its sinks are in memory."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.engine.writing import delivery
from tests.support.crashes import inline, scripted_sink
from tests.support.virtual_time import VirtualLoop


@pytest.fixture(scope="session")
def loop():
    made = VirtualLoop()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _scripted(monkeypatch):
    monkeypatch.setattr(asyncio, "to_thread", inline)
    monkeypatch.setattr(delivery, "sink_for", scripted_sink)


@pytest.fixture
def explored(loop, record_property):
    """Explore; the number of scenarios goes into the summary of the test run."""

    def explore(explorer):
        tally = explorer.explore()
        record_property("scenarios", tally.scenarios)
        record_property("scenario-runs", tally.runs)
        for name, example in tally.examples.items():
            print(f"{tally.found[name]:8d} {name}: {example}")  # noqa: T201 -- shown if it fails
        return tally

    return explore
