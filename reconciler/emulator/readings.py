"""The readings that an emulated provider was told to take of its page."""

from __future__ import annotations

from collections.abc import Mapping


class Chosen:
    """One value of each reading, asked by name; raises `KeyError` for one that does not exist."""

    def __init__(self, readings: Mapping[str, tuple[str, ...]], chosen: Mapping[str, str]) -> None:
        """Take all readings with their values, the default first, and what was chosen."""
        self._values = {name: values[0] for name, values in readings.items()} | dict(chosen)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def has(self, reading: str, value: str) -> bool:
        """Tell whether this value was chosen."""
        return self._values[reading] == value
