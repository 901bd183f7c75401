"""Sends steps to a provider, as long as the run may write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from reconciler.model.values import JsonValue
from reconciler.providers.provider import Provider
from reconciler.providers.task import Step
from reconciler.state.base import Run

Send: TypeAlias = Callable[[Step], Awaitable[JsonValue]]
"""Sends a step and returns the parsed answer, as `Provider.send` does."""


def sender(run: Run, provider: Provider) -> Send:
    """Return a function that sends steps; before each request the run checks that it may write."""
    return partial(provider.send, permit=run.check)
