"""Projects to plan: manifests, a server that has the same, and state that knows of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import workload
from benchmarks.measure import RECONCILER, Took, run
from benchmarks.server import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A project beside its server."""

    folder: Path
    server: Served
    state: str = ".reconciler/state.db"

    def plan(self, *more: str) -> Took:
        """Plan."""
        return self._run("plan", *more)

    def apply(self, *more: str) -> Took:
        """Plan and apply."""
        return self._run("apply", "--auto-approve", *more)

    def _run(self, *words: str) -> Took:
        return run([RECONCILER, "--state", self.state, *words], cwd=self.folder)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def in_step(count: int, *, files: bool = False, latency: float = 0.0) -> Iterator[Prepared]:
    """Give a project of a category and `count` templates in which nothing is left to do."""
    with scratch() as folder, Served(templates=count) as server:
        workload.write_templates(folder / "manifests", count, files=files)
        prepared = _taken_over(folder, server)
        server.set_latency(latency)
        yield prepared


@contextmanager
def tags_in_step(count: int) -> Iterator[Prepared]:
    """Give a project of `count` tags in which nothing is left to do."""
    with scratch() as folder, Served(tags=count) as server:
        workload.write_tags(folder / "manifests", count)
        yield _taken_over(folder, server)


def _taken_over(folder: Path, server: Served) -> Prepared:
    """Let state know of what the server has, without a request that changes anything."""
    workload.write_account(folder, server.url)
    prepared = Prepared(folder=folder, server=server)
    prepared.apply()
    assert server.stats()["writes"] == 0
    assert "No changes." in prepared.plan().out
    server.reset()
    return prepared
