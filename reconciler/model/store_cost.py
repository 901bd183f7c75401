"""What applying costs at the store of the state."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class StoreUnit(StrEnum):
    """What a store is asked for when something is to be durable."""

    PUTS = "puts"
    COMMITS = "commits"


class Toll(Struct, frozen=True, kw_only=True):
    """What one commit costs in a store that is not on this machine."""

    unit: StoreUnit
    seconds: float
    """How long one takes, by the trips to the store that were made when it was opened."""
    around: int
    """How many a run takes besides its commits."""
    in_flight: int
    """See `reconciler.state.base.Run.in_flight`."""


class StoreCost(Struct, frozen=True, kw_only=True):
    """What applying a plan would cost at the store."""

    unit: StoreUnit
    number: int
    """About how many of them."""
    milliseconds: float
    """How long one takes, about: 1, 2, 5, 10, 20, 50, …; most of it passes beside requests."""

    @property
    def seconds(self) -> float:
        """Return how long all of them take, one after the other."""
        return round(self.number * self.milliseconds / 1000, 2)
