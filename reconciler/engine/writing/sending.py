"""Sends steps to a provider, for as long as the run may write."""

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
    """Return what sends steps; before a request leaves, the run looks whether it still may."""
    return partial(provider.send, permit=run.check)
