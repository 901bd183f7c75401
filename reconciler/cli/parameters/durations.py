"""Durations on the command line."""

from __future__ import annotations

from typing import Any

import click

from reconciler.model.durations import seconds_of


class Duration(click.ParamType[float]):
    """A span of time, such as `30m`, within bounds; its value is in seconds."""

    name = "duration"

    def __init__(self, *, least: str = "0s", most: str = "") -> None:
        """Take the bounds, written as durations; the bounds themselves are allowed."""
        self._least = least
        self._most = most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):  # a default that was converted already
            return value
        try:
            seconds = seconds_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < seconds_of(self._least):
            self.fail(f"{value} is less than {self._least}", param, ctx)
        if self._most and seconds > seconds_of(self._most):
            self.fail(f"{value} is more than {self._most}", param, ctx)
        return seconds
