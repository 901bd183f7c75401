"""Laboratories on one virtual time a test."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.faults.lab import Lab, World

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def world(monkeypatch):
    made = World()
    providers_clock = SimpleNamespace(time=made.true_time)
    for module in ("store", "clock"):
        monkeypatch.setattr(f"reconciler.emulator.{module}.time", providers_clock)
    monkeypatch.setattr(asyncio, "to_thread", _inline)
    yield made
    made.close()


async def _inline(work, *arguments, **more):
    return work(*arguments, **more)


@pytest.fixture
def folder():
    """A folder in memory where the machine has one: sinks sync what they write."""
    parent = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    made = Path(tempfile.mkdtemp(prefix="reconciler-test-", dir=parent))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def make_lab(folder, world):
    """Return what makes a laboratory; the options are those of `Lab`."""
    return lambda **options: Lab(folder, world, **options)


@pytest.fixture
def lab(make_lab):
    return make_lab()
