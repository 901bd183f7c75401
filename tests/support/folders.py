"""Where the contract suite finds what is said of a provider type: here, or in a plugin's package."""

from __future__ import annotations

from pathlib import Path

from reconciler import plugins

_TESTS = Path(__file__).parent.parent


def settings_of(provider_type: str) -> Path:
    """Return the file that says how tests reach a provider type."""
    if folder := plugins.folders().get(provider_type):
        return folder / "contract" / "provider.yaml"
    return _TESTS / "support" / "providers" / f"{provider_type}.yaml"


def case_of(provider_type: str, kind: str) -> Path:
    """Return the file that tells the life of a kind's objects."""
    if folder := plugins.folders().get(provider_type):
        return folder / "contract" / f"{kind}.yaml"
    return _TESTS / "contract" / "cases" / provider_type / f"{kind}.yaml"
