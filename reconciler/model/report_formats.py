"""The formats of `--report`: which command has which, and which of its options each heeds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GITHUB = "github"
"""The only one without a file: GitHub's variables say where it goes."""
_PLANS = frozenset({"plan", "show"})
_APPLIES = frozenset({"apply", "destroy"})
_ALL = frozenset({"validate", "drift", "dns"}) | _PLANS | _APPLIES

COMMANDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "json": _ALL,
        "markdown": _ALL,
        "html": _ALL - {"validate"},
        "sarif": _ALL - _APPLIES,
        "junit": _ALL,
        "gitlab-codequality": _ALL - _APPLIES,
        "gitlab-terraform": _PLANS,
        GITHUB: _ALL,
    }
)
"""Every format, and the commands that have it."""

HEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "--report-url": frozenset({"markdown", "html", GITHUB}),
        "--report-limit": frozenset({"markdown"}),
        "--report-root": frozenset(COMMANDS) - {"json", "gitlab-terraform"},
        "--report-files-from": frozenset({GITHUB}),
    }
)
"""Every option about reports, and the formats that it changes."""


def formats_of(command: str) -> list[str]:
    """Return the formats that a command has."""
    return [name for name, commands in COMMANDS.items() if command in commands]
