"""Finds provider types in packages of others: `reconciler_<type>`, such as `reconciler_acme_mail`.

They are found by name in the folders that Python imports from: to read the entry points of all
installed packages would take longer than a plan. The current directory is left out, since whoever
can write manifests there must not be able to run code.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PREFIX = "reconciler_"


@cache
def folders() -> Mapping[str, Path]:
    """Return the folder of each package by its provider type; imports nothing."""
    here = Path.cwd()
    found: dict[str, Path] = {}
    for place in map(Path, sys.path):
        if place.absolute() == here:
            continue
        for folder in sorted(place.glob(f"{PREFIX}*")):
            if (folder / "__init__.py").is_file():
                found.setdefault(folder.name.removeprefix(PREFIX).replace("_", "-"), folder)
    return found


def package_of(provider_type: str) -> str:
    """Return the name of the package for a type of `folders`."""
    return PREFIX + provider_type.replace("-", "_")
