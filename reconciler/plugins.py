"""Provider types of others: packages named `reconciler_<type>`, such as `reconciler_acme_mail`.

They are found by their names, in the folders that Python imports from: reading the entry points of
everything that is installed would take longer than a plan. What lies in the current directory is
left alone, since whoever can write manifests must not thereby run code.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PREFIX = "reconciler_"


@cache
def folders() -> Mapping[str, Path]:
    """Return the folder of each such package by its provider type; nothing is imported."""
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
    """Return the name of the package that has a type of `folders`."""
    return PREFIX + provider_type.replace("-", "_")
