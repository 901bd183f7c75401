"""Projects on the benchmarks' server, without its socket: what is asked and what is held, no times."""

import asyncio
import time

import httpx
import pytest

from benchmarks import workload
from benchmarks.server import make_world, route
from reconciler.engine.applying.applier import apply
from reconciler.engine.applying.freshness import Seen
from reconciler.engine.planning.options import PlanOptions
from reconciler.engine.planning.planner import make_plan
from reconciler.engine.workspace import Workspace
from reconciler.http.transports.httpx import handed_in
from reconciler.manifests import load
from reconciler.providers.registry import build
from reconciler.state.open import open_store

URL = "http://127.0.0.1:1"


class Wireless(httpx.AsyncBaseTransport):
    """Hands requests to a world, and counts them."""

    def __init__(self, world):
        self.world = world
        self.reads = self.writes = 0

    async def handle_async_request(self, request):
        if request.method == "GET":
            self.reads += 1
        else:
            self.writes += 1
        body = await request.aread()
        target = request.url.raw_path.decode()
        answer = route(self.world, request.method.encode(), target, body)
        return httpx.Response(200, content=answer.partition(b"\r\n\r\n")[2])


class Site:
    """One project, its state and its account."""

    def __init__(self, folder, world):
        self.folder = folder
        self.wire = Wireless(world)
        self.store = open_store("memory:", root=folder)
        workload.write_account(folder, URL)

    def plan(self):
        return asyncio.run(self._plan(self._workspace()))

    def apply(self):
        async def work():
            workspace = self._workspace()
            with self.store.begin("apply") as run:
                plan = await self._plan(workspace)
                seen = Seen(at=time.monotonic(), approved=False, destroy=False)
                report = await apply(workspace, plan, run, seen=seen, stop=asyncio.Event())
                run.finish("done", {})
            return report

        return asyncio.run(work())

    def forget_counts(self):
        self.wire.reads = self.wire.writes = 0

    async def _plan(self, workspace):
        return await make_plan(workspace, PlanOptions())

    def _workspace(self):
        configuration = load((), cwd=self.folder).require()
        account = configuration.accounts["nhn"]
        provider = build(
            account, environ=workload.ENVIRONMENT, root=self.folder, transport=handed_in(self.wire)
        )
        return Workspace(configuration=configuration, providers={"nhn": provider}, store=self.store)


@pytest.fixture
def site(tmp_path):
    """Makes a project: `site(templates=10)`, `site(numbers=1000, extra=50)`."""

    def make(*, templates=0, numbers=0, extra=0, live=True, files=False):
        folder = tmp_path / f"{templates}-{numbers}-{extra}"
        folder.mkdir()
        world = make_world(
            templates=templates if live else 0, numbers=numbers if live else 0, category=live
        )
        made = Site(folder, world)
        if templates:
            workload.write_templates(folder / "manifests", templates, files=files)
        if numbers:
            workload.write_block_list(folder, numbers, extra=extra)
        return made

    return make
