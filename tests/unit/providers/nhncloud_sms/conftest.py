"""A made-up NHN Cloud that knows shapes of requests and answers, and nothing of behaviour."""

import asyncio
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import parse_qsl, unquote

import httpx
import pytest

from reconciler.http.client import HttpClient, HttpSettings
from reconciler.http.transports.httpx import handed_in
from reconciler.model.address import Address
from reconciler.model.resource import Account, Limits
from reconciler.model.secret import Secret
from reconciler.model.values import JsonValue
from reconciler.providers.nhncloud_sms import PROVIDER
from reconciler.providers.task import Reply, Scope, Step, Task
from tests.support.virtual_time import NoWait

PREFIX = "/sms/v2.2/appKeys/app%2Fkey"
OK = {"header": {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}}
BARE = {"header": {"isSuccessful": True, "resultCode": "", "resultMessage": ""}}


def ok(body: JsonValue) -> JsonValue:
    return {**OK, "body": body}


def failed(code, message="no"):
    return {"header": {"isSuccessful": False, "resultCode": code, "resultMessage": message}}


def page_of(rows, query, *, most=1000):
    """Return one page of a list as the API does."""
    size = min(int(query.get("pageSize", 15)), most)
    number = int(query.get("pageNum", 1))
    chosen = rows[(number - 1) * size : number * size]
    return ok({"pageNum": number, "pageSize": size, "totalCount": len(rows), "data": chosen})


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    json: JsonValue
    headers: dict[str, str]


class Server:
    """Answers by `routes`, `(method, path)` to an answer, a list of them or a function of the call."""

    def __init__(self):
        self.routes = {}
        self.calls = []
        self.in_flight = 0
        self.most_in_flight = 0

    def on(self, method, path, answer=OK):
        self.routes[(method, path)] = answer

    def lists(self, path, rows, **options):
        self.on("GET", path, lambda call: page_of(rows, call.query, **options))

    def sent(self, method=None):
        return [(c.method, c.path) for c in self.calls if method in {None, c.method}]

    def bodies(self, method, path):
        return [c.json for c in self.calls if (c.method, c.path) == (method, path)]

    async def handle(self, request):
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0)
        self.in_flight -= 1
        raw = request.url.raw_path.decode()
        path, _, query = raw.partition("?")
        assert path.startswith(PREFIX), path
        content = await request.aread()
        call = Call(
            request.method,
            unquote(path.removeprefix(PREFIX)),
            dict(parse_qsl(query)),
            json.loads(content) if content else None,
            dict(request.headers),
        )
        self.calls.append(call)
        answer = self.routes.get((call.method, call.path))
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer(call)
        assert answer is not None, f"no answer for {call.method} {call.path}"
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, content=json.dumps(body))


class Recorder:
    """A writer that sends at once and remembers the steps."""

    def __init__(self, http):
        self.http = http
        self.steps = []
        self.acknowledged = []

    async def write(self, step: Step) -> Reply:
        self.steps.append(step)
        return step.read(await self.http.write(step.request))

    async def acknowledge(self, numbers):
        self.acknowledged.extend(numbers)

    @property
    def names(self):
        return [step.name for step in self.steps]


@dataclass
class World:
    """One account at the made-up NHN Cloud."""

    server: Server = field(default_factory=Server)
    options: dict = field(default_factory=dict)

    def __post_init__(self):
        credentials = {"appKey": Secret("app/key")}
        settings = HttpSettings(
            base_url="https://nhn.example.com",
            headers=PROVIDER.headers(credentials),
            concurrency=4,
            requests_per_second=1e9,
        )
        transport = httpx.MockTransport(self.server.handle)
        self.http = HttpClient(
            settings, PROVIDER.dialect(), transport=handed_in(transport), clock=NoWait()
        )
        account = Account(
            name="nhn", type="nhncloud-sms", limits=Limits(concurrency=4), options=self.options
        )
        self.provider = PROVIDER(account, credentials, self.http)
        self.writer = Recorder(self.http)

    def observe(self, kind, **scope):
        made = Scope(kinds=frozenset({kind}), **scope)
        return asyncio.run(self.provider.observe(made))

    def collection(self, kind, **scope):
        return self.observe(kind, **scope).collections[kind]

    def create(self, task):
        return asyncio.run(self.provider.create(task, self.writer))

    def update(self, task):
        return asyncio.run(self.provider.update(task, self.writer))

    def delete(self, task):
        asyncio.run(self.provider.delete(task, self.writer))


def task_of(kind, desired, **more):
    """Return a task that manages all its wanted fields."""
    managed = more.pop("managed", frozenset(desired))
    name = more.pop("name", "it")
    return Task(
        address=Address("nhn", kind, name), desired=desired, managed=frozenset(managed), **more
    )


@pytest.fixture
def world():
    return World()


@pytest.fixture
def shapes():
    """Return the helpers: fixtures are the only way to share them with this import mode."""
    return SimpleNamespace(
        ok=ok,
        failed=failed,
        page_of=page_of,
        OK=OK,
        BARE=BARE,
        World=World,
        Server=Server,
        task=task_of,
    )
