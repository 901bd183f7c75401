"""A made-up EngageLab that knows shapes of requests and answers, and nothing of behaviour."""

import asyncio
import base64
import json
from types import SimpleNamespace

import httpx
import pytest

from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.transports.httpx import handed_in
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.owned import OwnedObject
from reconciler.model.resource import Account
from reconciler.model.secret import Secret
from reconciler.providers.engagelab_sms import PROVIDER
from reconciler.providers.task import Reply, Scope, Step, Task
from tests.support.virtual_time import NoWait

OK = {"code": 0, "message": "success"}


class Recorder:
    """A writer that sends at once and remembers the steps."""

    def __init__(self, http):
        self.http = http
        self.steps = []

    async def write(self, step: Step) -> Reply:
        self.steps.append(step)
        return step.read(await self.http.write(step.request))


class World:
    """One account, whose server answers by `routes`: `(method, path)` to an answer or a list."""

    def __init__(self):
        self.routes = {}
        self.calls = []
        credentials = {"devKey": Secret("dev"), "devSecret": Secret("shh")}
        settings = HttpSettings(
            base_url="https://engagelab.example",
            headers=PROVIDER.headers(credentials),
            requests_per_second=1e9,
        )
        transport = httpx.MockTransport(self._handle)
        http = HttpClient(
            settings, PROVIDER.dialect(), transport=handed_in(transport), clock=NoWait()
        )
        self.provider = PROVIDER(Account(name="el", type="engagelab-sms"), credentials, http)
        self.writer = Recorder(http)

    async def _handle(self, request):
        token = base64.b64encode(b"dev:shh").decode()
        assert request.headers["authorization"] == f"Basic {token}"
        content = await request.aread()
        call = (request.method, request.url.raw_path.decode())
        self.calls.append((*call, json.loads(content) if content else None))
        answer = self.routes[call]
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, content=json.dumps(body))

    def sent(self):
        return [call for call in self.calls if call[0] != "GET"]

    def collection(self, kind):
        scope = Scope(kinds=frozenset({kind}))
        return asyncio.run(self.provider.observe(scope)).collections[kind]

    def create(self, task):
        return asyncio.run(self.provider.create(task, self.writer))

    def update(self, task):
        return asyncio.run(self.provider.update(task, self.writer))

    def delete(self, task):
        asyncio.run(self.provider.delete(task, self.writer))

    def exists(self, kind, known):
        return asyncio.run(self.provider.exists(owned(kind, known)))


def address(kind):
    return Address("el", kind, "it")


def owned(kind, known):
    return OwnedObject(address=address(kind), remote_id=known)


def task_of(kind, desired, **more):
    """Return a task that manages all its desired fields."""
    return Task(address=address(kind), desired=desired, managed=frozenset(desired), **more)


def live_of(kind, known, fields):
    return LiveObject(kind=kind, id=known, key=fields["displayName"], fields=fields)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def shapes():
    """Return the helpers: fixtures are the only way to share them with this import mode."""
    return SimpleNamespace(OK=OK, task=task_of, owned=owned, live=live_of)
