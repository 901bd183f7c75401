"""What applying a plan costs at the store of the state."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class StoreUnit(StrEnum):
    """The operation with which a store makes something durable."""

    PUTS = "puts"
    COMMITS = "commits"


class Toll(Struct, frozen=True, kw_only=True):
    """What one commit costs in a store that is not on this machine."""

    unit: StoreUnit
    seconds: float
    """How long one takes, as measured by the requests made when the store was opened."""
    around: int
    """How many operations a run takes besides its commits."""
    in_flight: int
    """See `reconciler.state.base.Run.in_flight`."""


class StoreCost(Struct, frozen=True, kw_only=True):
    """What applying a plan would cost at the store."""

    unit: StoreUnit
    number: int
    """About how many operations."""
    milliseconds: float
    """About how long one takes: 1, 2, 5, 10, 20, 50, …; mostly while requests are under way."""

    @property
    def seconds(self) -> float:
        """Return how long all operations take, one after the other."""
        return round(self.number * self.milliseconds / 1000, 2)
