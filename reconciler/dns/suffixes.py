"""Finds the zone of a name, without a network.

The package `publicsuffixlist` contains the Public Suffix List and makes no request; a newer release
of it has a newer list. It is loaded only for a name outside of all zones that the project names.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def zone_of(name: str, named: Iterable[str]) -> str:
    """Return the longest of the named zones that holds a host name, else its registered domain."""
    holding = [zone for zone in named if name == zone or name.endswith(f".{zone}")]
    return max(holding, key=len) if holding else registered_domain(name)


@cache
def registered_domain(name: str) -> str:
    """Return the registered domain of a host name; for a public suffix, the suffix itself."""
    return _suffixes().privatesuffix(name) or name


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
