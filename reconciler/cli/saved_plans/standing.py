"""Whose manifests a saved plan may name: those of the project that its reader stands in.

A file from elsewhere could otherwise lead to another project, whose state proves what it likes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reconciler.manifests.files import inside
from reconciler.manifests.project import find_root


def leads_away(paths: Sequence[str]) -> str:
    """Return the first PATH that is not of the project that we stand in; "" where none is."""
    root = find_root((), Path.cwd())
    if paths and find_root(paths, Path.cwd()) != root:
        return paths[0]
    return next((path for path in paths if not inside(os.path.realpath(path), str(root))), "")
