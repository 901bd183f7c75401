"""A saved plan may name manifests of the project in the current folder only.

A plan from elsewhere could otherwise name another project, whose state could sign anything.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reconciler.manifests.files import inside
from reconciler.manifests.project import find_root


def path_outside(paths: Sequence[str]) -> str:
    """Return the first path outside of the current folder's project; "" where all are inside."""
    root = find_root((), Path.cwd())
    if paths and find_root(paths, Path.cwd()) != root:
        return paths[0]
    return next((path for path in paths if not inside(os.path.realpath(path), str(root))), "")
