"""A set of phone numbers that stays small at a million members."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyroaring import BitMap64

MAX_DIGITS = 18
"""The most digits that fit into 64 bits with the leading 1; E.164 allows 15."""
_PORTION = 10_000


def _values(numbers: list[str]) -> list[int]:
    """Return the integers of numbers; they are read as JSON, which is faster than one by one."""
    joined = "".join(numbers)
    if joined.isascii() and joined.isdecimal() and len(max(numbers, key=len)) <= MAX_DIGITS:
        import orjson

        values: list[int] = orjson.loads(f"[1{',1'.join(numbers)}]")
        return values
    return [int("1" + number) for number in numbers]


class NumberSet:
    """An ordered set of digit strings, leading zeros kept, held as a roaring bitmap.

    Each number is stored as the integer of `"1" + digits`, so that `010…` keeps its zero.
    A million numbers take a few megabytes and compare in a fraction of a second.
    """

    __slots__ = ("_bits",)

    def __init__(self, numbers: Iterable[str] = ()) -> None:
        """Take digit strings of at most `MAX_DIGITS`; raises `ValueError` for anything else."""
        from pyroaring import BitMap64

        self._bits: BitMap64 = BitMap64()
        rest = iter(numbers)
        while some := list(islice(rest, _PORTION)):
            self.add_many(some)

    @classmethod
    def _of(cls, bits: BitMap64) -> NumberSet:
        made = cls.__new__(cls)
        made._bits = bits  # noqa: SLF001 -- its own
        return made

    def add_many(self, numbers: Iterable[str]) -> None:
        """Add digit strings."""
        self._bits.update(_values(list(numbers)))

    def __len__(self) -> int:
        """Count the numbers."""
        return len(self._bits)

    def __bool__(self) -> bool:
        """Tell whether there is any number."""
        return bool(self._bits)

    def __iter__(self) -> Iterator[str]:
        """Yield the numbers in ascending order, shorter ones first."""
        return (str(value)[1:] for value in self._bits)

    def __contains__(self, number: str) -> bool:
        """Tell whether a digit string is in the set."""
        return int("1" + number) in self._bits

    def __eq__(self, other: object) -> bool:
        """Compare by members."""
        return isinstance(other, NumberSet) and bool(self._bits == other._bits)

    __hash__ = None  # type: ignore[assignment]

    def __sub__(self, other: NumberSet) -> NumberSet:
        """Return the numbers that are not in `other`."""
        return NumberSet._of(self._bits - other._bits)

    def __or__(self, other: NumberSet) -> NumberSet:
        """Return the numbers in either."""
        return NumberSet._of(self._bits | other._bits)

    def __and__(self, other: NumberSet) -> NumberSet:
        """Return the numbers in both."""
        return NumberSet._of(self._bits & other._bits)

    def sample(self, count: int) -> list[str]:
        """Return the first `count` numbers."""
        return list(islice(self, count))

    def batches(self, size: int) -> Iterator[list[str]]:
        """Yield lists of at most `size` numbers, in order."""
        iterator = iter(self)
        while batch := list(islice(iterator, size)):
            yield batch

    def to_bytes(self) -> bytes:
        """Serialise (portable roaring format)."""
        return bytes(self._bits.serialize())

    @classmethod
    def from_bytes(cls, data: bytes) -> NumberSet:
        """Read what `to_bytes` wrote."""
        from pyroaring import BitMap64

        return cls._of(BitMap64.deserialize(data))

    def digest(self) -> str:
        """Return a SHA-256 of the members, for fingerprints."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
