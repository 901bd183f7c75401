"""Keeps the list files of one run: each is read once, within limits for all together."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from reconciler.manifests.lists.content import MAX_BYTES, MAX_LINES, Budget
from reconciler.manifests.lists.found import ListFile


class _Kept(NamedTuple):
    version: tuple[int, ...]
    """Identity, size and times of the file, which change with its content."""
    cost: Budget
    file: ListFile


class Shelf:
    """Keeps the content of list files until they change."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._kept: dict[tuple[str, str], _Kept] = {}

    def file(self, path: str, column: str = "") -> ListFile:
        """Return a file's content, reading it only if it is not known or has changed.

        Args:
            path: Absolute, symlinks followed.
            column: As in the manifest.
        """
        key = (path, column)
        version = _version(path)
        kept = self._kept.pop(key, None)
        if kept is None or kept.version != version:
            spent = [each.cost for each in self._kept.values()]
            budget = Budget(
                MAX_BYTES - sum(cost.bytes for cost in spent),
                MAX_LINES - sum(cost.lines for cost in spent),
            )
            from reconciler.manifests.lists.reader import read_list

            before = Budget(budget.bytes, budget.lines)
            file = read_list(path, column, budget)
            cost = Budget(before.bytes - budget.bytes, before.lines - budget.lines)
            kept = _Kept(version, cost, file)
        self._kept[key] = kept
        return kept.file


@lru_cache(maxsize=4)
def shelf_of(_root: Path) -> Shelf:
    """Return the shelf of the project with this root: one run has one project."""
    return Shelf()


def _version(path: str) -> tuple[int, ...]:
    try:
        found = Path(path).stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
